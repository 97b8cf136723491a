"""The History tab of a model's page: list, one revision, comparison, restoring."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from hub.filter_fields import PageNumber
from hub.numbers import whole_number
from hub.pager import page_links
from models_registry import policy
from models_registry.actions.edit import current_revision
from models_registry.actions.restore import restore
from models_registry.definitions.json_text.document import scanned_once
from models_registry.errors import DomainError
from models_registry.models import RegisteredModel, Revision, RevisionState, Visibility
from models_registry.pages import history, model_page
from models_registry.policy import Outcome
from models_registry.readme.code import highlight_json
from models_registry.views.model.detail import page_context, shown_revision
from models_registry.views.model.maintained import maintained_model, visible_model

MAX_NUMBER = 999_999_999


@require_safe
@scanned_once()
def model_history(request: HttpRequest, pk: int) -> HttpResponse:
    """The revisions that the visitor may see, and what each of them changed."""
    model = visible_model(request, pk)
    pages = history.pages_of(request.user, model)
    if not pages.count:
        raise Http404
    page = pages.get_page(PageNumber(most=MAX_NUMBER).clean(request.GET.get("page")))
    context = _context(request, model) | {
        "page": page,
        "total": pages.count,
        "entries": history.entries_of(page),
        "pages": page_links(page, lambda number: f"?page={number}"),
        "base": reverse("models_registry:model_history", args=[pk]),
    }
    return render(request, "models_registry/model/history.html", context)


@require_safe
@scanned_once()
def model_revision(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One revision: its README or its definition."""
    model = visible_model(request, pk)
    revision = _revision(request, model, number)
    part = request.GET.get("part")
    is_definition = part == "definition"
    is_chinese = part == "readme-zh" and bool(revision.readme_zh.strip())
    context = _context(request, model) | {
        "shown": revision,
        "is_definition": is_definition,
        "highlighted": highlight_json(revision.definition) if is_definition else "",
        "is_chinese": is_chinese,
        "readme": None
        if is_definition
        else model_page.rendered_readme(model, revision, chinese=is_chinese),
    }
    return render(request, "models_registry/model/revision.html", context)


@require_safe
def compare_chosen(request: HttpRequest, pk: int) -> HttpResponse:
    """Redirect from the two marked revisions to their comparison, the older one first."""
    model = visible_model(request, pk)
    numbers = sorted(
        whole_number(request.GET.get(side, ""), most=MAX_NUMBER) or 0 for side in ("old", "new")
    )
    if not numbers[0] or numbers[0] == numbers[1]:
        messages.info(request, _("Mark two different revisions to compare them."))
        return redirect("models_registry:model_history", model.pk)
    return redirect("models_registry:model_compare", model.pk, *numbers)


@require_safe
@scanned_once()
def model_compare(request: HttpRequest, pk: int, old: int, new: int) -> HttpResponse:
    """Two revisions compared, as sentences and line by line."""
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
    return render(request, "models_registry/model/compare.html", context)


@require_POST
def restore_revision(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Publish or propose an older revision again, as a new one."""
    user, model = maintained_model(request, pk)
    base = whole_number(request.POST.get("base_revision", ""), most=MAX_NUMBER) or 0
    try:
        revision = restore(model, number, by=user, base_revision=base)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        numbers = {"old": number, "new": revision.number}
        if revision.state == RevisionState.PROPOSED:
            text = _("Revision %(old)s was submitted for review again, as revision %(new)s.")
        else:
            text = _("Revision %(old)s was published again, as revision %(new)s.")
        messages.success(request, text % numbers)
    return redirect("models_registry:model_history", pk)


def _context(request: HttpRequest, model: RegisteredModel) -> dict[str, Any]:
    context = page_context(request.user, model, shown_revision(request.user, model))
    current, outcome = _restoring(request, model)
    return context | {"tab": "history", "current": current, "restores_as": outcome}


def _restoring(request: HttpRequest, model: RegisteredModel) -> tuple[Revision | None, str]:
    """The revision that an older one would replace, and the outcome: "published", "review", or ""
    if the visitor may not restore."""
    user = request.user
    if not isinstance(user, User) or not policy.verbs(user, model):
        return model.published_revision, ""
    current = current_revision(model, by=user)
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
