"""What My Models shows: the models somebody owns or has proposed, and what he is writing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from models_registry.errors import InvalidParameter
from models_registry.models import Draft, ModelType, RegisteredModel, Revision, Visibility
from models_registry.models import RevisionState as State
from models_registry.publication import OPEN_STATES
from models_registry.querysets import normalised, search_words
from models_registry.upstream import standing as upstream_standing

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE_SIZE = 20
MAX_TEXT = 200
# How far into a draft's text its name is looked for.
HEAD = 4000
_NAME = re.compile(r'"model_(?:name|family)"\s*:\s*"([^"\\]{1,200})"')


class Standing(StrEnum):
    """Where an entry stands; in several places, as a published model with a waiting proposal."""

    PRIVATE = "private"
    PUBLISHED = "published"
    ENTERPRISE = "enterprise"
    WAITING = "waiting"
    CHANGES = "changes"
    DRAFT = "draft"
    EXPIRED = "expired"
    CLOSED = "closed"


LABELS: dict[Standing, StrOrPromise] = {
    Standing.CHANGES: _("Changes requested"),
    Standing.WAITING: _("Waiting for review"),
    Standing.DRAFT: _("Drafts"),
    Standing.PRIVATE: _("Private"),
    Standing.PUBLISHED: _("Published"),
    Standing.ENTERPRISE: _("Enterprise"),
    Standing.EXPIRED: _("Expired"),
    Standing.CLOSED: _("Rejected or withdrawn"),
}


class Sort(StrEnum):
    """The orders of the list."""

    CHANGED = "changed"
    NAME = "name"
    TYPE = "type"


SORT_LABELS: dict[Sort, StrOrPromise] = {
    Sort.CHANGED: _("Last change"),
    Sort.NAME: _("Name"),
    Sort.TYPE: _("Type"),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person asked for; everything that the page's address says."""

    text: str = ""
    standing: Standing | None = None
    model_type: str = ""
    sort: Sort = Sort.CHANGED
    page: int = 1

    def query(self, **changes: Any) -> str:
        """The shortest query string that says the same but for the changes; on page one."""
        other = replace(self, **{"page": 1, **changes})
        pairs = {
            "q": other.text,
            "state": other.standing.value if other.standing else "",
            "type": other.model_type,
            "sort": other.sort.value if other.sort != Sort.CHANGED else "",
            "page": str(other.page) if other.page > 1 else "",
        }
        said = urlencode({key: value for key, value in pairs.items() if value})
        return f"?{said}" if said else "?"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: a model, with the draft of its next revision, or the draft of a new model."""

    name: str
    model_type: str
    standings: frozenset[Standing]
    changed_at: datetime
    model: RegisteredModel | None = None
    draft: Draft | None = None
    is_owned: bool = False
    # The open proposal of a model; the number of its newest revision.
    proposal: int | None = None
    last_revision: int | None = None
    last_state: str = ""
    # Where it stands at upstream.
    upstream: upstream_standing.Standing | None = None

    @property
    def type_label(self) -> StrOrPromise:
        """What people call its type."""
        return ModelType(self.model_type).label


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of My Models, with how many entries stand where."""

    entries: list[Entry]
    choices: Choices
    total: int
    page_count: int
    # (standing or None for all, label, how many, query string)
    tabs: list[tuple[Standing | None, StrOrPromise, int, str]]
    types: list[tuple[str, StrOrPromise, int]]
    is_empty: bool


def parse(given: Mapping[str, str]) -> Choices:
    """Read the choices of an address; what makes no sense is passed over."""
    page = given.get("page", "")
    chosen = given.get("state", "")
    model_type = given.get("type", "")
    sort = given.get("sort", "")
    return Choices(
        text=given.get("q", "").replace("\x00", "").strip()[:MAX_TEXT],
        standing=Standing(chosen) if chosen in set(Standing) else None,
        model_type=model_type if model_type in ModelType.values else "",
        sort=Sort(sort) if sort in set(Sort) else Sort.CHANGED,
        page=max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < 7 else 1,
    )


def listing(user: User, choices: Choices) -> Listing:
    """The entries of a person that fit the choices; the same few queries however many there are."""
    everything = _entries(user, choices.text)
    of_type = [one for one in everything if choices.model_type in ("", one.model_type)]
    fitting = [one for one in of_type if choices.standing in (None, *one.standings)]
    page_count = max(1, ceil(len(fitting) / PAGE_SIZE))
    choices = replace(choices, page=min(choices.page, page_count))
    fitting.sort(key=_ORDERS[choices.sort])
    start = (choices.page - 1) * PAGE_SIZE
    shown = fitting[start : start + PAGE_SIZE]
    upstream = upstream_standing.latest(one.model for one in shown if one.model is not None)
    types = Counter(one.model_type for one in everything)
    return Listing(
        entries=[
            replace(one, upstream=upstream.get(one.model.pk)) if one.model is not None else one
            for one in shown
        ],
        choices=choices,
        total=len(fitting),
        page_count=page_count,
        tabs=_tabs(of_type, choices),
        types=[(t.value, t.label, types[t.value]) for t in ModelType if types[t.value]],
        is_empty=not everything and not choices.text,
    )


