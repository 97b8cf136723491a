"""Webhooks: tell other programs what happens to models, signed, from an outbox.

An event is noted in the transaction of what it is about: the audit log says that it happened. What
becomes of pull requests is found by a scheduled task, each state once. A worker sends the rows; one
that is not accepted is tried again for a day.

SECURITY: a person's webhook hears of models that they see and own, or have proposed a change of;
one of the site of public models only, proposed ones too. Receivers are checked as people's own
servers are.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import vault
from accounts.errors import DomainError
from accounts.models import User
from hub.audit import Tag, record
from hub.models import AuditEntry, Webhook, WebhookDelivery
from hub.task_queue import BACKGROUND, ask_worker
from models_registry.errors import InvalidParameter, NotAllowed, StaleState
from models_registry.http.allowed_hosts import origin_of
from models_registry.http.transport import post
from models_registry.models import (
    ChangeState,
    RegisteredModel,
    Revision,
    UpstreamChange,
    Visibility,
)
from models_registry.servers.allowed_addresses import OwnServerHosts

TASK: Final = "reviews.send_webhooks"
MAX_WEBHOOKS: Final = 10
SECONDS: Final = 10.0
ROUND_SECONDS: Final = 60.0
LEASE: Final = timedelta(minutes=5)
FIRST_WAIT_SECONDS: Final = 30
LONGEST_WAIT_SECONDS: Final = 3600
GIVE_UP_AFTER: Final = timedelta(days=1)
# Older states of pull requests are not told.
LOOK_BACK: Final = timedelta(days=7)
State = WebhookDelivery.State

logger = logging.getLogger(__name__)


class Event(StrEnum):
    """What a webhook is told of."""

    PUBLISHED = "model.published"
    EXPIRED = "model.expired"
    PROPOSED = "proposal.submitted"
    DECIDED = "proposal.decided"
    OPENED = "pull_request.opened"
    MERGED = "pull_request.merged"
    CLOSED = "pull_request.closed"


LABELS: Final[dict[Event, str | Promise]] = {
    Event.PUBLISHED: _("A revision is published"),
    Event.EXPIRED: _("A model expires"),
    Event.PROPOSED: _("A proposal is submitted"),
    Event.DECIDED: _("A reviewer decides on a proposal"),
    Event.OPENED: _("A pull request is opened"),
    Event.MERGED: _("A pull request is merged"),
    Event.CLOSED: _("A pull request is closed"),
}
_OF_TAGS: Final[dict[str, tuple[Event, ...]]] = {
    Tag.MODEL_PUBLISH: (Event.PUBLISHED,),
    Tag.MODEL_RENAME: (Event.PUBLISHED,),
    Tag.MODEL_EXPIRED: (Event.EXPIRED,),
    Tag.MODEL_EXPIRY: (Event.EXPIRED,),
    Tag.MODEL_PROPOSE: (Event.PROPOSED,),
    Tag.PROPOSAL_APPROVE: (Event.DECIDED, Event.PUBLISHED),
    Tag.PROPOSAL_REJECT: (Event.DECIDED,),
    Tag.PROPOSAL_REQUEST_CHANGES: (Event.DECIDED,),
}
_OF_STATES: Final = {
    ChangeState.OPEN: Event.OPENED,
    ChangeState.MERGED: Event.MERGED,
    ChangeState.CLOSED: Event.CLOSED,
}
_DECISIONS: Final = {
    Tag.PROPOSAL_APPROVE: "approve",
    Tag.PROPOSAL_REJECT: "reject",
    Tag.PROPOSAL_REQUEST_CHANGES: "request_changes",
}


# --- Webhooks ---------------------------------------------------------------------------------


def webhooks_of(user: User) -> models.QuerySet[Webhook]:
    """The webhooks that the person may manage: their own, and for superusers those of the site."""
    own = Q(user=user)
    return Webhook.objects.filter(own | Q(user=None) if user.is_superuser else own)


def add(url: str, events: Iterable[str], *, by: User, of_site: bool = False) -> tuple[Webhook, str]:
    """Add a webhook; returns it with its secret, which is not shown again.

    Raises NotAllowed, InvalidParameter, SourceUnavailable for what is no address, and
    ServerAddressRefused for one that the hub does not connect to.
    """
    if of_site and not by.is_superuser:
        raise NotAllowed("may_not_add_site_webhook")
    chosen = [event.value for event in Event if event.value in set(events)]
    if not chosen:
        raise InvalidParameter("webhook_needs_events")
    url = url.strip()
    OwnServerHosts().check(origin_of(url))
    if webhooks_of(by).count() >= MAX_WEBHOOKS:
        raise InvalidParameter("too_many_webhooks", max_webhooks=MAX_WEBHOOKS)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        hook = Webhook.objects.create(
            user=None if of_site else by, url=url, events=chosen, sealed_secret=vault.seal(secret)
        )
        record(Tag.WEBHOOK_ADD, by=by, target=hook, host=origin_of(url).shown, events=chosen)
    return hook, secret


def remove(hook: Webhook, *, by: User) -> None:
    """Delete a webhook with its log. Raises NotAllowed."""
    with transaction.atomic():
        record(Tag.WEBHOOK_REMOVE, by=by, target=_managed(hook, by))
        hook.delete()


def set_active(hook: Webhook, is_active: bool, *, by: User) -> None:
    """Stop a webhook, or let it go on. Raises NotAllowed."""
    with transaction.atomic():
        hook = _managed(hook, by)
        Webhook.objects.filter(pk=hook.pk).update(is_active=is_active)
        record(Tag.WEBHOOK_CHANGE, by=by, target=hook, is_active=is_active)


def redeliver(delivery: WebhookDelivery, *, by: User) -> WebhookDelivery:
    """Send the same again, as a delivery of its own. Raises NotAllowed, and StaleState while it or
    another one of the same text still waits."""
    hook = _managed(delivery.webhook, by)
    # SECURITY: or the hub could be made to flood somebody with requests.
    if hook.deliveries.filter(body=delivery.body, state=State.WAITING).exists():
        raise StaleState("delivery_still_waits")
    with transaction.atomic():
        again = WebhookDelivery.objects.create(
            webhook=hook, event=delivery.event, body=delivery.body
        )
        _ask_after_commit()
    return again


def ping(hook: Webhook, *, by: User) -> WebhookDelivery:
    """Send a test event. Raises NotAllowed, and StaleState while another one waits."""
    if hook.deliveries.filter(event="ping", state=State.WAITING).exists():
        raise StaleState("delivery_still_waits")
    with transaction.atomic():
        body = _body("ping", {"message": "This is a test of the webhook."})
        made = WebhookDelivery.objects.create(webhook=_managed(hook, by), event="ping", body=body)
        _ask_after_commit()
    return made


def _managed(hook: Webhook, by: User) -> Webhook:
    if not webhooks_of(by).filter(pk=hook.pk).exists():
        raise NotAllowed("may_not_manage_webhook")
    return hook


# --- Events -----------------------------------------------------------------------------------


def note(entry: AuditEntry, target: models.Model | None) -> None:
    """Write the rows of an entry of the audit log; see `hub.audit.on_record`."""
    events = _OF_TAGS.get(entry.tag)
    if events is None or not isinstance(target, RegisteredModel):
        return
    if entry.tag == Tag.MODEL_EXPIRY and not target.is_expired():
        return
    hooks = list(_listening())
    for event in events if hooks else ():
        number = entry.data.get("revision")
        revision = target.revisions.filter(number=number).first() if number else None
        facts: dict[str, Any] = {"model": _model(target), "by": entry.actor_name}
        if revision is not None:
            facts["revision"] = {"number": revision.number, "author": revision.author_name,
                                 "message": revision.message}  # fmt: skip
        if entry.tag == Tag.MODEL_RENAME:
            facts["model"]["former_name"] = entry.data["before"]
        if event is Event.DECIDED:
            facts["decision"] = _DECISIONS[Tag(entry.tag)]
            facts["feedback"] = entry.data.get("feedback", "")
        _queue(event, facts, target, hooks, revision=revision)


def _listening() -> models.QuerySet[Webhook]:
    """The webhooks that are told of events: not those of accounts that were deactivated."""
    people = Q(user=None) | Q(user__is_active=True)
    return Webhook.objects.filter(people, is_active=True).select_related("user")


def note_pull_requests(now: datetime | None = None) -> int:
    """Write the rows of new states of pull requests; returns how many. Each is told once."""
    hooks = list(_listening())
    if not hooks:
        return 0
    since = (now or timezone.now()) - LOOK_BACK
    ended = Q(state__in=(ChangeState.MERGED, ChangeState.CLOSED), changed_at__gte=since)
    changes = UpstreamChange.objects.filter(
        Q(state=ChangeState.OPEN, opened_at__gte=since) | ended,
        model__isnull=False,
        pull_request__isnull=False,
    )
    # Each publication asks for a round: what was noted before must cost nothing.
    noted = set(
        WebhookDelivery.objects.filter(
            webhook__in=hooks, key__startswith="change:", created_at__gte=since
        ).values_list("webhook", "key")
    )
    rows = changes.values_list(
        "pk", "state", "pull_request", "opened_at", "changed_at", "model__owner"
    )
    count = 0
    for pk, state, pull_request, opened_at, changed_at, owner in rows.order_by("pk"):
        event, key = _OF_STATES[ChangeState(state)], f"change:{pk}:{state}:{pull_request}"
        at = opened_at if event is Event.OPENED else changed_at
        fresh = [
            hook for hook in hooks
            if at is not None and hook.created_at <= at and event in hook.events
            and hook.user_id in (None, owner) and (hook.pk, key) not in noted
        ]  # fmt: skip
        if not fresh:
            continue
        change = changes.select_related("model", "pull_request").filter(pk=pk, state=state).first()
        if change is None or change.model is None or change.pull_request is None:
            continue
        facts = {
            "model": _model(change.model),
            "by": change.author_name,
            "pull_request": {"number": change.pull_request.number, "url": change.pull_request.url},
        }
        with transaction.atomic():
            count += _queue(event, facts, change.model, fresh, key=key)
    return count


def _queue(
    event: Event,
    facts: Mapping[str, Any],
    model: RegisteredModel,
    hooks: Iterable[Webhook],
    *,
    revision: Revision | None = None,
    key: str = "",
) -> int:
    body = _body(event, facts)
    count = 0
    for hook in hooks:
        if event not in hook.events or not _may_hear(hook, model, revision):
            continue
        if key:
            _row, is_new = WebhookDelivery.objects.get_or_create(
                webhook=hook, key=key, defaults={"event": event, "body": body}
            )
            count += is_new
        else:
            WebhookDelivery.objects.create(webhook=hook, event=event, body=body)
            count += 1
    if count:
        _ask_after_commit()
    return count


def _may_hear(hook: Webhook, model: RegisteredModel, revision: Revision | None) -> bool:
    user = hook.user
    if user is None:
        shown = revision.visibility if revision is not None else model.visibility
        return Visibility.PUBLIC == shown == model.visibility
    is_theirs = model.owner_id == user.pk or (
        revision is not None and revision.author_id == user.pk
    )
    visible = RegisteredModel.objects.visible_to(user).filter(pk=model.pk)
    return is_theirs and visible.exists()


def _model(model: RegisteredModel) -> dict[str, Any]:
    return {
        "id": model.pk,
        "model_type": model.model_type,
        "model_name": model.name,
        "visibility": str(model.visibility),
        "url": settings.SITE_URL + model.get_absolute_url(),
    }


def _body(event: str, facts: Mapping[str, Any]) -> str:
    values = {"event": str(event), "created_at": timezone.now().isoformat(), **facts}
    return json.dumps(values, ensure_ascii=False)


def _ask_after_commit() -> None:
    transaction.on_commit(lambda: ask_worker(TASK, queue=BACKGROUND))


# --- Sending ----------------------------------------------------------------------------------


def send_due() -> int:
    """Send what is due, for one round; returns how many deliveries were accepted.

    A receiver that fails is left alone until the next round, so that it holds up no other.
    """
    end = time.monotonic() + ROUND_SECONDS
    failed: set[int] = set()
    accepted = 0
    rows = _due().values_list("pk", "webhook")
    for pk, hook in list(rows[:500]):
        if time.monotonic() > end:
            break
        if hook in failed:
            continue
        state = _send(pk)
        accepted += state == State.DELIVERED
        if state in (State.WAITING, State.FAILED):
            failed.add(hook)
            _put_off(hook, pk)
    return accepted


def signature(secret: str, body: str) -> str:
    """The value of the header X-Hub-Signature-256, as GitHub's webhooks have it."""
    return f"sha256={hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()}"


