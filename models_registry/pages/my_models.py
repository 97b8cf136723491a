"""My Models: the models that a person owns or has proposed, and their drafts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.form_version import require
from accounts.models import User
from models_registry.errors import InvalidParameter
from models_registry.form_version import PARTS, draft_version, proposal_version
from models_registry.models import (
    Draft,
    ModelType,
    RegisteredModel,
    Revision,
    Visibility,
)
from models_registry.models import RevisionState as State
from models_registry.publication import OPEN_STATES
from models_registry.search import normalised, search_words
from models_registry.upstream.status import UpstreamStatus, latest_statuses

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE_SIZE = 20
# How many characters of a draft's text are searched for its name.
HEAD = 4000
_NAME = re.compile(r'"model_(?:name|family)"\s*:\s*"([^"\\]{1,200})"')


class EntryStatus(StrEnum):
    """An entry's status. It can have several, such as a published model with a waiting proposal."""

    PRIVATE = "private"
    PUBLISHED = "published"
    ENTERPRISE = "enterprise"
    WAITING = "waiting"
    CHANGES = "changes"
    DRAFT = "draft"
    EXPIRED = "expired"
    CLOSED = "closed"


LABELS: dict[EntryStatus, StrOrPromise] = {
    EntryStatus.CHANGES: _("Changes requested"),
    EntryStatus.WAITING: _("Waiting for review"),
    EntryStatus.DRAFT: _("Drafts"),
    EntryStatus.PRIVATE: _("Private"),
    EntryStatus.PUBLISHED: _("Published"),
    EntryStatus.ENTERPRISE: _("Enterprise"),
    EntryStatus.EXPIRED: _("Expired"),
    EntryStatus.CLOSED: _("Rejected or withdrawn"),
}


class EntrySort(StrEnum):
    """The orders of the list."""

    CHANGED = "changed"
    NAME = "name"
    TYPE = "type"


SORT_LABELS: dict[EntrySort, StrOrPromise] = {
    EntrySort.CHANGED: _("Last change"),
    EntrySort.NAME: _("Name"),
    EntrySort.TYPE: _("Type"),
}


@dataclass(frozen=True, slots=True)
class EntryFilters:
    """The person's filters, order and page, as in the page's address."""

    text: str = ""
    standing: EntryStatus | None = None
    model_type: str = ""
    sort: EntrySort = EntrySort.CHANGED
    page: int = 1

    def query(self, **changes: Any) -> str:
        """The shortest equivalent query string with these changes, on page one."""
        other = replace(self, **{"page": 1, **changes})
        pairs = {
            "q": other.text,
            "state": other.standing.value if other.standing else "",
            "type": other.model_type,
            "sort": other.sort.value if other.sort != EntrySort.CHANGED else "",
            "page": str(other.page) if other.page > 1 else "",
        }
        query_string = urlencode({key: value for key, value in pairs.items() if value})
        return f"?{query_string}" if query_string else "?"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One row: a model, with the draft of its next revision, or the draft of a new model."""

    name: str
    model_type: str
    standings: frozenset[EntryStatus]
    changed_at: datetime
    model: RegisteredModel | None = None
    draft: Draft | None = None
    is_owned: bool = False
    # The open proposal of a model; the number of its newest revision.
    proposal: int | None = None
    # It is the person's own, and not what somebody else suggests.
    may_withdraw: bool = False
    last_revision: int | None = None
    last_state: str = ""
    # Its status at upstream.
    upstream: UpstreamStatus | None = None

    @property
    def type_label(self) -> StrOrPromise:
        """The label of its type."""
        return ModelType(self.model_type).label

    @property
    def proposal_seen(self) -> str:
        """The version that the form to withdraw the proposal carries."""
        return proposal_version(self.proposal)

    @property
    def draft_seen(self) -> str:
        """The version that the form to discard the draft carries."""
        return draft_version(self.draft) if self.draft is not None else ""


@dataclass(frozen=True, slots=True)
class EntryListing:
    """One page of My Models, with the number of entries for each status."""

    entries: list[ModelEntry]
    choices: EntryFilters
    page: Page[ModelEntry]
    # (status or None for all, label, count, query string)
    tabs: list[tuple[EntryStatus | None, StrOrPromise, int, str]]
    types: list[tuple[str, StrOrPromise, int]]
    is_empty: bool


def listing(user: User, choices: EntryFilters, *, page_size: int = PAGE_SIZE) -> EntryListing:
    """The person's entries that match the filters. The number of queries is constant."""
    everything = _entries(user, choices.text)
    of_type = [entry for entry in everything if choices.model_type in ("", entry.model_type)]
    fitting = [entry for entry in of_type if choices.standing in (None, *entry.standings)]
    fitting.sort(key=_ORDERS[choices.sort])
    page = Paginator(fitting, page_size).get_page(choices.page)
    choices = replace(choices, page=page.number)
    upstream = latest_statuses(entry.model for entry in page if entry.model is not None)
    types = Counter(entry.model_type for entry in everything)
    return EntryListing(
        entries=[
            replace(entry, upstream=upstream.get(entry.model.pk))
            if entry.model is not None
            else entry
            for entry in page
        ],
        choices=choices,
        page=page,
        tabs=_tabs(of_type, choices),
        types=[(t.value, t.label, types[t.value]) for t in ModelType if types[t.value]],
        is_empty=not everything and not choices.text,
    )


