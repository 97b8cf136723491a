"""`/help`: the files of docs/help as pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from hub import help_files
from hub.anonymous_pages import same_for_everybody
from models_registry.readme.links import Source
from models_registry.readme.render import Rendered
from models_registry.readme.render import render as render_markdown
from models_registry.readme.sanitise import ID_PREFIX


@dataclass(frozen=True)
class _HelpFolder(Source):
    """Where links of the help lead to: `author.md#visibility` is a page, `/models` is this hub."""

    def file_url(self, path: str, *, raw: bool) -> str | None:
        file, _, fragment = path.partition("#")
        name = file.removesuffix(".md").removesuffix(".zh")
        if name not in help_files.PAGES:
            return None
        return reverse("help", args=[name]) + (f"#{ID_PREFIX}{fragment}" if fragment else "")

    @property
    def root(self) -> str:
        return ""


@require_safe
def help_page(request: HttpRequest, name: str = help_files.PAGES[0]) -> HttpResponse:
    """One page of the help in the reader's language."""
    if name not in help_files.PAGES:
        raise Http404
    rendered = _rendered(help_files.read(name))
    context = {
        "name": name,
        "pages": [(page, help_files.title(page)) for page in help_files.PAGES],
        "title": help_files.title(name),
        "html": rendered.html,
        "toc": [entry for entry in rendered.toc if entry.level == 2],
        "canonical_url": f"{settings.SITE_URL}{reverse('help', args=[name])}",
    }
    response = render(request, "help.html", context)
    same_for_everybody(request, response)
    return response


# Keyed by the text, so an edited file shows at once.
@lru_cache(maxsize=4 * len(help_files.PAGES))
def _rendered(text: str) -> Rendered:
    return render_markdown(text, source=_HelpFolder("huggingface", ""))
