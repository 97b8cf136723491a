"""The review queue: its filters, and the rows of a page."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from django.core.paginator import Page
from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from hub.pager import CountedPaginator
from models_registry.definitions.json_text import document as definition_text
from models_registry.models import Visibility
from models_registry.policy import is_suggestion
from models_registry.search import search_words
from reviews.bulk_approval import reasons_against
from reviews.known_packages import known_packages
from reviews.lookup import queue, reviewable
from reviews.models import OPEN, Claim, Proposal, ProposalQuerySet
from reviews.risks import risks

PAGE_SIZE = 25
# After this many days, a proposal is marked as old, and as very old.
OLD_DAYS, VERY_OLD_DAYS = 3, 7


class ProposalSort(StrEnum):
    """What a proposal would change."""

    NEW = "new"
    UPDATE = "update"
    OPENING = "opening"


SORTS: dict[str, str | Promise] = {
    ProposalSort.NEW: _("New model"),
    ProposalSort.UPDATE: _("Update"),
    ProposalSort.OPENING: _("Made public"),
}
STATES: dict[str, str | Promise] = {
    "waiting": _("Waiting"),
    "author": _("With the author"),
    "over": _("Decided"),
}
AGES: dict[str, str | Promise] = {
    "1": _("Over a day"),
    str(OLD_DAYS): _("Over three days"),
    str(VERY_OLD_DAYS): _("Over a week"),
}
ASSIGNED: dict[str, str | Promise] = {
    "me": _("Me"),
    "nobody": _("Nobody"),
    "others": _("Others"),
}


@dataclass(frozen=True, slots=True)
class QueueFilters:
    """The filters of the queue; an empty string means all."""

    state: str = "waiting"
    type: str = ""
    sort: str = ""
    author: str = ""
    age: str = ""
    assigned: str = ""
    q: str = ""
    page: int = 1

    def query(self) -> str:
        """The filters as a query string, without default values."""
        default = QueueFilters()
        members = {name: getattr(self, name) for name in self.__slots__}
        chosen = {k: v for k, v in members.items() if v != getattr(default, k)}
        return f"?{urlencode(chosen)}" if chosen else "?"

    @property
    def narrows(self) -> bool:
        """True if any filter except the state is set."""
        return replace(self, state="waiting", page=1) != QueueFilters()


@dataclass(slots=True)
class QueueRow:
    """One proposal in the queue."""

    proposal: Proposal
    sort: str
    round: int
    age_mark: str
    claim: Claim | None
    risks: int = 0
    is_suggestion: bool = False
    reasons_against_bulk: list[str] = field(default_factory=list)

    @property
    def sort_label(self) -> str | Promise:
        """The label of what the proposal would change."""
        return SORTS[self.sort]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue, and how many proposals each filter value would show."""

    choices: QueueFilters
    page: Page[Proposal]
    rows: list[QueueRow]
    state_counts: dict[str, int]
    type_counts: dict[str, int]
    authors: list[tuple[str, int]]


def listing(user: User, choices: QueueFilters) -> QueuePage:
    """The page of the queue for these filters."""
    now = timezone.now()
    everything = reviewable(user)
    narrowed = _narrowed(everything, user, choices, now)
    counts = {state: _in_state(narrowed, state).count() for state in STATES}
    selected = _in_state(narrowed, choices.state)
    # The counts of a filter's values take all other filters into account.
    any_type = _in_state(_narrowed(everything, user, replace(choices, type=""), now), choices.state)
    any_author = _in_state(
        _narrowed(everything, user, replace(choices, author=""), now), choices.state
    )
    order = ("-created_at", "-pk") if choices.state == "over" else ("created_at", "pk")
    ordered = selected.select_related(
        "model__published_revision", "author", "review", "endorsement"
    ).order_by(*order)
    page = CountedPaginator(ordered, PAGE_SIZE, count=counts[choices.state]).get_page(choices.page)
    return QueuePage(
        choices=replace(choices, page=page.number),
        page=page,
        rows=_rows(list(page), now),
        state_counts=counts,
        type_counts=dict(
            any_type.order_by("model__model_type")
            .values_list("model__model_type")
            .annotate(count=Count("pk", distinct=True))
        ),
        authors=list(
            any_author.order_by("author_name")
            .values_list("author_name")
            .annotate(count=Count("pk", distinct=True))[:200]
        ),
    )


