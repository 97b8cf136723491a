"""The review queue: what a reviewer asks for in the address, and the rows that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from models_registry.definitions import text as definition_text
from models_registry.models import ModelType, Visibility
from models_registry.querysets import normalised
from reviews.lookup import queue, reviewable
from reviews.models import Claim, Proposal
from reviews.querysets import OPEN, ProposalQuerySet
from reviews.risks import risks
from reviews.trivial import reasons_against

PAGE_SIZE = 25
# From so many days on, a proposal is marked as old, and as very old.
OLD_DAYS, VERY_OLD_DAYS = 3, 7


class Sort(StrEnum):
    """What a proposal would do."""

    NEW = "new"
    UPDATE = "update"
    OPENING = "opening"


SORTS: dict[str, str | Promise] = {
    Sort.NEW: _("New model"),
    Sort.UPDATE: _("Update"),
    Sort.OPENING: _("Made public"),
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
class Choices:
    """The filters of the queue; empty strings filter nothing."""

    state: str = "waiting"
    type: str = ""
    sort: str = ""
    author: str = ""
    age: str = ""
    assigned: str = ""
    q: str = ""
    page: int = 1

    def query(self) -> str:
        """The choices as the query string of an address, without those that are the usual ones."""
        usual = Choices()
        members = {name: getattr(self, name) for name in self.__slots__}
        chosen = {k: v for k, v in members.items() if v != getattr(usual, k)}
        return f"?{urlencode(chosen)}" if chosen else "?"

    @property
    def narrows(self) -> bool:
        """Whether anything beside the state is chosen."""
        return replace(self, state="waiting", page=1) != Choices()


@dataclass(slots=True)
class QueueRow:
    """One proposal in the queue."""

    proposal: Proposal
    sort: str
    round: int
    age_mark: str
    claim: Claim | None
    risks: int = 0
    reasons_against_bulk: list[str] = field(default_factory=list)

    @property
    def sort_label(self) -> str | Promise:
        """What it would do, in words."""
        return SORTS[self.sort]


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the queue, and how many proposals each filter would leave."""

    choices: Choices
    rows: list[QueueRow]
    total: int
    state_counts: dict[str, int]
    type_counts: dict[str, int]
    authors: list[tuple[str, int]]


def parse(query: Mapping[str, str]) -> Choices:
    """Read the filters out of an address; what is unknown filters nothing."""

    def one_of(key: str, known: Mapping[str, object]) -> str:
        value = query.get(key, "")
        return value if value in known else ""

    page = query.get("page", "1")
    return Choices(
        state=one_of("state", STATES) or "waiting",
        type=query.get("type", "") if query.get("type", "") in ModelType.values else "",
        sort=one_of("sort", SORTS),
        author=query.get("author", "").replace("\x00", "")[:150],
        age=one_of("age", AGES),
        assigned=one_of("assigned", ASSIGNED),
        q=query.get("q", "").replace("\x00", "").strip()[:200],
        page=min(int(page), 10_000) if page.isascii() and page.isdigit() and page != "0" else 1,
    )


def listing(user: User, choices: Choices) -> Listing:
    """The page of the queue that the choices ask for."""
    now = timezone.now()
    everything = reviewable(user)
    narrowed = _narrowed(everything, user, choices, now)
    counts = {state: _in_state(narrowed, state).count() for state in STATES}
    shown = _in_state(narrowed, choices.state)
    # Each list of choices counts what the other filters leave.
    any_type = _in_state(_narrowed(everything, user, replace(choices, type=""), now), choices.state)
    any_author = _in_state(
        _narrowed(everything, user, replace(choices, author=""), now), choices.state
    )
    total = counts[choices.state]
    page = min(choices.page, max(1, -(-total // PAGE_SIZE)))
    start = (page - 1) * PAGE_SIZE
    order = ("-created_at", "-pk") if choices.state == "over" else ("created_at", "pk")
    found = shown.select_related("model__published_revision", "author", "review").order_by(*order)[
        start : start + PAGE_SIZE
    ]
    return Listing(
        choices=replace(choices, page=page),
        rows=_rows(list(found), now),
        total=total,
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
    """The waiting proposals before and after one, in the order of the queue."""
    waiting = queue(user).waiting().only("pk", "created_at", "model__name", "model__model_type")
    at = proposal.created_at
    before = waiting.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=proposal.pk)).last()
    after = waiting.filter(Q(created_at__gt=at) | Q(created_at=at, pk__gt=proposal.pk)).first()
    return before, after


def sort_of(proposal: Proposal) -> str:
    """What a proposal would do: bring a new model, update one, or make a private one public."""
    if proposal.model.published_revision_id is None:
        return Sort.NEW
    is_opening = proposal.visibility != proposal.model.visibility
    return Sort.OPENING if is_opening and proposal.state in OPEN else Sort.UPDATE


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
    proposals: ProposalQuerySet, user: User, choices: Choices, now: datetime
) -> ProposalQuerySet:
    found = proposals
    if choices.type:
        found = found.filter(model__model_type=choices.type)
    if choices.sort == Sort.NEW:
        found = found.filter(model__published_revision__isnull=True)
    elif choices.sort == Sort.UPDATE:
        found = found.filter(model__published_revision__isnull=False).filter(
            visibility=F("model__visibility")
        )
    elif choices.sort == Sort.OPENING:
        found = found.filter(
            model__published_revision__isnull=False, visibility=Visibility.PUBLIC
        ).exclude(model__visibility=Visibility.PUBLIC)
    if choices.author:
        found = found.filter(author_name=choices.author)
    if choices.age:
        found = found.filter(created_at__lte=now - timedelta(days=int(choices.age)))
    if choices.assigned == "me":
        found = found.claimed(now=now, reviewer=user)
    elif choices.assigned:
        claimed = Proposal.objects.claimed(now=now)
        if choices.assigned == "nobody":
            found = found.exclude(pk__in=claimed.values("pk"))
        else:
            others = claimed.exclude(pk__in=Proposal.objects.claimed(now=now, reviewer=user))
            found = found.filter(pk__in=others.values("pk"))
    for word in normalised(choices.q).split()[:8]:
        found = found.filter(
            Q(model__name_key__contains=word)
            | Q(author_name__icontains=word)
            | Q(message__icontains=word)
        )
    return found


def _rows(proposals: list[Proposal], now: datetime) -> list[QueueRow]:
    roots = {one.pk: one.proposal_id or one.pk for one in proposals}
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
    return [
        _row(one, counted.get(roots[one.pk], 1), claims.get(roots[one.pk]), now)
        for one in proposals
    ]


def _row(proposal: Proposal, number: int, claim: Claim | None, now: datetime) -> QueueRow:
    row = QueueRow(proposal, sort_of(proposal), number, "", claim)
    if proposal.state != "proposed":
        return row
    row.age_mark = age_mark(proposal.created_at, now)
    row.reasons_against_bulk = reasons_against(proposal)
    published = proposal.model.published_revision
    is_update = published is not None and published.visibility == proposal.visibility
    old = definition_text.parse(published.definition) if is_update and published else None
    row.risks = sum(
        finding.level == "risk"
        for finding in risks(old, definition_text.parse(proposal.definition))
    )
    return row
