"""Other sites and servers that the hub talks to, each asked once, with what it is configured to
send."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group

from accounts.errors import DomainError
from accounts.github import check_token
from accounts.single_sign_on import CALLBACK_PATH
from hub.doctor import database
from hub.doctor.findings import Finding, ok, warning, wrong
from models_registry.errors import SourceNotFound, SourceRefused
from models_registry.http.fetch import HUB_HEADER, fetch
from models_registry.repositories.model_hubs import hub_named
from models_registry.servers import client
from models_registry.servers.access import hub_server
from models_registry.upstream import github_app
from models_registry.upstream.github import GitHub

_TIMEOUT_SECONDS = 10.0
_MOST_BYTES = 1_000_000
_EXPIRES_SOON_DAYS = 14
_FEW_REQUESTS = 200
# A code of two-factor sign-in is valid for 30 seconds before and after.
_CLOCK_WARNING_SECONDS, _CLOCK_WRONG_SECONDS = 20, 60


def is_answer(error: DomainError) -> bool:
    """True if a server has answered, and gave nothing: nobody is away."""
    return isinstance(error, SourceNotFound | SourceRefused) or error.key == "source_sent_no_file"


def site() -> Iterator[Finding]:
    """The hub as people reach it: name, certificate, proxy and a web process."""
    address, check = settings.SITE_URL, "site"
    try:
        answer = fetch(
            f"{address}/healthz", allowed_hosts=[address], max_bytes=_MOST_BYTES,
            timeout=_TIMEOUT_SECONDS,
        )  # fmt: skip
        version = json.loads(answer.body)["version"]
    except DomainError as error:
        if is_answer(error):
            yield _not_a_hub(check)
            return
        text = f"From this machine, SITE_URL does not answer: {error.message}"
        advice = "Start the web processes and the proxy in front of them, or open the way there."
        yield warning(check, text, advice)
    except (KeyError, TypeError, ValueError):
        yield _not_a_hub(check)
    else:
        yield ok(check, f"The hub answers at SITE_URL, with version {version}.")


def _not_a_hub(check: str) -> Finding:
    text = "What SITE_URL names does not answer like a hub."
    return wrong(check, text, "Compare SITE_URL with the address of the proxy in front.")


def github() -> Iterator[Finding]:
    """The hub's token: for how long it is valid, its rights at upstream, and its rate limit."""
    env = settings.ENV
    if env.github_app_id:
        yield from _github_app()
        return
    if not env.github_token:
        yield ok("GitHub token", "GITHUB_TOKEN is empty: changes for upstream wait.")
        return
    try:
        facts = check_token(env.github_token)
        gateway = GitHub(env.github_api_url, env.github_token)
        left = gateway.requests_left()
        repository = gateway.repository(env.upstream_repo)
    except DomainError as error:
        yield wrong("GitHub token", error.message, "Correct GITHUB_TOKEN or GITHUB_API_URL.")
        return
    if facts.expires_at is not None:
        days = (facts.expires_at - datetime.now(UTC)).total_seconds() / 86_400
        if days < _EXPIRES_SOON_DAYS:
            text = f"The token of {facts.login} expires in {max(days, 0):.0f} days."
            yield warning("GitHub token", text, "Make a new token, and set GITHUB_TOKEN to it.")
    if facts.scopes is not None and not {"repo", "public_repo"} & set(facts.scopes):
        text = f"The token of {facts.login} may not open pull requests."
        yield wrong("GitHub token", text, "Give it the scope public_repo (repo for private ones).")
    yield _limits(facts.login, left)
    way = "pushes there" if repository.may_push else "pushes to a fork of its own"
    yield ok("GitHub token", f"{facts.login} sees {repository.name}, and {way}.")


def _github_app() -> Iterator[Finding]:
    """The GitHub App: its key and installation, its permissions, and its rate limit."""
    env, check = settings.ENV, "GitHub App"
    try:
        token = github_app.installation_token()
        gateway = GitHub(env.github_api_url, token.secret)
        left = gateway.requests_left()
        repository = gateway.repository(env.upstream_repo)
    except DomainError as error:
        yield wrong(check, error.message, "Correct GITHUB_APP_…; install the app upstream.")
        return
    needed, given = github_app.NEEDED, token.permissions
    if lacking := [name for name in needed if given.get(name) != needed[name]]:
        text = f"The app may not write: {', '.join(lacking)}."
        yield wrong(check, text, "Give it the permission at GitHub, and accept it upstream.")
    yield _limits("The app", left)
    yield ok(check, f"The app sees {repository.name}.")


def _limits(who: str, left: int) -> Finding:
    text = f"{who} has {left} requests left this hour."
    if left < _FEW_REQUESTS:
        advice = "Use an account for the hub that nothing else uses."
        return warning("GitHub limits", text, advice)
    return ok("GitHub limits", text)


