"""Template tags that every page may use: icons of our own sprite, and addresses with parameters."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, css_class: str = "", label: str = "") -> SafeString:
    """One icon of static/img/icons.svg; without a label it is hidden from screen readers."""
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