def neighbours(user: User, proposal: Proposal) -> tuple[Proposal | None, Proposal | None]:
    """The waiting proposals before and after this one, in the order of the queue."""
    waiting = queue(user).waiting().only("pk", "created_at", "model__name", "model__model_type")
    at = proposal.created_at
    before = waiting.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=proposal.pk)).last()
    after = waiting.filter(Q(created_at__gt=at) | Q(created_at=at, pk__gt=proposal.pk)).first()
    return before, after


def sort_of(proposal: Proposal) -> str:
    """What a proposal would change: add a model, update one, or make a private one public."""
    if proposal.model.published_revision_id is None:
        return ProposalSort.NEW
    is_opening = proposal.visibility != proposal.model.visibility
    return ProposalSort.OPENING if is_opening and proposal.state in OPEN else ProposalSort.UPDATE


def age_mark(moment: datetime, now: datetime) -> str:
    """How old a waiting proposal is: "", "old" or "very-old"."""
    if moment <= now - timedelta(days=VERY_OLD_DAYS):
        return "very-old"
    return "old" if moment <= now - timedelta(days=OLD_DAYS) else ""


def _in_state(proposals: ProposalQuerySet, state: str) -> ProposalQuerySet:
    states = {"waiting": ["proposed"], "author": ["changes_requested"]}
    if state in states:
        return proposals.filter(state__in=states[state])
    return proposals.exclude(state__in=OPEN)


def _narrowed(
    proposals: ProposalQuerySet, user: User, choices: QueueFilters, now: datetime
) -> ProposalQuerySet:
    narrowed = proposals
    if choices.type:
        narrowed = narrowed.filter(model__model_type=choices.type)
    if choices.sort == ProposalSort.NEW:
        narrowed = narrowed.filter(model__published_revision__isnull=True)
    elif choices.sort == ProposalSort.UPDATE:
        narrowed = narrowed.filter(model__published_revision__isnull=False).filter(
            visibility=F("model__visibility")
        )
    elif choices.sort == ProposalSort.OPENING:
        narrowed = narrowed.filter(
            model__published_revision__isnull=False, visibility=Visibility.PUBLIC
        ).exclude(model__visibility=Visibility.PUBLIC)
    if choices.author:
        narrowed = narrowed.filter(author_name=choices.author)
    if choices.age:
        narrowed = narrowed.filter(created_at__lte=now - timedelta(days=int(choices.age)))
    if choices.assigned == "me":
        narrowed = narrowed.claimed(now=now, reviewer=user)
    elif choices.assigned:
        claimed = Proposal.objects.claimed(now=now)
        if choices.assigned == "nobody":
            narrowed = narrowed.exclude(pk__in=claimed.values("pk"))
        else:
            others = claimed.exclude(pk__in=Proposal.objects.claimed(now=now, reviewer=user))
            narrowed = narrowed.filter(pk__in=others.values("pk"))
    for word in search_words(choices.q):
        narrowed = narrowed.filter(
            Q(model__name_key__contains=word)
            | Q(author_name__icontains=word)
            | Q(message__icontains=word)
        )
    return narrowed


def _rows(proposals: list[Proposal], now: datetime) -> list[QueueRow]:
    roots = {proposal.pk: proposal.proposal_id or proposal.pk for proposal in proposals}
    claims = {
        claim.proposal_id: claim
        for claim in Claim.objects.filter(
            proposal__in=roots.values(), expires_at__gt=now
        ).select_related("reviewer")
    }
    counted = dict(
        Proposal.objects.annotate(root=Coalesce("proposal", "pk"))
        .filter(root__in=roots.values())
        .order_by("root")
        .values_list("root")
        .annotate(count=Count("pk"))
    )
    packages = known_packages()
    return [
        _row(
            proposal,
            counted.get(roots[proposal.pk], 1),
            claims.get(roots[proposal.pk]),
            now,
            packages,
        )
        for proposal in proposals
    ]


def _row(
    proposal: Proposal,
    number: int,
    claim: Claim | None,
    now: datetime,
    packages: frozenset[str],
) -> QueueRow:
    row = QueueRow(proposal, sort_of(proposal), number, "", claim)
    row.is_suggestion = is_suggestion(proposal)
    if proposal.state != "proposed":
        return row
    row.age_mark = age_mark(proposal.created_at, now)
    row.reasons_against_bulk = reasons_against(proposal)
    published = proposal.model.published_revision
    is_update = published is not None and published.visibility == proposal.visibility
    old = definition_text.parse(published.definition) if is_update and published else None
    row.risks = sum(
        finding.level == "risk"
        for finding in risks(old, definition_text.parse(proposal.definition), packages)
    )
    return row