def single_sign_on() -> Iterator[Finding]:
    """The OpenID Connect provider: its configuration, and the groups that its claims give."""
    env, check = settings.ENV, "single sign-on"
    if not env.oidc_url:
        yield ok(check, "HUB_OIDC_URL is empty: people sign in with passwords.")
        return
    names = {name for _claimed, name in env.oidc_groups}
    unknown = names - set(Group.objects.values_list("name", flat=True))
    if unknown:
        listed = ", ".join(sorted(unknown))
        text = f"HUB_OIDC_GROUPS names groups that the hub does not have: {listed}."
        yield wrong(check, text, "Correct the names, or make the groups in the administration.")
    try:
        answer = fetch(
            f"{env.oidc_url}/.well-known/openid-configuration", allowed_hosts=[env.oidc_url],
            max_bytes=_MOST_BYTES, timeout=_TIMEOUT_SECONDS,
        )  # fmt: skip
        said = json.loads(answer.body)
        issuer = str(said["issuer"])
    except DomainError as error:
        yield wrong(check, error.message, "Correct HUB_OIDC_URL, or open the way there.")
    except (KeyError, TypeError, ValueError):
        text = "What HUB_OIDC_URL names does not answer like an OpenID Connect provider."
        yield wrong(check, text, "Set HUB_OIDC_URL to the issuer that the provider shows.")
    else:
        if issuer.rstrip("/") != env.oidc_url:
            text = f"The provider calls itself {issuer}: nobody can sign in."
            yield wrong(check, text, "Set HUB_OIDC_URL to that address.")
        else:
            yield ok(
                check, f"The provider answers; it needs {env.site_url}{CALLBACK_PATH} in its list."
            )


def source_hub() -> Iterator[Finding]:
    """The hub that lists come from, if the source is one."""
    kind, _, address = settings.ENV.hub_source.partition(":")
    if kind != "hub":
        yield ok("source", f"The source is {kind}, which is read when somebody asks for an update.")
        return
    try:
        answer = fetch(
            f"{address}/api/models/lists", allowed_hosts=[address], max_bytes=_MOST_BYTES,
            timeout=_TIMEOUT_SECONDS,
        )  # fmt: skip
    except DomainError as error:
        yield warning("source", error.message, "Correct HUB_SOURCE, or open the way there.")
        return
    if HUB_HEADER.lower() in answer.headers:
        yield ok("source", "The source hub answers.")
    else:
        text = "What HUB_SOURCE names does not answer like a hub."
        yield warning("source", text, "Set HUB_SOURCE to the address of another Models Hub.")


def model_hubs() -> Iterator[Finding]:
    """Hugging Face and ModelScope, if the hub visits them."""
    if not settings.ENV.source_visits:
        yield ok("model hubs", "HUB_SOURCE_VISITS is 0: Hugging Face and ModelScope aren't asked.")
        return
    for key in ("huggingface", "modelscope"):
        hub = hub_named(key)
        try:
            fetch(
                hub.endpoint, allowed_hosts=hub.hosts, max_bytes=4 * _MOST_BYTES,
                timeout=_TIMEOUT_SECONDS,
            )  # fmt: skip
        except DomainError as error:
            yield warning(
                hub.label, error.message, "Open the way there, name a mirror, or switch visits off."
            )
        else:
            yield ok(hub.label, f"{hub.label} answers.")


def xinference() -> Iterator[Finding]:
    """The hub's own Xinference server, if it has one."""
    server = hub_server()
    if server is None:
        yield ok("Xinference", "XINFERENCE_ENDPOINT is empty: the hub has no server of its own.")
        return
    try:
        release = client.version(server)
    except DomainError as error:
        yield wrong("Xinference", error.message, "Correct the settings XINFERENCE_….")
    else:
        yield ok("Xinference", f"The server answers; its release is {release}.")


def clock() -> Iterator[Finding]:
    """This machine's clock, compared with that of GitHub, the source hub or the database server."""
    for address in (settings.ENV.github_api_url, settings.ENV.hub_source.removeprefix("hub:")):
        if (theirs := _time_at(address)) is not None:
            other = str(urlsplit(address).hostname)
            break
    else:
        theirs, other = database.server_time(), "the database server"
    if theirs is None:
        yield ok("clock", "No other machine answers that the clock could be compared with.")
        return
    off = abs(time.time() - theirs)
    text = f"The clock is {off:.0f} seconds away from that of {other}."
    advice = (
        "Let the machine set its clock from the network (NTP): codes of two-factor sign-in fail."
    )
    if off > _CLOCK_WRONG_SECONDS:
        yield wrong("clock", text, advice)
    elif off > _CLOCK_WARNING_SECONDS:
        yield warning("clock", text, advice)
    else:
        yield ok("clock", text)


def _time_at(address: str) -> float | None:
    """The time that a site's answer carries; None if the site does not answer."""
    if not address.startswith(("http://", "https://")):
        return None
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    try:
        answer = fetch(
            address, allowed_hosts=[origin], max_bytes=4 * _MOST_BYTES, timeout=_TIMEOUT_SECONDS
        )
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (DomainError, ValueError, TypeError):
        return None
