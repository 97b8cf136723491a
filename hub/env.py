"""The environment's variables, each with its type, checked once at the start."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlsplit

import environ
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from django.core.exceptions import ImproperlyConfigured

from hub import env_checks

T = TypeVar("T")

_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
_SOURCE = re.compile(r"(pypi:\S+|dir:.+|file:.+|github:[^/\s]+/[^@\s]+(@\S+)?|hub:https?://\S+)")
_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_CONTACT = re.compile(r"(mailto:[!-~]+@[!-~]+|https://[!-~]+)")
_TOKEN = re.compile(r"[!-~]{20,}")
_DSN = re.compile(r"https?://[0-9A-Za-z]+(:[0-9A-Za-z]+)?@[^/@\s]+(/[^?#\s]*)?/[0-9]+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_TOGETHER = (
    ("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"),
    ("GITHUB_APP_ID", "GITHUB_APP_KEY"),
    ("GITHUB_APP_ID", "GITHUB_APP_INSTALLATION"),
    ("XINFERENCE_USERNAME", "XINFERENCE_PASSWORD"),
    ("HUB_OIDC_URL", "HUB_OIDC_CLIENT_ID"),
    ("HUB_OIDC_URL", "HUB_OIDC_CLIENT_SECRET"),
    ("HUB_S3_ACCESS_KEY", "HUB_S3_SECRET_KEY"),
)
SECRET_KEY_FILE, FORMER_KEY_FILE = "secret_key", "secret_key_former"
DEFAULT_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


@dataclass(frozen=True, slots=True)
class Environment:
    """The hub's settings, with their types.

    `database` and `email` are dictionaries for Django's DATABASES and EMAIL_* settings.
    `server_addresses` are the hosts and networks, besides public addresses, where people's own
    Xinference servers may be; None if people may not have a server.
    """

    var_dir: Path
    secret_key: str
    secret_key_fallbacks: list[str]
    vault_keys: list[str]
    debug: bool
    allowed_hosts: list[str]
    site_url: str
    database: dict[str, Any]
    redis_url: str
    email: dict[str, Any]
    default_from_email: str
    security_contact: str
    upstream_repo: str
    upstream_branch: str
    github_api_url: str
    github_token: str
    github_app_id: str
    github_app_key: str
    github_app_installation: int
    github_webhook_secret: str
    metrics_token: str
    gather_seconds: int
    sign_off: bool
    github_client_id: str
    github_client_secret: str
    oidc_url: str
    oidc_client_id: str
    oidc_client_secret: str
    oidc_name: str
    oidc_sign_up: bool
    oidc_groups_claim: str
    oidc_groups: list[tuple[str, str]]
    hub_source: str
    hub_source_token: str
    hub_source_hours: int
    hub_source_key: str
    signing_key: str
    keep_list_revisions: int
    keep_audit_days: int
    keep_personal_days: int
    keep_notification_days: int
    keep_run_days: int
    former_name_days: int
    oldest_server: str
    fleet: bool
    fleet_servers: int
    use_counts: bool
    hf_endpoint: str
    modelscope_endpoint: str
    hf_token: str
    source_visits: bool
    source_visit_hours: int
    source_readmes: bool
    xinference_endpoint: str
    xinference_api_key: str
    xinference_username: str
    xinference_password: str
    server_addresses: list[str] | None
    s3_bucket: str
    s3_prefix: str
    s3_endpoint: str
    s3_region: str
    s3_access_key: str
    s3_secret_key: str
    log_level: str
    log_format: str
    log_requests: bool
    log_slow_seconds: int
    sentry_dsn: str
    web_port: int
    skip_import: bool
    confirm_email: bool
    open_registration: bool
    new_accounts_register: bool
    trusted_proxies: int


class _Reader:
    """Reads single variables; every failure raises an error that names the variable."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.names_read: set[str] = set()
        self.env = environ.FileAwareEnv()
        # django-environ reads a value that begins with `$` as the name of another variable.
        self.env.escape_proxy = True
        self.env.ENVIRON = {name: value.replace("$", r"\$") for name, value in environment.items()}

    def get(self, name: str, read: Callable[[], T], *, expected: str) -> T:
        self.names_read.add(name)
        try:
            return read()
        except ImproperlyConfigured as error:
            raise ImproperlyConfigured(f"{name}: {error}") from error
        except (ValueError, TypeError, KeyError) as error:
            # SECURITY: the value may contain a password, so the message does not repeat it.
            raise ImproperlyConfigured(
                f"The environment variable {name} can't be read: the hub needs {expected} there."
            ) from error

    def text(self, name: str, default: str = "") -> str:
        return self.get(name, lambda: str(self.env.str(name, default)).strip(), expected="text")

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name).lower()
        if value in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
            return default if value == "" else value in {"1", "true", "yes", "on"}
        raise ImproperlyConfigured(
            f"The environment variable {name} has the value {value!r}, "
            "but the hub needs one of 1, 0, true, false, yes, no, on, off there."
        )

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        expected = f"a whole number from {low} to {high}"
        value = self.get(name, lambda: int(self.text(name) or default), expected=expected)
        if not low <= value <= high:
            raise ImproperlyConfigured(
                f"The environment variable {name} is {value}, but the hub needs {expected} there."
            )
        return value

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        value = self.text(name) or default
        for choice in choices:
            if value.lower() == choice.lower():
                return choice
        raise ImproperlyConfigured(
            f"The environment variable {name} has the value {value!r}, "
            f"but the hub needs one of {', '.join(choices)} there."
        )

    def names(self, name: str, default: list[str]) -> list[str]:
        values = [part.strip() for part in self.text(name).split(",") if part.strip()]
        return values or default

    def matching(self, name: str, default: str, pattern: re.Pattern[str], expected: str) -> str:
        value = self.text(name) or default
        if not pattern.fullmatch(value):
            raise ImproperlyConfigured(
                f"The environment variable {name} has the value {value!r}, "
                f"but the hub needs {expected} there."
            )
        return value

    def ed25519_key(self, name: str, base_dir: Path, *, private: bool) -> str:
        """The path of a PEM file with a private or public Ed25519 key, or ""."""
        value = self.text(name)
        if not value:
            return ""
        path = base_dir / value
        try:
            body = path.read_bytes()
            key: object = load_pem_private_key(body, None) if private else load_pem_public_key(body)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey if private else Ed25519PublicKey):
            kind = "private" if private else "public"
            raise ImproperlyConfigured(
                f"The environment variable {name} names {value!r}, but the hub needs the path of a "
                f"readable file there with an Ed25519 {kind} key in PEM format, without a password."
            )
        return str(path)

    def url(self, name: str, default: str) -> str:
        """An absolute http(s) address without query and without a slash at its end, or ""."""
        value = self.text(name) or default
        if not value:
            return ""
        expected = "an address that begins with http:// or https://"
        parts = self.get(name, lambda: urlsplit(value), expected=expected)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ImproperlyConfigured(
                f"The environment variable {name} has the value {value!r}, "
                f"but the hub needs {expected} there."
            )
        self.get(name, lambda: parts.port, expected="a port from 1 to 65535 in the address")
        return value.rstrip("/")


