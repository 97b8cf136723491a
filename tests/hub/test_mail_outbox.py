"""Mail on its way out: delivered once, kept for days, and never to be read in the database."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts import vault
from hub import mail_outbox, tasks
from hub.models import OutgoingMail
from tests.factories import a_user
from tests.standins.faulty import FaultyServer, MailServer

pytestmark = pytest.mark.django_db

RESET = "/accounts/password/reset/"


@pytest.fixture
def server(settings):
    """A mail server, and all mail on its way there."""
    started = MailServer()
    point(settings, started.port)
    yield started
    started.stop()


def point(settings, port: int) -> None:
    settings.EMAIL_BACKEND = "hub.mail.OutboxBackend"
    settings.MAIL_DELIVERY_BACKEND = mail_outbox.SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 0.5


def put(*subjects: str) -> None:
    for subject in subjects:
        mail.send_mail(subject, "Text", None, [f"{subject}@example.org"])


def make_due() -> None:
    OutgoingMail.objects.update(next_attempt_at=timezone.now())


def test_a_reset_link_is_sealed_while_it_waits_and_gone_when_it_is_sent(client, server):
    a_user("ada")
    client.post(RESET, {"email": "ada@example.org"})
    row = OutgoingMail.objects.get()
    assert "/accounts/password/reset/key/" in vault.unseal(row.sealed)
    assert "/accounts/password/reset/key/" not in "".join(str(v) for v in vars(row).values())
    tasks.send_mail()
    assert "/accounts/password/reset/key/" in server.received[0]
    assert not OutgoingMail.objects.exists()


def test_a_reset_link_that_has_ended_is_not_sent(client, server, settings):
    a_user("ada")
    client.post(RESET, {"email": "ada@example.org"})
    row = OutgoingMail.objects.get()
    end = row.created_at + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    assert abs(row.expires_at - end) < timedelta(seconds=5)
    OutgoingMail.objects.update(expires_at=timezone.now())
    tasks.send_mail()
    row.refresh_from_db()
    assert (server.received, row.sealed) == ([], "")
    assert row.failed_at is not None


def test_other_mail_waits_for_five_days_with_longer_and_longer_pauses(settings):
    point(settings, 9)
    put("ada")
    pauses = []
    for _ in range(9):
        make_due()
        assert mail_outbox.send_due() == 0
        row = OutgoingMail.objects.get()
        pauses.append((row.next_attempt_at - timezone.now()).total_seconds())
    assert 40 < pauses[0] < 80
    assert pauses[3] > pauses[1] > pauses[0]
    assert all(pause < 4600 for pause in pauses)
    assert row.expires_at - row.created_at == pytest.approx(
        timedelta(days=5), abs=timedelta(seconds=1)
    )
    assert row.failed_at is None


def test_one_message_a_round_finds_out_that_the_server_hangs(settings):
    hanging = FaultyServer("smtp", "timeout")
    point(settings, hanging.port)
    put(*(f"person{number}" for number in range(10)))
    begin = time.monotonic()
    assert mail_outbox.send_due() == 0
    assert time.monotonic() - begin < 5
    assert hanging.asked == 1
    hanging.stop()


def test_an_address_that_the_server_refuses_for_good_is_given_up_and_holds_up_nobody(server):
    server.says["RCPT"] = b"550 5.1.1 No such user\r\n"
    put("nobody", "ada")
    assert mail_outbox.send_due() == 0
    assert OutgoingMail.objects.waiting().count() == 0
    assert {row.sealed for row in OutgoingMail.objects.all()} == {""}
    assert "No such user" in OutgoingMail.objects.first().last_error


def test_a_full_mailbox_is_tried_again(server):
    server.says["."] = b"452 4.2.2 Mailbox full\r\n"
    put("ada", "ben")
    assert mail_outbox.send_due() == 0
    assert OutgoingMail.objects.waiting().count() == 2
    server.says.clear()
    make_due()
    assert mail_outbox.send_due() == 2


def test_every_attempt_has_the_same_message_id(server):
    server.says["."] = b"452 4.2.2 Mailbox full\r\n"
    put("ada")
    mail_outbox.send_due()
    fields = vault.unseal(OutgoingMail.objects.get().sealed)
    server.says.clear()
    make_due()
    mail_outbox.send_due()
    (sent,) = server.received
    message_id = next(line for line in sent.splitlines() if line.startswith("Message-ID: "))
    assert message_id.removeprefix("Message-ID: ") in fields


def test_what_another_worker_has_is_left_to_it_until_its_lease_has_ended(server):
    put("ada")
    OutgoingMail.objects.update(taken_until=timezone.now() + timedelta(minutes=1))
    assert mail_outbox.send_due() == 0
    OutgoingMail.objects.update(taken_until=timezone.now())
    assert mail_outbox.send_due() == 1


def test_both_parts_and_all_headers_arrive(server):
    message = mail.EmailMultiAlternatives(
        "Grüße", "plain", to=["ada@example.org"], bcc=["ben@example.org"], headers={"X-Own": "1"}
    )
    message.attach_alternative("<p>rich</p>", "text/html")
    message.send()
    assert mail_outbox.send_due() == 1
    (sent,) = server.received
    assert "X-Own: 1" in sent
    assert "<p>rich</p>" in sent
    assert "ben@example.org" not in sent


def test_mail_that_needs_no_server_is_there_at_once(
    client, settings, tmp_path, capsys, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = "hub.mail.OutboxBackend"
    settings.MAIL_DELIVERY_BACKEND = "hub.mail.ConsoleAndFileBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    a_user("ada")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(RESET, {"email": "ada@example.org"})
    (kept,) = (tmp_path / "mail").iterdir()
    assert "/accounts/password/reset/key/" in kept.read_text()
    assert "/accounts/password/reset/key/" in capsys.readouterr().out
    assert not OutgoingMail.objects.exists()


def test_a_line_feed_in_a_subject_is_refused_where_it_is_written(server):
    with pytest.raises(mail.BadHeaderError):
        mail.send_mail("Hello\nBcc: eve@example.org", "Text", None, ["ada@example.org"])
    assert not OutgoingMail.objects.exists()


def test_a_message_that_no_key_opens_is_given_up(server):
    put("ada")
    OutgoingMail.objects.update(sealed="gAAAAA-of-another-key")
    assert mail_outbox.send_due() == 0
    assert OutgoingMail.objects.get().failed_at is not None
