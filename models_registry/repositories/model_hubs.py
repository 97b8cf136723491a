"""The two hubs of models: their ids, addresses and refusals.

Addresses: contract of the hub, section 4, https://huggingface.co/docs/hub/api and
`modelscope/hub/api.py` of ModelScope's client. Refusals: Hugging Face answers anonymous requests
for unknown and for private repositories alike with 401, and says GatedRepo in X-Error-Code;
ModelScope answers 404 to all of them, with a Code in the body.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from django.conf import settings

from models_registry.definitions.facts.vocabulary import is_repository_id
from models_registry.definitions.json_text.problems import quoted
from models_registry.errors import (
    InvalidParameter,
    SourceNotFound,
    SourceRefused,
    SourceUnavailable,
)

_REVISION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}")

_GATED: Final = ("GatedRepo", "10010200001")
# ModelScope answers this with status 404 when its database is overloaded.
_OVERLOADED: Final = ("max_prepared_stmt_count", "Too many connections")


@dataclass(frozen=True, slots=True)
class ModelHub:
    """One hub: its name, its address, and the hosts that it redirects to.

    `endpoint` has no trailing slash. `hosts` are the entries for `fetch(allowed_hosts=…)`.
    """

    key: str
    label: str
    endpoint: str
    branch: str
    hosts: tuple[str, ...]

    def file_url(self, model_id: str, revision: str | None, path: str, *, raw: bool = False) -> str:
        """Return the address of a file; `raw` is for READMEs, which are never on another host."""
        where = f"{quote(revision or self.branch, safe='')}/{quote(path)}"
        if self.key == "modelscope":
            return f"{self.endpoint}/models/{model_id}/resolve/{where}"
        return f"{self.endpoint}/{model_id}/{'raw' if raw else 'resolve'}/{where}"

    def summary_url(self, model_id: str, revision: str | None = None) -> str:
        """Return the address of the hub's summary of a repository, as JSON."""
        if self.key == "modelscope":
            return f"{self.endpoint}/api/v1/models/{model_id}"
        at = f"/revision/{quote(revision, safe='')}" if revision else ""
        return f"{self.endpoint}/api/models/{model_id}{at}?blobs=true"

    def listing_url(self, model_id: str, revision: str | None = None) -> str:
        """Return the address of the list of files, as JSON; Hugging Face's summary contains it."""
        if self.key != "modelscope":
            return self.summary_url(model_id, revision)
        at = f"&Revision={quote(revision, safe='')}" if revision else ""
        return f"{self.endpoint}/api/v1/models/{model_id}/repo/files?Recursive=true{at}"


def hub_named(key: str) -> ModelHub:
    """Return the hub of a key of `model_src`, with its configured endpoint.

    Raises InvalidParameter for an unsupported hub.
    """
    makers: dict[str, Callable[[], ModelHub]] = {
        "huggingface": _hugging_face,
        "modelscope": _modelscope,
    }
    if key not in makers:
        raise InvalidParameter("unknown_model_hub", key_=quoted(key))
    return makers[key]()


def _hugging_face() -> ModelHub:
    # hf.co and its subdomains are Hugging Face's own storage; people's programs run on hf.space.
    hosts = ("huggingface.co", "*.huggingface.co", "hf.co", "*.hf.co")
    endpoint = settings.ENV.hf_endpoint
    return ModelHub("huggingface", "Hugging Face", endpoint, "main", _with_mirror(endpoint, hosts))


def _modelscope() -> ModelHub:
    hosts = ("modelscope.cn", "*.modelscope.cn", "modelscope.ai", "*.modelscope.ai")
    endpoint = settings.ENV.modelscope_endpoint
    return ModelHub("modelscope", "ModelScope", endpoint, "master", _with_mirror(endpoint, hosts))


def _with_mirror(endpoint: str, hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the hosts with the endpoint as an origin, unless it is the public one.

    SECURITY: only a configured mirror may have a private address.
    """
    parts = urlsplit(endpoint)
    public = parts.scheme == "https" and parts.port is None
    if public and any(parts.hostname in (host, f"www.{host}") for host in hosts):
        return hosts
    return (f"{parts.scheme}://{parts.netloc}", *hosts)


def checked_id(model_id: str) -> str:
    """Return a valid repository id. SECURITY: nothing else becomes part of an address.

    Raises InvalidParameter.
    """
    if not is_repository_id(model_id):
        raise InvalidParameter("repository_id_is_invalid", model_id=quoted(model_id))
    return model_id


def checked_revision(revision: str | None) -> str | None:
    """Return a valid branch, tag or commit; None for the default branch.

    Raises InvalidParameter.
    """
    if revision is not None and (not _REVISION.fullmatch(revision) or ".." in revision):
        raise InvalidParameter("repository_revision_is_invalid", revision=quoted(revision))
    return revision


def is_gated(refusal: SourceNotFound | SourceRefused) -> bool:
    """True if a refusal says that the repository exists, but is not open to everybody."""
    return any(code in refusal.said for code in _GATED)


def explained(
    hub: ModelHub, model_id: str, refusal: SourceNotFound | SourceRefused
) -> SourceNotFound | SourceRefused | SourceUnavailable:
    """Return the error for a refusal of a whole repository."""
    if any(word in refusal.said for word in _OVERLOADED):
        return SourceUnavailable("model_hub_is_overloaded", label=hub.label)
    if is_gated(refusal):
        return SourceRefused(
            "repository_is_gated",
            model_id=model_id,
            label=hub.label,
            said=refusal.said,
        )
    return SourceNotFound(
        "no_such_repository", model_id=model_id, label=hub.label, said=refusal.said
    )