def read(environment: Mapping[str, str], base_dir: Path) -> Environment:
    """Read and check all variables of the hub.

    `environment` is usually os.environ; a `.env` file in `base_dir`, the project's folder, adds
    variables that are not set. Raises ImproperlyConfigured, which names the variable, for an
    invalid value and for a missing SECRET_KEY outside of DEBUG.
    """
    given = {**_dot_env(base_dir / ".env"), **environment}
    reader = _Reader(given)
    folder = var_dir(environment, base_dir)
    reader.names_read.add("HUB_VAR_DIR")
    debug = reader.flag("DEBUG", default=False)
    port = reader.number("WEB_PORT", 8000, low=1, high=65535)
    secret_key = _secret_key(reader, folder, debug=debug)
    site_url = _site_url(reader, port)
    hosts = reader.names("ALLOWED_HOSTS", [*DEFAULT_HOSTS, urlsplit(site_url).hostname or ""])
    env_checks.allowed_hosts(hosts, debug=debug)
    for first, second in _TOGETHER:
        if bool(reader.text(first)) != bool(reader.text(second)):
            raise ImproperlyConfigured(
                f"The environment variables {first} and {second} go together: set both or neither."
            )
    read_values = Environment(
        var_dir=folder,
        secret_key=secret_key,
        secret_key_fallbacks=_former_keys(reader, folder),
        vault_keys=reader.names("HUB_VAULT_KEYS", []),
        debug=debug,
        allowed_hosts=hosts,
        site_url=site_url,
        database=_database(reader, folder, base_dir, debug=debug),
        redis_url=_redis(reader),
        email=_email(reader, folder),
        default_from_email=reader.text("DEFAULT_FROM_EMAIL", "Models Hub <noreply@localhost>"),
        security_contact=_security_contact(reader),
        upstream_repo=reader.matching(
            "HUB_UPSTREAM_REPO", "xorbitsai/inference", _REPOSITORY, "OWNER/REPOSITORY"
        ),
        upstream_branch=reader.text("HUB_UPSTREAM_BRANCH", "main"),
        github_api_url=reader.url("GITHUB_API_URL", "https://api.github.com"),
        github_token=reader.text("GITHUB_TOKEN"),
        github_app_id=reader.text("GITHUB_APP_ID"),
        github_app_key=_github_app_key(reader, base_dir),
        github_app_installation=reader.number("GITHUB_APP_INSTALLATION", 0, low=0, high=2**63 - 1),
        github_webhook_secret=reader.text("GITHUB_WEBHOOK_SECRET"),
        metrics_token=_metrics_token(reader),
        gather_seconds=reader.number("HUB_GATHER_SECONDS", 60, low=0, high=86_400),
        sign_off=reader.flag("HUB_SIGN_OFF", default=False),
        github_client_id=reader.text("GITHUB_CLIENT_ID"),
        github_client_secret=reader.text("GITHUB_CLIENT_SECRET"),
        oidc_url=_oidc_url(reader),
        oidc_client_id=reader.text("HUB_OIDC_CLIENT_ID"),
        oidc_client_secret=reader.text("HUB_OIDC_CLIENT_SECRET"),
        oidc_name=reader.text("HUB_OIDC_NAME", "single sign-on"),
        oidc_sign_up=reader.flag("HUB_OIDC_SIGN_UP", default=True),
        oidc_groups_claim=reader.text("HUB_OIDC_GROUPS_CLAIM") or "groups",
        oidc_groups=_oidc_groups(reader),
        hub_source=reader.matching(
            "HUB_SOURCE",
            "hub:https://model.xinference.io",
            _SOURCE,
            "pypi:…, dir:…, file:…, github:OWNER/REPO@REF or hub:URL",
        ),
        hub_source_token=reader.text("HUB_SOURCE_TOKEN"),
        hub_source_hours=reader.number("HUB_SOURCE_HOURS", 0, low=0, high=24 * 365),
        hub_source_key=reader.ed25519_key("HUB_SOURCE_KEY", base_dir, private=False),
        signing_key=reader.ed25519_key("HUB_SIGNING_KEY", base_dir, private=True),
        keep_list_revisions=reader.number("HUB_KEEP_LIST_REVISIONS", 200, low=2, high=100_000),
        keep_audit_days=reader.number("HUB_KEEP_AUDIT_DAYS", 1095, low=0, high=36_500),
        keep_personal_days=reader.number("HUB_KEEP_PERSONAL_DAYS", 180, low=0, high=36_500),
        keep_notification_days=reader.number("HUB_KEEP_NOTIFICATION_DAYS", 180, low=0, high=36_500),
        keep_run_days=reader.number("HUB_KEEP_RUN_DAYS", 90, low=0, high=36_500),
        former_name_days=reader.number("HUB_FORMER_NAME_DAYS", 180, low=0, high=36_500),
        oldest_server=reader.matching(
            "HUB_OLDEST_SERVER",
            "1.13.0",
            re.compile(r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}"),
            "a version of Xinference, such as 1.13.0",
        ),
        fleet=reader.flag("HUB_FLEET", default=True),
        fleet_servers=reader.number("HUB_FLEET_SERVERS", 10_000, low=1, high=1_000_000),
        use_counts=reader.flag("HUB_USE_COUNTS", default=True),
        hf_endpoint=reader.url("HF_ENDPOINT", "https://huggingface.co"),
        modelscope_endpoint=reader.url("MODELSCOPE_ENDPOINT", "https://www.modelscope.cn"),
        hf_token=reader.text("HF_TOKEN"),
        source_visits=reader.flag("HUB_SOURCE_VISITS", default=True),
        source_visit_hours=reader.number("HUB_SOURCE_VISIT_HOURS", 24, low=1, high=24 * 90),
        source_readmes=reader.flag("HUB_SOURCE_READMES", default=True),
        xinference_endpoint=_endpoint(reader),
        xinference_api_key=reader.text("XINFERENCE_API_KEY"),
        xinference_username=reader.text("XINFERENCE_USERNAME"),
        xinference_password=reader.text("XINFERENCE_PASSWORD"),
        server_addresses=_server_addresses(reader),
        **_object_storage(reader),
        log_level=reader.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
        log_format=reader.choice("LOG_FORMAT", "line", ("line", "json")),
        log_requests=reader.flag("LOG_REQUESTS", default=False),
        log_slow_seconds=reader.number("LOG_SLOW_SECONDS", 5, low=1, high=3600),
        sentry_dsn=_sentry_dsn(reader),
        web_port=port,
        skip_import=reader.flag("HUB_SKIP_IMPORT", default=False),
        confirm_email=reader.flag("HUB_CONFIRM_EMAIL", default=False),
        open_registration=reader.flag("HUB_OPEN_REGISTRATION", default=True),
        new_accounts_register=reader.flag("HUB_NEW_ACCOUNTS_REGISTER_MODELS", default=True),
        trusted_proxies=reader.number("HUB_TRUSTED_PROXIES", 0, low=0, high=5),
    )
    env_checks.names(given, reader.names_read)
    env_checks.from_email(read_values.default_from_email)
    return read_values


