"""`manage.py doctor`: right about what is wrong, and the last result in the administration."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import call_command
from django.db import connection

from accounts import vault
from accounts.models import OwnServer
from hub import heartbeat, task_queue
from hub.models import DoctorReport
from hub.tasks import examine
from hub.version import VERSION
from models_registry.upstream import github_app
from tests.factories import a_user
from tests.standins.faulty import MailServer
from tests.standins.github import GitHubStandIn
from tests.standins.openid import OpenIdProvider
from tests.standins.xinference import XinferenceServer

pytestmark = pytest.mark.django_db

TOKEN = "ghp_" + "d" * 36


@pytest.fixture(scope="module")
def site():
    """The address of a web process that answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"version": VERSION}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def change(settings, tmp_path, site):
    """Replaces values read from the environment. At first, nobody outside is asked."""

    def replace(**values):
        settings.ENV = dataclasses.replace(settings.ENV, **values)

    settings.VAR_DIR = tmp_path
    settings.SITE_URL = site
    tmp_path.chmod(0o700)
    here = "http://127.0.0.1:1"
    replace(hub_source="dir:/nowhere", github_api_url=here, source_visits=False)
    return replace


def doctor(capsys, *arguments: str) -> tuple[int, dict[str, list[dict]]]:
    """The exit status, and the findings by check."""
    status = 0
    try:
        call_command("doctor", "--json", *arguments)
    except SystemExit as end:
        status = end.code
    report = json.loads(capsys.readouterr().out)
    found: dict[str, list[dict]] = {}
    for finding in report["findings"]:
        assert (finding["severity"] == "ok") == (not finding["advice"]), finding
        found.setdefault(finding["check"], []).append(finding)
    return status, found


def severity(found: dict[str, list[dict]], check: str) -> str:
    return max(
        found[check], key=lambda finding: ["ok", "warning", "wrong"].index(finding["severity"])
    )["severity"]


def texts(found: dict[str, list[dict]], check: str) -> str:
    return " ".join(finding["text"] for finding in found[check])


def test_a_hub_in_which_all_is_well(capsys, change):
    a_user("root", is_superuser=True, is_staff=True)
    heartbeat.note()
    change(vault_keys=["x"])
    status, found = doctor(capsys)
    bad = [f for findings in found.values() for f in findings if f["severity"] != "ok"]
    assert (status, bad) == (0, [])
    assert {"database", "migrations", "cache", "broker", "workers", "disk"} <= set(found)
    assert {"file rights", "secrets", "clock", "GitHub token", "Xinference"} <= set(found)


@pytest.mark.parametrize(
    ("values", "word", "status"),
    [
        ({"site_url": "https://hub.example.org"}, "HUB_TRUSTED_PROXIES is 0", 2),
        ({"site_url": "http://hub.example.org"}, "clear text", 1),
        ({"site_url": "http://hub.example.org", "open_registration": True}, "reset a password", 1),
        ({"confirm_email": True}, "nobody can confirm", 2),
        ({"vault_keys": []}, "HUB_VAULT_KEYS is empty", 1),
        ({"secret_key_fallbacks": ["former"]}, "still holds a former key", 1),
        ({"trusted_proxies": 1}, "this machine only", 1),
        ({"github_token": TOKEN, "github_webhook_secret": ""}, "GITHUB_WEBHOOK_SECRET", 2),
    ],
)
def test_settings_that_contradict_each_other(capsys, change, values, word, status):
    a_user("root", is_superuser=True, is_staff=True)
    heartbeat.note()
    change(**{"vault_keys": ["x"], **values})
    found_status, found = doctor(capsys)
    assert word in texts(found, "settings")
    assert found_status == status


def test_the_hubs_own_address_is_asked(capsys, change, settings):
    assert severity(doctor(capsys)[1], "site") == "ok"
    settings.SITE_URL = "http://127.0.0.1:1"
    assert severity(doctor(capsys)[1], "site") == "warning"
    # Workers ask each day, and in compose they are in another container than the web server.
    examine()
    assert "site" not in {finding["check"] for finding in DoctorReport.objects.first().findings}
    provider = OpenIdProvider()
    settings.SITE_URL = provider.url
    assert severity(doctor(capsys)[1], "site") == "wrong", "somebody else is there"
    provider.stop()


def test_a_mail_server_that_is_away_is_named_without_a_message(capsys, change, settings):
    assert severity(doctor(capsys)[1], "mail server") == "ok"
    server = MailServer()
    settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    assert severity(doctor(capsys)[1], "mail server") == "ok"
    assert server.received == []
    server.stop()
    found = doctor(capsys)[1]
    assert severity(found, "mail server") == "wrong"
    assert "EMAIL_URL" in found["mail server"][0]["advice"]


