"""Risk flags of a proposal: pure functions on the old and the new definition."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import override

from models_registry.definitions.facts.variants import sources_of, specs_of, strings
from models_registry.definitions.json_text.document import Definition
from reviews.dangerous_fields import Reach, reaching
from reviews.findings import Level, ReviewFinding

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_VCS = re.compile(r"\b(git|hg|svn|bzr)\+", re.IGNORECASE)
# An address, or a file of the server: `name @ file:///…`, `ftp://…`, `./local`, `/opt/wheel`.
_DIRECT = re.compile(r"://|\s@|@\s|^\s*[./]")
_FLOATING = frozenset({"", "main", "master", "head"})
# Members of a virtual environment that make pip use other indexes, or trust more hosts.
_PIP_OPTIONS = (
    "index_url", "extra_index_url", "find_links", "trusted_host", "no_build_isolation",
    "index_strategy",
)  # fmt: skip
_PACKAGE = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*([^;@]*)")
_SEPARATORS = re.compile(r"[-_.]+")
# A package is a misspelling of another one if they are as similar as this.
_MISSPELT = 0.85


def risks(
    old: Definition | None, new: Definition, known_packages: Collection[str] = ()
) -> list[ReviewFinding]:
    """The risk flags of a proposal: risks that the published revision does not have.

    `old` is the published definition (None for a new model), `new` the proposed one.
    `known_packages` are the names of the packages that the catalogue installs; if it is empty,
    packages are not compared with them.
    """
    return [
        *_packages(old, new),
        *_strange_packages(old, new, known_packages),
        *_looser_packages(old, new),
        *_pip_options(old, new),
        *_code(old, new),
        *_owners(old, new),
        *_other_repositories(old, new),
        *_loosened(old, new),
        *_unpinned(old, new),
        *_templates(old, new),
    ]


def in_english(old: Definition | None, new: Definition) -> list[str]:
    """The risks of a change as sentences in English, for upstream's maintainers."""
    with override("en"):
        return [
            f"{finding.about}: {finding.text}"
            for finding in risks(old, new)
            if finding.level == Level.RISK
        ]


def chat_templates(definition: Definition | None) -> list[str]:
    """The distinct chat templates of the records; a record may have none."""
    records = definition.records if definition is not None else []
    return list(
        dict.fromkeys(t for record in records for t in strings(record.get("chat_template")))
    )


def _packages(old: Definition | None, new: Definition) -> Iterator[ReviewFinding]:
    about = _("Packages")
    known = {text for _pointer, text in _all_packages(old)}
    for pointer, text in _all_packages(new):
        if text in known:
            continue
        known.add(text)
        line = new.locate(pointer).line
        if _VCS.search(text):
            template = _("%(package)s is installed from a repository, not from an index.")
            if not _is_pinned_url(text):
                template = _(
                    "%(package)s is installed from a repository without a fixed commit: its code "
                    "can change at any time."
                )
            yield ReviewFinding(Level.RISK, about, template % {"package": text}, line)
        elif _DIRECT.search(text):
            template = _("%(package)s is installed from an address, not from an index.")
            yield ReviewFinding(Level.RISK, about, template % {"package": text}, line)
        elif any(word.startswith("-") for word in text.split(";")[0].split()):
            template = _("%(package)s is an option for pip, not a package.")
            yield ReviewFinding(Level.RISK, about, template % {"package": text}, line)


def package_names(definition: Definition | None) -> set[str]:
    """The names of the packages that a definition installs, in pip's normal form."""
    return {name for _pointer, name, _bounds in _requirements(definition)}


def _requirements(definition: Definition | None) -> Iterator[tuple[str, str, str]]:
    """Pointer, name and version bounds of every package that comes from an index."""
    for pointer, text in _all_packages(definition):
        match = _PACKAGE.match(text)
        if match is not None and not _VCS.search(text) and not _DIRECT.search(text):
            name = _SEPARATORS.sub("-", match[1]).lower()
            yield pointer, name, "".join(match[2].split())


def _strange_packages(
    old: Definition | None, new: Definition, known_packages: Collection[str]
) -> Iterator[ReviewFinding]:
    """Packages that no published model installs. SECURITY: a misspelt name may be a trap."""
    if not known_packages:
        return
    known = {*known_packages, *package_names(old)}
    for pointer, name, _bounds in _requirements(new):
        if name in known:
            continue
        known.add(name)
        line = new.locate(pointer).line
        near = get_close_matches(name, known_packages, n=1, cutoff=_MISSPELT)
        if near:
            template = _("No published model installs %(package)s. Is %(near)s meant?")
            text = template % {"package": name, "near": near[0]}
            yield ReviewFinding(Level.RISK, _("Packages"), text, line)
        else:
            text = _("No published model installs %(package)s.") % {"package": name}
            yield ReviewFinding(Level.WARNING, _("Packages"), text, line)


