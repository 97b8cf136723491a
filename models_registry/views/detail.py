"""A model's page: README, specs and definition, each under an address of its own."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.models import User
from models_registry import lookup, policy, specs
from models_registry.catalogue.selection import reasons_to_leave_out
from models_registry.models import RegisteredModel, Revision, Visibility
from models_registry.readme.code import highlight_json
from models_registry.templatetags.model_facts import model_address
from models_registry.upstream.standing import standing_of

TABS = ("readme", "specs", "definition")


@require_safe
def model_detail(request: HttpRequest, name_or_id: str) -> HttpResponse:
    """The page of the model of that name or number, or a choice where the name means several."""
    found = lookup.find_models(request.user, name_or_id, request.GET.get("type", ""))
    if not found:
        raise Http404
    if len(found) > 1:
        ambiguous = {model.name_key for model in found}
        context: dict[str, Any] = {"name": name_or_id, "models": found, "ambiguous": ambiguous}
        return render(request, "models_registry/model_choice.html", context)
    model = found[0]
    revision = shown_revision(request.user, model)
    wanted = request.GET.get("tab", "")
    tab = wanted if wanted in TABS else TABS[0]
    context = (
        page_context(request.user, model, revision) | {"tab": tab} | _CONTENTS[tab](model, revision)
    )
    return render(request, f"models_registry/model_{tab}.html", context)


@require_safe
def definition_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The exact text of the definition, as a file."""
    visible = RegisteredModel.objects.visible_to(request.user).select_related("published_revision")
    model = get_object_or_404(visible, pk=pk)
    text = shown_revision(request.user, model).definition
    response = HttpResponse(text.encode(), content_type="application/json; charset=utf-8")
    name = f"{model.name}.json"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def shown_revision(user: User | AnonymousUser, model: RegisteredModel) -> Revision:
    """The revision that the page shows: the published one, else the newest that the user may see.

    Raises Http404 where there is none.
    """
    revision = model.published_revision or policy.revisions_for(user, model).first()
    if revision is None:
        raise Http404
    return revision


def page_context(
    user: User | AnonymousUser, model: RegisteredModel, revision: Revision
) -> dict[str, Any]:
    """What the frame of a model's page needs, whichever tab it shows."""
    overview = specs.overview(model, revision)
    verbs = policy.verbs(user, model)
    ambiguous = {model.name_key} if lookup.shares_its_name(user, model) else set()
    address = model_address(model, ambiguous)
    is_listed = model.visibility == Visibility.PUBLIC and model.published_revision_id is not None
    tells_why = bool(verbs) or getattr(user, "is_staff", False)
    return {
        "model": model,
        "revision": revision,
        "facts": overview.facts,
        "launch_command": overview.launch,
        "verbs": verbs,
        "address": address,
        "canonical_url": f"{settings.SITE_URL}{address}",
        # Asked for those alone who can do something about it.
        "upstream_standing": standing_of(model) if policy.ModelVerb.EDIT in verbs else None,
        "left_out": reasons_to_leave_out(model) if is_listed and tells_why else [],
    }


def _readme(model: RegisteredModel, revision: Revision) -> dict[str, Any]:
    readme = specs.rendered_readme(model, revision)
    # A first heading of its own is the page's title once more.
    levels = [entry.level for entry in readme.toc]
    shown = sorted(set(levels))[:3]
    if levels.count(min(levels, default=0)) == 1:
        shown = shown[1:]
    toc = [entry for entry in readme.toc if entry.level in shown[:2]]
    return {"readme": readme, "toc": toc if len(toc) > 1 else [], "toc_top": min(shown, default=1)}


def _specs(model: RegisteredModel, revision: Revision) -> dict[str, Any]:
    return {"specs": specs.specs(model, revision)}


def _definition(model: RegisteredModel, revision: Revision) -> dict[str, Any]:
    return {
        "highlighted": highlight_json(revision.definition),
        "lines": revision.definition.count("\n"),
        "size": len(revision.definition.encode()),
    }


_CONTENTS = {"readme": _readme, "specs": _specs, "definition": _definition}
