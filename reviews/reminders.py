"""Scheduled notifications: new proposals, models that expire soon, and states of pull requests."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from accounts.models import User
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.models import (
    ChangeState,
    ModelType,
    RegisteredModel,
    UnreadableFile,
    UpstreamChange,
)
from models_registry.policy import ModelVerb, maintainers_of, verbs
from models_registry.stored_reasons import StoredReason, read_message
from models_registry.upstream import removals
from reviews import notify, owner_requests
from reviews.models import Digest, Notification, NotificationKind, OwnerRequest, Proposal

DAYS_BEFORE_EXPIRY = 7
# The first digest for a reviewer covers this time.
FIRST_DIGEST = timedelta(days=7)
MAX_LINES = 20
# Characters of an owner's reason in one line.
MAX_REASON = 120
# Title, lines of the text, and the key of an event.
Event = tuple[Message, list[object], str]
# Older changes are not notified.
LOOK_BACK = timedelta(days=90)
TOLD_STATES = {
    ChangeState.OPEN: gettext_noop("%(model)s: the pull request was opened"),
    ChangeState.MERGED: gettext_noop("%(model)s: the pull request was merged"),
    ChangeState.CLOSED: gettext_noop("%(model)s: the pull request was closed upstream"),
    ChangeState.CONFLICT: gettext_noop("%(model)s: conflict with upstream needs your decision"),
    ChangeState.FAILED: gettext_noop("%(model)s: the change could not be sent to upstream"),
}


_ASKED = {
    OwnerRequest.Kind.EXPIRE: gettext_noop(
        "· %(person)s asks that %(model)s expires: %(reason)s"
    ).template,
    OwnerRequest.Kind.REMOVE: gettext_noop(
        "· %(person)s asks that %(model)s is removed: %(reason)s"
    ).template,
}


def send_digests(now: datetime | None = None) -> int:
    """Notify every reviewer of proposals, and of requests of owners, that are new since their last
    digest, if there are any.

    Returns the number of reviewers notified. Idempotent: running it twice notifies nobody twice.
    """
    now = now or timezone.now()
    return sum(_notify_new_proposals(reviewer, now) for reviewer in notify.reviewers())


def warn_of_expiry(now: datetime | None = None) -> int:
    """Notify owners and maintainers of models that expire within a week, once for each expiry.

    Returns the number of people notified.
    """
    now = now or timezone.now()
    soon = RegisteredModel.objects.filter(
        published_revision__isnull=False,
        expires_at__gt=now,
        expires_at__lte=now + timedelta(days=DAYS_BEFORE_EXPIRY),
    ).select_related("owner")
    return sum(_notify_expiry(model) for model in soon)


def notify_of_pull_requests(now: datetime | None = None) -> int:
    """Notify the author and the owner of new states of changes for upstream.

    Returns the number of notifications. Each state is notified once, however often this runs.
    """
    changes = UpstreamChange.objects.filter(
        state__in=TOLD_STATES, created_at__gte=(now or timezone.now()) - LOOK_BACK
    ).select_related("model__owner", "created_by", "pull_request")
    by_key = {_event(change): change for change in changes}
    notified = Notification.objects.filter(kind=NotificationKind.PULL_REQUEST, key__in=by_key)
    notified_keys = set(notified.values_list("key", flat=True))
    return sum(
        _notify_change(change, key) for key, change in by_key.items() if key not in notified_keys
    )


def notify_of_upstream_state() -> int:
    """Notify people who may decide of broken files upstream and of removals to decide.

    Returns the number of notifications. Each version of a file, and each source with removals, is
    notified once, however often this runs.
    """
    events = [_broken_file(row) for row in UnreadableFile.objects.all()[:MAX_LINES]]
    sources = removals.waiting().order_by("source").values_list("source", flat=True).distinct()
    events += [_waiting_removals(source) for source in sources]
    if not events:
        return 0
    people = list(notify.holders_of(removals.RIGHT))
    url = reverse("models_registry:upstream_state")
    count = 0
    for title, text, key in events:
        with transaction.atomic():
            count += len(
                notify.send(
                    people,
                    NotificationKind.UPSTREAM_STATE,
                    title=title,
                    text=text,
                    url=url,
                    key=key,
                )
            )
    return count


def _broken_file(row: UnreadableFile) -> Event:
    title = gettext_noop("Upstream's file %(path)s can't be read", path=row.path)
    text = gettext_noop(
        "%(place)s: %(message)s Its models stay unchanged here until upstream fixes it.",
        place=str(row),
        message=read_message(row.message),
    )
    return title, [text], f"upstream-file:{row.pk}:{row.blob}"


def _waiting_removals(source: str) -> Event:
    rows = list(removals.waiting().filter(source=source))
    title = gettext_noop(
        "Upstream removed models (%(count)s): decide if they expire here, too", count=len(rows)
    )
    lines: list[object] = [f"· {row.model.model_type}/{row.model.name}" for row in rows[:MAX_LINES]]
    if len(rows) > MAX_LINES:
        lines.append(f"· +{len(rows) - MAX_LINES}")
    digest = hashlib.sha256(source.encode()).hexdigest()[:32]
    return title, lines, f"upstream-removals:{digest}"


def _event(change: UpstreamChange) -> str:
    return f"change:{change.pk}:{change.state}:{change.pull_request_id or 0}"


def _notify_change(change: UpstreamChange, key: str) -> int:
    model, pull_request = change.model, change.pull_request
    concerned = [change.created_by, model.owner if model else None]
    people = {person.pk: person for person in concerned if person is not None}
    texts: list[object] = [
        text
        for text in (pull_request.url if pull_request else "", StoredReason(change.last_error))
        if text
    ]
    with transaction.atomic():
        notified = notify.send(
            people.values(),
            NotificationKind.PULL_REQUEST,
            title=Message(TOLD_STATES[ChangeState(change.state)].template, {"model": change.name}),
            text=texts,
            url=reverse("models_registry:model_upstream", args=[model.pk]) if model else "",
            key=key,
        )
    return len(notified)


def _notify_new_proposals(reviewer: User, now: datetime) -> bool:
    with transaction.atomic():
        digest, _is_new = Digest.objects.get_or_create(
            reviewer=reviewer, defaults={"told_until": now - FIRST_DIGEST}
        )
        digest = Digest.objects.select_for_update().get(pk=digest.pk)
        visible = RegisteredModel.objects.visible_to(reviewer)
        queue = Proposal.objects.queue_for(reviewer, visible).waiting().exclude(author=reviewer)
        queue = queue.exclude(model__owner=reviewer).select_related("model")
        fresh = [proposal for proposal in queue if digest.told_until < proposal.created_at <= now]
        requests = list(owner_requests.waiting_for(reviewer))
        asked = [row for row in requests if digest.told_until < row.created_at <= now]
        digest.told_until = max(now, digest.told_until)
        digest.save(update_fields=["told_until"])
        if not fresh and not asked:
            return False
        title, text = _digest(fresh, asked, waiting=len(queue) + len(requests))
        url = notify.queue_url()
        return bool(
            notify.send([reviewer], NotificationKind.NEW_PROPOSAL, title=title, text=text, url=url)
        )


def _digest(
    fresh: list[Proposal], asked: list[OwnerRequest], *, waiting: int
) -> tuple[Message, list[object]]:
    if not asked:
        title = (
            gettext_noop("%(count)d new proposal waits for review", count=1)
            if len(fresh) == 1
            else gettext_noop("%(count)d new proposals wait for review", count=len(fresh))
        )
    elif not fresh:
        title = (
            gettext_noop("%(count)d new request of an owner waits for a decision", count=1)
            if len(asked) == 1
            else gettext_noop(
                "%(count)d new requests of owners wait for a decision", count=len(asked)
            )
        )
    else:
        title = gettext_noop(
            "New for reviewers: proposals (%(proposals)d), requests of owners (%(requests)d)",
            proposals=len(fresh),
            requests=len(asked),
        )
    lines: list[object] = [
        Message(
            "· %(model)s (%(type)s) – %(author)s",
            {
                "model": row.model.name,
                "type": ModelType(row.model.model_type),
                "author": row.author_name,
            },
        )
        for row in fresh[:MAX_LINES]
    ]
    if len(fresh) > MAX_LINES:
        lines.append(f"· +{len(fresh) - MAX_LINES}")
    lines += [
        Message(
            _ASKED[OwnerRequest.Kind(row.kind)],
            {"model": row.model_label, "person": row.asked_by_name, "reason": _line(row.reason)},
        )
        for row in asked[:MAX_LINES]
    ]
    if len(asked) > MAX_LINES:
        lines.append(f"· +{len(asked) - MAX_LINES}")
    total = (
        gettext_noop("%(count)d waits for a decision in total.", count=1)
        if waiting == 1
        else gettext_noop("%(count)d wait for a decision in total.", count=waiting)
    )
    return title, [*lines, "", total]


def _line(reason: str) -> str:
    """A reason as a part of one line: its line breaks could pass for other lines of the mail."""
    return Truncator(" ".join(reason.split())).chars(MAX_REASON)


def _after_expiry(person: User, model: RegisteredModel) -> Message:
    """What follows, and what this person can do about it."""
    if ModelVerb.EXPIRE in verbs(person, model):
        return gettext_noop(
            "After that it is neither listed nor served. To keep it, set another date."
        )
    return gettext_noop(
        "After that it is neither listed nor served. To keep it, ask a maintainer of public models "
        "to set another date."
    )


def _notify_expiry(model: RegisteredModel) -> int:
    if model.expires_at is None:
        return 0
    people = {person.pk: person for person in maintainers_of(model)}
    if model.owner is not None:
        people[model.owner.pk] = model.owner
    notified: list[Notification] = []
    title = gettext_noop("%(model)s expires on %(day)s", model=model.name, day=model.expires_at)
    with transaction.atomic():
        for person in people.values():
            notified += notify.send(
                [person],
                NotificationKind.EXPIRY_COMING,
                title=title,
                text=[_after_expiry(person, model)],
                url=model.get_absolute_url(),
                key=f"expiry:{model.pk}:{model.expires_at.isoformat()}",
            )
    return len(notified)
