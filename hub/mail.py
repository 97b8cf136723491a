"""Mail for a hub without a mail server: shown in the log and kept in a file under var/."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import base, console, filebased


class ConsoleAndFileBackend(base.BaseEmailBackend):
    """Sends each message both to the console and to a file in EMAIL_FILE_PATH."""

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.console = console.EmailBackend(fail_silently=fail_silently)
        self.files = filebased.EmailBackend(fail_silently=fail_silently, **kwargs)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Deliver the messages to both places; the number of messages delivered comes back."""
        self.console.send_messages(email_messages)
        return self.files.send_messages(email_messages) or 0
