"""Mail backends: the outbox, through which all mail leaves, and delivery without a mail server,
which shows mail in the log and keeps it in files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import base, console, filebased

from hub import mail_outbox


class OutboxBackend(base.BaseEmailBackend):
    """Writes each message into the outbox, in the caller's transaction.

    So a request never fails because the mail server is down, slow or misconfigured.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Put the messages into the outbox; returns how many."""
        for message in email_messages:
            mail_outbox.put(message)
        return len(email_messages)


class ConsoleAndFileBackend(base.BaseEmailBackend):
    """Sends each message both to the console and to a file in EMAIL_FILE_PATH."""

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.console = console.EmailBackend(fail_silently=fail_silently)
        self.files = filebased.EmailBackend(fail_silently=fail_silently, **kwargs)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Deliver the messages to both places; returns how many."""
        self.console.send_messages(email_messages)
        return self.files.send_messages(email_messages) or 0
