"""What people are told by the clock: new proposals, expiries that come near, and what has become of
pull requests."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, override

from accounts.models import User
from models_registry.models import RegisteredModel
from models_registry.outbox_tables import ChangeState, UpstreamChange
from models_registry.policy import maintainers_of
from reviews import notify
from reviews.models import Digest, Kind, Notification, Proposal

DAYS_BEFORE_EXPIRY = 7
# Of a queue that was never looked at before, the digest tells what came in during this time.
FIRST_DIGEST = timedelta(days=7)
MAX_LINES = 20
# Nothing new is told of a change that is older.
LOOK_BACK = timedelta(days=90)
TOLD_STATES = {
    ChangeState.OPEN: _("{model}: the pull request is open"),
    ChangeState.MERGED: _("{model}: the pull request is merged"),
    ChangeState.CLOSED: _("{model}: upstream has closed the pull request"),
    ChangeState.CONFLICT: _("{model}: upstream has something else, decide what shall be"),
    ChangeState.FAILED: _("{model}: the change could not be brought to upstream"),
}


def send_digests(now: datetime | None = None) -> int:
    """Tell every reviewer what has come in since he was last told; nothing new, no digest.

    Out: the number of reviewers told. Running it twice tells nothing twice.
    """
    now = now or timezone.now()
    return sum(_tell_of_new(reviewer, now) for reviewer in notify.reviewers())


def warn_of_expiry(now: datetime | None = None) -> int:
    """Tell owners and maintainers of models that expire within a week, once for each expiry.

    Out: the number of people told.
    """
    now = now or timezone.now()
    soon = RegisteredModel.objects.filter(
        published_revision__isnull=False,
        expires_at__gt=now,
        expires_at__lte=now + timedelta(days=DAYS_BEFORE_EXPIRY),
    ).select_related("owner")
    return sum(_tell_of_expiry(model) for model in soon)


def tell_of_pull_requests(now: datetime | None = None) -> int:
    """Tell the person and the owner what has become of a change on its way to upstream.

    Out: the number of notifications. Each state of a change is told once, however often this runs.
    """
    changes = UpstreamChange.objects.filter(
        state__in=TOLD_STATES, created_at__gte=(now or timezone.now()) - LOOK_BACK
    ).select_related("model__owner", "created_by", "pull_request")
    by_key = {_event(change): change for change in changes}
    told = Notification.objects.filter(kind=Kind.PULL_REQUEST, key__in=by_key)
    known = set(told.values_list("key", flat=True))
    return sum(_tell_of_change(one, key) for key, one in by_key.items() if key not in known)


def _event(change: UpstreamChange) -> str:
    return f"change:{change.pk}:{change.state}:{change.pull_request_id or 0}"


def _tell_of_change(change: UpstreamChange, key: str) -> int:
    model, pull_request = change.model, change.pull_request
    concerned = [change.created_by, model.owner if model else None]
    people = {person.pk: person for person in concerned if person is not None}
    words = [pull_request.url if pull_request else "", change.last_error]
    with transaction.atomic():
        told = notify.tell(
            people.values(),
            Kind.PULL_REQUEST,
            title=format_lazy(TOLD_STATES[ChangeState(change.state)], model=change.name),
            text="\n\n".join(word for word in words if word),
            url=reverse("models_registry:model_upstream", args=[model.pk]) if model else "",
            key=key,
        )
    return len(told)


def _tell_of_new(reviewer: User, now: datetime) -> bool:
    with transaction.atomic():
        digest, _is_new = Digest.objects.get_or_create(
            reviewer=reviewer, defaults={"told_until": now - FIRST_DIGEST}
        )
        digest = Digest.objects.select_for_update().get(pk=digest.pk)
        visible = RegisteredModel.objects.visible_to(reviewer)
        queue = Proposal.objects.queue_for(reviewer, visible).waiting().exclude(author=reviewer)
        queue = queue.exclude(model__owner=reviewer).select_related("model")
        fresh = [one for one in queue if digest.told_until < one.created_at <= now]
        digest.told_until = max(now, digest.told_until)
        digest.save(update_fields=["told_until"])
        if not fresh:
            return False
        with override(reviewer.language or settings.LANGUAGE_CODE):
            title, text = _digest(fresh, waiting=len(queue))
        url = notify.queue_url()
        return bool(notify.tell([reviewer], Kind.NEW_PROPOSAL, title=title, text=text, url=url))


def _digest(fresh: list[Proposal], *, waiting: int) -> tuple[str, str]:
    title = ngettext(
        "%(count)d new proposal waits for review",
        "%(count)d new proposals wait for review",
        len(fresh),
    ) % {"count": len(fresh)}
    lines = [
        f"· {one.model.name} ({one.model.get_model_type_display()}) – {one.author_name}"
        for one in fresh[:MAX_LINES]
    ]
    if len(fresh) > MAX_LINES:
        lines.append(f"· +{len(fresh) - MAX_LINES}")
    total = ngettext(
        "%(count)d proposal waits in all.", "%(count)d proposals wait in all.", waiting
    ) % {"count": waiting}
    return title, "\n".join([*lines, "", total])


def _tell_of_expiry(model: RegisteredModel) -> int:
    if model.expires_at is None:
        return 0
    people = {person.pk: person for person in maintainers_of(model)}
    if model.owner is not None:
        people[model.owner.pk] = model.owner
    told: list[Notification] = []
    with transaction.atomic():
        for person in people.values():
            with override(person.language or settings.LANGUAGE_CODE):
                day = date_format(model.expires_at, "DATETIME_FORMAT")
            told += notify.tell(
                [person],
                Kind.EXPIRY_COMING,
                title=format_lazy(_("{model} expires on {day} UTC"), model=model.name, day=day),
                text=_("After that it is neither listed nor served. Set another date to keep it."),
                url=model.get_absolute_url(),
                key=f"expiry:{model.pk}:{model.expires_at.isoformat()}",
            )
    return len(told)
