"""The Launch Model page: a tab for each type, and Update with its progress."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import DomainError
from accounts.models import User
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from hub.numbers import whole_number
from hub.pager import page_links
from models_registry import policy
from models_registry.catalogue.pinning import pinned_lists
from models_registry.forms.filters import ListingFilterForm
from models_registry.models import (
    ModelType,
    RegisteredModel,
    RegisteredModelQuerySet,
    SourceMark,
    UnreadableFile,
    UpdateRun,
    Visibility,
)
from models_registry.pages import listing as browsing
from models_registry.pages import listing_filters, listing_matches
from models_registry.permissions import Right
from models_registry.servers import access
from models_registry.sync import update as updating
from models_registry.upstream import removals
from models_registry.views.launch.server_choice import chosen
from models_registry.views.model import preferences
from models_registry.views.model.listing import HtmxRequest

CUSTOM = "custom"
# A worker takes a run at once; after this many seconds the page says that no worker seems to run.
WORKER_SECONDS = 15
FILTERS = ("fits", "ability", "size", "context", "format", "engine")


@require_safe
def launch(request: HtmxRequest) -> HttpResponse:
    """The page with its first tab."""
    return launch_tab(request, ModelType.LLM.value)


@require_safe
def launch_tab(request: HtmxRequest, tab: str) -> HttpResponse:
    """One tab of the page, or for htmx only its results."""
    if tab not in ModelType.values and tab != CUSTOM:
        raise Http404
    published = RegisteredModel.objects.visible_to(request.user).published()
    remembered = preferences.gpu_of(request)
    choices = ListingFilterForm(
        request.GET, but=listing_filters.TYPE, remembered=remembered
    ).filters()
    among = models_of_tab(published, request.user, tab)
    of_type = "" if tab == CUSTOM else tab
    listing = browsing.browse(request.user, choices, among=among, of_type=of_type)
    usable = access.servers_of(request.user)
    context: dict[str, Any] = {
        "tab": tab,
        "tabs": _tabs(published, request.user),
        "listing": listing,
        "choices": listing.choices,
        "filters": [group for group in listing.groups if group.key in FILTERS],
        "marks": _marks(listing.models),
        "resolvable": _resolvable(request.user),
        "address": reverse("launch:tab", args=[tab]),
        "unfiltered": listing_filters.ListingFilters(remembered=remembered).query(),
        "pages": page_links(listing.page, listing.page_query),
        "run": _shown_run(request, tab),
        "added": request.GET.get("added", ""),
        "may_update": policy.holds(request.user, Right.UPDATE_CATALOGUE),
        "may_add": request.user.is_authenticated,
        "types": ModelType.choices,
        "source": settings.ENV.hub_source,
        "server": chosen(request, usable),
        "servers": usable,
        "may_save_server": settings.ENV.server_addresses is not None,
    }
    context["pinned"] = pinned_lists() if context["may_update"] else []
    context["fleet"] = context["may_update"] and settings.ENV.fleet
    context["may_see_upstream"] = policy.holds(request.user, removals.RIGHT)
    if context["may_see_upstream"]:
        context["upstream_waiting"] = removals.waiting().count() + UnreadableFile.objects.count()
    context["fresh"] = frozenset(context["run"].result.get("new", ()) if context["run"] else ())
    is_part = bool(request.htmx) and request.htmx.target == "launch-results"
    name = "_launch_results" if is_part else "launch"
    response = render(request, f"models_registry/launch/{name}.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@signed_in_only
@require_POST
def update(request: HttpRequest) -> HttpResponse:
    """Start an update of a type, and redirect to its progress."""
    try:
        run = updating.update_type(request.POST.get("model_type", ""), by=signed_in_user(request))
    except DomainError as refusal:
        return render(
            request, "models_registry/launch/launch_refusal.html", {"text": refusal.message},
            status=refusal.status,
        )  # fmt: skip
    return redirect("launch:update_run", run.pk)


@signed_in_only
@never_cache
@require_safe
def update_run(request: HtmxRequest, pk: int) -> HttpResponse:
    """The progress of an update; when it is done, the tab of its type.

    Without JavaScript the page refreshes every few seconds.
    """
    if not policy.holds(request.user, Right.UPDATE_CATALOGUE):
        raise Http404
    run = get_object_or_404(UpdateRun.objects.select_related("by"), pk=pk)
    tab = f"{reverse('launch:tab', args=[run.model_type])}?run={run.pk}"
    if not run.is_under_way:
        if request.htmx:
            response = HttpResponse()
            response.headers["HX-Redirect"] = tab
            return response
        return redirect(tab)
    now = timezone.now()
    waited = (now - run.created_at).total_seconds()
    silent = int((now - run.seen_at).total_seconds() // 60)
    context = {
        "run": run,
        "no_worker": run.state == UpdateRun.State.QUEUED and waited > WORKER_SECONDS,
        "silent_minutes": silent if run.state == UpdateRun.State.RUNNING else 0,
        "patience_minutes": updating.LOST_AFTER.total_seconds() // 60,
        "joined": run.by_id != request.user.pk,
    }
    name = "_update_progress" if request.htmx else "update_run"
    return render(request, f"models_registry/launch/{name}.html", context)


def models_of_tab(
    published: RegisteredModelQuerySet, user: User | AnonymousUser, tab: str
) -> RegisteredModelQuerySet:
    """The models of a tab: the models of a type, or the person's private models."""
    if tab != CUSTOM:
        return published.filter(model_type=tab)
    if isinstance(user, AnonymousUser):
        return published.none()
    return published.filter(visibility=Visibility.PRIVATE, owner=user)


def _tabs(
    published: RegisteredModelQuerySet, user: User | AnonymousUser
) -> list[tuple[str, str, int]]:
    counts = listing_matches.count_types(user, published)
    tabs = [(value, str(label), counts.get(value, 0)) for value, label in ModelType.choices]
    return [*tabs, (CUSTOM, _("Custom"), models_of_tab(published, user, CUSTOM).count())]


def _marks(models: tuple[RegisteredModel, ...]) -> dict[int, SourceMark]:
    return {mark.model_id: mark for mark in SourceMark.objects.filter(model__in=models).light()}


def _resolvable(user: User | AnonymousUser) -> frozenset[int]:
    """The models with conflicts with the source that the person may resolve."""
    if not isinstance(user, User):
        return frozenset()
    marks = SourceMark.objects.for_maintainer(user).undecided()
    return frozenset(marks.values_list("model_id", flat=True))


def _shown_run(request: HttpRequest, tab: str) -> UpdateRun | None:
    """The update in the query string, if the person may see it; else None."""
    number = whole_number(request.GET.get("run", ""))
    if (
        number is None
        or not isinstance(request.user, User)
        or not policy.holds(request.user, Right.UPDATE_CATALOGUE)
    ):
        return None
    run = UpdateRun.objects.filter(pk=number, model_type=tab).first()
    if run is not None:
        run.result = updating.result_for(request.user, run)
    return run
