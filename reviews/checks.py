"""What the hub itself finds in a proposal, before a person has read a line of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from models_registry.definitions import facts as definition_facts
from models_registry.definitions.checks import check
from models_registry.definitions.lint import lint
from models_registry.definitions.text import Definition
from models_registry.definitions.variants import sources_of, specs_of
from models_registry.definitions.vocabulary import billions
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision
from models_registry.querysets import RegisteredModelQuerySet, normalised
from reviews.findings import Finding, Level, weight
from reviews.risks import risks

SIMILAR = 0.9
MAX_COMPARED = 3000
MAX_NAMED = 5
MAX_ADVICE = 8
# Advice that the risk flags and the look at duplicates give as well.
_SAID_ELSEWHERE = frozenset({"no-revision", "shared-source"})
# A size may be off that much from the one in the name: names round, and leave embeddings out.
FACTOR = 1.6

_SIZE = re.compile(r"(?<![A-Za-z0-9.])(\d{1,4}(?:[._]\d{1,2})?)\s?([bBmM])(?![A-Za-z0-9])")
# "0_6B" is a size, "_7B" and "7B_" have one.
_SEPARATOR = re.compile(r"-|_(?!\d)|(?<!\d)_")
_LICENCE = re.compile(r"\blicen[cs]e", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings about a proposal, the heaviest first."""

    findings: list[Finding]

    def count(self, *levels: Level) -> int:
        """How many findings have one of the levels."""
        return sum(finding.level in levels for finding in self.findings)

    @property
    def errors(self) -> int:
        """How many things are wrong."""
        return self.count(Level.ERROR)

    @property
    def risks(self) -> int:
        """How many things need a second look."""
        return self.count(Level.RISK)


def report(
    revision: Revision,
    old: Definition | None,
    new: Definition,
    visible: RegisteredModelQuerySet,
) -> Report:
    """Check a proposal.

    In: the round, the published definition (None for a new model), the proposed one, and the models
    that the reviewer may see, so that no hidden one shows in a finding.
    """
    found = [
        *_definition(revision, new),
        *risks(old, new),
        *_sizes(revision.model, new),
        *_neighbours(revision.model, new, visible),
        *_readme(revision),
    ]
    return Report(sorted(found, key=weight))


def _definition(revision: Revision, new: Definition) -> Iterator[Finding]:
    """What is wrong with the definition by itself, and what could be better."""
    about, model_type = _("Definition"), revision.model.model_type
    problems = check(model_type, new)
    told = {(problem.line, problem.message) for problem in problems}
    for problem in problems:
        level = Level.ERROR if problem.severity == "error" else Level.WARNING
        yield Finding(level, about, problem.message, problem.line)
    for refusal in revision.loading_problems:
        if (refusal["line"], refusal["message"]) not in told:
            yield Finding(Level.ERROR, about, refusal["message"], refusal["line"])
    if not problems and not revision.loading_problems:
        text = _("It fits upstream's schema, and every released server loads it.")
        yield Finding(Level.GOOD, about, text)
    advice = [one for one in lint(model_type, new) if one.code not in _SAID_ELSEWHERE]
    for one in advice[:MAX_ADVICE]:
        yield Finding(Level.INFO, _("Advice"), one.message, one.line)
    if len(advice) > MAX_ADVICE:
        text = _("%(count)d more pieces of advice.") % {"count": len(advice) - MAX_ADVICE}
        yield Finding(Level.INFO, _("Advice"), text)


def _sizes(model: RegisteredModel, new: Definition) -> Iterator[Finding]:
    """Sizes that the names of model and repositories contradict."""
    checked = 0
    for index, record in enumerate(new.records):
        for place, spec in enumerate(specs_of(record)):
            said = billions(spec.get("model_size_in_billions"))
            if said is None or "model_specs" not in record:
                continue
            ids = [str(source.get("model_id", "")) for _hub, source in sources_of(spec)]
            named = [size for text in ids for size in _sizes_in(text.rpartition("/")[2])]
            checked += bool(named)
            if named and not any(_near(said, size) for size in named):
                pointer = f"/{index}/model_specs/{place}/model_size_in_billions"
                text = _("The size is %(said)s billion, but the repository is named %(id)s.")
                values = {"said": f"{said:g}", "id": ids[0]}
                yield Finding(Level.WARNING, _("Sizes"), text % values, new.locate(pointer).line)
                checked = -1000
    if checked > 0:
        yield Finding(Level.GOOD, _("Sizes"), _("Sizes agree with the names of the repositories."))


def _sizes_in(name: str) -> list[float]:
    """The sizes that a name holds, in billions: "Qwen3-0.6B-4bit" has one."""
    return [
        float(number.replace("_", ".")) / (1000 if unit in "mM" else 1)
        for number, unit in _SIZE.findall(_SEPARATOR.sub(" ", name))
    ]


def _near(one: float, other: float) -> bool:
    low, high = sorted((one, other))
    return low > 0 and high / low <= FACTOR


def _neighbours(
    model: RegisteredModel, new: Definition, visible: RegisteredModelQuerySet
) -> Iterator[Finding]:
    """Models of nearly the same name, and models with the same source repositories."""
    others = visible.filter(published_revision__isnull=False).exclude(pk=model.pk)
    same_type = others.filter(model_type=model.model_type)
    keys = list(same_type.values_list("name_key", flat=True)[:MAX_COMPARED])
    near = sorted(key for key in set(keys) if _alike(key, model.name_key))
    for key in near[:MAX_NAMED]:
        text = _("There is a model named %(name)s already.") % {"name": key}
        level = Level.ERROR if key == model.name_key else Level.WARNING
        yield Finding(level, _("Duplicates"), text)
    ids = definition_facts.derive(model.model_type, new.records).source_ids
    shared: dict[str, list[str]] = {}
    for source in ids[:40]:
        holders = others.filter(search_text__contains=normalised(source)).only("name", "facts")
        for other in holders[:MAX_NAMED]:
            if source in other.facts.get("source_ids", []):
                shared.setdefault(other.name, []).append(source)
    for name, sources in list(shared.items())[:MAX_NAMED]:
        text = _("%(name)s has the same source: %(id)s.") % {"name": name, "id": sources[0]}
        yield Finding(Level.WARNING, _("Duplicates"), text)
    if not near and not shared:
        text = _("No other model has a similar name or the same sources.")
        yield Finding(Level.GOOD, _("Duplicates"), text)


def _alike(one: str, other: str) -> bool:
    """Whether two names are one but for marks between their parts, or differ in a letter; numbers
    make a difference that is meant."""
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    bare_one, bare_other = (re.sub(r"[._-]", "", name) for name in (one, other))
    if bare_one == bare_other:
        return True
    matcher = SequenceMatcher(None, bare_one, bare_other, autojunk=False)
    return matcher.real_quick_ratio() >= SIMILAR and matcher.ratio() >= SIMILAR


def _readme(revision: Revision) -> Iterator[Finding]:
    about = _("README")
    if not revision.readme.strip():
        yield Finding(Level.WARNING, about, _("There is no README."))
        return
    if revision.readme_origin == ReadmeOrigin.GENERATED:
        yield Finding(Level.INFO, about, _("The README is generated from the definition."))
        return
    if _LICENCE.search(revision.readme):
        yield Finding(Level.GOOD, about, _("The README names a licence."))
    else:
        yield Finding(Level.WARNING, about, _("The README names no licence."))