def test_workers_that_only_people_keep_busy_show_that_the_schedule_stands(
    capsys, change, monkeypatch
):
    heartbeat.note()
    now = time.time()
    monkeypatch.setattr("hub.heartbeat.time.time", lambda: now + 600)
    monkeypatch.setattr("hub.heartbeat._work_noted", float("-inf"))
    heartbeat.note_work()
    monkeypatch.setattr(task_queue, "waiting_tasks", lambda: {"celery": 7})
    assert "--only beat" in doctor(capsys)[1]["workers"][0]["advice"]
    # One queue lacks its worker, and the schedule goes on for the other.
    heartbeat.note(task_queue.PEOPLE)
    (finding,) = doctor(capsys)[1]["workers"]
    assert "of the queue background" in finding["text"]
    assert "--only worker" in finding["advice"]


def test_a_time_in_the_future_is_no_sign_of_life(capsys, change, monkeypatch):
    heartbeat.note()
    assert severity(doctor(capsys)[1], "workers") == "ok"
    now = time.time()
    monkeypatch.setattr("hub.heartbeat.time.time", lambda: now - 3600)
    assert severity(doctor(capsys)[1], "workers") == "wrong"


def test_debug_is_wrong(capsys, change, settings):
    settings.DEBUG = True
    assert "DEBUG is on" in texts(doctor(capsys)[1], "settings")


@pytest.fixture(autouse=True)
def _nothing_waits(monkeypatch):
    """Other tests of the process leave messages in its broker."""
    monkeypatch.setattr(task_queue, "waiting_tasks", lambda: {"celery": 0})


def test_workers_or_the_schedule_that_stand_are_told_apart(capsys, change, monkeypatch):
    found = doctor(capsys)[1]
    assert severity(found, "workers") == "wrong"
    assert "--only beat" in found["workers"][0]["advice"]
    monkeypatch.setattr(task_queue, "waiting_tasks", lambda: {"celery": 7})
    assert "--only worker" in doctor(capsys)[1]["workers"][0]["advice"]
    monkeypatch.setattr(task_queue, "waiting_tasks", lambda: None)
    found = doctor(capsys)[1]
    assert severity(found, "broker") == "wrong"
    assert "Repair the broker first" in found["workers"][0]["advice"]


def test_files_that_others_could_read_are_named(capsys, change, tmp_path):
    (tmp_path / "mail").mkdir(mode=0o755)
    assert "mail" in texts(doctor(capsys)[1], "file rights")
    tmp_path.chmod(0o755)
    assert severity(doctor(capsys)[1], "file rights") == "wrong"


def test_secrets_that_no_key_opens_are_named(capsys, change, settings):
    change(vault_keys=[])
    server = {"sealed_key": vault.seal("k"), "address": "http://gpu.example.org:9997"}
    OwnServer.objects.create(user=a_user("ada"), **server)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key, of another hub, long enough"
    assert "key of the server of ada" in texts(doctor(capsys)[1], "secrets")
    settings.SECRET_KEY_FALLBACKS = [former]
    assert severity(doctor(capsys)[1], "secrets") == "ok"


def test_the_token_is_asked_about_its_rights_its_limit_and_its_end(capsys, change, tmp_path):
    github = GitHubStandIn(tmp_path)
    try:
        github.knows(TOKEN, "hub-bot")
        change(github_api_url=github.url, github_token=TOKEN)
        found = doctor(capsys)[1]
        assert "hub-bot sees xorbitsai/inference, and pushes there." in texts(found, "GitHub token")
        assert "4990 requests left" in texts(found, "GitHub limits")
        assert severity(found, "clock") == "ok"
        assert "seconds away" in texts(found, "clock")
        change(github_token="ghp_" + "e" * 36)
        found = doctor(capsys)[1]
        assert severity(found, "GitHub token") == "wrong"
        assert "ghp_" not in str(found)
    finally:
        github.stop()


def test_a_token_that_ends_soon_or_lacks_a_scope(capsys, change, monkeypatch, tmp_path):
    from accounts import github as accounts_github
    from hub.doctor import services

    github = GitHubStandIn(tmp_path)
    try:
        github.knows(TOKEN, "hub-bot")
        change(github_api_url=github.url, github_token=TOKEN)
        soon = datetime.now(UTC) + timedelta(days=3, hours=1)
        facts = accounts_github.TokenFacts("hub-bot", ["read:org"], soon)
        monkeypatch.setattr(services, "check_token", lambda token: facts)
        found = texts(doctor(capsys)[1], "GitHub token")
        assert "expires in 3 days" in found
        assert "may not open pull requests" in found
    finally:
        github.stop()


