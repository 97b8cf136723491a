"""The mail outbox: rows that a worker delivers, with timeouts, and with retries for days.

SECURITY: messages contain links that reset passwords, so they are sealed by the vault until they
are delivered; then their rows are deleted.
"""

from __future__ import annotations

import json
import logging
import random
import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate, make_msgid, parsedate_to_datetime
from enum import Enum, auto
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import vault
from hub.models import OutgoingMail
from hub.task_queue import ask_worker

TASK: Final = "hub.send_mail"
SMTP: Final = "django.core.mail.backends.smtp.EmailBackend"
FIRST_WAIT_SECONDS: Final = 60
LONGEST_WAIT_SECONDS: Final = 3600
# RFC 5321 §4.5.4.1: a sender gives up after four or five days.
GIVE_UP_AFTER: Final = timedelta(days=5)
# Longer than the time limit of the task, so that no worker is left when a lease has expired.
LEASE: Final = timedelta(minutes=15)
# One round ends after this time, so that it never reaches the time limit of the task.
ROUND_SECONDS: Final = 60.0
KEEP_FAILED: Final = timedelta(days=30)

logger = logging.getLogger(__name__)


class _Outcome(Enum):
    """The outcome of one attempt."""

    DELIVERED = auto()
    REFUSED = auto()  # only this message, permanently
    POSTPONED = auto()  # only this message, temporarily
    NO_SERVER = auto()  # the server accepts no message at all


def put(message: EmailMessage) -> None:
    """Add a message to the outbox. Without a mail server it is delivered right after the commit.

    After the time in its header `Expires` (RFC 4021) the message is not sent.
    """
    if message.attachments:
        raise ValueError("The mail outbox does not support attachments.")
    headers = {"Date": formatdate(), **message.extra_headers}
    domain = urlsplit(settings.SITE_URL).hostname
    headers.setdefault("Message-ID", make_msgid(domain=domain))
    alternatives = getattr(message, "alternatives", None) or ()
    fields: dict[str, Any] = {
        "subject": str(message.subject),
        "body": str(message.body),
        "from_email": message.from_email,
        "to": message.to,
        "cc": message.cc,
        "bcc": message.bcc,
        "reply_to": message.reply_to,
        "headers": headers,
        "alternatives": [list(alternative) for alternative in alternatives],
    }
    # Raises BadHeaderError here, at its cause, and not in the worker.
    _message(fields).message()
    now = timezone.now()
    mail = OutgoingMail.objects.create(
        recipients=", ".join(message.recipients())[:1000],
        sealed=vault.seal(json.dumps(fields)),
        next_attempt_at=now,
        expires_at=min(now + GIVE_UP_AFTER, _expiry(headers) or now + GIVE_UP_AFTER),
    )
    if settings.MAIL_DELIVERY_BACKEND == SMTP:
        transaction.on_commit(_ask_worker, robust=True)
    else:
        transaction.on_commit(lambda: _deliver(mail.pk), robust=True)


def send_due() -> int:
    """Deliver the mail that is due, for one round; returns how many messages were delivered.

    A server that accepts nothing ends the round: one message per round tests if it is back.
    """
    _give_up()
    delivered = 0
    end = time.monotonic() + ROUND_SECONDS
    for pk in list(OutgoingMail.objects.due().values_list("pk", flat=True)[:1000]):
        if time.monotonic() > end:
            break
        outcome = _deliver(pk)
        delivered += outcome is _Outcome.DELIVERED
        if outcome is _Outcome.NO_SERVER:
            break
    return delivered


def _ask_worker() -> None:
    """Ask a worker to send new mail at once, unless the server has just failed: each try costs a
    worker's time, and the schedule tries every minute."""
    lately = timezone.now() - timedelta(seconds=FIRST_WAIT_SECONDS)
    if not OutgoingMail.objects.waiting().filter(tried_at__gt=lately).exists():
        ask_worker(TASK)


def _deliver(pk: int) -> _Outcome | None:
    """Try one message; None if another worker has the lease.

    If a worker dies between the server's answer and the deletion of the row, the message is sent
    twice with the same Message-ID; mail programs show it once.
    """
    now = timezone.now()
    taken = (
        OutgoingMail.objects.due()
        .filter(pk=pk)
        .update(taken_until=now + LEASE, tried_at=now, attempts=F("attempts") + 1)
    )
    if not taken:
        return None
    mail = OutgoingMail.objects.get(pk=pk)
    outcome, why = _attempt(mail)
    if outcome is _Outcome.DELIVERED:
        mail.delete()
    elif outcome is _Outcome.REFUSED:
        logger.error("Mail %d will not be sent: %s", pk, why)
        OutgoingMail.objects.filter(pk=pk).update(
            sealed="", failed_at=timezone.now(), taken_until=None, last_error=why
        )
    else:
        logger.warning("Mail %d waits after attempt %d: %s", pk, mail.attempts, why)
        OutgoingMail.objects.filter(pk=pk).update(
            next_attempt_at=timezone.now() + _wait(mail.attempts), taken_until=None, last_error=why
        )
    return outcome


def _attempt(mail: OutgoingMail) -> tuple[_Outcome, str]:
    """Hand a message to the server; returns the outcome and its reason."""
    try:
        message = _message(json.loads(vault.unseal(mail.sealed)))
    except vault.VaultClosed as error:
        return _Outcome.REFUSED, str(error)
    try:
        get_connection(settings.MAIL_DELIVERY_BACKEND).send_messages([message])
    except SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        for_good = all(code >= 500 for code in codes)
        return (_Outcome.REFUSED if for_good else _Outcome.POSTPONED), _reason(error)
    except SMTPDataError as error:
        for_good = error.smtp_code >= 500
        return (_Outcome.REFUSED if for_good else _Outcome.POSTPONED), _reason(error)
    except (SMTPException, OSError) as error:
        return _Outcome.NO_SERVER, _reason(error)
    # One broken message must not block the others.
    except Exception as error:
        logger.exception("Mail %d could not be sent.", mail.pk)
        return _Outcome.POSTPONED, _reason(error)
    return _Outcome.DELIVERED, ""


def _give_up() -> None:
    """Give up mail that has expired, and delete mail that was given up long ago."""
    now = timezone.now()
    OutgoingMail.objects.waiting().filter(expires_at__lte=now).update(sealed="", failed_at=now)
    OutgoingMail.objects.filter(failed_at__lt=now - KEEP_FAILED).delete()


def _message(fields: dict[str, Any]) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(**{**fields, "alternatives": None})
    for content, mimetype in fields["alternatives"]:
        message.attach_alternative(content, mimetype)
    return message


def _expiry(headers: dict[str, str]) -> datetime | None:
    if "Expires" not in headers:
        return None
    moment = parsedate_to_datetime(headers["Expires"])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _wait(attempts: int) -> timedelta:
    seconds = min(FIRST_WAIT_SECONDS * 2 ** min(attempts - 1, 10), LONGEST_WAIT_SECONDS)
    # Jitter: messages that failed together must not be retried together.
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