def var_dir(environment: Mapping[str, str], base_dir: Path) -> Path:
    """The folder of all state."""
    reader = _Reader({**_dot_env(base_dir / ".env"), **environment})
    return (base_dir / (reader.text("HUB_VAR_DIR") or "var")).resolve()


def _dot_env(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}

    class FileAlone(environ.Env):
        """An Env with its own ENVIRON: read_env must not fill the process's environment."""

        ENVIRON: ClassVar[dict[str, str]] = {}

    FileAlone.read_env(str(path), overwrite=True)
    return dict(FileAlone.ENVIRON)


def _secret_key(reader: _Reader, var_dir: Path, *, debug: bool) -> str:
    """SECRET_KEY, else the key that `make run` keeps in var/secret_key, else "" (DEBUG only)."""
    kept = var_dir / SECRET_KEY_FILE
    key = reader.text("SECRET_KEY") or _first_line(kept)
    if key:
        env_checks.secret_key(key)
        return key
    if debug:
        return "only-for-debugging-on-this-machine-never-outside-of-it"
    raise ImproperlyConfigured(
        "The environment variable SECRET_KEY is missing. Set it to a long random text, "
        f"or start with `make run`, which makes one and keeps it in {kept}."
    )


def _former_keys(reader: _Reader, var_dir: Path) -> list[str]:
    """SECRET_KEY_FALLBACKS, and the key that `manage.py rotate_secret_key` has replaced."""
    former = _first_line(var_dir / FORMER_KEY_FILE)
    return [*reader.names("SECRET_KEY_FALLBACKS", []), *([former] if former else [])]


