"""What a careful reviewer looks at twice: pure functions on definitions, old and new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from models_registry.definitions.text import Definition
from models_registry.definitions.variants import sources_of, specs_of, strings
from reviews.findings import Finding, Level

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_VCS = re.compile(r"\b(git|hg|svn|bzr)\+", re.IGNORECASE)
_DIRECT = re.compile(r"https?://", re.IGNORECASE)
_FLOATING = frozenset({"", "main", "master", "head"})
# Members of a virtual environment that make pip fetch from elsewhere, or trust more.
_PIP_OPTIONS = ("index_url", "extra_index_url", "find_links", "trusted_host", "no_build_isolation")


def risks(old: Definition | None, new: Definition) -> list[Finding]:
    """The risk flags of a proposal: what it brings that the published revision has not.

    In: the published definition (None for a new model) and the proposed one.
    """
    return [
        *_packages(old, new),
        *_pip_options(old, new),
        *_owners(old, new),
        *_unpinned(old, new),
        *_templates(old, new),
    ]


def chat_templates(definition: Definition | None) -> list[str]:
    """The chat templates of the records, without repetitions; a record's may be missing."""
    records = definition.records if definition is not None else []
    return list(
        dict.fromkeys(t for record in records for t in strings(record.get("chat_template")))
    )


def _packages(old: Definition | None, new: Definition) -> Iterator[Finding]:
    about = _("Packages")
    known = {text for _pointer, text in _all_packages(old)}
    for pointer, text in _all_packages(new):
        if text in known:
            continue
        known.add(text)
        line = new.locate(pointer).line
        if _VCS.search(text):
            said = _("%(package)s is installed from a repository, not from an index.")
            if not _is_pinned_url(text):
                said = _(
                    "%(package)s is installed from a repository at whatever is there on that day: "
                    "no commit is named."
                )
            yield Finding(Level.RISK, about, said % {"package": text}, line)
        elif _DIRECT.search(text):
            said = _("%(package)s is installed from an address, not from an index.")
            yield Finding(Level.RISK, about, said % {"package": text}, line)
        elif any(word.startswith("-") for word in text.split(";")[0].split()):
            said = _("%(package)s is an option for pip, not a package.")
            yield Finding(Level.RISK, about, said % {"package": text}, line)


def _is_pinned_url(text: str) -> bool:
    address = text[_VCS.search(text).start() :].split(";")[0].split("#")[0].strip()  # type: ignore[union-attr]
    path = urlsplit(address.partition("+")[2]).path
    return bool(_COMMIT.fullmatch(path.rpartition("@")[2])) if "@" in path else False


def _all_packages(definition: Definition | None) -> Iterator[tuple[str, str]]:
    for pointer, environment in _environments(definition):
        packages = environment.get("packages")
        for index, text in enumerate(packages if isinstance(packages, list) else []):
            if isinstance(text, str):
                yield f"{pointer}/packages/{index}", text


def _environments(definition: Definition | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Pointer and content of every virtual environment, of records and of specs."""
    for index, record in enumerate(definition.records if definition is not None else []):
        if isinstance(record.get("virtualenv"), dict):
            yield f"/{index}/virtualenv", record["virtualenv"]
        specs = record.get("model_specs")
        for place, spec in enumerate(specs if isinstance(specs, list) else []):
            if isinstance(spec, dict) and isinstance(spec.get("virtualenv"), dict):
                yield f"/{index}/model_specs/{place}/virtualenv", spec["virtualenv"]


def _pip_options(old: Definition | None, new: Definition) -> Iterator[Finding]:
    known = {
        (key, str(environment.get(key)))
        for _pointer, environment in _environments(old)
        for key in _PIP_OPTIONS
    }
    for pointer, environment in _environments(new):
        for key in _PIP_OPTIONS:
            value = environment.get(key)
            if value and (key, str(value)) not in known:
                said = _("%(key)s makes pip do otherwise than usual: %(value)s")
                line = new.locate(f"{pointer}/{key}", key=True).line
                text = said % {"key": key, "value": str(value)[:200]}
                yield Finding(Level.RISK, _("Packages"), text, line)


def _sources(definition: Definition | None) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Pointer, hub and content of every source."""
    for index, record in enumerate(definition.records if definition is not None else []):
        for place, spec in enumerate(specs_of(record)):
            base = f"/{index}/model_specs/{place}" if "model_specs" in record else f"/{index}"
            for hub, source in sources_of(spec):
                yield f"{base}/model_src/{hub}", hub, source


def _owners(old: Definition | None, new: Definition) -> Iterator[Finding]:
    """A source that moved to another owner is how a model is hijacked."""
    if old is None:
        return
    before: dict[str, list[str]] = {}
    for _pointer, hub, source in _sources(old):
        before.setdefault(hub, []).append(_owner(source))
    told = set()
    for pointer, hub, source in _sources(new):
        owner = _owner(source)
        if hub not in before or not owner or owner in before[hub] or (hub, owner) in told:
            continue
        told.add((hub, owner))
        said = _("A source on %(hub)s now belongs to %(owner)s; until now: %(before)s.")
        known = ", ".join(sorted(set(filter(None, before[hub]))))
        text = said % {"hub": hub, "owner": owner, "before": known or "–"}
        line = new.locate(f"{pointer}/model_id").line
        yield Finding(Level.RISK, _("Owner of a source"), text, line)


def _owner(source: Mapping[str, Any]) -> str:
    model_id = source.get("model_id")
    return model_id.partition("/")[0] if isinstance(model_id, str) and "/" in model_id else ""


def _unpinned(old: Definition | None, new: Definition) -> Iterator[Finding]:
    """Sources that deliver whatever is there; one finding, since most of upstream's do."""
    known = {_identity(hub, source) for _pointer, hub, source in _sources(old)}
    found = [
        (pointer, source)
        for pointer, hub, source in _sources(new)
        if _is_floating(source) and _identity(hub, source) not in known
    ]
    if not found:
        return
    ids = list(dict.fromkeys(str(source.get("model_id", "")) for _pointer, source in found))
    said = _("No commit is named for %(ids)s: servers download whatever is there on that day.")
    shown = ", ".join(ids[:3]) + (f" (+{len(ids) - 3})" if len(ids) > 3 else "")
    line = new.locate(f"{found[0][0]}/model_revision").line
    yield Finding(Level.WARNING, _("Revision of a source"), said % {"ids": shown}, line)


def _is_floating(source: Mapping[str, Any]) -> bool:
    revision = source.get("model_revision")
    return revision is None or (isinstance(revision, str) and revision.lower() in _FLOATING)


def _identity(hub: str, source: Mapping[str, Any]) -> tuple[str, str, str]:
    return hub, str(source.get("model_id")), str(source.get("model_revision"))


def _templates(old: Definition | None, new: Definition) -> Iterator[Finding]:
    before, after = chat_templates(old), chat_templates(new)
    if before and set(after) - set(before):
        line = next(
            new.locate(f"/{index}/chat_template", key=True).line
            for index, record in enumerate(new.records)
            if record.get("chat_template") and record["chat_template"].strip() not in before
        )
        said = _("The chat template is another one. Compare what it makes of the sample chats.")
        yield Finding(Level.RISK, _("Chat template"), said, line)
