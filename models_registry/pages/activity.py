"""A model's activity as sentences: the part of the audit log that its maintainers see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hub.audit import Tag
from hub.models import AuditEntry
from hub.templatetags.interface import exact_moment
from models_registry.models import RegisteredModel, Visibility

SHOWN_AT_ONCE = 30


@dataclass(frozen=True, slots=True)
class Activity:
    """One action; `who` is empty if the hub itself did it."""

    when: datetime
    who: str
    what: str
    detail: str
    icon: str
    # "api" if it was done through the API.
    channel: str


def recent(model: RegisteredModel, limit: int = SHOWN_AT_ONCE) -> list[Activity]:
    """The last actions on a model, newest first, without IP addresses."""
    entries = AuditEntry.objects.about(model).filter(tag__in=_SENTENCES)
    return [_activity(entry) for entry in entries[:limit]]


def _activity(entry: AuditEntry) -> Activity:
    icon, sentence = _SENTENCES[entry.tag]
    return Activity(
        when=entry.created_at,
        who=entry.actor_name,
        what=sentence(entry),
        detail=str(entry.data.get("message") or entry.data.get("feedback") or ""),
        icon=icon,
        channel=entry.channel,
    )


def _number(entry: AuditEntry) -> dict[str, Any]:
    return {"number": entry.data.get("revision", "?")}


def _published(entry: AuditEntry) -> str:
    kind = entry.data.get("visibility")
    label = str(Visibility(kind).label).lower() if kind in Visibility.values else ""
    return _("published revision %(number)s (%(visibility)s)") % {
        **_number(entry),
        "visibility": label,
    }


def _expiry(entry: AuditEntry) -> str:
    after = entry.data.get("after")
    if not after:
        return _("removed the expiry date")
    moment = datetime.fromisoformat(after)
    if moment <= entry.created_at:
        return _("expired the model immediately")
    return _("set the model to expire on %(moment)s") % {"moment": exact_moment(moment)}


def _rights(entry: AuditEntry) -> str:
    given = _people(entry.data.get("given", []))
    taken = _people(entry.data.get("taken", []))
    parts = [_("gave %(people)s rights on this model") % {"people": given}] if given else []
    if taken:
        parts.append(_("removed rights on this model from %(people)s") % {"people": taken})
    return ", ".join(parts) or _("changed rights on this model")


def _offer(entry: AuditEntry) -> str:
    if entry.data.get("declined"):
        return _("declined the model")
    if not (person := entry.data.get("to")):
        return _("withdrew the offer of the model")
    return _("offered the model to %(person)s") % {"person": person}


def _people(rights: list[str]) -> str:
    return ", ".join(sorted({right.partition(":")[0] for right in rights}))


_SENTENCES: dict[str, tuple[str, Callable[[AuditEntry], str]]] = {
    Tag.MODEL_PUBLISH: ("success", _published),
    Tag.MODEL_PROPOSE: ("inbox", lambda e: _("submitted revision %(number)s") % _number(e)),
    Tag.MODEL_WITHDRAW: ("close", lambda e: _("withdrew revision %(number)s") % _number(e)),
    Tag.MODEL_EXPIRY: ("clock", _expiry),
    Tag.MODEL_EXPIRED: ("clock", lambda _entry: _("the model expired")),
    Tag.MODEL_OFFER: ("users", _offer),
    Tag.MODEL_RENAME: ("edit", lambda e: _("renamed the model from %(before)s") % e.data),
    Tag.MODEL_TRANSFER: ("users", lambda _entry: _("accepted the model and owns it now")),
    Tag.RIGHTS_CHANGE: ("users", _rights),
    Tag.SOURCE_ASK: (
        "globe",
        lambda _entry: _("asked for a visit of the source repositories"),
    ),
    Tag.SOURCE_DECIDE: (
        "check",
        lambda _entry: _("decided to keep the model unchanged here, regardless of the source"),
    ),
    Tag.UPSTREAM_CANCEL: ("pull-request", lambda _e: _("cancelled a change for upstream")),
    Tag.UPSTREAM_REMOVAL: (
        "pull-request",
        lambda _e: _("decided about upstream's removal of the model"),
    ),
    Tag.UPSTREAM_RESOLVE: ("pull-request", lambda _e: _("resolved a conflict with upstream")),
    Tag.UPSTREAM_RETRY: ("pull-request", lambda _e: _("retried a change for upstream")),
    "reviews:proposal:approve": (
        "success",
        lambda e: _("approved revision %(number)s") % _number(e),
    ),
    "reviews:proposal:endorse": (
        "check",
        lambda e: _("agreed to the suggested revision %(number)s") % _number(e),
    ),
    "reviews:proposal:decline": (
        "close",
        lambda e: _("declined the suggested revision %(number)s") % _number(e),
    ),
    "reviews:proposal:reject": ("error", lambda e: _("rejected revision %(number)s") % _number(e)),
    "reviews:proposal:request_changes": (
        "edit",
        lambda e: _("requested changes to revision %(number)s") % _number(e),
    ),
}
