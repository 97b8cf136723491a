"""Scheduled notifications: new proposals, models that expire soon, and states of pull requests."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise, lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, override

from accounts.models import User
from models_registry.models import ChangeState, RegisteredModel, UnreadableFile, UpstreamChange
from models_registry.policy import ModelVerb, maintainers_of, verbs
from models_registry.stored_reasons import shown_message
from models_registry.upstream import removals
from reviews import notify
from reviews.models import Digest, Notification, NotificationKind, Proposal

DAYS_BEFORE_EXPIRY = 7
# The first digest for a reviewer covers this time.
FIRST_DIGEST = timedelta(days=7)
MAX_LINES = 20
# Older changes are not notified.
LOOK_BACK = timedelta(days=90)
TOLD_STATES = {
    ChangeState.OPEN: _("{model}: the pull request was opened"),
    ChangeState.MERGED: _("{model}: the pull request was merged"),
    ChangeState.CLOSED: _("{model}: the pull request was closed upstream"),
    ChangeState.CONFLICT: _("{model}: conflict with upstream needs your decision"),
    ChangeState.FAILED: _("{model}: the change could not be sent to upstream"),
}


def send_digests(now: datetime | None = None) -> int:
    """Notify every reviewer of proposals that are new since their last digest, if there are any.

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


def _broken_file(row: UnreadableFile) -> tuple[object, object, str]:
    title = format_lazy(_("Upstream's file {path} can't be read"), path=row.path)
    text = format_lazy(
        _("{place}: {message} Its models stay unchanged here until upstream fixes it."),
        place=str(row),
        message=lazy(shown_message, str)(row.message),
    )
    return title, text, f"upstream-file:{row.pk}:{row.blob}"


def _waiting_removals(source: str) -> tuple[object, object, str]:
    rows = list(removals.waiting().filter(source=source))
    title = format_lazy(
        _("Upstream removed models ({count}): decide if they expire here, too"), count=len(rows)
    )
    lines = [f"· {row.model.model_type}/{row.model.name}" for row in rows[:MAX_LINES]]
    if len(rows) > MAX_LINES:
        lines.append(f"· +{len(rows) - MAX_LINES}")
    digest = hashlib.sha256(source.encode()).hexdigest()[:32]
    return title, "\n".join(lines), f"upstream-removals:{digest}"


def _event(change: UpstreamChange) -> str:
    return f"change:{change.pk}:{change.state}:{change.pull_request_id or 0}"


def _error_text(change: UpstreamChange) -> object:
    """What is in the way, in the language of the person who is notified."""
    return lazy(lambda: change.error_text, str)() if change.last_error else ""


def _notify_change(change: UpstreamChange, key: str) -> int:
    model, pull_request = change.model, change.pull_request
    concerned = [change.created_by, model.owner if model else None]
    people = {person.pk: person for person in concerned if person is not None}
    texts = [
        text for text in (pull_request.url if pull_request else "", _error_text(change)) if text
    ]
    with transaction.atomic():
        notified = notify.send(
            people.values(),
            NotificationKind.PULL_REQUEST,
            title=format_lazy(TOLD_STATES[ChangeState(change.state)], model=change.name),
            text=format_lazy("\n\n".join(["{}"] * len(texts)), *texts),
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
        digest.told_until = max(now, digest.told_until)
        digest.save(update_fields=["told_until"])
        if not fresh:
            return False
        with override(reviewer.language or settings.LANGUAGE_CODE):
            title, text = _digest(fresh, waiting=len(queue))
        url = notify.queue_url()
        return bool(
            notify.send([reviewer], NotificationKind.NEW_PROPOSAL, title=title, text=text, url=url)
        )


def _digest(fresh: list[Proposal], *, waiting: int) -> tuple[str, str]:
    title = ngettext(
        "%(count)d new proposal waits for review",
        "%(count)d new proposals wait for review",
        len(fresh),
    ) % {"count": len(fresh)}
    lines = [
        f"· {row.model.name} ({row.model.get_model_type_display()}) – {row.author_name}"
        for row in fresh[:MAX_LINES]
    ]
    if len(fresh) > MAX_LINES:
        lines.append(f"· +{len(fresh) - MAX_LINES}")
    total = ngettext(
        "%(count)d proposal waits in total.", "%(count)d proposals wait in total.", waiting
    ) % {"count": waiting}
    return title, "\n".join([*lines, "", total])


def _after_expiry(person: User, model: RegisteredModel) -> Promise:
    """What follows, and what this person can do about it."""
    if ModelVerb.EXPIRE in verbs(person, model):
        return _("After that it is neither listed nor served. To keep it, set another date.")
    return _(
        "After that it is neither listed nor served. To keep it, ask a maintainer of public models "
        "to set another date."
    )


def _notify_expiry(model: RegisteredModel) -> int:
    if model.expires_at is None:
        return 0
    people = {person.pk: person for person in maintainers_of(model)}
    if model.owner is not None:
        people[model.owner.pk] = model.owner
    count: list[Notification] = []
    with transaction.atomic():
        for person in people.values():
            with override(person.language or settings.LANGUAGE_CODE):
                day = date_format(model.expires_at, "DATETIME_FORMAT")
            count += notify.send(
                [person],
                NotificationKind.EXPIRY_COMING,
                title=format_lazy(_("{model} expires on {day} UTC"), model=model.name, day=day),
                text=_after_expiry(person, model),
                url=model.get_absolute_url(),
                key=f"expiry:{model.pk}:{model.expires_at.isoformat()}",
            )
    return len(count)
