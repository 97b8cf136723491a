"""The choices for launching a model, and the launch as a command, Python and curl.

Options are those of `xinference launch` and of POST /v1/models of Xinference 4.1.0
(deploy/cmdline.py, api/restful_api.py).
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from django.utils.translation import gettext as _

from models_registry.definitions.facts import facts as definition_facts
from models_registry.definitions.facts.variants import Variant, sources_of, spec_of, specs_of
from models_registry.definitions.facts.vocabulary import engine_of_format
from models_registry.launch.default_launch import DEFAULT_ENGINES, QUANTIZED_FORMATS, choose_launch
from models_registry.launch.memory import Estimate, estimate, metadata_for
from models_registry.launch.quoting import one_line, option, python_string
from models_registry.launch.server_engines import Files, Offer, OfferedEngines, narrowed

LOCAL: Final = "http://localhost:9997"
# SECURITY: commands never contain a key or a password, only the name of its variable.
KEY_VARIABLE: Final = "XINFERENCE_API_KEY"
USER_VARIABLE: Final = "XINFERENCE_USERNAME"
PASSWORD_VARIABLE: Final = "XINFERENCE_PASSWORD"  # noqa: S105 - a name
MAX_REPLICAS: Final = 64
MAX_CONTEXT: Final = 2**31 - 1
# The engines of a server that load ordinary files (SUPPORTED_ENGINES of model/llm/__init__.py).
_LLM_ENGINES: Final = ("Transformers", "vLLM", "SGLang")
_TEXT_ENGINES: Final = {"embedding": ("sentence_transformers", "vLLM", "flag"),
                        "rerank": ("sentence_transformers", "vLLM")}  # fmt: skip
_DEVICES: Final = re.compile(r"\d{1,3}(\s*,\s*\d{1,3})*")
_FLAGS: Final = {"model_size_in_billions": "size-in-billions"}


class Shows(Enum):
    """The credentials that a launch sends: nothing, an API key, or the token of a sign-in."""

    NOTHING = "nothing"
    KEY = "key"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class LaunchChoice:
    """One option of the form: its parameter, its values, and the chosen one."""

    key: str
    values: tuple[str, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """A launch: its choices, its request, its memory, and the problems of the form's values."""

    choices: tuple[LaunchChoice, ...]
    payload: dict[str, Any]
    replicas: int
    devices: str
    context: int | None
    max_context: int | None
    memory: Estimate | None
    problems: tuple[str, ...] = field(default=())
    there: OfferedEngines | None = None

    def command(self, endpoint: str = "", shows: Shows = Shows.NOTHING) -> str:
        """The command line, one option a line, quoted for a POSIX shell."""
        where = [option("--endpoint", endpoint)] if endpoint and endpoint != LOCAL else []
        lines = ["xinference launch", *where]
        if shows == Shows.KEY:
            lines.append(f'--api-key "${KEY_VARIABLE}"')
        for key, value in self.payload.items():
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            lines.append(option(f"--{_FLAGS.get(key, key).replace('_', '-')}", text))
        command = " \\\n  ".join(lines)
        if shows != Shows.SESSION:
            return command
        user = [f'--username "${USER_VARIABLE}"', f'--password "${PASSWORD_VARIABLE}"']
        return "\n".join([" \\\n  ".join(["xinference login", *where, *user]), command])

    def python(self, endpoint: str = "", shows: Shows = Shows.NOTHING) -> str:
        """Python that launches the model and leaves its handle in `model`."""
        arguments = [f"    {key}={_literal(value)}," for key, value in self.payload.items()]
        key = f', api_key=os.environ["{KEY_VARIABLE}"]' if shows == Shows.KEY else ""
        user = f'os.environ["{USER_VARIABLE}"], os.environ["{PASSWORD_VARIABLE}"]'
        return "\n".join(
            [
                *(["import os", ""] if shows != Shows.NOTHING else []),
                "from xinference.client import Client",
                "",
                f"client = Client({python_string(endpoint or LOCAL)}{key})",
                *([f"client.login({user})"] if shows == Shows.SESSION else []),
                "model_uid = client.launch_model(",
                *arguments,
                ")",
                "model = client.get_model(model_uid)",
            ]
        )

    def curl(self, endpoint: str = "", shows: Shows = Shows.NOTHING) -> str:
        """The request itself, for a POSIX shell; with a sign-in, jq reads its token."""
        address = endpoint or LOCAL
        body = json.dumps(self.payload, indent=2, ensure_ascii=False)
        token = {Shows.KEY: KEY_VARIABLE, Shows.SESSION: "TOKEN"}.get(shows, "")
        lines = [
            f"curl -X POST {shlex.quote(address + '/v1/models')} \\",
            *([f'  -H "Authorization: Bearer ${token}" \\'] if token else []),
            "  -H 'Content-Type: application/json' \\",
            f"  -d {shlex.quote(body)}",
        ]
        if shows == Shows.SESSION:
            lines = [
                f'TOKEN=$(jq -n --arg u "${USER_VARIABLE}" --arg p "${PASSWORD_VARIABLE}" \\',
                "    '{username: $u, password: $p}' |",
                f"  curl -s -H 'Content-Type: application/json' -d @- "
                f"{shlex.quote(address + '/token')} |",
                "  jq -r .access_token)",
                *lines,
            ]
        return "\n".join(lines)


