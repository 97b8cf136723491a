"""The mail server: whether it lets the hub in, and on request whether it takes a message."""

from __future__ import annotations

from collections.abc import Iterator
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from hub import mail_outbox
from hub.doctor.findings import Finding, ok, wrong


def server() -> Iterator[Finding]:
    """Whether the mail server accepts a connection and the hub's password; it gets no message."""
    if settings.MAIL_DELIVERY_BACKEND != mail_outbox.SMTP:
        yield ok("mail server", "EMAIL_URL is empty: mail is shown in the log.")
        return
    connection = get_connection(settings.MAIL_DELIVERY_BACKEND)
    try:
        connection.open()
        connection.close()
    except (SMTPException, OSError, ValueError) as error:
        yield wrong(
            "mail server",
            f"The mail server does not let the hub in: {type(error).__name__}. Mail waits.",
            "Start it, and compare its address and password with EMAIL_URL.",
        )
    else:
        yield ok("mail server", "The mail server lets the hub in.")


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
