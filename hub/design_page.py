"""`/design`: every token and component of the style sheets, in debug mode only.

The names of the tokens are read out of static/css/tokens.css, so the page shows all there are.
"""

from __future__ import annotations

import re

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

TOKENS = settings.BASE_DIR / "static" / "css" / "tokens.css"


class SampleForm(forms.Form):
    """A field of each kind, filled in wrongly where that can be shown."""

    name = forms.CharField(help_text="3 to 40 characters.")
    context_length = forms.IntegerField()
    kind = forms.ChoiceField(choices=[("llm", "Language"), ("image", "Image")])
    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    featured = forms.BooleanField(required=False)


def tokens(kind: str) -> list[str]:
    """The names of the tokens of a kind, in the order of the style sheet.

    `color`: what has a value for day and night; `t`, `s` and `r`: type, spacing and radii.
    """
    text = TOKENS.read_text(encoding="utf-8").partition("\n}\n")[0]
    pattern = {"color": r"--([\w-]+): light-dark"}.get(kind, rf"--({kind}-?\w+): [\d.]+(?:rem|px)")
    return re.findall(rf"^  {pattern}", text, re.MULTILINE)


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """The page."""
    sample = SampleForm({"name": "qwen3", "context_length": "many", "kind": "llm"})
    context = {
        "colours": tokens("color"),
        "type_sizes": tokens("t"),
        "spaces": tokens("s"),
        "radii": tokens("r"),
        "form": sample,
        "now": timezone.now(),
        "empty_form": SampleForm(),
        "types": ["llm", "embedding", "rerank", "image", "audio", "video", "world"],
        "button_kinds": ["", "primary", "danger", "ghost"],
        "badge_kinds": ["", "accent", "good", "warn", "bad", "star", "dashed"],
        "alert_kinds": ["info", "good", "warn", "bad"],
    }
    return render(request, "design.html", context)


@require_safe
def samples(request: HttpRequest) -> HttpResponse:
    """A rule for each token: pages have no style of their own (Content-Security-Policy)."""
    rules = [f".sample-{name} {{ background: var(--{name}); }}" for name in tokens("color")]
    rules += [f".sample-{name} {{ font-size: var(--{name}); }}" for name in tokens("t")]
    rules += [f".sample-{name} {{ width: var(--{name}); }}" for name in tokens("s")]
    rules += [f".sample-{name} {{ border-radius: var(--{name}); }}" for name in tokens("r")]
    return HttpResponse("\n".join(rules), content_type="text/css; charset=utf-8")


urlpatterns = [
    path("design", design, name="design"),
    path("design.css", samples, name="design_samples"),
]
