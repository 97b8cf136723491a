"""The two hubs that models come from: their ids, addresses and ways to say no.

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

from models_registry.definitions.problems import quoted
from models_registry.errors import (
    InvalidParameter,
    SourceNotFound,
    SourceRefused,
    SourceUnavailable,
)

# The rule of huggingface_hub's validate_repo_id, with the owner obligatory; ModelScope's ids fit.
_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_MODEL_ID: Final = re.compile(rf"{_PART}/{_PART}")
_REVISION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}")

_GATED: Final = ("GatedRepo", "10010200001")
# ModelScope says this with status 404 when its own database can't follow.
_OVERLOADED: Final = ("max_prepared_stmt_count", "Too many connections")


@dataclass(frozen=True, slots=True)
class ModelHub:
    """One hub: how it is named, where it is, and where it redirects to.

    `endpoint` has no slash at its end. `hosts` are the entries for `fetch(allowed_hosts=…)`.
    """

    key: str
    label: str
    endpoint: str
    branch: str
    hosts: tuple[str, ...]

    def file_url(self, model_id: str, revision: str | None, path: str, *, raw: bool = False) -> str:
        """Return the address of a file; `raw` is for READMEs, which are never kept elsewhere."""
        where = f"{quote(revision or self.branch, safe='')}/{quote(path)}"
        if self.key == "modelscope":
            return f"{self.endpoint}/models/{model_id}/resolve/{where}"
        return f"{self.endpoint}/{model_id}/{'raw' if raw else 'resolve'}/{where}"

    def summary_url(self, model_id: str, revision: str | None = None) -> str:
        """Return the address of what the hub itself knows about a repository, as JSON."""
        if self.key == "modelscope":
            return f"{self.endpoint}/api/v1/models/{model_id}"
        at = f"/revision/{quote(revision, safe='')}" if revision else ""
        return f"{self.endpoint}/api/models/{model_id}{at}?blobs=true"

    def listing_url(self, model_id: str, revision: str | None = None) -> str:
        """Return the address of the list of files, as JSON. Hugging Face's summary has it too."""
        if self.key != "modelscope":
            return self.summary_url(model_id, revision)
        at = f"&Revision={quote(revision, safe='')}" if revision else ""
        return f"{self.endpoint}/api/v1/models/{model_id}/repo/files?Recursive=true{at}"


def hub_named(key: str) -> ModelHub:
    """Return the hub of a key of `model_src`, with its endpoint as it is configured.

    Raises InvalidParameter for a hub that nothing is read from.
    """
    makers: dict[str, Callable[[], ModelHub]] = {
        "huggingface": _hugging_face,
        "modelscope": _modelscope,
    }
    if key not in makers:
        raise InvalidParameter(
            f"Nothing can be read from {quoted(key)}. Choose huggingface or modelscope."
        )
    return makers[key]()


def _hugging_face() -> ModelHub:
    # hf.co and its subdomains are Hugging Face's own storage; what people run is on hf.space.
    hosts = ("huggingface.co", "*.huggingface.co", "hf.co", "*.hf.co")
    endpoint = settings.ENV.hf_endpoint
    return ModelHub("huggingface", "Hugging Face", endpoint, "main", _with_mirror(endpoint, hosts))


def _modelscope() -> ModelHub:
    hosts = ("modelscope.cn", "*.modelscope.cn", "modelscope.ai", "*.modelscope.ai")
    endpoint = settings.ENV.modelscope_endpoint
    return ModelHub("modelscope", "ModelScope", endpoint, "master", _with_mirror(endpoint, hosts))


def _with_mirror(endpoint: str, hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Add the endpoint as an origin of its own, unless it is the public one.

    Only somebody's own mirror may be at a private address.
    """
    parts = urlsplit(endpoint)
    public = parts.scheme == "https" and parts.port is None
    if public and any(parts.hostname in (host, f"www.{host}") for host in hosts):
        return hosts
    return (f"{parts.scheme}://{parts.netloc}", *hosts)


def is_id(text: str) -> bool:
    """Whether a text is a repository's id: owner/name, with the characters that both hubs take."""
    return _MODEL_ID.fullmatch(text) is not None and ".." not in text and "--" not in text


def checked_id(model_id: str) -> str:
    """Return a repository's id if it is one; nothing else ever becomes part of an address.

    Raises InvalidParameter.
    """
    if not is_id(model_id):
        raise InvalidParameter(
            f"{quoted(model_id)} is no id of a repository. Write the owner, a slash and the name, "
            "such as Qwen/Qwen3-0.6B."
        )
    return model_id


def checked_revision(revision: str | None) -> str | None:
    """Return a branch, tag or commit if it is one, None for the default branch.

    Raises InvalidParameter.
    """
    if revision is not None and (not _REVISION.fullmatch(revision) or ".." in revision):
        raise InvalidParameter(
            f"{quoted(revision)} is no revision. Use a branch, a tag or a commit, "
            "or leave it out for the newest."
        )
    return revision


def id_from(hub: ModelHub, text: str) -> str:
    """Read a repository's id from what a person typed: the id, or the address of its page.

    Raises InvalidParameter where it is neither.
    """
    text = text.strip()
    if not text.startswith(("https://", "http://")):
        return checked_id(text)
    steps = [step for step in urlsplit(text).path.split("/") if step]
    if hub.key == "modelscope" and steps[:1] == ["models"]:
        steps = steps[1:]
    return checked_id("/".join(steps[:2]))


def is_gated(refusal: SourceNotFound | SourceRefused) -> bool:
    """Whether a refusal says that the repository is there, but not for everybody."""
    return any(code in refusal.said for code in _GATED)


def explained(
    hub: ModelHub, model_id: str, refusal: SourceNotFound | SourceRefused
) -> SourceNotFound | SourceRefused | SourceUnavailable:
    """Return what a refusal of a whole repository means, in a sentence about the repository."""
    if any(word in refusal.said for word in _OVERLOADED):
        return SourceUnavailable(f"{hub.label} is overloaded at the moment. Try again later.")
    if is_gated(refusal):
        return SourceRefused(
            f"{model_id} on {hub.label} is only for people who were let in: the hub can't read it.",
            said=refusal.said,
        )
    return SourceNotFound(
        f"There is no repository {model_id} on {hub.label}, or it is private.", said=refusal.said
    )
