"""The audit log's only writer. Use cases call `record` inside the transaction of what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.http import HttpRequest, HttpResponse

from hub.models import AuditEntry


class Tag(StrEnum):
    """What can happen, as "room:subject:action", in alphabetical order."""

    ACCOUNT_CLOSE = "accounts:account:close"
    ACCOUNT_CREATE = "accounts:account:create"
    AVATAR_CHANGE = "accounts:avatar:change"
    EMAIL_ADD = "accounts:email:add"
    EMAIL_CHANGE = "accounts:email:change"
    EMAIL_CONFIRM = "accounts:email:confirm"
    EMAIL_REMOVE = "accounts:email:remove"
    GITHUB_ACCOUNT_ADD = "accounts:github_account:add"
    GITHUB_ACCOUNT_REMOVE = "accounts:github_account:remove"
    GITHUB_TOKEN_FORGET = "accounts:github_token:forget"
    GITHUB_TOKEN_SAVE = "accounts:github_token:save"
    PASSWORD_CHANGE = "accounts:password:change"
    PASSWORD_RESET = "accounts:password:reset"
    PROFILE_CHANGE = "accounts:profile:change"
    RIGHTS_CHANGE = "accounts:rights:change"
    SECOND_FACTOR_ADD = "accounts:second_factor:add"
    SECOND_FACTOR_FAIL = "accounts:second_factor:fail"
    SECOND_FACTOR_REMOVE = "accounts:second_factor:remove"
    SECOND_FACTOR_RESET = "accounts:second_factor:reset"
    SERVER_FORGET = "accounts:server:forget"
    SERVER_SAVE = "accounts:server:save"
    SIGN_IN = "accounts:session:begin"
    SIGN_IN_FAIL = "accounts:session:fail"
    SIGN_OUT = "accounts:session:end"
    TOKEN_CREATE = "accounts:token:create"
    TOKEN_REUSE = "accounts:token:reuse"
    TOKEN_REVOKE = "accounts:token:revoke"

    CATALOGUE_IMPORT = "registry:catalogue:import"
    CATALOGUE_UPDATE = "registry:catalogue:update"
    LIST_FORGET = "registry:list:forget"
    LIST_PIN = "registry:list:pin"
    LIST_RELEASE = "registry:list:release"
    MODEL_DELETE = "registry:model:delete"
    MODEL_EXPIRED = "registry:model:expired"
    MODEL_EXPIRY = "registry:model:expiry"
    MODEL_PROPOSE = "registry:model:propose"
    MODEL_PUBLISH = "registry:model:publish"
    MODEL_WITHDRAW = "registry:model:withdraw"
    SERVER_CANCEL = "registry:server:cancel"
    SERVER_LAUNCH = "registry:server:launch"
    SERVER_REGISTER = "registry:server:register"
    SERVER_STOP = "registry:server:stop"
    SERVER_UPDATE = "registry:server:update"
    SOURCE_DECIDE = "registry:source:decide"
    UPSTREAM_CANCEL = "registry:upstream:cancel"
    UPSTREAM_RESOLVE = "registry:upstream:resolve"
    UPSTREAM_RETRY = "registry:upstream:retry"

    CLAIM_RELEASE = "reviews:claim:release"
    CLAIM_TAKE = "reviews:claim:take"
    COMMENT_ADD = "reviews:comment:add"
    PROPOSAL_APPROVE = "reviews:proposal:approve"
    PROPOSAL_REJECT = "reviews:proposal:reject"
    PROPOSAL_REQUEST_CHANGES = "reviews:proposal:request_changes"
    SAVED_REPLY_DELETE = "reviews:saved_reply:delete"
    SAVED_REPLY_SAVE = "reviews:saved_reply:save"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an action comes from: the channel (web, api, or a command's name) and the address."""

    channel: str = ""
    ip_address: str | None = None


_NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("audit_origin", default=_NOWHERE)


@contextmanager
def acting_from(origin: Origin) -> Iterator[None]:
    """Let every entry recorded inside carry that origin."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def record(
    tag: Tag,
    *,
    by: AbstractBaseUser | AnonymousUser | None,
    target: models.Model | None = None,
    **data: Any,
) -> AuditEntry:
    """Add one entry.

    In: the tag, the person (None: the hub itself), the object, and what a reader needs to know of
    it as JSON-able values (before and after where something changed; never a secret). Out: the
    entry.
    """
    origin = _origin.get()
    actor_id = by.pk if by is not None else None
    return AuditEntry.objects.create(
        tag=tag.value,
        actor_id=actor_id,
        actor_name=str(by)[:150] if by is not None else "",
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        target_label=str(target)[:300] if target is not None else "",
        data=data,
        ip_address=origin.ip_address,
        channel=origin.channel,
    )


def client_address(request: HttpRequest) -> str | None:
    """The visitor's address: the socket's, or what the trusted proxies in front of the hub say.

    SECURITY: X-Forwarded-For is believed only as far from its right end as there are proxies of the
    hub's own (HUB_TRUSTED_PROXIES); everything to the left was written by the visitor.
    """
    address = request.META.get("REMOTE_ADDR") or None
    proxies = settings.ENV.trusted_proxies
    forwarded = [p.strip() for p in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if p]
    if proxies and len(forwarded) >= proxies:
        address = forwarded[-proxies]
    try:
        return str(ip_address(address)) if address else None
    except ValueError:
        return None


class OriginMiddleware:
    """Tells the audit log where each request comes from.

    A middleware, since use cases take no request and the log must say "from where" all the same.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        channel = "api" if request.path.startswith("/api/") else "web"
        with acting_from(Origin(channel=channel, ip_address=client_address(request))):
            return self.get_response(request)