def plan(
    model_type: str,
    name: str,
    records: Sequence[Mapping[str, Any]],
    asked: Mapping[str, str],
    offer: Offer | None = None,
) -> LaunchPlan:
    """Return the launch for the form's values; a value that the definition forbids is replaced.

    `asked` has `format`, `size`, `engine`, `quantization`, `replicas`, `devices` (numbers with
    commas; empty: the server decides) and `context` (tokens). `offer` is a server's answer about
    its engines (see engines). Never raises.
    """
    facts = definition_facts.derive(model_type, records)
    specs = [specs_of(record) for record in records]
    usual = choose_launch(model_type, name, facts, records)
    problems: list[str] = []
    variants = list(facts.variants)
    choices: list[LaunchChoice] = []

    def pick(key: str, values: Iterable[str | None], default: str | None) -> str:
        offered = tuple(dict.fromkeys(value for value in values if value))
        chosen = asked.get(key, "")
        if chosen not in offered:
            chosen = default if default in offered else (offered[0] if offered else "")
        if offered:
            choices.append(LaunchChoice(key, offered, chosen or ""))
        return chosen or ""

    # Servers choose the files of the other types only by the model's name and engine.
    has_specs = model_type in DEFAULT_ENGINES
    model_format = size = quantization = ""
    engines = [v.engine for v in variants]
    if has_specs:
        model_format = pick("format", (v.model_format for v in variants), usual.model_format)
        variants = [v for v in variants if not model_format or v.model_format == model_format]
        size = pick(
            "size", (size_spelling(v, specs) for v in variants), usual.model_size_in_billions
        )
        variants = [v for v in variants if not size or size_spelling(v, specs) == size]
        named = (name for v in variants for name in v.quantizations)
        quantization = pick("quantization", named, usual.quantization)
        engines = engines_of(model_type, model_format, facts.engines)
    there = None
    if offer is not None:
        there = narrowed(engines, offer, Files(model_format, size, quantization))
        engines = list(there.engines)
    engine = pick("engine", engines, usual.model_engine)
    fitting = next((v for v in variants if quantization in v.quantizations), None)
    fitting = fitting or next(iter(variants), None)
    replicas = _replicas(asked.get("replicas", ""), problems)
    devices = _devices(asked.get("devices", ""), replicas, problems)
    context = _context(asked.get("context", ""), facts.context_length, problems)
    payload: dict[str, Any] = {
        "model_name": one_line(name),
        "model_type": "LLM" if model_type == "llm" else model_type,
    }
    if engine:
        payload["model_engine"] = engine
    if size:
        payload["model_size_in_billions"] = int(size) if size.isdigit() else size
    if model_format:
        payload["model_format"] = model_format
    if quantization:
        payload["quantization"] = quantization
    if replicas > 1:
        payload["replica"] = replicas
    if devices:
        payload["gpu_idx"] = [int(number) for number in devices.split(",")]
    if model_type == "llm" and context and asked.get("context"):
        payload["context_length"] = context
    tokens = context or facts.context_length
    return LaunchPlan(
        choices=tuple(choices),
        payload=payload,
        replicas=replicas,
        devices=devices,
        context=tokens if model_type == "llm" else None,
        max_context=facts.context_length if model_type == "llm" else None,
        memory=_memory(fitting, specs, quantization, tokens) if model_type == "llm" else None,
        problems=tuple(problems),
        there=there,
    )


