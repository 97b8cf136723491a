"""Validators of names, texts and links that people enter."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

USERNAME_LENGTH = (3, 40)
MAX_LINKS = 5
MAX_LINK_LENGTH = 300
_SKIPPED_BY_BROWSERS = re.compile(r"[\s\\<>\"`{}|^\x00-\x20\x7f]")

username_rule = RegexValidator(
    # Without "@": a user name never looks like an e-mail address, so signing in is unambiguous.
    r"\A[A-Za-z0-9][A-Za-z0-9._-]{2,39}\Z",
    _(
        "A user name has 3 to 40 letters (a–z), digits, dots, underscores or hyphens, "
        "and begins with a letter or digit."
    ),
    code="invalid_username",
)


def plain_text(value: str) -> None:
    """Refuse invisible characters, and those that change the direction of the text around them.

    SECURITY: they let one name look like another (spoofing). Line breaks and tabs are allowed, and
    the joiners that emoji and some scripts need. Raises ValidationError.
    """
    allowed = "\n\r\t\u200c\u200d"
    for character in value:
        if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs"} and character not in allowed:
            raise ValidationError(
                _("Remove the invisible character U+%(code)04X."),
                code="invisible_character",
                params={"code": ord(character)},
            )


def one_line(value: str) -> None:
    """Refuse line breaks and tabs, and what `plain_text` refuses. Raises ValidationError."""
    plain_text(value)
    if re.search(r"[\n\r\t]", value):
        raise ValidationError(_("Write this on one line."), code="several_lines")


def web_address(value: str) -> None:
    """Refuse everything but plain http(s) addresses of a host. Raises ValidationError.

    SECURITY: javascript:, data: and addresses with a user name in them never become links.
    """
    if not _is_plain_web_address(value):
        raise ValidationError(
            _("“%(value)s” is not an address that begins with http:// or https://."),
            code="invalid_link",
            params={"value": value[:80]},
        )


def _is_plain_web_address(value: str) -> bool:
    if len(value) > MAX_LINK_LENGTH or _SKIPPED_BY_BROWSERS.search(value):
        return False
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading the port validates it
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None


def web_addresses(values: object) -> None:
    """Refuse everything but a list of at most five http(s) addresses. Raises ValidationError."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValidationError(_("Give the links as a list of addresses."), code="invalid_links")
    if len(values) > MAX_LINKS:
        raise ValidationError(
            _("Give at most %(count)d links."), code="too_many_links", params={"count": MAX_LINKS}
        )
    for value in values:
        web_address(value)