def _first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _site_url(reader: _Reader, port: int) -> str:
    """SITE_URL: scheme, host and port only, since the hub's own links begin at the root."""
    value = reader.url("SITE_URL", f"http://127.0.0.1:{port}")
    parts = urlsplit(value)
    if parts.path or parts.fragment or "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"The environment variable SITE_URL has the value {value!r}, but the hub needs an "
            "address without a path there, such as https://hub.example.org: it can't live below a "
            "path. Give it a host name of its own."
        )
    return value


def _metrics_token(reader: _Reader) -> str:
    value = reader.text("HUB_METRICS_TOKEN")
    if value and not _TOKEN.fullmatch(value):
        raise ImproperlyConfigured(
            "The environment variable HUB_METRICS_TOKEN can't be used: the hub needs 20 or more "
            "characters there, without spaces, so that nobody guesses it."
        )
    return value


def _security_contact(reader: _Reader) -> str:
    """HUB_SECURITY_CONTACT, a URI as RFC 9116 wants it, or ""."""
    value = reader.text("HUB_SECURITY_CONTACT")
    if value and not _CONTACT.fullmatch(value):
        raise ImproperlyConfigured(
            f"The environment variable HUB_SECURITY_CONTACT has the value {value!r}, but the hub "
            "needs an address there that begins with mailto: or https://."
        )
    return value


