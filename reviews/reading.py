"""Everything that a page shows of a proposal, for a reviewer or its author."""

from __future__ import annotations

from dataclasses import dataclass

from models_registry.definitions.compare.changes import DefinitionChange, changes
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.document import Definition
from models_registry.models import RegisteredModel, Revision, Visibility
from models_registry.pages import model_page
from models_registry.policy import is_suggestion
from models_registry.readme.render import Rendered
from reviews import checks, pull_request
from reviews.chat_samples import Sample, samples
from reviews.checks import CheckReport
from reviews.lines import LineComparison, compare, lines_of
from reviews.lookup import Person
from reviews.models import Comment, Endorsement, Part, Proposal, Review, SourceCheck
from reviews.policy import ReviewVerb, available_verbs
from reviews.pull_request import PullRequestPreview


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a proposal: its revision, comments and verdict."""

    number: int
    revision: Proposal
    review: Review | None
    comments: list[tuple[Comment, str]]


@dataclass(frozen=True, slots=True)
class Base:
    """The revision that a round is compared with, and its name in the address."""

    name: str
    revision: Revision


@dataclass(frozen=True, slots=True)
class Reading:
    """A proposal as a page shows it.

    `changes` are the definition's changes as sentences, each with its line; those of the
    texts contain the comments.
    """

    base: Base | None
    bases: list[Base]
    changes: list[tuple[DefinitionChange, int]]
    definition_lines: LineComparison
    readme_lines: LineComparison
    readme: Rendered
    # Of the README in Chinese; None without one on both sides.
    readme_zh_lines: LineComparison | None
    readme_zh: Rendered | None
    rounds: list[Round]
    verbs: frozenset[ReviewVerb]
    # Whether somebody else than the owner of a public model proposes it, and if the owner agrees.
    is_suggestion: bool
    endorsement: Endorsement | None

    @property
    def may_comment(self) -> bool:
        """True if the reader may comment on its lines."""
        return ReviewVerb.COMMENT in self.verbs


@dataclass(frozen=True, slots=True)
class Examination:
    """The automatic checks and previews for the reviewer."""

    report: CheckReport
    samples: list[Sample]
    preview: PullRequestPreview | None
    source_check: SourceCheck | None


def read(user: Person, proposal: Proposal, against: str = "") -> Reading:
    """Everything about the newest round of a proposal, compared with another revision.

    `against` is "published", "round" (the previous round) or "nothing"; by default the first that
    exists.
    """
    thread = list(
        Proposal.objects.thread_of(proposal)
        .select_related("review", "model")
        .prefetch_related("comments__author")
    )
    rounds = [_round(number, revision) for number, revision in enumerate(thread, start=1)]
    bases = _bases(proposal, thread)
    by_name = {base.name: base for base in bases}
    base = by_name.get(against) or (bases[0] if bases and against != "nothing" else None)
    old = base.revision if base is not None else None
    comments = [
        comment
        for revision in thread
        if revision.pk == proposal.pk
        for comment in revision.comments.all()
    ]

    def lines(part: Part) -> LineComparison:
        return compare(
            part.text_of(old) if old else None,
            part.text_of(proposal),
            [comment for comment in comments if comment.part == part],
        )

    return Reading(
        base=base,
        bases=bases,
        changes=_changes(_parsed(old), definition_text.parse(proposal.definition)),
        definition_lines=lines(Part.DEFINITION),
        readme_lines=lines(Part.README),
        readme=model_page.rendered_readme(proposal.model, proposal),
        readme_zh_lines=(
            lines(Part.README_ZH) if proposal.readme_zh or (old and old.readme_zh) else None
        ),
        readme_zh=(
            model_page.rendered_readme(proposal.model, proposal, chinese=True)
            if proposal.readme_zh.strip()
            else None
        ),
        rounds=rounds[::-1],
        verbs=available_verbs(user, proposal),
        is_suggestion=is_suggestion(proposal),
        endorsement=Endorsement.objects.filter(revision=proposal).first(),
    )


def examine(user: Person, proposal: Proposal) -> Examination:
    """Check a proposal for a reviewer."""
    old = _parsed(shown_published(proposal))
    return Examination(
        report=check_report(user, proposal),
        samples=samples(old, definition_text.parse(proposal.definition)),
        preview=pull_request.preview(proposal),
        source_check=SourceCheck.objects.filter(revision=proposal).first(),
    )


def check_report(user: Person, proposal: Proposal) -> CheckReport:
    """What the automatic checks say of a proposal, and of its neighbours that the person sees."""
    old = _parsed(shown_published(proposal))
    new = definition_text.parse(proposal.definition)
    # Private models have a separate namespace: anybody may have one with the same name.
    others = RegisteredModel.objects.visible_to(user).exclude(visibility=Visibility.PRIVATE)
    return checks.report(proposal, old, new, others)


def shown_published(proposal: Proposal) -> Revision | None:
    """The published revision that a proposal may be compared with.

    SECURITY: a revision that only its owner may see is not shown to reviewers.
    """
    published = proposal.model.published_revision
    if published is None or published.pk == proposal.pk:
        return None
    return published if published.visibility == proposal.visibility else None


def _changes(old: Definition | None, new: Definition) -> list[tuple[DefinitionChange, int]]:
    semantic = [change for change in changes(old, new) if change.kind != "stamp"]
    return [(change, new.locate(change.new_pointer).line) for change in semantic]


def _bases(proposal: Proposal, thread: list[Proposal]) -> list[Base]:
    bases = []
    published = shown_published(proposal)
    if published is not None:
        bases.append(Base("published", published))
    before = [earlier for earlier in thread if earlier.number < proposal.number]
    if before:
        bases.append(Base("round", before[-1]))
    return bases


def _round(number: int, revision: Proposal) -> Round:
    comments = [(comment, _quoted(revision, comment)) for comment in revision.comments.all()]
    return Round(number, revision, getattr(revision, "review", None), comments)


def _quoted(revision: Revision, comment: Comment) -> str:
    """The line that a comment is about."""
    if comment.line is None:
        return ""
    lines = lines_of(Part(comment.part).text_of(revision))
    return lines[comment.line - 1].strip()[:200] if comment.line <= len(lines) else ""


def _parsed(revision: Revision | None) -> Definition | None:
    return definition_text.parse(revision.definition) if revision is not None else None
