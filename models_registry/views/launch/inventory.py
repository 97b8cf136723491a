"""Which models of a Launch Model tab are on the server; loaded after the page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.errors import DomainError
from accounts.views.signed_in import signed_in_only
from models_registry.models import ModelType, RegisteredModel, RegisteredModelQuerySet
from models_registry.pages import listing
from models_registry.servers import inventory
from models_registry.servers.access import Server
from models_registry.servers.comparison import ComparedModel, Comparison, compare
from models_registry.views.launch.page import CUSTOM, models_of_tab
from models_registry.views.launch.server_choice import chosen


@signed_in_only
@never_cache
@require_safe
def server_summary(request: HttpRequest, tab: str) -> HttpResponse:
    """A summary for the page, and badges for the cards in the request."""
    server = chosen(request)
    if server is None or (tab not in ModelType.values and tab != CUSTOM):
        raise Http404
    published = RegisteredModel.objects.named_for(request.user).published()
    shown_ids = set(request.GET.get("ids", "").split(",")[: listing.PAGE_SIZE])
    context: dict[str, object] = {"tab": tab, "server": server}
    try:
        comparisons = _compared(server, models_of_tab(published, request.user, tab))
    except DomainError as error:
        context["refusal"] = error.message
    else:
        rows = [row for comparison in comparisons for row in comparison.rows]
        context |= {
            "total": len(rows),
            "known": sum(comparison.known for comparison in comparisons),
            "runs": sum(comparison.running for comparison in comparisons),
            "outdated": sum(comparison.outdated for comparison in comparisons),
            "rows": [row for row in rows if _is_on_server(row) and str(row.model.pk) in shown_ids],
        }
    return render(request, "models_registry/launch/_server_summary.html", context)


def _compared(server: Server, models: RegisteredModelQuerySet) -> list[Comparison]:
    by_type: dict[str, list[RegisteredModel]] = {}
    for model in models.only(
        "name", "model_type", "definition_updated_at", "published_revision_id"
    ):
        by_type.setdefault(model.model_type, []).append(model)
    return [
        compare(type_models, inventory.read(server, model_type))
        for model_type, type_models in by_type.items()
    ]


def _is_on_server(row: ComparedModel) -> bool:
    return row.server_model is not None or bool(row.running)
