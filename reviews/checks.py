"""Automatic checks of a proposal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import gettext as _

from models_registry.catalogue.selection import supported_releases
from models_registry.definitions.checks import release_rules, schema
from models_registry.definitions.checks.advice import lint
from models_registry.definitions.checks.release_loading import (
    ends_whole_list,
    unusable_releases,
    verdicts,
)
from models_registry.definitions.checks.run import check
from models_registry.definitions.facts.variants import sources_of, specs_of
from models_registry.definitions.facts.vocabulary import billions
from models_registry.definitions.json_text.document import Definition
from models_registry.labels import stored_problem, translated
from models_registry.models import (
    ReadmeOrigin,
    RegisteredModel,
    RegisteredModelQuerySet,
    Revision,
    Visibility,
)
from models_registry.pages.model_page import overview
from models_registry.search import normalised
from reviews.findings import Level, ReviewFinding, weight
from reviews.known_packages import known_packages
from reviews.risks import risks

SIMILAR = 0.9
MAX_COMPARED = 3000
MAX_NAMED = 5
MAX_SOURCES = 40
MAX_ADVICE = 8
# Advice that repeats what the risk flags and the check for duplicates report.
_REPORTED_ELSEWHERE = frozenset({"no-revision", "shared-source"})
# The size may differ from the size in the name by this factor: names round, and omit embeddings.
FACTOR = 1.6

_SIZE = re.compile(r"(?<![A-Za-z0-9.])(\d{1,4}(?:[._]\d{1,2})?)\s?([bBmM])(?![A-Za-z0-9])")
# "0_6B" is a size, "_7B" and "7B_" have one.
_SEPARATOR = re.compile(r"-|_(?!\d)|(?<!\d)_")
_LICENCE = re.compile(r"\blicen[cs]e", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All findings about a proposal, the most severe first."""

    findings: list[ReviewFinding]

    def count(self, *levels: Level) -> int:
        """The number of findings with one of the levels."""
        return sum(finding.level in levels for finding in self.findings)

    @property
    def errors(self) -> int:
        """The number of errors."""
        return self.count(Level.ERROR)

    @property
    def risks(self) -> int:
        """The number of risks."""
        return self.count(Level.RISK)


def report(
    revision: Revision,
    old: Definition | None,
    new: Definition,
    visible: RegisteredModelQuerySet,
) -> CheckReport:
    """Check a proposal.

    `old` is the published definition (None for a new model), `new` the proposed one. SECURITY:
    `visible` are the models that the reviewer may see, so that findings don't reveal hidden ones.
    """
    findings = [
        *_definition(revision, old, new),
        *risks(old, new, known_packages()),
        *_sizes(revision.model, new),
        *_neighbours(revision, visible),
        *_readme(revision),
    ]
    return CheckReport(sorted(findings, key=weight))


def _definition(
    revision: Revision, old: Definition | None, new: Definition
) -> Iterator[ReviewFinding]:
    """Errors in the definition, and advice."""
    about, model_type = _("Definition"), revision.model.model_type
    is_public = revision.visibility == Visibility.PUBLIC
    problems = check(model_type, new, published=old, is_public=is_public)
    known = {(problem.line, problem.message) for problem in problems}
    for problem in problems:
        level = Level.ERROR if problem.severity == "error" else Level.WARNING
        yield ReviewFinding(level, about, translated(problem.message), problem.line)
    for refusal in revision.loading_problems:
        if (refusal["line"], refusal["message"]) not in known:
            yield ReviewFinding(Level.ERROR, about, stored_problem(refusal), refusal["line"])
    older = list(_older_releases(about, model_type, old, new))
    yield from older
    if not problems and not revision.loading_problems and not older:
        text = _("It matches the schema of %(schemas)s, and every released server loads it.")
        yield ReviewFinding(Level.GOOD, about, text % {"schemas": schema.current().label})
    advice = [hint for hint in lint(model_type, new) if hint.code not in _REPORTED_ELSEWHERE]
    for hint in advice[:MAX_ADVICE]:
        yield ReviewFinding(Level.INFO, _("Advice"), translated(hint.message), hint.line)
    if len(advice) > MAX_ADVICE:
        text = _("%(count)d more pieces of advice are not shown.") % {
            "count": len(advice) - MAX_ADVICE
        }
        yield ReviewFinding(Level.INFO, _("Advice"), text)


def _older_releases(
    about: str, model_type: str, old: Definition | None, new: Definition
) -> Iterator[ReviewFinding]:
    """Problems of older releases with a definition that the present release loads."""
    supported = supported_releases()
    judged = verdicts(model_type, new.records, supported)
    lost = {release for release, each in judged.items() if not each.is_fine}
    if old is not None and (
        lost := lost - set(unusable_releases(model_type, old.records, supported))
    ):
        text = _(
            "Servers of Xinference %(releases)s can use the model now, and could not any more."
        )
        yield ReviewFinding(
            Level.RISK, about, text % {"releases": release_rules.spans(sorted(lost))}
        )
    if stopped := [release for release, each in judged.items() if each.stop is not None]:
        text = _(
            "It has no huggingface source: servers of Xinference %(releases)s fail to start "
            "with it in their list. Add a huggingface source to have it listed."
        )
        yield ReviewFinding(Level.WARNING, about, text % {"releases": release_rules.spans(stopped)})
    refused = [release for release, each in judged.items() if each.refusal is not None]
    if ending := [each for each in refused if ends_whole_list(each, model_type, new.records)]:
        text = _(
            "Xinference %(releases)s takes nothing of a list with it, wherever it is placed: these "
            "servers need the list for their version."
        )
        yield ReviewFinding(Level.INFO, about, text % {"releases": release_rules.spans(ending)})
    if refusing := [each for each in refused if each not in ending]:
        text = _("Xinference %(releases)s can't load it, so it is placed at the end of the list.")
        yield ReviewFinding(Level.INFO, about, text % {"releases": release_rules.spans(refusing)})