def _literal(value: Any) -> str:
    return python_string(value) if isinstance(value, str) else repr(value)


def size_spelling(variant: Variant, specs: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    """Return the size in the record's spelling, since the server compares spellings.

    `specs` are those of each record: a record may have thousands, and as many variants.
    """
    spec = spec_of(variant, specs)
    size = spec.get("model_size_in_billions")
    return one_line(str(size)) if isinstance(size, str | int | float) else ""


def engines_of(model_type: str, model_format: str, known: Sequence[str]) -> list[str | None]:
    """Return the engines that may run files of a format; a server may offer fewer."""
    only = engine_of_format(model_format) if model_format else None
    if only:
        return [only]
    others = [engine for engine in known if engine not in {"llama.cpp", "MLX"}]
    if model_type == "llm":
        usual = [
            engine for engine in _LLM_ENGINES if engine != "Transformers" or model_format != "fp8"
        ]
        if model_format in QUANTIZED_FORMATS:
            usual = sorted(usual, key=lambda engine: engine != "vLLM")
        return [*usual, *others]
    return [*_TEXT_ENGINES.get(model_type, ()), *others]


def _replicas(text: str, problems: list[str]) -> int:
    if not text.strip():
        return 1
    if text.strip().isascii() and text.strip().isdigit() and 1 <= int(text) <= MAX_REPLICAS:
        return int(text)
    message = _("Replicas must be a whole number from 1 to %(most)d.")
    problems.append(message % {"most": MAX_REPLICAS})
    return 1


def _devices(text: str, replicas: int, problems: list[str]) -> str:
    text = text.strip()
    if not text:
        return ""
    if not text.isascii() or not _DEVICES.fullmatch(text):
        problems.append(_("Devices are the numbers of GPUs with commas between them, such as 0,1."))
        return ""
    numbers = list(dict.fromkeys(int(number) for number in text.split(",")))
    if len(numbers) % replicas:
        problems.append(_("The number of devices must be a multiple of the replicas."))
        return ""
    return ",".join(map(str, numbers))


def _context(text: str, longest: int | None, problems: list[str]) -> int | None:
    text = text.strip().replace(",", "")
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 11:
        limit = longest or MAX_CONTEXT
        if 1 <= int(text) <= limit:
            return int(text)
        message = _("The context must lie between 1 and %(most)s tokens.")
        problems.append(message % {"most": f"{limit:,}"})
    else:
        problems.append(_("The context must be a whole number of tokens."))
    return None


def _memory(
    variant: Variant | None,
    specs: Sequence[Sequence[Mapping[str, Any]]],
    quantization: str,
    context: int | None,
) -> Estimate | None:
    if variant is None:
        return None
    sources = dict(sources_of(spec_of(variant, specs)))
    return estimate(
        billions=variant.size_in_billions,
        model_format=variant.model_format,
        quantization=quantization,
        context=context,
        metadata=metadata_for(sources.get(variant.hub, {}), quantization or None),
    )
