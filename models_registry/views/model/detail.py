"""A model's page: README, specs and definition, each with its own address."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.models import User
from hub.anonymous_pages import same_for_everybody
from hub.kept_answers import note_request
from hub.numbers import whole_number
from models_registry import policy, usage
from models_registry.catalogue.selection import limits_of, reasons_to_leave_out
from models_registry.definitions.json_text.document import scanned_once
from models_registry.launch.needs import CONTEXT, CONTEXTS
from models_registry.models import RegisteredModel, Revision, Visibility, model_urls
from models_registry.models.model_urls import model_address
from models_registry.pages import model_page, what_fits
from models_registry.pages.sources import (
    ModelSources,
    repositories,
    sources_on_page,
    with_files,
)
from models_registry.pages.structured_data import of_model
from models_registry.readme.code import highlight_json
from models_registry.upstream.status import latest_status
from models_registry.views.model import preferences

TABS = ("readme", "specs", "definition")


@require_safe
@scanned_once()
def model_detail(request: HttpRequest, name_or_id: str) -> HttpResponse:
    """The page of the model with this name or number, or a choice if the name is ambiguous."""
    found = model_urls.find_models(request.user, name_or_id, request.GET.get("type", ""))
    models = found.models
    if not models:
        models = model_urls.renamed_models(request.user, name_or_id, request.GET.get("type", ""))
        if len(models) == 1:
            return _present_address(request, models[0])
    if not models:
        raise Http404
    if len(models) > 1:
        ambiguous = {model.name_key for model in models}
        context: dict[str, Any] = {"name": name_or_id, "models": models, "ambiguous": ambiguous}
        return render(request, "models_registry/model/model_choice.html", context)
    model = models[0]
    revision = shown_revision(request.user, model)
    wanted = request.GET.get("tab", "")
    tab = wanted if wanted in TABS else TABS[0]
    context = page_context(request.user, model, revision, found.ambiguous) | {"tab": tab}
    if tab != TABS[0]:
        context["canonical_url"] += f"?tab={tab}"
    sources = sources_on_page(model, every=True) if tab == "specs" else context["sources"]
    if tab == "readme":
        context |= _readme(model, revision, sources, request.GET.get("readme", ""))
    else:
        context |= _CONTENTS[tab](model, revision, sources)
    if tab == "specs":
        context |= _fits(request, model, revision, sources)
    response = render(request, f"models_registry/model/{tab}.html", context)
    same_for_everybody(request, response)
    if model.published_revision_id is not None:
        key = model.pk
        note_request(request, response, lambda asked: usage.count_view(asked, key))
    return response


def _present_address(request: HttpRequest, model: RegisteredModel) -> HttpResponse:
    """Redirect to a model that was renamed. Not for ever: it may be named as before again."""
    ambiguous = {model.name_key} if model_urls.shares_its_name(request.user, model) else set()
    query = request.GET.copy()
    query.pop("type", None)
    address = model_address(model, ambiguous)
    response = redirect(f"{address}?{query.urlencode()}" if query else address)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


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

    Raises Http404 without such a revision.
    """
    revision = model.published_revision or policy.revisions_for(user, model).first()
    if revision is None:
        raise Http404
    return revision


def page_context(
    user: User | AnonymousUser,
    model: RegisteredModel,
    revision: Revision,
    ambiguous: Collection[str] | None = None,
) -> dict[str, Any]:
    """The template context of a model's page that all tabs need.

    `ambiguous`: the model's name key if it can refer to another model for the user; None: not known
    yet.
    """
    overview = model_page.overview(model, revision)
    verbs = policy.verbs(user, model)
    if ambiguous is None:
        ambiguous = {model.name_key} if model_urls.shares_its_name(user, model) else set()
    address = model_address(model, ambiguous)
    url = f"{settings.SITE_URL}{address}"
    is_listed = model.visibility == Visibility.PUBLIC and model.published_revision_id is not None
    # Visitors without an account are asked to sign in first.
    is_signed_in = user.is_authenticated
    suggests = policy.may_suggest(user, model) if is_signed_in else is_listed
    tells_why = bool(verbs) or getattr(user, "is_staff", False)
    return {
        "model": model,
        "revision": revision,
        "facts": overview.facts,
        "sources": sources_on_page(model),
        "launch_command": overview.launch,
        "verbs": verbs,
        "may_suggest": suggests,
        "follows_review": bool(verbs) or policy.has_proposed(user, model),
        "address": address,
        "canonical_url": url,
        # Only for what visitors without an account see: nobody else finds it by a search.
        "structured_data": of_model(model, revision, overview.facts, url) if is_listed else "",
        # Queried only for people who can act on it.
        "upstream_status": latest_status(model) if policy.ModelVerb.EDIT in verbs else None,
        "works_with": limits_of(model, revision),
        "left_out": reasons_to_leave_out(model) if is_listed and tells_why else [],
    }


def _readme(
    model: RegisteredModel, revision: Revision, sources: ModelSources, wanted: str
) -> dict[str, Any]:
    """The README in the language that the address names, else in the reader's, if there is one."""
    languages = model_page.readme_languages(revision, sources.links)
    if wanted not in languages:
        wanted = "zh" if (get_language() or "").startswith("zh") else "en"
    is_chinese = wanted == "zh" and "zh" in languages
    shown = model_page.chinese_readme if is_chinese else model_page.shown_readme
    found = shown(model, revision, sources.links)
    readme = found.rendered
    # A single first heading repeats the page's title.
    levels = [entry.level for entry in readme.toc]
    toc_levels = sorted(set(levels))[:3]
    if levels.count(min(levels, default=0)) == 1:
        toc_levels = toc_levels[1:]
    toc = [entry for entry in readme.toc if entry.level in toc_levels[:2]]
    return {
        "readme": readme,
        "readme_language": found.language,
        "readme_languages": languages,
        "readme_source": found.source,
        "readme_is_generated": found.is_generated,
        "toc": toc if len(toc) > 1 else [],
        "toc_top": min(toc_levels, default=1),
    }


def _specs(model: RegisteredModel, revision: Revision, sources: ModelSources) -> dict[str, Any]:
    links = with_files(sources.links)
    return {
        "specs": model_page.specs(model, revision, links),
        "repositories": repositories(links),
    }


def _definition(
    model: RegisteredModel, revision: Revision, sources: ModelSources
) -> dict[str, Any]:
    return {
        "highlighted": highlight_json(revision.definition),
        "lines": revision.definition.count("\n"),
        "size": len(revision.definition.encode()),
    }


def _fits(
    request: HttpRequest, model: RegisteredModel, revision: Revision, sources: ModelSources
) -> dict[str, Any]:
    asked = whole_number(request.GET.get("context", ""), most=max(CONTEXTS)) or CONTEXT
    context = asked if asked in CONTEXTS else CONTEXT
    gpu = preferences.gpu_of(request)
    seen = [link.repository for link in sources.links]
    matrix = what_fits.matrix(model, revision, context=context, gpu=gpu, seen=seen)
    return {"fits": matrix, "gpu": gpu}


_CONTENTS = {"specs": _specs, "definition": _definition}
