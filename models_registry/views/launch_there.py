"""What the server has of the models on a tab of Launch Model; loaded after the page itself."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.errors import DomainError
from models_registry import browsing
from models_registry.launch import registrations
from models_registry.launch.comparing import Comparison, Row, compare
from models_registry.launch.servers import Server
from models_registry.models import ModelType, RegisteredModel
from models_registry.querysets import RegisteredModelQuerySet
from models_registry.views.launch_choice import chosen
from models_registry.views.launch_page import CUSTOM, models_of_tab


@login_required
@never_cache
@require_safe
def there(request: HttpRequest, tab: str) -> HttpResponse:
    """A line for the page, and badges for the cards that it names."""
    server = chosen(request)
    if server is None or (tab not in ModelType.values and tab != CUSTOM):
        raise Http404
    published = RegisteredModel.objects.visible_to(request.user).published()
    shown = set(request.GET.get("ids", "").split(",")[: browsing.PAGE_SIZE])
    context: dict[str, object] = {"tab": tab, "server": server}
    try:
        found = _compared(server, models_of_tab(published, request.user, tab))
    except DomainError as error:
        context["refusal"] = error.message
    else:
        rows = [row for one in found for row in one.rows]
        context |= {
            "total": len(rows),
            "known": sum(one.known for one in found),
            "runs": sum(one.running for one in found),
            "outdated": sum(one.outdated for one in found),
            "rows": [row for row in rows if _is_told(row) and str(row.model.pk) in shown],
        }
    return render(request, "models_registry/_there.html", context)


def _compared(server: Server, models: RegisteredModelQuerySet) -> list[Comparison]:
    by_type: dict[str, list[RegisteredModel]] = {}
    for model in models.only(
        "name", "model_type", "definition_updated_at", "published_revision_id"
    ):
        by_type.setdefault(model.model_type, []).append(model)
    return [
        compare(found, registrations.look(server, model_type))
        for model_type, found in by_type.items()
    ]


def _is_told(row: Row) -> bool:
    return row.known is not None or bool(row.running)
