"""The History tab of a model's page: revisions, one of them, two of them compared, restoring."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from models_registry import history, policy, specs, use_cases
from models_registry.errors import DomainError
from models_registry.models import RegisteredModel, Revision, RevisionState, Visibility
from models_registry.policy import Outcome
from models_registry.readme.code import highlight_json
from models_registry.views.detail import page_context, shown_revision
from models_registry.views.maintained import maintained_model, visible_model

MAX_DIGITS = 9


@require_safe
def model_history(request: HttpRequest, pk: int) -> HttpResponse:
    """The revisions that the visitor may see, and what each of them changed."""
    model = visible_model(request, pk)
    page = history.page_of(request.user, model, _number(request.GET.get("page", "")) or 1)
    if not page.total:
        raise Http404
    pages = Paginator(range(page.total), history.PAGE_SIZE)
    context = _context(request, model) | {
        "page": page,
        "pages": [
            (number, f"?page={number}" if isinstance(number, int) else "")
            for number in pages.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
        ],
        "base": reverse("models_registry:model_history", args=[pk]),
    }
    return render(request, "models_registry/model_history.html", context)


@require_safe
def model_revision(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One revision: its README or its definition."""
    model = visible_model(request, pk)
    revision = _revision(request, model, number)
    is_definition = request.GET.get("part") == "definition"
    context = _context(request, model) | {
        "shown": revision,
        "is_definition": is_definition,
        "highlighted": highlight_json(revision.definition) if is_definition else "",
        "readme": None if is_definition else specs.rendered_readme(model, revision),
    }
    return render(request, "models_registry/model_revision.html", context)


@require_safe
def compare_chosen(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead from the two marked revisions to their comparison, the older one first."""
    model = visible_model(request, pk)
    numbers = sorted(_number(request.GET.get(side, "")) or 0 for side in ("old", "new"))
    if not numbers[0] or numbers[0] == numbers[1]:
        messages.info(request, _("Mark two different revisions to compare them."))
        return redirect("models_registry:model_history", model.pk)
    return redirect("models_registry:model_compare", model.pk, *numbers)


@require_safe
def model_compare(request: HttpRequest, pk: int, old: int, new: int) -> HttpResponse:
    """Two revisions compared: in sentences and line by line."""
    model = visible_model(request, pk)
    before, after = _revision(request, model, old), _revision(request, model, new)
    whole = request.GET.get("lines") == "all"
    context = _context(request, model) | {
        "old": before,
        "new": after,
        "comparison": history.compare(before, after, whole=whole),
        "is_split": request.GET.get("view") == "split",
        "is_whole": whole,
    }
    return render(request, "models_registry/model_compare.html", context)


@require_POST
def restore_revision(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Publish or propose an older revision again, as a new one."""
    user, model = maintained_model(request, pk)
    base = _number(request.POST.get("base_revision", "")) or 0
    try:
        revision = use_cases.restore(model, number, by=user, base_revision=base)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        said = {"old": number, "new": revision.number}
        if revision.state == RevisionState.PROPOSED:
            text = _("Revision %(old)s waits for review again, as revision %(new)s.")
        else:
            text = _("Revision %(old)s is published again, as revision %(new)s.")
        messages.success(request, text % said)
    return redirect("models_registry:model_history", pk)


def _context(request: HttpRequest, model: RegisteredModel) -> dict[str, Any]:
    context = page_context(request.user, model, shown_revision(request.user, model))
    current, outcome = _restoring(request, model)
    return context | {"tab": "history", "current": current, "restores_as": outcome}


def _restoring(request: HttpRequest, model: RegisteredModel) -> tuple[Revision | None, str]:
    """What an older revision would take the place of, and what becomes of it; ("published",
    "review", or empty where the visitor may not restore)."""
    user = request.user
    if not isinstance(user, User) or not policy.verbs(user, model):
        return model.published_revision, ""
    current = use_cases.current_revision(model, by=user)
    outcome = policy.may_change_to(user, model, Visibility(current.visibility))
    if outcome is None:
        return current, ""
    return current, "review" if outcome is Outcome.REVIEW else "published"


def _revision(request: HttpRequest, model: RegisteredModel, number: int) -> Revision:
    seen = policy.revisions_for(request.user, model)
    revision = seen.filter(number=number).first()
    if revision is None:
        raise Http404
    return revision


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    return int(text) if is_number else None