def discard_draft(pk: int, *, by: User) -> str:
    """Throw a draft of one's own away.

    Out: its name. Raises InvalidParameter where the person has no such draft.
    """
    draft = _drafts(by).filter(pk=pk).first()
    if draft is None:
        raise InvalidParameter("You have no such draft; it may be discarded or submitted already.")
    name = draft_name(draft)
    draft.delete()
    return name


def draft_name(draft: Draft) -> str:
    """What a draft is called: by its model, else by the name in its text; "" where it has none."""
    if draft.model is not None:
        return draft.model.name
    # The list fetches no more of the text than that.
    head = draft.head if hasattr(draft, "head") else draft.definition[:HEAD]
    found = _NAME.search(head)
    return found.group(1) if found else ""


_ORDERS: dict[Sort, Callable[[Entry], Any]] = {
    Sort.CHANGED: lambda entry: (-entry.changed_at.timestamp(), entry.name.casefold()),
    Sort.NAME: lambda entry: (entry.name.casefold(), entry.model_type),
    Sort.TYPE: lambda entry: (
        ModelType.values.index(entry.model_type),
        entry.name.casefold(),
    ),
}


def _tabs(
    entries: list[Entry], choices: Choices
) -> list[tuple[Standing | None, StrOrPromise, int, str]]:
    counts = Counter(standing for entry in entries for standing in entry.standings)
    tabs: list[tuple[Standing | None, StrOrPromise, int, str]] = [
        (None, _("All"), len(entries), choices.query(standing=None))
    ]
    for standing, label in LABELS.items():
        if counts[standing] or standing == choices.standing:
            query = choices.query(standing=standing)
            tabs.append((standing, label, counts[standing], query))
    return tabs


def _entries(user: User, text: str) -> list[Entry]:
    drafts = {draft.model_id or -draft.pk: draft for draft in _drafts(user)}
    entries = [_of_model(model, user, drafts.pop(model.pk, None)) for model in _models(user, text)]
    words = search_words(text)
    for draft in drafts.values():
        name = draft_name(draft)
        if all(word in normalised(name) for word in words):
            entries.append(
                Entry(
                    name=name,
                    model_type=draft.model_type,
                    standings=frozenset({Standing.DRAFT}),
                    changed_at=draft.changed_at,
                    model=draft.model,
                    draft=draft,
                )
            )
    return entries


def _models(user: User, text: str) -> list[Any]:
    revisions = Revision.objects.filter(model=OuterRef("pk")).order_by("-number")
    opened = revisions.filter(state__in=OPEN_STATES)
    proposed = Revision.objects.filter(author=user, state__in=OPEN_STATES).values("model")
    found = (
        RegisteredModel.objects.visible_to(user)
        .filter(Q(owner=user) | Q(pk__in=proposed))
        .annotate(
            open_number=Subquery(opened.values("number")[:1]),
            open_state=Subquery(opened.values("state")[:1]),
            last_number=Subquery(revisions.values("number")[:1]),
            last_state=Subquery(revisions.values("state")[:1]),
        )
        .defer("facts", "search_text", "description")
    )
    for word in search_words(text):
        found = found.filter(Q(search_text__contains=word) | Q(name_key__contains=word))
    return list(found)


def _drafts(user: User) -> Any:
    return (
        Draft.objects.filter(owner=user)
        .select_related("model")
        .defer("definition", "readme", "model__facts", "model__search_text")
        .annotate(head=Substr(F("definition"), 1, HEAD))
    )


def _of_model(model: Any, user: User, draft: Draft | None) -> Entry:
    standings = set()
    if model.open_state == State.PROPOSED:
        standings.add(Standing.WAITING)
    elif model.open_state == State.CHANGES_REQUESTED:
        standings.add(Standing.CHANGES)
    if model.published_revision_id is not None:
        if model.expires_at is not None and model.expires_at <= timezone.now():
            standings.add(Standing.EXPIRED)
        else:
            standings.add(_LIVE[model.visibility])
    elif model.open_state is None:
        standings.add(Standing.CLOSED)
    if draft is not None:
        standings.add(Standing.DRAFT)
    return Entry(
        name=model.name,
        model_type=model.model_type,
        standings=frozenset(standings),
        changed_at=max(model.changed_at, draft.changed_at) if draft else model.changed_at,
        model=model,
        draft=draft,
        is_owned=model.owner_id == user.pk,
        proposal=model.open_number,
        last_revision=model.last_number,
        last_state=model.last_state or "",
    )


_LIVE = {
    Visibility.PRIVATE: Standing.PRIVATE,
    Visibility.PUBLIC: Standing.PUBLISHED,
    Visibility.ENTERPRISE: Standing.ENTERPRISE,
}
