"""The fleet: which server uses which revision of which list."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import DomainError
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from hub.pager import page_links
from models_registry import policy
from models_registry.catalogue.pinning import pinned_lists
from models_registry.forms.filters import FleetFilterForm
from models_registry.models import ModelType
from models_registry.pages import fleet as fleet_page
from models_registry.permissions import Right
from models_registry.servers import held_lists

PAGE_SIZE = 50


@signed_in_only
@never_cache
@require_safe
def fleet(request: HttpRequest) -> HttpResponse:
    """The table, only for people who maintain the catalogue: addresses are personal data."""
    _need_fleet(request)
    choices = FleetFilterForm(request.GET).filters()
    fleet_table = fleet_page.read(choices)
    page = Paginator(range(fleet_table.count), PAGE_SIZE).get_page(request.GET.get("page"))
    shown = page.object_list
    servers = fleet_table.rows(shown[0], shown[-1] + 1) if shown else []
    context = {
        "fleet": fleet_table, "choices": choices, "page": page, "servers": servers,
        "types": ModelType.choices, "endpoint": settings.ENV.xinference_endpoint,
        "pinned": pinned_lists(),
        "pages": page_links(page, lambda number: _query(request, number)),
    }  # fmt: skip
    return render(request, "models_registry/launch/fleet.html", context)


@signed_in_only
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the Xinference server for its lists; the table shows them."""
    _need_fleet(request)
    if not settings.ENV.xinference_endpoint:
        raise Http404
    try:
        holdings = held_lists.ask_server(by=signed_in_user(request))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        known_count = sum(holding.revision is not None for holding in holdings.values())
        text = _("The server answered: its lists are known for %(known)s of %(all)s types.")
        messages.success(request, text % {"known": known_count, "all": len(ModelType.values)})
    return redirect("launch:fleet")


def _query(request: HttpRequest, number: int) -> str:
    query: QueryDict = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


def _need_fleet(request: HttpRequest) -> None:
    if not settings.ENV.fleet:
        raise Http404
    if not policy.holds(request.user, Right.UPDATE_CATALOGUE):
        raise PermissionDenied
