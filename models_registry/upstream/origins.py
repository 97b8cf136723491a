"""The origin of and reason for a change, for the people who read its pull request."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from models_registry.models import UpstreamChange
from models_registry.upstream.description import ChangeOrigin, Remark


def origin_of(changes: Sequence[UpstreamChange]) -> ChangeOrigin:
    """The origin of a model's changes in one pull request, the newest of them last."""
    newest = changes[-1]
    page = change_page = ""
    if newest.model_id is not None:
        model = newest.model_id
        page = settings.SITE_URL + reverse("models_registry:model_detail", args=[str(model)])
        path = reverse("models_registry:model_upstream", args=[model])
        change_page = f"{settings.SITE_URL}{path}#change-{newest.pk}"
    messages = [
        Remark(change.author_name, change.message)
        for change in changes
        if change.message and not change.is_cause
    ]
    verdicts = [
        Remark(change.reviewer_name, change.verdict) for change in changes if change.verdict
    ]
    return ChangeOrigin(
        page,
        newest.author_name,
        change_page=change_page,
        cause=newest.message if newest.is_cause else "",
        messages=messages,
        verdicts=verdicts,
    )
