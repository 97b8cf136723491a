"""What the hub reads from its environment, and what it says of values that it can't use."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.core.exceptions import ImproperlyConfigured

from hub import env

KEY = {"SECRET_KEY": "k" * 60}


def test_the_defaults_need_no_server(tmp_path):
    found = env.read(KEY, tmp_path)
    assert found.database["ENGINE"] == "django.db.backends.sqlite3"
    assert found.database["NAME"] == str(tmp_path / "var" / "hub.sqlite3")
    assert "journal_mode=WAL" in found.database["OPTIONS"]["init_command"]
    assert found.redis_url == ""
    assert found.debug is False
    assert found.email["EMAIL_BACKEND"] == "hub.mail.ConsoleAndFileBackend"
    assert found.site_url == "http://127.0.0.1:8000"


def test_postgres_comes_in_through_database_url_alone(tmp_path):
    found = env.read({**KEY, "DATABASE_URL": "postgres://u:p%40ss@db:5433/hub"}, tmp_path)
    assert found.database["ENGINE"] == "django.db.backends.postgresql"
    assert found.database["PASSWORD"] == "p@ss"
    assert found.database["PORT"] == 5433


def test_a_missing_secret_key_stops_the_start_and_is_named(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is missing"):
        env.read({}, tmp_path)


def test_the_key_that_make_run_keeps_is_used(tmp_path):
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret_key").write_text("kept-key\n")
    assert env.read({}, tmp_path).secret_key == "kept-key"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("WEB_PORT", "http"),
        ("WEB_PORT", "70000"),
        ("SITE_URL", "hub.example.org"),
        ("SITE_URL", "http://hub.example.org:99999"),
        ("DATABASE_URL", "mysql://u:p@h/db"),
        ("DATABASE_URL", "nonsense"),
        ("REDIS_URL", "amqp://localhost"),
        ("REDIS_URL", "redis://localhost:port"),
        ("ALLOWED_HOSTS", "http://hub.example.org"),
        ("GITHUB_CLIENT_ID", "alone"),
        ("XINFERENCE_USERNAME", "alone"),
        ("XINFERENCE_PASSWORD", "alone"),
        ("EMAIL_URL", "pigeon://localhost"),
        ("HUB_UPSTREAM_REPO", "inference"),
        ("HUB_SOURCE", "ftp://example.org"),
        ("HF_ENDPOINT", "javascript:alert(1)"),
        ("GITHUB_API_URL", "file:///etc/passwd"),
        ("HUB_TRUSTED_PROXIES", "-1"),
        ("HUB_KEEP_LIST_REVISIONS", "1"),
        ("HUB_KEEP_LIST_REVISIONS", "many"),
        ("HUB_FLEET", "perhaps"),
        ("HUB_SIGNING_KEY", "nowhere.pem"),
        ("HUB_SOURCE_KEY", "/"),
    ],
)
def test_a_value_that_cannot_be_used_stops_the_start_and_names_its_variable(tmp_path, name, value):
    with pytest.raises(ImproperlyConfigured, match=name):
        env.read({**KEY, name: value}, tmp_path)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("", []),
        ("none", None),
        ("None", None),
        ("GPU1.example.org, *.gpu.example.org", ["gpu1.example.org", "*.gpu.example.org"]),
        ("10.0.0.0/8,fd00::/8,192.168.0.7", ["10.0.0.0/8", "fd00::/8", "192.168.0.7"]),
    ],
)
def test_where_peoples_servers_may_be_is_read(tmp_path, value, found):
    assert env.read({**KEY, "HUB_SERVER_ADDRESSES": value}, tmp_path).server_addresses == found


@pytest.mark.parametrize(
    "value",
    ["10.0.0.1/8", "10.0.0.300", "https://gpu.example.org", "gpu:9997", "*", "gpu,none", "a b"],
)
def test_a_wrong_place_for_peoples_servers_stops_the_start(tmp_path, value):
    with pytest.raises(ImproperlyConfigured, match="HUB_SERVER_ADDRESSES"):
        env.read({**KEY, "HUB_SERVER_ADDRESSES": value}, tmp_path)


def test_the_servers_address_holds_no_password(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="XINFERENCE_ENDPOINT") as refusal:
        env.read({**KEY, "XINFERENCE_ENDPOINT": "http://me:hunter2@gpu:9997"}, tmp_path)
    assert "hunter2" not in str(refusal.value)


def test_messages_do_not_repeat_the_password_of_a_database(tmp_path):
    with pytest.raises(ImproperlyConfigured) as caught:
        env.read({**KEY, "DATABASE_URL": "mysql://u:hunter2@h/db"}, tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_dot_env_file_fills_what_the_environment_lacks(tmp_path):
    (tmp_path / ".env").write_text("SECRET_KEY=from-file\nWEB_PORT=9100\n")
    found = env.read({"WEB_PORT": "9200"}, tmp_path)
    assert (found.secret_key, found.web_port) == ("from-file", 9200)


@pytest.fixture
def pem(tmp_path):
    """Key files by name: a pair that fits, one with a password, one of another kind."""
    key, other = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    private = (Encoding.PEM, PrivateFormat.PKCS8)
    public = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    files = {
        "private": key.private_bytes(*private, NoEncryption()),
        "public": key.public_key().public_bytes(*public),
        "locked": key.private_bytes(*private, BestAvailableEncryption(b"word")),
        "other": other.private_bytes(*private, NoEncryption()),
        "text": b"hello",
    }
    for name, body in files.items():
        (tmp_path / f"{name}.pem").write_bytes(body)
    return tmp_path


def test_keys_are_read_from_the_projects_folder_on(pem):
    given = {"HUB_SIGNING_KEY": "private.pem", "HUB_SOURCE_KEY": str(pem / "public.pem")}
    found = env.read({**KEY, **given}, pem)
    assert found.signing_key == str(pem / "private.pem")
    assert found.hub_source_key == str(pem / "public.pem")
    assert "PRIVATE KEY" not in repr(found)


@pytest.mark.parametrize("name", ["HUB_SIGNING_KEY", "HUB_SOURCE_KEY"])
@pytest.mark.parametrize("file", ["private", "public", "locked", "other", "text"])
def test_a_key_that_cannot_be_used_stops_the_start_and_names_its_variable(pem, name, file):
    if (name, file) in {("HUB_SIGNING_KEY", "private"), ("HUB_SOURCE_KEY", "public")}:
        return
    with pytest.raises(ImproperlyConfigured, match=f"{name}.*Ed25519"):
        env.read({**KEY, name: f"{file}.pem"}, pem)
