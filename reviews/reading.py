"""All that a reviewer, or the author, reads of a proposal: gathered once, shown on one page."""

from __future__ import annotations

from dataclasses import dataclass

from models_registry import specs
from models_registry.definitions import text as definition_text
from models_registry.definitions.diff import Change, changes
from models_registry.definitions.text import Definition
from models_registry.models import RegisteredModel, Revision
from models_registry.readme.render import Rendered
from reviews import checks, pull_request
from reviews.chat_samples import Sample, samples
from reviews.checks import Report
from reviews.lines import Comparison, compare, lines_of
from reviews.lookup import Person
from reviews.models import Comment, Part, Proposal, Review, SourceCheck
from reviews.policy import ReviewVerb, available_verbs
from reviews.pull_request import Preview


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a proposal: what was handed in, said and decided."""

    number: int
    revision: Proposal
    review: Review | None
    comments: list[tuple[Comment, str]]


@dataclass(frozen=True, slots=True)
class Base:
    """What a round is compared with: its name in the address, and the revision."""

    name: str
    revision: Revision


@dataclass(frozen=True, slots=True)
class Reading:
    """A proposal as it is read.

    `changes` are the definition's in sentences, each with its line; `definition_lines` and
    `readme_lines` carry the comments.
    """

    base: Base | None
    bases: list[Base]
    changes: list[tuple[Change, int]]
    definition_lines: Comparison
    readme_lines: Comparison
    readme: Rendered
    rounds: list[Round]
    verbs: frozenset[ReviewVerb]

    @property
    def may_comment(self) -> bool:
        """Whether the reader may say something about its lines."""
        return ReviewVerb.COMMENT in self.verbs


@dataclass(frozen=True, slots=True)
class Examination:
    """What the hub finds out for the reviewer."""

    report: Report
    samples: list[Sample]
    preview: Preview | None
    source_check: SourceCheck | None


def read(user: Person, proposal: Proposal, against: str = "") -> Reading:
    """Everything about the newest round of a proposal, compared with what the reader chose:
    "published", "round" (the one before) or "nothing"; by default the first that there is."""
    thread = list(
        Proposal.objects.thread_of(proposal)
        .select_related("review", "model")
        .prefetch_related("comments__author")
    )
    rounds = [_round(number, one) for number, one in enumerate(thread, start=1)]
    bases = _bases(proposal, thread)
    by_name = {base.name: base for base in bases}
    base = by_name.get(against) or (bases[0] if bases and against != "nothing" else None)
    old = base.revision if base is not None else None
    said = [comment for one in thread if one.pk == proposal.pk for comment in one.comments.all()]
    return Reading(
        base=base,
        bases=bases,
        changes=_changes(_parsed(old), definition_text.parse(proposal.definition)),
        definition_lines=compare(
            old.definition if old else None,
            proposal.definition,
            [one for one in said if one.part == Part.DEFINITION],
        ),
        readme_lines=compare(
            old.readme if old else None,
            proposal.readme,
            [one for one in said if one.part == Part.README],
        ),
        readme=specs.rendered_readme(proposal.model, proposal),
        rounds=rounds[::-1],
        verbs=available_verbs(user, proposal),
    )


def examine(user: Person, proposal: Proposal) -> Examination:
    """Check a proposal for a reviewer."""
    published = shown_published(proposal)
    old = _parsed(published)
    new = definition_text.parse(proposal.definition)
    visible = RegisteredModel.objects.visible_to(user)
    return Examination(
        report=checks.report(proposal, old, new, visible),
        samples=samples(old, new),
        preview=pull_request.preview(proposal),
        source_check=SourceCheck.objects.filter(revision=proposal).first(),
    )


def shown_published(proposal: Proposal) -> Revision | None:
    """The published revision that a proposal may be compared with.

    SECURITY: what is published for its owner alone is not shown to reviewers.
    """
    published = proposal.model.published_revision
    if published is None or published.pk == proposal.pk:
        return None
    return published if published.visibility == proposal.visibility else None


def _changes(old: Definition | None, new: Definition) -> list[tuple[Change, int]]:
    found = [change for change in changes(old, new) if change.kind != "stamp"]
    return [(change, new.locate(change.new_pointer).line) for change in found]


def _bases(proposal: Proposal, thread: list[Proposal]) -> list[Base]:
    found = []
    published = shown_published(proposal)
    if published is not None:
        found.append(Base("published", published))
    before = [one for one in thread if one.number < proposal.number]
    if before:
        found.append(Base("round", before[-1]))
    return found


def _round(number: int, revision: Proposal) -> Round:
    comments = [(one, _quoted(revision, one)) for one in revision.comments.all()]
    return Round(number, revision, getattr(revision, "review", None), comments)


def _quoted(revision: Revision, comment: Comment) -> str:
    """The line that a comment is about."""
    if comment.line is None:
        return ""
    lines = lines_of(revision.definition if comment.part == Part.DEFINITION else revision.readme)
    return lines[comment.line - 1].strip()[:200] if comment.line <= len(lines) else ""


def _parsed(revision: Revision | None) -> Definition | None:
    return definition_text.parse(revision.definition) if revision is not None else None