def _looser_packages(old: Definition | None, new: Definition) -> Iterator[ReviewFinding]:
    """Packages that had one fixed version, and have no more."""
    before: dict[str, set[str]] = {}
    for _pointer, name, bounds in _requirements(old):
        before.setdefault(name, set()).add(bounds)
    for pointer, name, bounds in _requirements(new):
        pinned = [each for each in before.get(name, ()) if _is_fixed(each)]
        if not pinned or _is_fixed(bounds) or bounds in before[name]:
            continue
        template = _("%(package)s was fixed at %(version)s. Now other versions are installed, too.")
        text = template % {"package": name, "version": pinned[0].removeprefix("==")}
        yield ReviewFinding(Level.RISK, _("Packages"), text, new.locate(pointer).line)


def _is_fixed(bounds: str) -> bool:
    """Whether the bounds of a package let only one version in."""
    return bounds.startswith("==") and not {"*", ","} & set(bounds)


def _code(old: Definition | None, new: Definition) -> Iterator[ReviewFinding]:
    """Code that servers fetch and run, and switches that let a repository's code run."""
    # What is known of a value: the owners whose code it lets run, or the commit of an address.
    known: dict[tuple[str, str], set[str]] = {}
    for pointer, name, value, holder in reaching(old, Reach.CODE):
        known.setdefault((name, str(value)), set()).update(_runs(old, pointer, name, holder))
    before = set(known)
    for pointer, name, value, holder in reaching(new, Reach.CODE):
        key, runs = (name, str(value)), _runs(new, pointer, name, holder)
        if value in (None, False, "", [], {}) or (key in known and runs <= known[key]):
            continue
        if name == "source_subdir" and ("source_url", str(holder.get("source_url"))) not in before:
            # The address is new, and flagged itself.
            continue
        known.setdefault(key, set()).update(runs)
        shown = {"key": name, "value": str(value)[:200]}
        if name == "source_url":
            revision = holder.get("source_revision")
            if isinstance(revision, str) and _COMMIT.fullmatch(revision):
                text = _("Servers fetch the code at %(value)s and run it.") % shown
            else:
                text = _(
                    "Servers fetch the code at %(value)s and run it, without a fixed commit: it "
                    "can change at any time."
                ) % shown  # fmt: skip
        else:
            text = _("%(key)s lets servers run code of a repository: %(value)s") % shown
        line = new.locate(pointer, key=True).line
        yield ReviewFinding(Level.RISK, _("Code that runs"), text, line)


def _runs(
    definition: Definition | None, pointer: str, name: str, holder: Mapping[str, Any]
) -> set[str]:
    """What a field that lets code run is about: the commit of the code at an address, or the owners
    of the repositories in the same record."""
    if name == "source_url":
        return {str(holder.get("source_revision"))}
    records = definition.records if definition is not None else []
    record = records[int(pointer.split("/")[1])]
    return {owner for text in _model_ids(record) if (owner := _of(text))}


