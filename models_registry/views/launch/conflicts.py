"""Conflicts with the source: the list, and resolving one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from accounts.form_version import FIELD
from accounts.models import User
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from models_registry import policy
from models_registry.models import RegisteredModel, SourceMark
from models_registry.policy import ModelVerb
from models_registry.sync import conflicts as source_conflicts
from models_registry.views.conflict_form import conflict_form, source_names
from models_registry.views.model.maintained import visible_model


@signed_in_only
@never_cache
@require_safe
def conflicts(request: HttpRequest) -> HttpResponse:
    """The models whose conflicts the person may resolve."""
    user = signed_in_user(request)
    marks = SourceMark.objects.for_maintainer(user).light().select_related("model")
    marks = marks.order_by("model__model_type", "model__name_key")
    gone = list(marks.gone())
    for mark in gone:
        mark.seen = source_conflicts.missing_version(mark)  # type: ignore[attr-defined]
    context = {
        "differing": list(marks.differing()),
        "gone": gone,
        "expirable": {
            removed.model_id
            for removed in gone
            if ModelVerb.EXPIRE in policy.verbs(user, removed.model)
        },
    }
    return render(request, "models_registry/launch/conflicts.html", context)


@signed_in_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: HttpRequest, pk: int) -> HttpResponse:
    """One model with both sides, value by value; a POST resolves the conflict."""
    user, model = _resolvable(request, pk)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            version = request.POST.get(FIELD, "")
            revision = source_conflicts.resolve(
                model, request.POST.dict(), by=user, version=version
            )
        except DomainError as error:
            refusal, status = error.message, error.status
        else:
            messages.success(request, _success_text(model, revision is not None))
            return _next(user, model)
        model.refresh_from_db()
    sides = source_conflicts.difference(model)
    if sides is None:
        messages.info(request, refusal or _("This model no longer differs from the source."))
        return redirect("launch:conflicts")
    action = reverse("launch:conflict", args=[pk])
    form = conflict_form(request, sides, action, source_names(), refusal=refusal)
    context = {"model": model, "difference": sides, "form": form}
    return render(request, "models_registry/launch/conflict.html", context, status=status)


@signed_in_only
@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a model that the source has removed."""
    user, model = _resolvable(request, pk)
    try:
        source_conflicts.keep(model, by=user, seen=request.POST.get(FIELD, ""))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(name)s has been kept.") % {"name": model.name})
    return _next(user, model)


def _resolvable(request: HttpRequest, pk: int) -> tuple[User, RegisteredModel]:
    """The visitor and the model. Raises Http404 if they may not resolve its conflict."""
    user, model = signed_in_user(request), visible_model(request, pk)
    if not source_conflicts.may_resolve(user, model):
        raise Http404
    return user, model


def _success_text(model: RegisteredModel, is_published: bool) -> str:
    if is_published:
        return _("The conflict of %(name)s is resolved, and your choice is published.") % {
            "name": model.name
        }
    return _("The conflict of %(name)s is resolved: the model stays unchanged here.") % {
        "name": model.name
    }


def _next(user: User, model: RegisteredModel) -> HttpResponse:
    """Redirect to the remaining conflicts, or back to the tab."""
    if SourceMark.objects.for_maintainer(user).undecided().exists():
        return redirect("launch:conflicts")
    return redirect("launch:tab", model.model_type)
