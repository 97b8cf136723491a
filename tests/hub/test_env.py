"""What the hub reads from its environment, and its messages about values that it can't use."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
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

KEY = {"SECRET_KEY": "for-tests-only-0123456789" + "k" * 40}


def test_the_defaults_need_no_server(tmp_path):
    found = env.read(KEY, tmp_path)
    assert found.database["ENGINE"] == "hub.sqlite3"
    assert found.database["NAME"] == str(tmp_path / "var" / "hub.sqlite3")
    assert found.database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
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
    (tmp_path / "var" / "secret_key").write_text(KEY["SECRET_KEY"] + "\n")
    assert env.read({}, tmp_path).secret_key == KEY["SECRET_KEY"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("WEB_PORT", "http"),
        ("WEB_PORT", "70000"),
        ("SITE_URL", "hub.example.org"),
        ("SITE_URL", "http://hub.example.org:99999"),
        ("SITE_URL", "https://example.org/hub"),
        ("SITE_URL", "https://me:secret@example.org"),
        ("SITE_URL", "https://example.org#hub"),
        ("DATABASE_URL", "mysql://u:p@h/db"),
        ("DATABASE_URL", "nonsense"),
        ("REDIS_URL", "amqp://localhost"),
        ("REDIS_URL", "redis://localhost:port"),
        ("ALLOWED_HOSTS", "http://hub.example.org"),
        ("GITHUB_CLIENT_ID", "alone"),
        ("HUB_OIDC_URL", "https://login.example.org"),
        ("GITHUB_APP_ID", "123"),
        ("SENTRY_DSN", "https://sentry.example.org/7"),
        ("GITHUB_APP_KEY", "not a key"),
        ("GITHUB_APP_INSTALLATION", "acme"),
        ("HUB_OIDC_CLIENT_SECRET", "alone"),
        ("HUB_OIDC_URL", "http://login.example.org"),
        ("HUB_OIDC_GROUPS", "Reviewers"),
        ("HUB_OIDC_GROUPS", "a=Reviewers; =Maintainers"),
        ("XINFERENCE_USERNAME", "alone"),
        ("XINFERENCE_PASSWORD", "alone"),
        ("EMAIL_URL", "pigeon://localhost"),
        ("HUB_S3_BUCKET", "https://s3.example.org/hub"),
        ("HUB_S3_PREFIX", "without-a-bucket"),
        ("HUB_S3_ACCESS_KEY", "alone"),
        ("HUB_UPSTREAM_REPO", "inference"),
        ("HUB_SOURCE", "ftp://example.org"),
        ("HF_ENDPOINT", "javascript:alert(1)"),
        ("GITHUB_API_URL", "file:///etc/passwd"),
        ("HUB_TRUSTED_PROXIES", "-1"),
        ("HUB_KEEP_LIST_REVISIONS", "1"),
        ("HUB_KEEP_LIST_REVISIONS", "many"),
        ("HUB_OLDEST_SERVER", "latest"),
        ("HUB_OLDEST_SERVER", "3"),
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
    (tmp_path / ".env").write_text(f"SECRET_KEY={KEY['SECRET_KEY']}\nWEB_PORT=9100\n")
    found = env.read({"WEB_PORT": "9200"}, tmp_path)
    assert (found.secret_key, found.web_port) == (KEY["SECRET_KEY"], 9200)


def test_the_tests_leave_the_developers_bucket_alone(tmp_path):
    names = ("BUCKET", "PREFIX", "REGION", "ACCESS_KEY", "SECRET_KEY")
    (tmp_path / ".env").write_text("".join(f"HUB_S3_{name}=production\n" for name in names))
    found = env.read(os.environ, tmp_path)
    assert (found.s3_bucket, found.s3_prefix, found.s3_access_key) == ("", "", "")


def test_the_key_of_the_app_comes_from_a_file_or_in_one_line(tmp_path):
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (tmp_path / "app.pem").write_text(pem)
    app = {**KEY, "GITHUB_APP_ID": "123", "GITHUB_APP_INSTALLATION": "4711"}
    from_file = {"GITHUB_APP_KEY": "app.pem"}
    for given in (from_file, {"GITHUB_APP_KEY": pem.replace("\n", "\\n")}):
        found = env.read({**app, **given}, tmp_path)
        assert found.github_app_key.strip() == pem.strip()
    with pytest.raises(ImproperlyConfigured, match="GITHUB_TOKEN and GITHUB_APP_KEY"):
        env.read({**app, **from_file, "GITHUB_TOKEN": "ghp_x"}, tmp_path)


def test_the_groups_of_the_single_sign_on_are_read(tmp_path):
    names = "cn=rev,ou=hub=Reviewers; maintain = Maintainers;"
    sign_on = {"HUB_OIDC_CLIENT_ID": "hub", "HUB_OIDC_CLIENT_SECRET": "s", "HUB_OIDC_GROUPS": names}
    address = "https://login.example.org/realms/acme/.well-known/openid-configuration"
    found = env.read({**KEY, **sign_on, "HUB_OIDC_URL": address}, tmp_path)
    assert found.oidc_groups == [("cn=rev,ou=hub", "Reviewers"), ("maintain", "Maintainers")]
    assert found.oidc_url == "https://login.example.org/realms/acme"


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


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("SECRET_KEY", "short", "32 or more"),
        ("SECRET_KEY", "k" * 60, "32 or more"),
        ("SECRET_KEY", "django-insecure-0123456789abcdefghijklmnop", "example"),
        ("SECRET_KEY", "change-me-0123456789abcdefghijklmnopqrstuv", "example"),
        ("DATABASE_URL", "sqlite:///", "names no file"),
        ("DATABASE_URL", "sqlite://:memory:", "names no file"),
        ("DATABASE_URL", "postgres://u:p@ss@h/db", "%40"),
        ("DATABASE_URL", "postgres://u:p#ss@h/db", "%23"),
        ("DATABASE_URL", "postgres://u:p/ss@h/db", "%2F"),
        ("DATABASE_URL", "postgres://u:p?ss@h/db", "%3F"),
        ("DATABASE_URL", "postgres://u:100%@h/db", "%25"),
        ("DEFAULT_FROM_EMAIL", "Models Hub", "hub@example.org"),
        ("ALLOWED_HOSTS", "hub.example.org,*", "any host name"),
        ("HUB_OPENREGISTRATION", "0", "Did you mean HUB_OPEN_REGISTRATION?"),
        ("HUB_VAULT_KEY", "x", "Did you mean HUB_VAULT_KEYS?"),
        ("HUB_QQQQ", "1", ".env.example"),
    ],
)
def test_what_would_do_something_else_than_was_meant_stops_the_start(tmp_path, name, value, hint):
    with pytest.raises(ImproperlyConfigured, match=name) as refusal:
        env.read({**KEY, name: value}, tmp_path)
    assert hint in str(refusal.value)
    if name == "SECRET_KEY" or "postgres" in value:
        assert value not in str(refusal.value)


def test_a_misspelt_name_in_the_dot_env_file_is_found_too(tmp_path):
    (tmp_path / ".env").write_text("HUB_FLEETS=0\n")
    with pytest.raises(ImproperlyConfigured, match="Did you mean HUB_FLEET"):
        env.read(KEY, tmp_path)


def test_what_is_not_meant_for_the_hub_is_left_alone(tmp_path):
    foreign = {
        # Kubernetes sets these for a service called "hub", and for one called "hub-web".
        "HUB_PORT": "tcp://10.0.0.7:8000",
        "HUB_SERVICE_HOST": "10.0.0.7",
        "HUB_SERVICE_PORT_HTTP": "8000",
        "HUB_PORT_8000_TCP_ADDR": "10.0.0.7",
        "HUB_WEB_PORT_8000_TCP": "tcp://10.0.0.8:8000",
        # hubctl's own, on the same machine.
        "HUB_URL": "https://hub.example.org",
        "HUB_TOKEN": "xhub_x",
        "DATABASE_URL": "postgres://u:p%40s%2Fs@h/db",
        "DEFAULT_FROM_EMAIL": "Models Hub <hub@localhost>",
    }
    read = env.read({**KEY, **foreign}, tmp_path)
    assert read.database["PASSWORD"] == "p@s/s"
    assert env.read({**KEY, "DEBUG": "1", "ALLOWED_HOSTS": "*"}, tmp_path).allowed_hosts == ["*"]


def test_a_database_file_does_not_depend_on_the_folder_of_the_command(tmp_path):
    read = env.read({**KEY, "DATABASE_URL": "sqlite:///own.sqlite3"}, tmp_path)
    assert read.database["NAME"] == str(tmp_path / "own.sqlite3")


def test_former_keys_are_read_from_the_setting_and_from_the_folder(tmp_path):
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / env.FORMER_KEY_FILE).write_text("former\n")
    read = env.read({**KEY, "SECRET_KEY_FALLBACKS": "first,second"}, tmp_path)
    assert read.secret_key_fallbacks == ["first", "second", "former"]
