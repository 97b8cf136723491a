"""A draft's requests to source repositories: fetching a README, and checking that they exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from accounts.errors import DomainError
from models_registry import labels
from models_registry.definitions.facts.variants import mappings, sources_of, specs_of
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.drafting import drafts
from models_registry.errors import InvalidParameter, SourceNotFound
from models_registry.models import Draft, ReadmeOrigin
from models_registry.readme.chinese import NAMES as CHINESE_NAMES
from models_registry.repositories import repository as repositories

READABLE_HUBS = ("huggingface", "modelscope")
MAX_TRIES = 3
MAX_REPOSITORIES = 24
_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class FetchedReadme:
    """A README, where it comes from, and the errors on the way."""

    text: str
    origin: ReadmeOrigin
    where: str
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """If a repository exists; None if it is unknown."""

    pointer: str
    hub: str
    model_id: str
    exists: bool | None

    @property
    def hub_label(self) -> str:
        """The hub's label."""
        return labels.hub_label(self.hub)


def get_readme(draft: Draft) -> FetchedReadme:
    """The README of the first source repository that has one, else a generated one.

    Raises InvalidParameter if neither is possible.
    """
    failures = []
    for where, place in _places(draft):
        try:
            text = repositories.read_readme(*place)
        except DomainError as refusal:
            failures.append(refusal.message)
        else:
            return FetchedReadme(text, ReadmeOrigin.FETCHED, where, tuple(failures))
    text = drafts.generated_readme(draft)
    if not text:
        raise InvalidParameter("readme_needs_name_and_source")
    return FetchedReadme(text, ReadmeOrigin.GENERATED, "", tuple(failures))


def get_chinese_readme(draft: Draft) -> tuple[str, str]:
    """The README in Chinese of the first source repository that has one, and where it is from.

    Raises SourceNotFound if none has one, and what `read_readme` raises if one could not be asked.
    """
    failure: DomainError = SourceNotFound("no_chinese_readme")
    for where, place in _places(draft):
        for name in CHINESE_NAMES:
            try:
                return repositories.read_readme(*place, name=name), where
            except SourceNotFound:
                continue
            except DomainError as refusal:
                failure = refusal
                break
    raise failure


def _places(draft: Draft) -> Iterator[tuple[str, tuple[str, str, str | None]]]:
    """Yield the first repositories of a draft: where, and what `read_readme` takes."""
    tried = set()
    for _pointer, hub, source in _sources(draft):
        repository = (hub, str(source["model_id"]).strip())
        if repository in tried:
            continue
        tried.add(repository)
        if len(tried) > MAX_TRIES:
            break
        revision = source.get("model_revision")
        named = revision if isinstance(revision, str) and revision else None
        yield f"{labels.hub_label(hub)} · {repository[1]}", (*repository, named)


def check_sources(draft: Draft) -> list[SourceState]:
    """Ask the hubs if the repositories of a draft exist, once for each repository."""
    wanted: dict[tuple[str, str], str] = {}
    for pointer, hub, source in _sources(draft):
        wanted.setdefault((hub, str(source["model_id"]).strip()), pointer)
    pairs = list(wanted.items())[:MAX_REPOSITORIES]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        states = pool.map(lambda pair: _exists(*pair[0]), pairs)
        return [
            SourceState(pointer, hub, model_id, exists)
            for ((hub, model_id), pointer), exists in zip(pairs, states, strict=True)
        ]


def twin_exists(draft: Draft, pointer: str) -> tuple[str, bool | None]:
    """The id of the Hugging Face source at a pointer, and if ModelScope has a repository with it;
    None if that is unknown."""
    found = [str(source["model_id"]).strip() for at, hub, source in _sources(draft)
             if hub == "huggingface" and at == f"{pointer}/model_id"]  # fmt: skip
    return (found[0], _exists("modelscope", found[0])) if found else ("", None)


def _exists(hub: str, model_id: str) -> bool | None:
    try:
        return repositories.repository_exists(hub, model_id)
    except InvalidParameter:
        return False


def _sources(draft: Draft) -> Iterator[tuple[str, str, Any]]:
    """Yield pointer, hub and entry of each source on a hub that can be read."""
    try:
        records: Sequence[Any] = definition_text.parse(draft.definition).records
    except DefinitionTextError:
        return
    for index, record in enumerate(records):
        several = mappings(record.get("model_specs"))
        for place, spec in enumerate(specs_of(record)):
            inside = f"/model_specs/{place}" if several else ""
            for hub, source in sources_of(spec):
                model_id = source.get("model_id")
                # Older definitions have a repository for each quantization.
                if hub in READABLE_HUBS and isinstance(model_id, str) and "{" not in model_id:
                    yield f"/{index}{inside}/model_src/{hub}/model_id", hub, source
