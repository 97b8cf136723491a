"""What search engines read of a model's page: schema.org as JSON-LD."""

from __future__ import annotations

import json
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from models_registry.models import RegisteredModel, Revision

_MOST_CHARACTERS: Final = 1000
# In a <script>, these could end it or begin a comment.
_ESCAPES: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def of_model(
    model: RegisteredModel, revision: Revision, facts: dict[str, Any], url: str
) -> SafeString:
    """The model and the way to it, as the text of a <script type="application/ld+json">."""
    models_url = f"{settings.SITE_URL}{reverse('models_registry:model_list')}"
    way = [
        ("Models", models_url),
        (str(model.get_model_type_display()), f"{models_url}?type={model.model_type}"),
        (model.name, url),
    ]
    about: dict[str, Any] = {
        "@type": "SoftwareApplication",
        "name": model.name,
        "description": model.description[:_MOST_CHARACTERS] or model.name,
        "url": url,
        "applicationCategory": "Machine learning model",
        "applicationSubCategory": model.model_type,
        "keywords": [model.model_type, *facts.get("abilities", [])],
    }
    if revision.published_at is not None:
        about["dateModified"] = revision.published_at.isoformat()
    steps = [
        {"@type": "ListItem", "position": position, "name": name, "item": address}
        for position, (name, address) in enumerate(way, start=1)
    ]
    graph = [about, {"@type": "BreadcrumbList", "itemListElement": steps}]
    text = json.dumps({"@context": "https://schema.org", "@graph": graph})
    # SECURITY: json.dumps escapes everything but these, so no text of a user ends the script.
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308
