"""Template tags for every page: icons of our sprite, and durations as text."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

register = template.Library()


@register.simple_tag
def icon(name: str, css_class: str = "", label: str = "") -> SafeString:
    """One icon of static/img/icons.svg; without a label it is hidden from screen readers."""
    return _icon(name, css_class, label)


@lru_cache(maxsize=2000)
def _icon(name: str, css_class: str, label: str) -> SafeString:
    """Cached: a page has a hundred, and each looks its file up in the manifest."""
    css = f"icon {css_class}".strip()
    link = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>',
            css,
            label,
            link,
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', css, link)


@register.filter
def hours_label(hours: float | None) -> str:
    """Hours as text: "40 minutes", "5 hours", "3.5 days"; "–" for None."""
    if hours is None:
        return "–"
    if hours < 1:
        minutes = round(hours * 60)
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if hours < 48:
        whole = round(hours)
        return ngettext("%(n)d hour", "%(n)d hours", whole) % {"n": whole}
    return gettext("%(n)s days") % {"n": f"{hours / 24:.1f}".removesuffix(".0")}
