"""The Settings tab of a model's page: a section for each action that the visitor may take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.form_version import FIELD
from accounts.models import User
from hub.sentences import together
from models_registry import policy, publication, revision_messages
from models_registry.actions import maintainers, ownership
from models_registry.actions.delete import delete
from models_registry.actions.edit import current_revision, edit
from models_registry.actions.expiry import set_expiry
from models_registry.actions.feature import set_featured
from models_registry.actions.rename import rename
from models_registry.actions.submission import Submission
from models_registry.actions.visit_sources import ask_for_visit, may_ask
from models_registry.actions.withdraw import withdraw
from models_registry.catalogue import pinning
from models_registry.errors import DomainError
from models_registry.form_version import as_seen, model_version
from models_registry.forms import settings as forms
from models_registry.models import (
    FormerName,
    OwnershipOffer,
    RegisteredModel,
    RevisionState,
    Visibility,
)
from models_registry.pages import activity
from models_registry.pages import visibility as consequences
from models_registry.permissions import Right
from models_registry.upstream.status import latest_status
from models_registry.views.model.detail import page_context, shown_revision
from models_registry.views.model.maintained import maintained_model

Data = dict[str, Any]
Act = Callable[[RegisteredModel, Data, User], str]


@never_cache
@require_safe
def model_settings(request: HttpRequest, pk: int) -> HttpResponse:
    """The actions that the visitor may take, and the model's activity."""
    user, model = maintained_model(request, pk)
    return _page(request, user, model)


