"""Who may do what: the kinds of people, the kinds of models, and the right answer for each pair.

The tests beside this module walk the table. Every address of the project has a row in `ROWS`.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from accounts import tokens
from accounts.models import Scope, User
from models_registry.models import RegisteredModel

# --- People -----------------------------------------------------------------------------------

GROUPS = {
    "registrar": "Registrars",
    "public registrar": "Public registrars",
    "enterprise registrar": "Enterprise registrars",
    "enterprise viewer": "Enterprise viewers",
    "maintainer": "Maintainers",
    "enterprise maintainer": "Enterprise maintainers",
    "reviewer": "Reviewers",
}
GRANTS = {
    "may view this": "view_model",
    "may change this": "change_model",
    "may delete this": "delete_model",
    "may expire this": "expire_model",
}
PEOPLE = ["anonymous", "user", "owner", *GROUPS, *GRANTS, "superuser"]
SIGNED_IN = set(PEOPLE) - {"anonymous"}
GRANTED = set(GRANTS)
# Staff with one right each, given for all models; and somebody with every right whose account was
# deactivated while a session and a token were live.
RIGHTS = [codename for codename, _ in RegisteredModel._meta.permissions]
DEACTIVATED = "deactivated"
STAFF = [f"staff: {right}" for right in RIGHTS]
# Rights over accounts open nothing but the list of accounts in the administration.
ON_ACCOUNTS = ["view_user", "change_user", "add_user"]
ACTIVE = [*PEOPLE, *STAFF]
EVERYBODY = [*ACTIVE, DEACTIVATED]
OUTSIDE = {"anonymous", DEACTIVATED}


def staff(*rights: str) -> set[str]:
    """The staff whose only right is one of these."""
    assert set(rights) <= set(RIGHTS)
    return {f"staff: {right}" for right in rights}


PUBLIC_STAFF = staff("change_public_model", "delete_public_model", "expire_public_model")
ENTERPRISE_STAFF = staff(
    "change_enterprise_model", "delete_enterprise_model", "expire_enterprise_model"
)
REVIEWING_STAFF = staff("view_review_list", "review_model")

# --- Models -----------------------------------------------------------------------------------

# Who may see a model of each kind. For everybody else it does not exist: 404.
SEES: dict[str, set[str]] = {
    "private": {"owner", "maintainer", "superuser", *GRANTED, *PUBLIC_STAFF},
    "proposed": {"owner", "reviewer", "superuser", *GRANTED, *REVIEWING_STAFF},
    "public": {*EVERYBODY, *(f"staff: {right}" for right in ON_ACCOUNTS)},
    "enterprise": {
        "owner",
        "enterprise viewer",
        "enterprise maintainer",
        "superuser",
        *GRANTED,
        *staff("view_enterprise_model"),
        *ENTERPRISE_STAFF,
    },
    "expired": {"owner", "maintainer", "superuser", *GRANTED, *PUBLIC_STAFF},
}
# Who finds a model by its name: for a private one, its owner only.
FINDS: dict[str, set[str]] = {**SEES, "private": {"owner"}}
KINDS = list(SEES)
LIVE = {"private", "public", "enterprise"}

# Who may change, delete and let expire (403 for those who see it and may not).
CHANGES: dict[str, set[str]] = {
    "private": {"owner", "maintainer", "superuser", "may change this", *PUBLIC_STAFF},
    "proposed": {"owner", "superuser"},
    "public": {
        "owner",
        "maintainer",
        "superuser",
        "may change this",
        *staff("change_public_model"),
    },
    "enterprise": {
        "owner",
        "enterprise maintainer",
        "superuser",
        "may change this",
        *staff("change_enterprise_model"),
    },
    "expired": {
        "owner",
        "maintainer",
        "superuser",
        "may change this",
        *staff("change_public_model"),
    },
}
DELETES: dict[str, set[str]] = {
    "private": {"owner", "maintainer", "superuser", "may delete this", *PUBLIC_STAFF},
    "proposed": {"owner", "superuser"},
    "public": {"maintainer", "superuser", "may delete this", *staff("delete_public_model")},
    "enterprise": {
        "enterprise maintainer",
        "superuser",
        "may delete this",
        *staff("delete_enterprise_model"),
    },
    "expired": {"maintainer", "superuser", "may delete this", *staff("delete_public_model")},
}
EXPIRES: dict[str, set[str]] = {
    "private": {"owner", "maintainer", "superuser", "may expire this", *PUBLIC_STAFF},
    "proposed": set(),
    "public": {"maintainer", "superuser", "may expire this", *staff("expire_public_model")},
    "enterprise": {
        "enterprise maintainer",
        "superuser",
        "may expire this",
        *staff("expire_enterprise_model"),
    },
    "expired": {"maintainer", "superuser", "may expire this", *staff("expire_public_model")},
}
# Who may suggest a change of a model that is not theirs, which a reviewer decides on.
SUGGESTS: dict[str, set[str]] = {
    **{kind: set() for kind in ("private", "proposed", "enterprise", "expired")},
    "public": {
        "registrar",
        "public registrar",
        "enterprise registrar",
        *staff("register_model"),
    },
}
# What a change by that person becomes.
STATES = {
    ("private", "owner"): "published",
    ("proposed", "owner"): "proposed",
    ("proposed", "superuser"): "proposed",
    ("public", "owner"): "proposed",
    ("enterprise", "owner"): "proposed",
    ("expired", "owner"): "proposed",
    **{("public", person): "proposed" for person in SUGGESTS["public"]},
}


def sign_in(client, user: User | None) -> None:
    """Give the browser a session of that person; the one of the deactivated was opened before."""
    if user is None:
        return
    client.force_login(user)
    if user.username == "one-more" and user.is_superuser:
        User.objects.filter(pk=user.pk).update(is_active=False)


def bearer(user: User | None, scope: str = Scope.WRITE) -> dict[str, str]:
    """The header with an access token of that person; none for nobody."""
    if user is None:
        return {}
    _, raw = tokens.issue(by=user, name="matrix", scope=Scope(scope), expires_at=None)
    return {"Authorization": f"Bearer {raw}"}


def attempt(client, method: str, path: str, body: dict | None, headers: dict[str, str]):
    return getattr(client, method)(path, body, content_type="application/json", headers=headers)


def refusal(person: str, kind: str) -> int:
    """What somebody hears who may not: sign in, there is nothing, or you may not."""
    if person == "anonymous":
        return 401
    return 403 if person in SEES[kind] else 404


# --- Every address has a row ------------------------------------------------------------------

# What each row means is tested below, "review" in tests/reviews too. "admin" and "library" are
# whole trees with one rule each.
ROWS = {
    "": "open", "^models/?$": "open", "signin": "open", "signup": "open", "healthz": "open",
    "readyz": "open",
    "theme": "open", "i18n/setlang/": "open", "metrics": "metrics",
    "avatars/<str:username>": "open",
    "accounts/invitation/<str:key>/": "open",
    "accounts/oidc/<str:provider_id>/login/": "open",
    "accounts/oidc/<str:provider_id>/login/callback/": "open",
    "robots.txt": "open", ".well-known/security.txt": "open", "site.webmanifest": "open",
    "opensearch.xml": "open", "favicon.ico": "open",
    "help": "open", "help/<slug:name>": "open",
    # Alike for everybody: what visitors without an account see.
    "sitemap.xml": "visitors' models", "sitemap-<slug:section>.xml": "visitors' models",
    "feeds/new.atom": "visitors' models", "feeds/updated.atom": "visitors' models",
    "feeds/<slug:model_type>/new.atom": "visitors' models",
    "feeds/<slug:model_type>/updated.atom": "visitors' models",
    "models/detail/<int:pk>/picture.png": "visitors' models",
    "models/detail/<path:name_or_id>": "model", "models/detail/<int:pk>/definition.json": "model",
    "models/compare": "compare",
    "user-center": "signed in", "user-center/avatar": "signed in",
    "user-center/avatar/remove": "signed in", "user-center/appearance": "signed in",
    "user-center/close": "signed in", "user-center/key": "signed in",
    "user-center/key/github": "signed in", "user-center/key/github/remove": "signed in",
    "user-center/key/token": "signed in", "user-center/key/token/<int:pk>/revoke": "signed in",
    "user-center/key/session/<int:pk>/end": "signed in",
    "user-center/session/<int:pk>/end": "signed in",
    "models/detail/<int:pk>/review": "review", "models/detail/<int:pk>/review/comment": "review",
    "models/detail/<int:pk>/review/withdraw": "review",
    "models/detail/<int:pk>/review/endorse": "review",
    "models/detail/<int:pk>/review/request": "review",
    "models/detail/review/requests/<int:pk>/withdraw": "review",
    "models/detail/<int:pk>/review/decline": "review",
    "notifications": "signed in", "notifications/<int:pk>": "signed in",
    "notifications/read": "signed in", "user-center/notifications": "signed in",
    "user-center/webhooks": "signed in", "user-center/webhooks/<int:pk>": "signed in",
    "user-center/webhooks/<int:pk>/<slug:action>": "signed in",
    "user-center/webhooks/<int:pk>/deliveries/<int:delivery>": "signed in",
    "api/": "open", "api/docs": "open", "api/openapi.json": "open",
    "api/users/login": "open", "api/users/refresh": "open",
    "api/models": "api", "api/models/download": "api", "api/models/<name_or_id>": "api",
    "api/models/<model_id>/expiry": "api", "api/models/<model_id>/revisions": "api",
    "api/models/<model_id>/reviews": "api", "api/models/<model_id>/revisions/<revision>": "api",
    "api/models/<modeltype:model_type>/<name>": "api", "api/me/models": "api",
    "api/me/drafts": "api", "api/me/drafts/<int:draft_id>": "api", "api/me/notifications": "api",
    "api/models/<model_id>/name": "api", "api/models/<model_id>/offer": "api",
    "api/models/<model_id>/requests": "api", "api/me/offers": "api",
    "api/me/offers/<int:offer_id>/answer": "api", "api/requests": "api",
    "api/requests/<int:request_id>": "api", "api/requests/<int:request_id>/decision": "api",
    "api/requests/<int:request_id>/withdrawal": "api",
    "api/proposals": "api", "api/proposals/<int:proposal_id>": "api",
    "api/proposals/<int:proposal_id>/endorsement": "api",
    "api/proposals/<int:proposal_id>/withdrawal": "api",
    # Registration and drafts: signed in, and only one's own drafts exist.
    "model-registration": "signed in", "model-registration/names": "signed in",
    "model-registration/completions/<str:model_type>.json": "open",
    "model-registration/<int:pk>": "draft", "model-registration/<int:pk>/<str:view>": "draft",
    "model-registration/<int:pk>/merge": "draft", "model-registration/<int:pk>/preview": "draft",
    "my-models": "signed in", "my-models/offers/<int:pk>/<slug:answer>": "signed in",
    "my-models/drafts/<int:pk>/discard": "draft",
    # Maintenance of a model: for those who may do something to it.
    "models/detail/<int:pk>/history": "model", "models/detail/<int:pk>/compare": "model",
    "models/detail/<int:pk>/history/<int:number>": "model",
    "models/detail/<int:pk>/compare/<int:old>...<int:new>": "model",
    "models/detail/<int:pk>/history/<int:number>/restore": "maintenance",
    "models/detail/<int:pk>/edit": "maintenance", "models/detail/<int:pk>/settings": "maintenance",
    "models/detail/<int:pk>/settings/<slug:action>": "maintenance",
    # The Launch Model page.
    "^launch_model/?$": "open", "^launch_model/(?P<tab>[a-z]+)/?$": "open",
    "launch_model/<int:pk>/launch": "launch", "launch_model/update": "signed in",
    "launch_model/updates/<int:pk>": "signed in", "launch_model/add": "signed in",
    "launch_model/add/preview": "signed in", "launch_model/add/names": "signed in",
    "launch_model/server": "signed in", "launch_model/server/stop": "signed in",
    "launch_model/server/progress/<path:uid>": "signed in",
    "launch_model/server/choose": "signed in", "launch_model/server/cancel": "signed in",
    "launch_model/server/update": "signed in", "launch_model/there/<str:tab>": "signed in",
    "launch_model/server/register/<int:pk>": "signed in",
    "user-center/server": "signed in", "user-center/server/test": "signed in",
    "user-center/server/forget": "signed in",
    "launch_model/conflicts": "signed in", "launch_model/conflicts/<int:pk>": "signed in",
    "launch_model/conflicts/<int:pk>/keep": "signed in",
    "upstream": "signed in", "upstream/removals": "signed in",
    "launch_model/fleet": "signed in", "launch_model/fleet/ask": "signed in",
    # The lists are public, and so are their older revisions and the key that signs them.
    "api/models/lists": "lists", "api/models/lists/key.pem": "lists",
    "api/models/lists/<model_type>": "lists",
    "api/models/lists/<model_type>/repositories": "lists",
    # What of a model is on its way to upstream; GitHub signs what it calls.
    "models/detail/<int:pk>/upstream": "model",
    "models/detail/<int:pk>/upstream/<int:change_pk>.patch": "model",
    "models/detail/<int:pk>/upstream/<int:change_pk>/<slug:action>": "maintenance",
    "api/models/<model_id>/changes": "api", "api/github/webhook": "open",
}  # fmt: skip
TREES = {"admin/": "admin", "accounts/": "library"}


def addresses(patterns=None, before: str = "") -> Iterator[str]:
    """Every route of the project."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route
