"""The probe that says whether the hub can serve."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 once the database answers and has its tables, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM models_registry_registeredmodel LIMIT 1")
            cursor.fetchone()
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    return JsonResponse({"status": "ok"})