def discard_draft(pk: int, *, by: User, seen: str = "") -> str:
    """Delete one of the person's drafts; returns its name.

    `seen` is the `draft_version` that the form carries. Raises InvalidParameter if the person has
    no such draft, and StaleState if it was changed meanwhile.
    """
    with transaction.atomic():
        Draft.objects.select_for_update().filter(pk=pk, owner=by).first()
        draft = _drafts(by).filter(pk=pk).first()
        if draft is None:
            raise InvalidParameter("no_such_draft")
        require(seen, draft_version(draft), labels=PARTS)
        name = draft_name(draft)
        draft.delete()
    return name


def draft_name(draft: Draft) -> str:
    """A draft's name: its model's name, else the name in its text, else ""."""
    if draft.model is not None:
        return draft.model.name
    # The list fetches only this much of the text.
    head = draft.head if hasattr(draft, "head") else draft.definition[:HEAD]
    match = _NAME.search(head)
    return match.group(1) if match else ""


_ORDERS: dict[EntrySort, Callable[[ModelEntry], Any]] = {
    EntrySort.CHANGED: lambda entry: (-entry.changed_at.timestamp(), entry.name.casefold()),
    EntrySort.NAME: lambda entry: (entry.name.casefold(), entry.model_type),
    EntrySort.TYPE: lambda entry: (
        ModelType.values.index(entry.model_type),
        entry.name.casefold(),
    ),
}


def _tabs(
    entries: list[ModelEntry], choices: EntryFilters
) -> list[tuple[EntryStatus | None, StrOrPromise, int, str]]:
    counts = Counter(standing for entry in entries for standing in entry.standings)
    tabs: list[tuple[EntryStatus | None, StrOrPromise, int, str]] = [
        (None, _("All"), len(entries), choices.query(standing=None))
    ]
    for standing, label in LABELS.items():
        if counts[standing] or standing == choices.standing:
            query = choices.query(standing=standing)
            tabs.append((standing, label, counts[standing], query))
    return tabs


def _entries(user: User, text: str) -> list[ModelEntry]:
    drafts = {draft.model_id or -draft.pk: draft for draft in _drafts(user)}
    entries = [_of_model(model, user, drafts.pop(model.pk, None)) for model in _models(user, text)]
    words = search_words(text)
    for draft in drafts.values():
        name = draft_name(draft)
        if all(word in normalised(name) for word in words):
            entries.append(
                ModelEntry(
                    name=name,
                    model_type=draft.model_type,
                    standings=frozenset({EntryStatus.DRAFT}),
                    changed_at=draft.changed_at,
                    model=draft.model,
                    draft=draft,
                )
            )
    return entries


def _models(user: User, text: str) -> list[Any]:
    revisions = Revision.objects.filter(model=OuterRef("pk")).order_by("-number")
    opened = revisions.filter(state__in=OPEN_STATES)
    proposed = Revision.objects.filter(author=user, state__in=OPEN_STATES).order_by()
    # Keys, by two indexes: with OR, or with a query in it, the database reads all models.
    own = RegisteredModel.objects.filter(owner=user).order_by().values_list("pk", flat=True)
    keys = list(own.union(proposed.values_list("model", flat=True)))
    models = (
        RegisteredModel.objects.visible_to(user)
        .filter(pk__in=keys)
        .annotate(
            open_number=Subquery(opened.values("number")[:1]),
            open_author=Subquery(opened.values("author")[:1]),
            open_state=Subquery(opened.values("state")[:1]),
            last_number=Subquery(revisions.values("number")[:1]),
            last_state=Subquery(revisions.values("state")[:1]),
        )
        .defer("facts", "search_text", "description")
    )
    for word in search_words(text):
        models = models.filter(Q(search_text__contains=word) | Q(name_key__contains=word))
    return list(models)


def _drafts(user: User) -> Any:
    return (
        Draft.objects.filter(owner=user)
        .select_related("model")
        .defer("definition", "readme", "readme_zh", "model__facts", "model__search_text")
        .annotate(head=Substr(F("definition"), 1, HEAD))
    )


def _of_model(model: Any, user: User, draft: Draft | None) -> ModelEntry:
    standings = set()
    if model.open_state == State.PROPOSED:
        standings.add(EntryStatus.WAITING)
    elif model.open_state == State.CHANGES_REQUESTED:
        standings.add(EntryStatus.CHANGES)
    if model.published_revision_id is not None:
        if model.expires_at is not None and model.expires_at <= timezone.now():
            standings.add(EntryStatus.EXPIRED)
        else:
            standings.add(_LIVE[model.visibility])
    elif model.open_state is None:
        standings.add(EntryStatus.CLOSED)
    if draft is not None:
        standings.add(EntryStatus.DRAFT)
    return ModelEntry(
        name=model.name,
        model_type=model.model_type,
        standings=frozenset(standings),
        changed_at=max(model.changed_at, draft.changed_at) if draft else model.changed_at,
        model=model,
        draft=draft,
        is_owned=model.owner_id == user.pk,
        proposal=model.open_number,
        may_withdraw=model.open_number is not None and _is_own_proposal(model, user),
        last_revision=model.last_number,
        last_state=model.last_state or "",
    )


def _is_own_proposal(model: Any, user: User) -> bool:
    is_shared = model.visibility == Visibility.PUBLIC and model.published_revision_id is not None
    return model.open_author == user.pk or (model.owner_id == user.pk and not is_shared)


_LIVE = {
    Visibility.PRIVATE: EntryStatus.PRIVATE,
    Visibility.PUBLIC: EntryStatus.PUBLISHED,
    Visibility.ENTERPRISE: EntryStatus.ENTERPRISE,
}
