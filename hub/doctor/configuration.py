"""Settings that are valid by themselves and wrong together, or wrong for a hub that others use."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import User
from hub.doctor.findings import Finding, ok, warning, wrong
from hub.version import VERSION

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_CHECK = "settings"


def version() -> Iterator[Finding]:
    """The version of the hub."""
    yield ok("version", f"Models Hub {VERSION}.")


def configuration() -> Iterator[Finding]:
    """Everything that is doubtful in the settings."""
    found = [*_site(), *_mail(), *_secrets(), *_github()]
    yield from found
    if not found:
        yield ok(_CHECK, "The settings fit together.")


def administrators() -> Iterator[Finding]:
    """Whether somebody can administer the hub."""
    count = User.objects.filter(is_superuser=True, is_active=True).count()
    if count:
        yield ok("administrators", f"{count} active administrators.")
    else:
        yield wrong("administrators", "No active administrator.", "Make one: `make admin`.")


def _site() -> Iterator[Finding]:
    env = settings.ENV
    address = urlsplit(env.site_url)
    is_public = address.hostname not in LOCAL
    if settings.DEBUG:
        yield wrong(
            _CHECK,
            "DEBUG is on: error pages show settings and code to everybody.",
            "Set DEBUG=0, unless you are developing the hub.",
        )
    if address.scheme == "https" and not env.trusted_proxies:
        yield wrong(
            _CHECK,
            "SITE_URL begins with https://, but HUB_TRUSTED_PROXIES is 0: all visitors share one "
            "rate limit, and nobody is redirected to https.",
            "Set HUB_TRUSTED_PROXIES to the number of proxies in front of the hub, usually 1.",
        )
    if address.scheme == "http" and is_public:
        yield warning(
            _CHECK,
            "SITE_URL begins with http://: passwords cross the network in clear text.",
            "Put a proxy with a certificate in front, and set SITE_URL to its https:// address.",
        )
    if env.trusted_proxies and not is_public:
        yield warning(
            _CHECK,
            "HUB_TRUSTED_PROXIES is set, but SITE_URL is an address of this machine only.",
            "Set SITE_URL to the address that people use.",
        )
    if is_public and not env.redis_url and "postgresql" in env.database["ENGINE"]:
        yield warning(
            _CHECK,
            "REDIS_URL is empty: the broker is a folder, which one machine can use.",
            "Set REDIS_URL before you run workers on a second machine.",
        )


def _mail() -> Iterator[Finding]:
    env = settings.ENV
    has_mail = env.email["EMAIL_BACKEND"] != "hub.mail.ConsoleAndFileBackend"
    is_public = urlsplit(env.site_url).hostname not in LOCAL
    if env.confirm_email and not has_mail:
        yield wrong(
            _CHECK,
            "HUB_CONFIRM_EMAIL is 1, but EMAIL_URL is empty: nobody can confirm an address.",
            "Set EMAIL_URL to your mail server.",
        )
    elif env.open_registration and is_public and not has_mail:
        yield warning(
            _CHECK,
            "Everybody may sign up, but EMAIL_URL is empty: nobody can reset a password, and links "
            "that reset one are in the log.",
            "Set EMAIL_URL to your mail server, or HUB_OPEN_REGISTRATION=0.",
        )
    elif env.open_registration and is_public and not env.confirm_email:
        yield warning(
            _CHECK,
            "Everybody may sign up with an address that is not theirs.",
            "Set HUB_CONFIRM_EMAIL=1, or HUB_OPEN_REGISTRATION=0.",
        )
    if has_mail and env.default_from_email.endswith("@localhost>"):
        yield warning(
            _CHECK,
            "Mail is sent from an address at localhost, which mail servers refuse.",
            "Set DEFAULT_FROM_EMAIL to an address of your domain.",
        )


def _secrets() -> Iterator[Finding]:
    env = settings.ENV
    if not env.vault_keys:
        yield warning(
            _CHECK,
            "HUB_VAULT_KEYS is empty: stored secrets can be opened only with this SECRET_KEY.",
            "Set HUB_VAULT_KEYS (`python -m hub.new_key vault` makes one), then run "
            "`manage.py rotate_vault`.",
        )
    if env.secret_key_fallbacks:
        yield warning(
            _CHECK,
            "SECRET_KEY_FALLBACKS still holds a former key.",
            "Run `manage.py rotate_vault`, and remove the former key after two weeks.",
        )


def _github() -> Iterator[Finding]:
    env = settings.ENV
    if (env.github_token or env.github_app_id) and not env.github_webhook_secret:
        yield warning(
            _CHECK,
            "GITHUB_WEBHOOK_SECRET is empty: the hub learns of merges by asking every two minutes.",
            "Add a webhook at the upstream repository, and set its secret; or leave it so.",
        )