def _sizes(model: RegisteredModel, new: Definition) -> Iterator[ReviewFinding]:
    """Sizes that differ from the size in the names of the repositories."""
    checked = 0
    for index, record in enumerate(new.records):
        for place, spec in enumerate(specs_of(record)):
            size = billions(spec.get("model_size_in_billions"))
            if size is None or "model_specs" not in record:
                continue
            ids = [str(source.get("model_id", "")) for _hub, source in sources_of(spec)]
            named = [number for text in ids for number in _sizes_in(text.rpartition("/")[2])]
            checked += bool(named)
            if named and not any(_near(size, number) for number in named):
                pointer = f"/{index}/model_specs/{place}/model_size_in_billions"
                text = _("The size is %(size)sB, but the repository is named %(id)s.")
                values = {"size": f"{size:g}", "id": ids[0]}
                yield ReviewFinding(
                    Level.WARNING, _("Sizes"), text % values, new.locate(pointer).line
                )
                checked = -1000
    if checked > 0:
        yield ReviewFinding(
            Level.GOOD, _("Sizes"), _("The sizes match the names of the repositories.")
        )


def _sizes_in(name: str) -> list[float]:
    """The sizes in a name, in billions: "Qwen3-0.6B-4bit" has one."""
    return [
        float(number.replace("_", ".")) / (1000 if unit in "mM" else 1)
        for number, unit in _SIZE.findall(_SEPARATOR.sub(" ", name))
    ]


def _near(first: float, second: float) -> bool:
    low, high = sorted((first, second))
    return low > 0 and high / low <= FACTOR


def _neighbours(revision: Revision, visible: RegisteredModelQuerySet) -> Iterator[ReviewFinding]:
    """Models with similar names, and models with the same source repositories."""
    model = revision.model
    others = visible.filter(published_revision__isnull=False).exclude(pk=model.pk)
    same_type = others.filter(model_type=model.model_type)
    keys = list(same_type.values_list("name_key", flat=True)[:MAX_COMPARED])
    near = sorted(key for key in set(keys) if _alike(key, model.name_key))
    for key in near[:MAX_NAMED]:
        text = _("A model named %(name)s already exists.") % {"name": key}
        level = Level.ERROR if key == model.name_key else Level.WARNING
        yield ReviewFinding(level, _("Duplicates"), text)
    shared = dict(_sharing(others, overview(model, revision).facts["source_ids"]))
    for name, source in list(shared.items())[:MAX_NAMED]:
        text = _("%(name)s has the same source: %(id)s.") % {"name": name, "id": source}
        yield ReviewFinding(Level.WARNING, _("Duplicates"), text)
    if not near and not shared:
        text = _("No other model has a similar name or the same sources.")
        yield ReviewFinding(Level.GOOD, _("Duplicates"), text)


def _sharing(
    others: RegisteredModelQuerySet, source_ids: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The names of models with one of the source repositories, and the repository."""
    ids = source_ids[:MAX_SOURCES]
    if not ids:
        return
    holds_one = reduce(or_, (Q(search_text__contains=normalised(source)) for source in ids))
    for other in others.filter(holds_one).only("name", "facts")[:MAX_COMPARED]:
        theirs = other.facts.get("source_ids", [])
        source = next((source_id for source_id in ids if source_id in theirs), None)
        if source is not None:
            yield other.name, source


def _alike(first: str, second: str) -> bool:
    """True if two names differ only in separators or in few letters, but not in a number."""
    if re.findall(r"\d+", first) != re.findall(r"\d+", second):
        return False
    bare_first, bare_second = (re.sub(r"[._-]", "", name) for name in (first, second))
    if bare_first == bare_second:
        return True
    matcher = SequenceMatcher(None, bare_first, bare_second, autojunk=False)
    return matcher.real_quick_ratio() >= SIMILAR and matcher.ratio() >= SIMILAR


def _readme(revision: Revision) -> Iterator[ReviewFinding]:
    about = _("README")
    if not revision.readme.strip():
        yield ReviewFinding(Level.WARNING, about, _("There is no README."))
        return
    if revision.readme_origin == ReadmeOrigin.GENERATED:
        yield ReviewFinding(Level.INFO, about, _("The README is generated from the definition."))
        return
    if _LICENCE.search(revision.readme):
        yield ReviewFinding(Level.GOOD, about, _("The README mentions a licence."))
    else:
        yield ReviewFinding(Level.WARNING, about, _("The README does not mention a licence."))
