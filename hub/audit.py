"""The audit log's only writer. Use cases call `record` inside the transaction of their change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.http import HttpRequest, HttpResponse

from hub import request_id
from hub.models import AuditEntry
from hub.request_summary import RequestSummary


class Tag(StrEnum):
    """Kinds of entries, as "app:subject:action", in alphabetical order."""

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
    INVITATION_ACCEPT = "accounts:invitation:accept"
    INVITATION_SEND = "accounts:invitation:send"
    INVITATION_WITHDRAW = "accounts:invitation:withdraw"
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
    SIGN_ON_ADD = "accounts:sign_on:add"
    SIGN_ON_REMOVE = "accounts:sign_on:remove"
    SIGN_OUT = "accounts:session:end"
    TOKEN_CREATE = "accounts:token:create"
    TOKEN_REUSE = "accounts:token:reuse"
    TOKEN_REVOKE = "accounts:token:revoke"
    WEBHOOK_ADD = "accounts:webhook:add"
    WEBHOOK_CHANGE = "accounts:webhook:change"
    WEBHOOK_REMOVE = "accounts:webhook:remove"

    CATALOGUE_IMPORT = "registry:catalogue:import"
    CATALOGUE_UPDATE = "registry:catalogue:update"
    LIST_FORGET = "registry:list:forget"
    LIST_PIN = "registry:list:pin"
    LIST_RELEASE = "registry:list:release"
    MODEL_DELETE = "registry:model:delete"
    MODEL_EXPIRED = "registry:model:expired"
    MODEL_EXPIRY = "registry:model:expiry"
    MODEL_OFFER = "registry:model:offer"
    MODEL_PROPOSE = "registry:model:propose"
    MODEL_PUBLISH = "registry:model:publish"
    MODEL_RENAME = "registry:model:rename"
    MODEL_TRANSFER = "registry:model:transfer"
    MODEL_WITHDRAW = "registry:model:withdraw"
    SERVER_CANCEL = "registry:server:cancel"
    SERVER_LAUNCH = "registry:server:launch"
    SERVER_REGISTER = "registry:server:register"
    SERVER_STOP = "registry:server:stop"
    SERVER_UPDATE = "registry:server:update"
    SOURCE_ASK = "registry:source:ask"
    SOURCE_DECIDE = "registry:source:decide"
    UPSTREAM_CANCEL = "registry:upstream:cancel"
    UPSTREAM_REMOVAL = "registry:upstream:removal"
    UPSTREAM_RESOLVE = "registry:upstream:resolve"
    UPSTREAM_RETRY = "registry:upstream:retry"

    CLAIM_RELEASE = "reviews:claim:release"
    CLAIM_TAKE = "reviews:claim:take"
    COMMENT_ADD = "reviews:comment:add"
    PROPOSAL_APPROVE = "reviews:proposal:approve"
    PROPOSAL_DECLINE = "reviews:proposal:decline"
    PROPOSAL_ENDORSE = "reviews:proposal:endorse"
    PROPOSAL_REJECT = "reviews:proposal:reject"
    PROPOSAL_REQUEST_CHANGES = "reviews:proposal:request_changes"
    REQUEST_DECIDE = "reviews:request:decide"
    REQUEST_MAKE = "reviews:request:make"
    REQUEST_WITHDRAW = "reviews:request:withdraw"
    SAVED_REPLY_DELETE = "reviews:saved_reply:delete"
    SAVED_REPLY_SAVE = "reviews:saved_reply:save"


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """Where an action comes from: the channel (web, api, or a command's name) and the address."""

    channel: str = ""
    ip_address: str | None = None


Listener = Callable[[AuditEntry, models.Model | None], None]
_listeners: list[Listener] = []
_NOWHERE = RequestOrigin()
_origin: ContextVar[RequestOrigin] = ContextVar("audit_origin", default=_NOWHERE)


@contextmanager
def acting_from(origin: RequestOrigin) -> Iterator[None]:
    """A context manager: every entry recorded inside has this origin."""
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
    """Add and return one entry.

    `by` is the person (None: the hub itself), `target` the object, and `data` what a reader needs
    to know as JSON values: before and after of a change. SECURITY: never a secret.
    """
    origin = _origin.get()
    actor_id = by.pk if by is not None else None
    entry = AuditEntry.objects.create(
        tag=tag.value,
        actor_id=actor_id,
        actor_name=str(by)[:150] if by is not None else "",
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        target_label=str(target)[:300] if target is not None else "",
        data=data,
        ip_address=origin.ip_address,
        channel=origin.channel,
        request_id=request_id.current(),
    )
    for listener in _listeners:
        listener(entry, target)
    return entry


def on_record(listener: Listener) -> None:
    """Have a function called with each new entry and its target, inside the same transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


def client_address(request: HttpRequest) -> str | None:
    """The visitor's address, as far as the hub can know it."""
    return RequestSummary.of(request).client_address


class OriginMiddleware:
    """Middleware that gives the audit log the origin of each request.

    Use cases take no request, so the origin travels in a context variable.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        channel = "api" if request.path.startswith("/api/") else "web"
        with acting_from(RequestOrigin(channel=channel, ip_address=client_address(request))):
            return self.get_response(request)
