"""Reads what a repository's summary says of the repository itself, and leaves what is malformed.

Fields: https://huggingface.co/docs/huggingface_hub/package_reference/hf_api (ModelInfo), and
`GET /api/v1/models/OWNER/NAME` of ModelScope. SECURITY: anybody can have written the values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models_registry.definitions.facts.vocabulary import is_repository_id
from models_registry.repositories.answers import Answer
from models_registry.repositories.model_hubs import ModelHub
from models_registry.repositories.values import count, moment

MAX_LICENCE: Final = 80
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
# ModelScope and authors spell out what Hugging Face has identifiers for.
_LICENCES: Final = {
    "apache": "apache-2.0",
    "apache-2": "apache-2.0",
    "apache-license-2.0": "apache-2.0",
    "apache-license-version-2.0": "apache-2.0",
    "mit-license": "mit",
    "the-mit-license": "mit",
    "gpl-3.0-license": "gpl-3.0",
    "cc-by-4.0-license": "cc-by-4.0",
}


@dataclass(frozen=True, slots=True)
class RepositorySummary:
    """What a hub says of a repository; None and "" where it says nothing.

    `repository_id` is the present id, which is another one after a move. `mark` changes whenever
    the content changes.
    """

    repository_id: str
    revision: str = ""
    licence: str = ""
    gated: bool | None = None
    downloads: int | None = None
    likes: int | None = None
    last_modified: datetime | None = None

    @property
    def mark(self) -> str:
        """The commit, or the time of the last change."""
        if self.revision:
            return self.revision
        return self.last_modified.isoformat() if self.last_modified else ""


def summary_of(hub: ModelHub, repository_id: str, answer: Answer) -> RepositorySummary:
    """Return the facts in a hub's answer about a repository."""
    if hub.key == "modelscope":
        return _of_modelscope(repository_id, answer)
    card = answer.get("cardData")
    card = card if isinstance(card, dict) else {}
    revision, gated = answer.get("sha"), answer.get("gated")
    return RepositorySummary(
        repository_id=_id(answer.get("id"), repository_id),
        revision=revision if isinstance(revision, str) and _COMMIT.fullmatch(revision) else "",
        licence=_licence(card.get("license"), card.get("license_name")) or _tagged(answer),
        gated=None if gated is None else gated is not False,
        downloads=count(answer.get("downloads")),
        likes=count(answer.get("likes")),
        last_modified=moment(answer.get("lastModified")),
    )


def _of_modelscope(repository_id: str, answer: Answer) -> RepositorySummary:
    likes = [count(answer.get(key)) for key in ("Stars", "Likes", "LikeCount")]
    named = f"{answer.get('Path')}/{answer.get('Name')}"
    return RepositorySummary(
        repository_id=_id(named, repository_id),
        licence=_licence(answer.get("License"), None),
        gated=bool(answer.get("ApprovalMode")),
        downloads=count(answer.get("Downloads")),
        likes=next((number for number in likes if number is not None), None),
        last_modified=moment(answer.get("LastUpdatedTime")),
    )


def _id(said: object, asked: str) -> str:
    """The id that the answer names; ids that differ only in letter case are the same."""
    if isinstance(said, str) and is_repository_id(said) and said.casefold() != asked.casefold():
        return said
    return asked


def _licence(value: object, name: object) -> str:
    """The identifier of a licence in lower case, or what its author calls it."""
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), None)
    if not isinstance(value, str):
        return ""
    key = _spelt(value)
    if key == "other" and isinstance(name, str) and _spelt(name):
        key = _spelt(name)
    return _LICENCES.get(key, key)


def _spelt(text: str) -> str:
    words = re.sub(r"[^a-z0-9.+]+", "-", text[:200].casefold())
    return words.strip("-")[:MAX_LICENCE]


def _tagged(answer: Answer) -> str:
    tags = answer.get("tags")
    for tag in tags if isinstance(tags, list) else []:
        if isinstance(tag, str) and tag.startswith("license:"):
            return _licence(tag.removeprefix("license:"), None)
    return ""
