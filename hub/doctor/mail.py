"""Sends one message to an address, past the outbox, and says what the mail server answers."""

from __future__ import annotations

from collections.abc import Iterator
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from hub.doctor.findings import Finding, ok, wrong


def mail_to(address: str) -> Iterator[Finding]:
    """Whether the mail server accepts a message to the address."""
    message = EmailMessage(
        subject=f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}Test message",
        body=f"The mail of {settings.SITE_URL} works: `manage.py doctor --mail` sent this message.",
        to=[address],
    )
    try:
        get_connection(settings.MAIL_DELIVERY_BACKEND).send_messages([message])
    except (SMTPException, OSError, ValueError) as error:
        yield wrong(
            "mail",
            f"The mail server does not accept a message: {type(error).__name__}: {error}",
            "Correct EMAIL_URL and DEFAULT_FROM_EMAIL.",
        )
    else:
        yield ok("mail", f"The mail server has accepted a message to {address}.")