def _sentry_dsn(reader: _Reader) -> str:
    value = reader.text("SENTRY_DSN")
    if value and not _DSN.fullmatch(value):
        raise ImproperlyConfigured(
            "The environment variable SENTRY_DSN can't be used: the hub needs an address there as "
            "Sentry shows it, such as https://KEY@sentry.example.org/7."
        )
    return value


def _github_app_key(reader: _Reader, base_dir: Path) -> str:
    """GITHUB_APP_KEY, a PEM text, or the content of the file that it names."""
    value = reader.text("GITHUB_APP_KEY").replace("\\n", "\n")
    if not value:
        return ""
    if reader.text("GITHUB_TOKEN"):
        raise ImproperlyConfigured(
            "The environment variables GITHUB_TOKEN and GITHUB_APP_KEY exclude each other: "
            "the hub opens pull requests as a person or as an app. Set one of them."
        )
    try:
        if not value.startswith("-----BEGIN "):
            value = (base_dir / value).read_text(encoding="ascii")
        key: object = load_pem_private_key(value.encode(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ImproperlyConfigured(
            "The environment variable GITHUB_APP_KEY can't be used: the hub needs the path of a "
            "readable file there with the private key that GitHub has made for the app, or the key."
        )
    return value


def _oidc_url(reader: _Reader) -> str:
    """HUB_OIDC_URL, the issuer. SECURITY: its answers say who somebody is."""
    value = reader.url("HUB_OIDC_URL", "")
    parts = urlsplit(value)
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ImproperlyConfigured(
            f"The environment variable HUB_OIDC_URL has the value {value!r}, but the hub needs an "
            "address that begins with https:// there."
        )
    return value.removesuffix("/.well-known/openid-configuration")


def _oidc_groups(reader: _Reader) -> list[tuple[str, str]]:
    """HUB_OIDC_GROUPS as pairs: a value of the claim, and the group of the hub that it gives."""
    pairs = []
    for entry in filter(str.strip, reader.text("HUB_OIDC_GROUPS").split(";")):
        # Values of the claim may contain "=", such as cn=reviewers,ou=groups.
        claimed, _, name = (part.strip() for part in entry.rpartition("="))
        if not claimed or not name:
            raise ImproperlyConfigured(
                f"The environment variable HUB_OIDC_GROUPS holds {entry.strip()!r}, but the hub "
                "needs pairs there, separated by semicolons: hub-reviewers=Reviewers; …"
            )
        pairs.append((claimed, name))
    return pairs


def _database(reader: _Reader, var_dir: Path, base_dir: Path, *, debug: bool) -> dict[str, Any]:
    expected = "a database address such as postgres://user:password@host:5432/name"
    default = f"sqlite:///{quote(str(var_dir / 'hub.sqlite3'))}"
    if not reader.text("DATABASE_URL"):
        reader.env.ENVIRON["DATABASE_URL"] = default
    else:
        env_checks.database_url(reader.text("DATABASE_URL"), debug=debug)
    with warnings.catch_warnings():
        # Values that django-environ only warns about stop the start below.
        warnings.simplefilter("ignore")
        found: dict[str, Any] = reader.get(
            "DATABASE_URL", lambda: dict(reader.env.db("DATABASE_URL")), expected=expected
        )
    engine = found.get("ENGINE", "")
    if engine.endswith("sqlite3"):
        # IMMEDIATE takes the write lock at BEGIN, so that no writer
        # fails halfway with a deadlock.
        found["ENGINE"] = "hub.sqlite3"
        # Otherwise it would depend on the folder that a command is started in.
        if found["NAME"] != ":memory:":
            found["NAME"] = str(base_dir / found["NAME"])
        found["OPTIONS"] = {"timeout": 30, "transaction_mode": "IMMEDIATE"}
        # Opening the database takes longer than a small request.
        found["CONN_MAX_AGE"] = 60
    elif engine.endswith(("postgresql", "psycopg2")):
        found["ENGINE"] = "django.db.backends.postgresql"
        found["CONN_MAX_AGE"] = 60
        found["CONN_HEALTH_CHECKS"] = True
        # A server that does not answer must not block a thread for minutes.
        found.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
        found["OPTIONS"].setdefault("tcp_user_timeout", 15_000)
    else:
        raise ImproperlyConfigured(
            "The environment variable DATABASE_URL names a database that the hub does not support. "
            "It needs sqlite:///path or postgres://user:password@host:5432/name."
        )
    return found


def _redis(reader: _Reader) -> str:
    value = reader.text("REDIS_URL")
    expected = "an address such as redis://host:6379/0"
    parts = reader.get("REDIS_URL", lambda: urlsplit(value), expected=expected)
    reader.get("REDIS_URL", lambda: parts.port, expected=expected)
    if value and parts.scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured(
            "The environment variable REDIS_URL can't be used: "
            "the hub needs an address such as redis://host:6379/0 there."
        )
    return value


def _endpoint(reader: _Reader) -> str:
    """XINFERENCE_ENDPOINT. SECURITY: pages show it, so it must not contain a password."""
    if "@" in reader.text("XINFERENCE_ENDPOINT"):
        raise ImproperlyConfigured(
            "The environment variable XINFERENCE_ENDPOINT contains a name or a password. "
            "Set it to the server's address only. A user goes into XINFERENCE_USERNAME and "
            "XINFERENCE_PASSWORD, "
            "a key into XINFERENCE_API_KEY."
        )
    return reader.url("XINFERENCE_ENDPOINT", "")


def _object_storage(reader: _Reader) -> dict[str, str]:
    """The HUB_S3_… settings; all are empty without a bucket."""
    bucket = reader.text("HUB_S3_BUCKET")
    if bucket and not _BUCKET.fullmatch(bucket):
        raise ImproperlyConfigured(
            f"The environment variable HUB_S3_BUCKET has the value {bucket!r}, but the hub needs "
            "the bare name of a bucket there; an address goes into HUB_S3_ENDPOINT."
        )
    found = {
        "s3_bucket": bucket,
        "s3_prefix": reader.text("HUB_S3_PREFIX").strip("/"),
        "s3_endpoint": reader.url("HUB_S3_ENDPOINT", ""),
        "s3_region": reader.text("HUB_S3_REGION"),
        "s3_access_key": reader.text("HUB_S3_ACCESS_KEY"),
        "s3_secret_key": reader.text("HUB_S3_SECRET_KEY"),
    }
    others = [f"HUB_{name.upper()}" for name, value in found.items() if value]
    if not bucket and others:
        raise ImproperlyConfigured(
            f"The environment variable HUB_S3_BUCKET is missing, and {', '.join(others)} is set: "
            "name the bucket, or remove the others."
        )
    if found["s3_endpoint"] and not found["s3_access_key"]:
        raise ImproperlyConfigured(
            "The environment variable HUB_S3_ACCESS_KEY is missing: only at AWS, without "
            "HUB_S3_ENDPOINT, may the machine's role take the place of a key."
        )
    if bucket and not found["s3_region"]:
        # Servers of other makers ignore it, and signatures contain it.
        found["s3_region"] = "us-east-1"
    return found


def _server_addresses(reader: _Reader) -> list[str] | None:
    """HUB_SERVER_ADDRESSES as hosts and networks in lower case; None for the word `none`."""
    name = "HUB_SERVER_ADDRESSES"
    entries = [entry.lower() for entry in reader.names(name, [])]
    if entries == ["none"]:
        return None
    for entry in entries:
        is_host = _HOST.fullmatch(entry) and not entry[-1].isdigit() and entry != "none"
        if not is_host and not _is_network(entry):
            raise ImproperlyConfigured(
                f"The environment variable {name} holds {entry!r}, but the hub needs hosts such as "
                "gpu1.example.org or *.gpu.example.org and networks such as 10.0.0.0/8 there, "
                "separated by commas, or only the word none."
            )
    return entries


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _email(reader: _Reader, var_dir: Path) -> dict[str, Any]:
    """EMAIL_URL as Django's settings; without it, mail is shown in the log and kept in files."""
    if not reader.text("EMAIL_URL"):
        return {
            "EMAIL_BACKEND": "hub.mail.ConsoleAndFileBackend",
            "EMAIL_FILE_PATH": str(var_dir / "mail"),
        }
    expected = "an address such as smtp+tls://user:password@host:587"
    settings = reader.get("EMAIL_URL", lambda: reader.env.email_url("EMAIL_URL"), expected=expected)
    return {key: value for key, value in settings.items() if key.startswith("EMAIL_")}