@never_cache
@require_POST
def settings_action(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Carry out one action; an error is shown beside what was filled in."""
    user, model = maintained_model(request, pk)
    if action not in _ACTIONS:
        raise Http404
    form_class, act = _ACTIONS[action]
    form = form_class(request.POST, model=model)
    if not form.is_valid():
        return _page(request, user, model, action=action, form=form, status=422)
    try:
        with as_seen(model, request.POST.get(FIELD, ""), *_DEPENDS_ON[action]):
            message = act(model, form.cleaned_data, user)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return _page(request, user, model, action=action, form=form, status=refusal.status)
    messages.success(request, message)
    if action == "delete" or request.POST.get("back") == "my_models":
        return redirect("models_registry:my_models")
    if not RegisteredModel.objects.visible_to(user).filter(pk=pk).exists():
        return redirect("models_registry:model_list")
    return redirect("models_registry:model_settings", pk)


def _page(
    request: HttpRequest,
    user: User,
    model: RegisteredModel,
    *,
    action: str = "",
    form: forms.ModelForm | None = None,
    status: int = 200,
) -> HttpResponse:
    model.refresh_from_db(fields=["expires_at", "visibility", "featured", "published_revision"])
    context = page_context(user, model, shown_revision(user, model)) | {"tab": "settings"}
    current = current_revision(model, by=user)
    forms_by_action: dict[str, Any] = {
        "visibility": forms.VisibilityForm(model=model, auto_id="visibility_%s"),
        "expiry": forms.ExpiryForm(model=model, auto_id="expiry_%s"),
        "expire_now": forms.RemovalForm(model=model, auto_id="expire_now_%s"),
        "forget": forms.Confirmation(model=model),
        "visit_sources": forms.Confirmation(model=model),
        "appoint": forms.MaintainerForm(model=model, auto_id="appoint_%s"),
        "rename": forms.RenamingForm(model=model, auto_id="rename_%s"),
        "give": forms.MaintainerForm(model=model, auto_id="give_%s"),
        "delete": forms.DeletionForm(model=model, auto_id="delete_%s"),
    }
    if form is not None:
        form.auto_id = f"{action.replace('-', '_')}_%s"
        forms_by_action[action.replace("-", "_")] = form
    proposal = publication.open_proposal(model)
    choices = consequences.visibility_choices(user, model)
    context |= {
        "seen": model_version(model),
        "upstream_status": context["upstream_status"] or latest_status(model),
        "forms": forms_by_action,
        "failed": action,
        "failed_section": _SECTIONS.get(action, action),
        "current": current,
        "proposal": proposal,
        "is_suggestion": proposal is not None and policy.is_suggestion(proposal),
        "may_withdraw": proposal is not None
        and (
            proposal.author_id == user.pk
            or (model.owner_id == user.pk and not policy.is_suggestion(proposal))
        ),
        "is_sent_back": proposal is not None and proposal.state == RevisionState.CHANGES_REQUESTED,
        "draft": model.drafts.filter(owner=user).only("pk", "changed_at").first(),
        "choices": choices,
        "may_change_visibility": any(choice.is_allowed for choice in choices),
        "maintainers": policy.maintainers_of(model) if "appoint" in context["verbs"] else [],
        "may_rename": policy.may_rename(user, model),
        "former_names": FormerName.objects.told_to(user).filter(model=model),
        "former_name_days": settings.ENV.former_name_days,
        "may_give": policy.may_give(user, model),
        "offer": OwnershipOffer.objects.filter(model=model).select_related("offered_to").first(),
        "activities": activity.recent(model),
        "now": timezone.now(),
        "may_ask_for_visit": settings.ENV.source_visits and may_ask(user, model),
        "is_listed": consequences.is_listed(model),
        "was_public": consequences.was_public(model),
        "older_revisions": consequences.older_revisions(),
        "may_forget": policy.holds(user, Right.UPDATE_CATALOGUE),
    }
    return render(request, "models_registry/model/settings.html", context, status=status)


def _set_visibility(model: RegisteredModel, data: Data, user: User) -> str:
    visibility, former = Visibility(data["visibility"]), _former_names(model)
    submission = Submission(visibility=visibility, message=revision_messages.MADE[visibility.value])
    revision = edit(model, submission, by=user, base_revision=data["base_revision"])
    if revision.state == RevisionState.PROPOSED:
        return _("The change has been submitted for review. The model stays unchanged until then.")
    success = _("The model is %(visibility)s now.")
    success %= {"visibility": str(visibility.label).lower()}
    return _with_forgetting(success, model, former, data, user)


def _set_featured(model: RegisteredModel, data: Data, user: User) -> str:
    set_featured(model, data["featured"], by=user)
    if data["featured"]:
        return _("The model is featured now.")
    return _("The model is no longer featured.")


def _set_expiry(model: RegisteredModel, data: Data, user: User) -> str:
    set_expiry(model, data["expires_at"], by=user)
    if data["expires_at"] <= timezone.now():
        return _("The model has expired.")
    return _("The expiry date has been set.")


def _expire_now(model: RegisteredModel, data: Data, user: User) -> str:
    former = _former_names(model)
    set_expiry(model, timezone.now(), by=user, reason=data["reason"])
    return _with_forgetting(_("The model has expired."), model, former, data, user)


def _restore(model: RegisteredModel, data: Data, user: User) -> str:
    set_expiry(model, None, by=user)
    return _("The model does not expire any more.")


def _appoint(model: RegisteredModel, data: Data, user: User) -> str:
    person = maintainers.appoint(model, data["username"], by=user)
    return _("%(name)s maintains this model now.") % {"name": person.username}


def _dismiss(model: RegisteredModel, data: Data, user: User) -> str:
    person = maintainers.dismiss(model, data["username"], by=user)
    return _("%(name)s no longer maintains this model.") % {"name": person.username}


def _rename(model: RegisteredModel, data: Data, user: User) -> str:
    rename(model, data["new_name"], by=user)
    return _("The model is named %(name)s now.") % {"name": data["new_name"].strip()}


def _give(model: RegisteredModel, data: Data, user: User) -> str:
    made = ownership.offer(model, data["username"], by=user)
    text = _("The model is offered to %(name)s. It stays yours until they accept.")
    return text % {"name": made.offered_to.username}


def _take_back(model: RegisteredModel, data: Data, user: User) -> str:
    ownership.take_back(model, by=user)
    return _("The offer has been withdrawn.")


def _withdraw(model: RegisteredModel, data: Data, user: User) -> str:
    revision = withdraw(model, by=user)
    return _("Revision %(number)s has been withdrawn.") % {"number": revision.number}


def _delete(model: RegisteredModel, data: Data, user: User) -> str:
    former = _former_names(model)
    delete(model, by=user, reason=data["reason"])
    return _with_forgetting(
        _("%(name)s has been deleted.") % {"name": model.name}, model, former, data, user
    )


def _former_names(model: RegisteredModel) -> list[str]:
    """The names that older lists may have for the model; deleting it deletes them."""
    names = FormerName.objects.filter(model=model)
    others = RegisteredModel.objects.filter(
        model_type=model.model_type, visibility=Visibility.PUBLIC
    ).exclude(pk=model.pk)
    names = names.exclude(name_key__in=others.values("name_key"))
    return list(names.values_list("name", flat=True))


def _forget(model: RegisteredModel, data: Data, user: User) -> str:
    return _forget_names(model, _former_names(model), user)


def _forget_names(model: RegisteredModel, former: list[str], user: User) -> str:
    gone = pinning.forget(model.model_type, model.name, by=user, former=former)
    if not gone:
        return _("No revision of the list contains this model.")
    text = _(
        "Deleted %(count)d revisions of the list: %(numbers)s. Caches and mirrors in front of the "
        "hub may still have them; clear those, too."
    )
    return text % {"count": len(gone), "numbers": ", ".join(map(str, gone))}


def _visit_sources(model: RegisteredModel, data: Data, user: User) -> str:
    ask_for_visit(model, by=user)
    return _("The source repositories will be visited within a few minutes.")


def _with_forgetting(
    message: str, model: RegisteredModel, former: list[str], data: Data, user: User
) -> str:
    """The message after an action, with the result of deleting older lists if requested."""
    if not data["forget_revisions"]:
        return message
    try:
        return together(message, _forget_names(model, former, user))
    except DomainError as refusal:
        return together(message, refusal.message)


# The section of the page for an action, if it has another name.
_SECTIONS = {
    "expire-now": "expiry",
    "restore": "expiry",
    "appoint": "maintainers",
    "dismiss": "maintainers",
    "take-back": "give",
    "withdraw": "definition",
    "visit-sources": "sources",
}
# The parts of the model that an action is about: if one has changed since the page was shown, the
# action is refused. A change of visibility also names the revision that it is based on.
_DEPENDS_ON: dict[str, tuple[str, ...]] = {
    "visibility": ("visibility", "revision", "proposal"),
    "featured": ("featured", "revision", "visibility"),
    "expiry": ("expiry", "visibility"),
    "expire-now": ("expiry", "visibility"),
    "restore": ("expiry", "visibility"),
    "appoint": ("maintainers", "visibility"),
    "dismiss": ("maintainers",),
    "rename": ("visibility", "revision", "proposal"),
    "give": ("owner", "proposal", "visibility"),
    "take-back": ("owner",),
    "withdraw": ("proposal",),
    "delete": ("visibility", "revision", "proposal"),
    "forget": ("visibility",),
    "visit-sources": ("visibility",),
}
_ACTIONS: dict[str, tuple[type[forms.ModelForm], Act]] = {
    "visibility": (forms.VisibilityForm, _set_visibility),
    "featured": (forms.FeaturedForm, _set_featured),
    "expiry": (forms.ExpiryForm, _set_expiry),
    "expire-now": (forms.RemovalForm, _expire_now),
    "forget": (forms.Confirmation, _forget),
    "restore": (forms.Confirmation, _restore),
    "appoint": (forms.MaintainerForm, _appoint),
    "dismiss": (forms.MaintainerForm, _dismiss),
    "rename": (forms.RenamingForm, _rename),
    "give": (forms.MaintainerForm, _give),
    "take-back": (forms.Confirmation, _take_back),
    "withdraw": (forms.Confirmation, _withdraw),
    "delete": (forms.DeletionForm, _delete),
    "visit-sources": (forms.Confirmation, _visit_sources),
}