def test_a_clock_that_is_wrong(capsys, change, monkeypatch, tmp_path):
    github = GitHubStandIn(tmp_path)
    try:
        change(github_api_url=github.url)
        ahead = SimpleNamespace(time=lambda: time.time() + 300)
        monkeypatch.setattr("hub.doctor.services.time", ahead)
        assert severity(doctor(capsys)[1], "clock") == "wrong"
    finally:
        github.stop()


def test_mail_is_sent_past_the_outbox_and_the_servers_answer_is_said(capsys, change, settings):
    server = MailServer()
    settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 5
    try:
        assert severity(doctor(capsys, "--mail", "ada@example.org")[1], "mail") == "ok"
        assert len(server.received) == 1
    finally:
        server.stop()
    found = doctor(capsys, "--mail", "ada@example.org")[1]
    assert severity(found, "mail") == "wrong"


def test_the_xinference_server_is_asked(capsys, change):
    change(xinference_endpoint="http://127.0.0.1:1")
    assert severity(doctor(capsys)[1], "Xinference") == "wrong"
    server = XinferenceServer()
    try:
        change(xinference_endpoint=server.url)
        assert "its release is" in texts(doctor(capsys)[1], "Xinference")
    finally:
        server.stop()


def test_the_app_is_asked_about_its_permissions(capsys, change, tmp_path):
    github = GitHubStandIn(tmp_path)
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    app = {"github_app_id": "7", "github_app_key": pem, "github_app_installation": 4}
    try:
        github.installs("7", key.public_key(), 4, contents="write", pull_requests="read")
        change(github_api_url=github.url, **app)
        github_app.forget()
        found = doctor(capsys)[1]
        assert "The app may not write: pull_requests." in texts(found, "GitHub App")
        assert "The app sees xorbitsai/inference." in texts(found, "GitHub App")
        assert "4990 requests left" in texts(found, "GitHub limits")
        change(github_app_installation=5)
        assert "no token (404)" in texts(doctor(capsys)[1], "GitHub App")
    finally:
        github.stop()


def test_the_single_sign_on_is_asked(capsys, change):
    provider = OpenIdProvider()
    try:
        change(oidc_url=provider.url, oidc_groups=[("r", "Reviewers"), ("x", "Nowhere")])
        found = doctor(capsys)[1]
        assert "/accounts/oidc/sso/login/callback/" in texts(found, "single sign-on")
        assert "does not have: Nowhere." in texts(found, "single sign-on")
        change(oidc_groups=[])
        assert severity(doctor(capsys)[1], "single sign-on") == "ok"
        provider.configuration = {"issuer": "https://evil.example"}
        assert "calls itself https://evil.example" in texts(doctor(capsys)[1], "single sign-on")
        change(oidc_url=provider.url.removesuffix("/realms/acme"))
        provider.status = 404
        assert severity(doctor(capsys)[1], "single sign-on") == "wrong"
    finally:
        provider.stop()


def test_a_check_that_fails_itself_is_a_finding(capsys, change, monkeypatch):
    monkeypatch.setattr(heartbeat, "age_seconds", lambda queue: 1 / 0)
    status, found = doctor(capsys)
    assert "ZeroDivisionError" in texts(found, "workers")
    assert status == 2
    assert "clock" in found, "the others go on"


def test_the_last_result_is_in_the_administration(client, change, capsys):
    root = a_user("root", is_superuser=True, is_staff=True)
    call_command_quietly("doctor")
    assert "→ " in capsys.readouterr().out
    client.force_login(root)
    page = client.get("/admin/hub/doctorreport/").content.decode()
    assert "A worker last heard of the schedule never" in page
    report = DoctorReport.objects.get()
    page = client.get(f"/admin/hub/doctorreport/{report.pk}/change/").content.decode()
    assert "manage.py serve --only beat" in page


def test_every_morning_it_is_examined_and_old_results_go(change, monkeypatch, caplog):
    monkeypatch.setattr("hub.doctor.examination.KEPT_REPORTS", 2)
    for _ in range(3):
        examine()
    assert DoctorReport.objects.count() == 2
    assert "A worker last heard of the schedule" in caplog.text


def call_command_quietly(name: str) -> None:
    try:
        call_command(name)
    except SystemExit:
        pass


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL")
def test_the_version_and_the_connections_of_postgresql(capsys, change):
    found = doctor(capsys)[1]
    assert "PostgreSQL" in texts(found, "database")
    assert "connections" in texts(found, "connections")
