"""Owners ask for the expiry or removal of what they have made public; reviewers decide."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy as registry_policy
from models_registry.actions.delete import delete_locked
from models_registry.actions.expiry import expire_on_request
from models_registry.actions.submission import locked, storable
from models_registry.changes import changing
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.errors import InvalidParameter, NotAllowed, StaleState
from models_registry.models import RegisteredModel, Visibility
from models_registry.permissions import Right
from models_registry.policy import ModelVerb, Person
from reviews import notify
from reviews.errors import FeedbackMissing
from reviews.models import NotificationKind, OwnerRequest, OwnerRequestQuerySet, may_review

Kind, State = OwnerRequest.Kind, OwnerRequest.State
MAX_REASON = 500
_VERBS = {Kind.EXPIRE: ModelVerb.EXPIRE, Kind.REMOVE: ModelVerb.DELETE}


def may_ask(user: Person, model: RegisteredModel) -> bool:
    """True for the owner of a published public model who may not do it themselves."""
    is_shared = model.visibility == Visibility.PUBLIC and model.published_revision_id is not None
    if not is_shared or model.is_expired() or user.pk is None or model.owner_id != user.pk:
        return False
    return not registry_policy.verbs(user, model) & {ModelVerb.EXPIRE, ModelVerb.DELETE}


def may_decide(user: Person, request: OwnerRequest) -> bool:
    """True for reviewers, but not on their own request."""
    if request.state != State.OPEN or request.model is None:
        return False
    is_own = user.pk in (request.asked_by_id, request.model.owner_id)
    return registry_policy.holds(user, Right.REVIEW_MODEL) and not is_own


def may_withdraw(user: Person, request: OwnerRequest) -> bool:
    """True for who has made an open request, and for who owns its model now."""
    return request.state == State.OPEN and _is_of(user, request)


def _is_of(user: Person, request: OwnerRequest) -> bool:
    owner = request.model.owner_id if request.model is not None else None
    return user.pk is not None and user.pk in (request.asked_by_id, owner)


def for_reviewer(user: Person) -> OwnerRequestQuerySet:
    """The requests that a reviewer may read; none for everybody else."""
    rows = OwnerRequest.objects.select_related("model")
    return rows if may_review(user) else rows.none()


def own(user: Person) -> OwnerRequestQuerySet:
    """The requests that the person has made, and those about models that they own."""
    rows = OwnerRequest.objects.select_related("model")
    if user.pk is None:
        return rows.none()
    return rows.filter(Q(asked_by=user.pk) | Q(model__owner=user.pk))


def readable(user: Person) -> OwnerRequestQuerySet:
    """The requests that the person may read: all for reviewers, else their own."""
    return for_reviewer(user) if may_review(user) else own(user)


def waiting_for(user: Person) -> OwnerRequestQuerySet:
    """The requests that wait for a decision by this reviewer."""
    rows = for_reviewer(user).waiting()
    is_own = Q(asked_by=user.pk) | Q(model__owner=user.pk)
    return rows.exclude(pk__in=rows.filter(is_own).values("pk"))


def open_request(model: RegisteredModel) -> OwnerRequest | None:
    """The request for a model that waits for a decision."""
    return OwnerRequest.objects.filter(model=model, state=State.OPEN).first()


def ask(model: RegisteredModel, kind: str, *, reason: str, by: User) -> OwnerRequest:
    """Ask for the expiry or removal of a model.

    Raises NotAllowed, InvalidParameter without a reason, and StaleState if a request is open.
    """
    reason = storable(reason).strip()
    if not reason or len(reason) > MAX_REASON:
        raise InvalidParameter("request_needs_reason", max_reason=MAX_REASON)
    with changing([model]) as change:
        model = locked(change, model)
        if not may_ask(by, model):
            raise NotAllowed("may_not_make_request")
        # What somebody asked who does not own the model any more is not granted either.
        former = OwnerRequest.objects.filter(~Q(asked_by=by) | Q(asked_by=None), model=model)
        former.filter(state=State.OPEN).update(state=State.WITHDRAWN, decided_at=timezone.now())
        try:
            with transaction.atomic():
                request = OwnerRequest.objects.create(
                    model=model,
                    model_label=str(model),
                    kind=kind,
                    reason=reason,
                    asked_by=by,
                    asked_by_name=by.username,
                )
        except IntegrityError as error:
            raise StaleState("request_is_open") from error
        record(Tag.REQUEST_MAKE, by=by, target=model, kind=kind, message=reason)
    return request


def withdraw(request: OwnerRequest, *, by: User) -> None:
    """Withdraw a request about one's own model.

    Raises NotAllowed, and StaleState if it was decided.
    """
    if not _is_of(by, request):
        raise NotAllowed("may_not_make_request")
    with transaction.atomic():
        _close(request, State.WITHDRAWN)
        record(Tag.REQUEST_WITHDRAW, by=by, target=request.model, kind=request.kind)


def decide(request: OwnerRequest, *, grants: bool, by: User, feedback: str = "") -> OwnerRequest:
    """Grant or refuse a request; what was asked for happens at once, with a pull request.

    Raises NotAllowed, FeedbackMissing for a refusal without one, InvalidParameter, and StaleState
    if it was decided or withdrawn, or the model is not what it was about any more.
    """
    feedback = storable(feedback.replace("\r\n", "\n")).strip()
    if len(feedback) > MAX_REASON:
        raise InvalidParameter("text_too_long", what="The feedback", max_text=MAX_REASON)
    if not feedback and not grants:
        raise FeedbackMissing
    with changing([request.model] if request.model is not None else []) as change:
        fresh = OwnerRequest.objects.select_related("asked_by").filter(pk=request.pk).first()
        if fresh is None or fresh.state != State.OPEN or fresh.model_id is None:
            raise StaleState("request_is_over")
        model = change.models.get(fresh.model_id)
        if model is None:
            raise StaleState("request_is_over")
        fresh.model = model
        if not may_decide(by, fresh):
            raise NotAllowed("may_not_decide_request")
        if grants and not _is_still_asked(fresh, model):
            raise StaleState("request_is_over")
        _close(fresh, State.GRANTED if grants else State.REFUSED, by=by, feedback=feedback)
        record(
            Tag.REQUEST_DECIDE,
            by=by,
            target=model,
            kind=fresh.kind,
            granted=grants,
            reason=fresh.reason,
            feedback=feedback,
        )
        _notify(fresh, model, feedback)
        if grants and (author := fresh.asked_by) is not None:
            if fresh.kind == Kind.EXPIRE:
                expire_on_request(change, model, by=by, author=author, reason=fresh.reason)
            else:
                delete_locked(change, model, by=by, author=author, reason=fresh.reason)
    return fresh


def _is_still_asked(request: OwnerRequest, model: RegisteredModel) -> bool:
    """False if the model has another owner or visibility now, or has expired."""
    return (
        model.visibility == Visibility.PUBLIC
        and model.published_revision_id is not None
        and not model.is_expired()
        and request.asked_by_id is not None
        and model.owner_id == request.asked_by_id
    )


def _close(
    request: OwnerRequest, state: OwnerRequest.State, *, by: User | None = None, feedback: str = ""
) -> None:
    """Compare and set: two people can't both end a request. Raises StaleState."""
    closed = OwnerRequest.objects.filter(pk=request.pk, state=State.OPEN).update(
        state=state,
        feedback=feedback,
        decided_by_name=by.username if by is not None else "",
        decided_at=timezone.now(),
    )
    if not closed:
        raise StaleState("request_is_over")
    request.state, request.feedback = state, feedback


def _notify(request: OwnerRequest, model: RegisteredModel, feedback: str) -> None:
    if request.asked_by is None:
        return
    titles = {
        (Kind.EXPIRE, State.GRANTED): gettext_noop(
            "%(model)s has expired, as you asked", model=model.name
        ),
        (Kind.REMOVE, State.GRANTED): gettext_noop(
            "%(model)s was removed, as you asked", model=model.name
        ),
        (Kind.EXPIRE, State.REFUSED): gettext_noop(
            "%(model)s does not expire: your request was refused", model=model.name
        ),
        (Kind.REMOVE, State.REFUSED): gettext_noop(
            "%(model)s is not removed: your request was refused", model=model.name
        ),
    }
    is_gone = request.kind == Kind.REMOVE and request.state == State.GRANTED
    notify.send(
        [request.asked_by],
        NotificationKind.DECISION,
        title=titles[Kind(request.kind), State(request.state)],
        text=[feedback],
        url="/my-models" if is_gone else notify.status_url(model),
    )
