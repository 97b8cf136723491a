"""The fleet: which server holds which revision of which list."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import DomainError
from accounts.views.person import signed_in_user
from models_registry import policy
from models_registry.catalogue.pinning import pinned_lists
from models_registry.launch import fleet_page, holdings
from models_registry.models import ModelType

PAGE_SIZE = 50


@login_required
@never_cache
@require_safe
def fleet(request: HttpRequest) -> HttpResponse:
    """The table, for those who keep the catalogue: addresses say where people are."""
    _need_fleet(request)
    choices = fleet_page.parse(request.GET)
    found = fleet_page.read(choices)
    pages = Paginator(found.servers, PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    numbers = pages.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    context = {
        "fleet": found, "choices": choices, "page": page, "types": ModelType.choices,
        "endpoint": settings.ENV.xinference_endpoint, "pinned": pinned_lists(),
        "pages": [(n, _query(request, n) if isinstance(n, int) else "") for n in numbers],
    }  # fmt: skip
    return render(request, "models_registry/fleet.html", context)


@login_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the Xinference server what it holds; the table shows it."""
    _need_fleet(request)
    if not settings.ENV.xinference_endpoint:
        raise Http404
    try:
        found = holdings.ask_server(by=signed_in_user(request))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        known = sum(one.revision is not None for one in found.values())
        said = _("The server answered: what it holds is known for %(known)s of %(all)s types.")
        messages.success(request, said % {"known": known, "all": len(ModelType.values)})
    return redirect("launch:fleet")


def _query(request: HttpRequest, number: int) -> str:
    query: QueryDict = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


def _need_fleet(request: HttpRequest) -> None:
    if not settings.ENV.fleet:
        raise Http404
    if not policy.holds(request.user, "update_catalogue"):
        raise PermissionDenied
