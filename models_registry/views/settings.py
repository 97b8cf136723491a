"""The Settings tab of a model's page: a section for each thing that the visitor may do to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from models_registry import activity, consequences, maintainers, policy, publication, use_cases
from models_registry.errors import DomainError
from models_registry.forms import settings as forms
from models_registry.models import RegisteredModel, RevisionState, Visibility
from models_registry.upstream.standing import standing_of
from models_registry.views.detail import page_context, shown_revision
from models_registry.views.maintained import maintained_model

Data = dict[str, Any]
Act = Callable[[RegisteredModel, Data, User], str]


@never_cache
@require_safe
def model_settings(request: HttpRequest, pk: int) -> HttpResponse:
    """What the visitor may do to the model, and what was done to it."""
    user, model = maintained_model(request, pk)
    return _page(request, user, model)


@never_cache
@require_POST
def settings_action(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Do one of the things; a refusal stands beside what was filled in."""
    user, model = maintained_model(request, pk)
    if action not in _ACTIONS:
        raise Http404
    form_class, act = _ACTIONS[action]
    form = form_class(request.POST, model=model)
    if not form.is_valid():
        return _page(request, user, model, action=action, form=form, status=422)
    try:
        said = act(model, form.cleaned_data, user)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return _page(request, user, model, action=action, form=form, status=refusal.status)
    messages.success(request, said)
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
    current = use_cases.current_revision(model, by=user)
    shown: dict[str, Any] = {
        "visibility": forms.VisibilityForm(model=model, auto_id="visibility_%s"),
        "expiry": forms.ExpiryForm(model=model, initial=_moment(model), auto_id="expiry_%s"),
        "appoint": forms.MaintainerForm(model=model, auto_id="appoint_%s"),
        "delete": forms.DeletionForm(model=model, auto_id="delete_%s"),
    }
    if form is not None:
        form.auto_id = f"{action.replace('-', '_')}_%s"
        shown[action.replace("-", "_")] = form
    proposal = publication.open_proposal(model)
    choices = consequences.visibility_choices(user, model)
    context |= {
        "upstream_standing": context["upstream_standing"] or standing_of(model),
        "forms": shown,
        "failed": action,
        "failed_section": _SECTIONS.get(action, action),
        "current": current,
        "proposal": proposal,
        "may_withdraw": proposal is not None and user.pk in (proposal.author_id, model.owner_id),
        "is_sent_back": proposal is not None and proposal.state == RevisionState.CHANGES_REQUESTED,
        "draft": model.drafts.filter(owner=user).only("pk", "changed_at").first(),
        "choices": choices,
        "may_change_visibility": any(choice.is_allowed for choice in choices),
        "maintainers": policy.maintainers_of(model) if "appoint" in context["verbs"] else [],
        "activities": activity.recent(model),
        "now": timezone.now(),
    }
    return render(request, "models_registry/model_settings.html", context, status=status)


def _moment(model: RegisteredModel) -> dict[str, str]:
    if model.expires_at is None:
        return {}
    return {"moment": f"{model.expires_at:%Y-%m-%dT%H:%M}", "zone": "UTC"}


def _set_visibility(model: RegisteredModel, data: Data, user: User) -> str:
    visibility = Visibility(data["visibility"])
    submission = use_cases.Submission(visibility=visibility, message=f"Made {visibility.value}")
    revision = use_cases.edit(model, submission, by=user, base_revision=data["base_revision"])
    if revision.state == RevisionState.PROPOSED:
        return _("The change is submitted for review. Until then the model stays as it is.")
    said = _("The model is %(visibility)s now.")
    return said % {"visibility": str(visibility.label).lower()}


def _set_featured(model: RegisteredModel, data: Data, user: User) -> str:
    use_cases.set_featured(model, data["featured"], by=user)
    if data["featured"]:
        return _("The model is featured now.")
    return _("The model is no longer featured.")


def _set_expiry(model: RegisteredModel, data: Data, user: User) -> str:
    use_cases.set_expiry(model, data["expires_at"], by=user)
    if data["expires_at"] <= timezone.now():
        return _("The model has expired.")
    return _("The expiry is set.")


def _expire_now(model: RegisteredModel, data: Data, user: User) -> str:
    use_cases.set_expiry(model, timezone.now(), by=user)
    return _("The model has expired.")


def _restore(model: RegisteredModel, data: Data, user: User) -> str:
    use_cases.set_expiry(model, None, by=user)
    return _("The model does not expire any more.")


def _appoint(model: RegisteredModel, data: Data, user: User) -> str:
    person = maintainers.appoint(model, data["username"], by=user)
    return _("%(name)s maintains this model now.") % {"name": person.username}


def _dismiss(model: RegisteredModel, data: Data, user: User) -> str:
    person = maintainers.dismiss(model, data["username"], by=user)
    return _("%(name)s no longer maintains this model.") % {"name": person.username}


def _withdraw(model: RegisteredModel, data: Data, user: User) -> str:
    revision = use_cases.withdraw(model, by=user)
    return _("Revision %(number)s is withdrawn.") % {"number": revision.number}


def _delete(model: RegisteredModel, data: Data, user: User) -> str:
    use_cases.delete(model, by=user)
    return _("%(name)s is deleted.") % {"name": model.name}


# The section of the page that an action stands in, where it has another name.
_SECTIONS = {
    "expire-now": "expiry",
    "restore": "expiry",
    "appoint": "maintainers",
    "dismiss": "maintainers",
    "withdraw": "definition",
}
_ACTIONS: dict[str, tuple[type[forms.ModelForm], Act]] = {
    "visibility": (forms.VisibilityForm, _set_visibility),
    "featured": (forms.FeaturedForm, _set_featured),
    "expiry": (forms.ExpiryForm, _set_expiry),
    "expire-now": (forms.Confirmation, _expire_now),
    "restore": (forms.Confirmation, _restore),
    "appoint": (forms.MaintainerForm, _appoint),
    "dismiss": (forms.MaintainerForm, _dismiss),
    "withdraw": (forms.Confirmation, _withdraw),
    "delete": (forms.DeletionForm, _delete),
}