def _due() -> models.QuerySet[WebhookDelivery]:
    now = timezone.now()
    free = Q(taken_until=None) | Q(taken_until__lte=now)
    rows = WebhookDelivery.objects.filter(free, state=State.WAITING, next_attempt_at__lte=now)
    return rows.filter(webhook__in=_listening()).order_by("next_attempt_at", "pk")


def _send(pk: int) -> str:
    """Try one delivery; returns its state, "" if another worker has it."""
    now = timezone.now()
    taken = _due().filter(pk=pk).order_by()
    changes = {"taken_until": now + LEASE, "tried_at": now, "attempts": F("attempts") + 1}
    if not WebhookDelivery.objects.filter(pk__in=taken.values("pk")).update(**changes):
        return ""
    delivery = WebhookDelivery.objects.select_related("webhook").get(pk=pk)
    status, why = _attempt(delivery)
    state = State.DELIVERED
    if not (status is not None and 200 <= status < 300):
        state = State.FAILED if delivery.created_at < now - GIVE_UP_AFTER else State.WAITING
    WebhookDelivery.objects.filter(pk=pk).update(
        state=state,
        status=status,
        last_error=why[:500],
        taken_until=None,
        next_attempt_at=now + _wait(delivery.attempts),
    )
    return state


def _attempt(delivery: WebhookDelivery) -> tuple[int | None, str]:
    """The status of the answer, and what is wrong with it, if anything."""
    hook = delivery.webhook
    try:
        secret = vault.unseal(hook.sealed_secret)
        headers = {
            "Content-Type": "application/json",
            "X-Models-Hub-Event": delivery.event,
            "X-Models-Hub-Delivery": str(delivery.uuid),
            "X-Hub-Signature-256": signature(secret, delivery.body),
        }
        status = post(
            hook.url, delivery.body.encode(), headers, hosts=OwnServerHosts(), seconds=SECONDS
        )
    except vault.VaultClosed as error:
        return None, str(error)
    except DomainError as error:
        return None, str(error.message)
    # One broken receiver must not block the others.
    except Exception as error:
        logger.exception("Webhook delivery %d could not be sent.", delivery.pk)
        return None, type(error).__name__
    return status, "" if 200 <= status < 300 else f"HTTP {status}"


def _put_off(hook: int, pk: int) -> None:
    """Let what else waits for a receiver that has failed wait as long, behind all others."""
    until = WebhookDelivery.objects.values_list("next_attempt_at", flat=True).get(pk=pk)
    rows = WebhookDelivery.objects.filter(webhook=hook, state=State.WAITING, taken_until=None)
    rows.filter(next_attempt_at__lt=until).update(next_attempt_at=until)


def _wait(attempts: int) -> timedelta:
    seconds = FIRST_WAIT_SECONDS * 2 ** min(max(attempts - 1, 0), 10)
    return timedelta(seconds=min(seconds, LONGEST_WAIT_SECONDS))