def _model_ids(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            if key == "model_id":
                yield member
            else:
                yield from _model_ids(member)
    elif isinstance(value, list):
        for member in value:
            yield from _model_ids(member)


def _other_repositories(old: Definition | None, new: Definition) -> Iterator[ReviewFinding]:
    """Further repositories (GGUF, Lightning, text encoder, ControlNet …) with an owner that none of
    the model's repositories had."""
    if old is None:
        return
    before = {
        owner for _p, _n, value, _h in reaching(old, Reach.REPOSITORY) if (owner := _of(value))
    }
    in_sources = {f"{pointer}/model_id" for pointer, _hub, _source in _sources(new)}
    for pointer, name, value, _holder in reaching(new, Reach.REPOSITORY):
        owner = _of(value)
        if pointer in in_sources or not owner or owner in before:
            continue
        before.add(owner)
        template = _("%(key)s names %(id)s, whose owner none of the model's repositories had.")
        text = template % {"key": name, "id": str(value)[:200]}
        line = new.locate(pointer).line
        yield ReviewFinding(Level.RISK, _("Owner of a source"), text, line)


def _loosened(old: Definition | None, new: Definition) -> Iterator[ReviewFinding]:
    """Repositories that were fixed at a commit, and are no more."""
    fixed = {id_ for id_, revision in _pins(old) if _COMMIT.fullmatch(str(revision))}
    if not fixed:
        return
    pins = list(_pins(new))
    still_fixed = {id_ for id_, revision in pins if _COMMIT.fullmatch(str(revision))}
    for id_ in dict.fromkeys(id_ for id_, _revision in pins):
        if id_ not in fixed or id_ in still_fixed:
            continue
        text = _("%(id)s was fixed at a commit. Now servers download whatever is newest.")
        line = next(
            (new.locate(p).line for p, _n, v, _h in reaching(new, Reach.REPOSITORY) if v == id_), 1
        )
        yield ReviewFinding(Level.RISK, _("Revision of a source"), text % {"id": id_}, line)


def _pins(definition: Definition | None) -> Iterator[tuple[str, Any]]:
    """The id of each repository, and its revision."""
    for _pointer, name, value, holder in reaching(definition, Reach.REPOSITORY):
        if isinstance(value, str):
            yield value, holder.get(name.removesuffix("_id") + "_revision")


def _of(model_id: Any) -> str:
    """The owner in the id of a repository."""
    return model_id.partition("/")[0] if isinstance(model_id, str) and "/" in model_id else ""


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
    """Pointer and content of every virtual environment in records and specs."""
    for index, record in enumerate(definition.records if definition is not None else []):
        if isinstance(record.get("virtualenv"), dict):
            yield f"/{index}/virtualenv", record["virtualenv"]
        specs = record.get("model_specs")
        for place, spec in enumerate(specs if isinstance(specs, list) else []):
            if isinstance(spec, dict) and isinstance(spec.get("virtualenv"), dict):
                yield f"/{index}/model_specs/{place}/virtualenv", spec["virtualenv"]


def _pip_options(old: Definition | None, new: Definition) -> Iterator[ReviewFinding]:
    known = {
        (key, str(environment.get(key)))
        for _pointer, environment in _environments(old)
        for key in _PIP_OPTIONS
    }
    for pointer, environment in _environments(new):
        for key in _PIP_OPTIONS:
            value = environment.get(key)
            if value and (key, str(value)) not in known:
                template = _("%(key)s changes how pip installs packages: %(value)s")
                line = new.locate(f"{pointer}/{key}", key=True).line
                text = template % {"key": key, "value": str(value)[:200]}
                yield ReviewFinding(Level.RISK, _("Packages"), text, line)


def _sources(definition: Definition | None) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Pointer, hub and content of every source."""
    for index, record in enumerate(definition.records if definition is not None else []):
        for place, spec in enumerate(specs_of(record)):
            base = f"/{index}/model_specs/{place}" if "model_specs" in record else f"/{index}"
            for hub, source in sources_of(spec):
                yield f"{base}/model_src/{hub}", hub, source


def _owners(old: Definition | None, new: Definition) -> Iterator[ReviewFinding]:
    """Sources with another owner than before. SECURITY: a sign that a model is hijacked."""
    if old is None:
        return
    before: dict[str, list[str]] = {}
    for _pointer, hub, source in _sources(old):
        before.setdefault(hub, []).append(_owner(source))
    reported = set()
    for pointer, hub, source in _sources(new):
        owner = _owner(source)
        if hub not in before or not owner or owner in before[hub] or (hub, owner) in reported:
            continue
        reported.add((hub, owner))
        template = _("A source on %(hub)s now belongs to %(owner)s. Before: %(before)s.")
        owners = ", ".join(sorted(set(filter(None, before[hub]))))
        text = template % {"hub": hub, "owner": owner, "before": owners or "–"}
        line = new.locate(f"{pointer}/model_id").line
        yield ReviewFinding(Level.RISK, _("Owner of a source"), text, line)


def _owner(source: Mapping[str, Any]) -> str:
    return _of(source.get("model_id"))


def _unpinned(old: Definition | None, new: Definition) -> Iterator[ReviewFinding]:
    """Sources without a fixed commit, in one finding: most of upstream's have none."""
    known = {_identity(hub, source) for _pointer, hub, source in _sources(old)}
    floating = [
        (pointer, source)
        for pointer, hub, source in _sources(new)
        if _is_floating(source) and _identity(hub, source) not in known
    ]
    if not floating:
        return
    ids = list(dict.fromkeys(str(source.get("model_id", "")) for _pointer, source in floating))
    template = _(
        "No fixed commit for %(ids)s: servers download the newest content, whatever it is."
    )
    listed = ", ".join(ids[:3]) + (f" (+{len(ids) - 3})" if len(ids) > 3 else "")
    line = new.locate(f"{floating[0][0]}/model_revision").line
    yield ReviewFinding(Level.WARNING, _("Revision of a source"), template % {"ids": listed}, line)


def _is_floating(source: Mapping[str, Any]) -> bool:
    revision = source.get("model_revision")
    return revision is None or (isinstance(revision, str) and revision.lower() in _FLOATING)


def _identity(hub: str, source: Mapping[str, Any]) -> tuple[str, str, str]:
    return hub, str(source.get("model_id")), str(source.get("model_revision"))


def _templates(old: Definition | None, new: Definition) -> Iterator[ReviewFinding]:
    before, after = chat_templates(old), chat_templates(new)
    if before and set(after) - set(before):
        line = next(
            new.locate(f"/{index}/chat_template", key=True).line
            for index, record in enumerate(new.records)
            if record.get("chat_template") and record["chat_template"].strip() not in before
        )
        text = _("The chat template has changed. Compare the sample chats that it renders.")
        yield ReviewFinding(Level.RISK, _("Chat template"), text, line)
