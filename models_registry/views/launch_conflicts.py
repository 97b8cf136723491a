"""Models that differ from the source: which ones wait for a decision, and deciding one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from accounts.models import User
from accounts.views.person import signed_in_user
from models_registry import history, policy
from models_registry.definitions.merge import Conflict
from models_registry.definitions.wording import value_text
from models_registry.launch import deciding
from models_registry.launch.deciding import Difference
from models_registry.models import RegisteredModel
from models_registry.policy import ModelVerb
from models_registry.update_tables import SourceMark
from models_registry.views.maintained import visible_model

MAX_SHOWN = 200
MAX_SHORT = 300


@dataclass(frozen=True, slots=True)
class Place:
    """A place to choose at, as the page shows it.

    Short values stand beside each other; what has several lines is compared with what it was.
    """

    conflict: Conflict
    field: str
    chosen: str
    is_short: bool
    base: str
    ours: str
    theirs: str

    def compared_ours(self) -> history.TextComparison:
        """What the hub made of the value."""
        return history.compared(self.base, self.ours)

    def compared_theirs(self) -> history.TextComparison:
        """What the source made of it."""
        return history.compared(self.base, self.theirs)


@login_required
@never_cache
@require_safe
def conflicts(request: HttpRequest) -> HttpResponse:
    """The models on which the person may decide."""
    user = signed_in_user(request)
    marks = SourceMark.objects.for_maintainer(user).light().select_related("model")
    marks = marks.order_by("model__model_type", "model__name_key")
    gone = list(marks.gone())
    context = {
        "differing": list(marks.differing()),
        "gone": gone,
        "expirable": {
            one.model_id for one in gone if ModelVerb.EXPIRE in policy.verbs(user, one.model)
        },
    }
    return render(request, "models_registry/conflicts.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: HttpRequest, pk: int) -> HttpResponse:
    """One model with both sides, value by value; a POST decides."""
    user, model = _decidable(request, pk)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            version = request.POST.get("version", "")
            revision = deciding.decide(model, request.POST.dict(), by=user, version=version)
        except DomainError as error:
            refusal, status = error.message, error.status
        else:
            messages.success(request, _said(model, revision is not None))
            return _next(user, model)
        model.refresh_from_db()
    found = deciding.difference(model)
    if found is None:
        messages.info(request, refusal or _("This model does not differ from the source any more."))
        return redirect("launch:conflicts")
    context = {"model": model, "found": found, "refusal": refusal, **_sides(request, found)}
    return render(request, "models_registry/conflict.html", context, status=status)


@login_required
@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a model that the source no longer has."""
    user, model = _decidable(request, pk)
    try:
        deciding.keep(model, by=user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(name)s stays.") % {"name": model.name})
    return _next(user, model)


def _decidable(request: HttpRequest, pk: int) -> tuple[User, RegisteredModel]:
    """The visitor and the model. Raises Http404 where he may not decide on it."""
    user, model = signed_in_user(request), visible_model(request, pk)
    if not deciding.may_decide(user, model):
        raise Http404
    return user, model


def _said(model: RegisteredModel, is_published: bool) -> str:
    if is_published:
        return _("%(name)s is decided, and published as you chose.") % {"name": model.name}
    return _("%(name)s is decided: it stays as it is here.") % {"name": model.name}


def _next(user: User, model: RegisteredModel) -> HttpResponse:
    """On to what else is to be decided, or back to the tab."""
    if SourceMark.objects.for_maintainer(user).undecided().exists():
        return redirect("launch:conflicts")
    return redirect("launch:tab", model.model_type)


def _sides(request: HttpRequest, found: Difference) -> dict[str, Any]:
    """The places with what is chosen there; of a whole model, the two texts compared."""
    choices = found.choices({key: str(said) for key, said in request.POST.items() if key != "all"})
    conflicts = found.places(choices)
    whole = deciding.is_whole(conflicts)
    return {
        "is_whole": whole,
        "whole_field": deciding.field_of(conflicts[0]) if whole else "",
        "whole_chosen": choices.get(conflicts[0].key, "") if whole else "",
        "whole": history.compared(found.ours, found.theirs) if whole else None,
        "joined": None if conflicts else history.compared(found.ours, found.joint.here),
        "places": []
        if whole
        else [_place(one, choices.get(one.key, "")) for one in conflicts[:MAX_SHOWN]],
    }


def _place(one: Conflict, chosen: str) -> Place:
    texts = [value_text(side) for side in (one.base, one.ours, one.theirs)]
    is_short = all("\n" not in text and len(text) <= MAX_SHORT for text in texts)
    return Place(one, deciding.field_of(one), chosen, is_short, *texts)
