"""Template tags for every page: icons of our sprite, dates, and durations as text."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext, ngettext

from hub import help_files
from hub.sentences import close_up

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


@register.simple_tag
def help_link(page: str, anchor: str, text: str) -> SafeString:
    """A link to where the help answers a question: {% help_link "author" "review" _("…") %}."""
    address = help_files.address(page, anchor)
    return format_html('<a class="help-link" href="{}">{}{}</a>', address, icon("info"), text)


@register.simple_tag
def moment(value: datetime | None, shows: str = "", css_class: str = "") -> str | SafeString:
    """A moment as a <time> with the exact one on hover, in the reader's zone; "–" for None.

    It shows how long ago it was, or with `shows` the "day" or the "minute".
    """
    if value is None:
        return "–"
    local = timezone.localtime(value)
    exact = exact_moment(local)
    text = {"day": date_format(local, "DATE_FORMAT"), "minute": exact}.get(shows) or distance(value)
    return format_html(
        '<time{} datetime="{}" title="{}"{}>{}</time>',
        format_html(' class="{}"', css_class) if css_class else "",
        local.isoformat(timespec="seconds"),
        exact,
        format_html(' data-shows="{}"', shows) if shows else "",
        text,
    )


class _Sentences(template.Node):
    def __init__(self, nodes: template.NodeList) -> None:
        self.nodes = nodes

    def render(self, context: template.Context) -> SafeString:
        return SafeString(close_up(self.nodes.render(context)))


@register.tag
def sentences(parser: template.base.Parser, _token: template.base.Token) -> template.Node:
    """Translated sentences one after another, without spaces between Chinese ones. Not around
    what people have written."""
    nodes = parser.parse(("endsentences",))
    parser.delete_first_token()
    return _Sentences(nodes)


@register.filter
def exact_moment(value: datetime) -> str:
    """Date, time and zone as text: "Jan. 31, 2040, 4 a.m. UTC"; for mails and plain texts."""
    local = timezone.localtime(value)
    offset = local.isoformat()[-6:]
    zone = "UTC" if offset == "+00:00" else f"UTC{offset}"
    return f"{date_format(local, 'DATETIME_FORMAT')} {zone}"


def distance(value: datetime) -> str:
    """How long ago a moment was, or until it comes, in the largest unit: "3 months ago"."""
    seconds = (timezone.now() - value).total_seconds()
    if abs(seconds) < 60:
        return gettext("just now")
    if seconds < 0:
        return gettext("in %(time)s") % {"time": timeuntil(value, depth=1)}
    return gettext("%(time)s ago") % {"time": timesince(value, depth=1)}


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
