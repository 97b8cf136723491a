"""A hub with one of everything, and values that must not break it."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from urllib.parse import quote, unquote

from django.forms import BaseForm
from django.http import HttpHeaders, QueryDict
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from accounts.models import User
from models_registry.models import (
    ChangeKind,
    Draft,
    PullRequest,
    SourceMark,
    UpdateRun,
    UpstreamChange,
)
from reviews.models import Notification, NotificationKind, SavedReply
from tests.factories import a_model, a_user, llm_record, written
from tests.reviews.conftest import a_proposal, an_author

VALUES = {
    "NUL": "a\x00b",
    "300 characters": "x" * 300,
    "70,000 characters": "y" * 70_000,
    "lone surrogate": "a\ud800b",
    "right-to-left override": "a\u202eb",
    "5,000 digits": "9" * 5_000,
    "20 digits": "9" * 20,
    "10 digits": "9" * 10,
    "superscript digit": "\u00b2",
    "address of 300 characters": "x" * 60 + "@" + ("y" * 59 + ".") * 4 + "org",
    "page of 400 characters": "https://example.org/" + "z" * 380,
}
# What carries a request past its first check, so that what is read behind that is reached too.
USUAL = {
    "action": "delete_selected",
    "base_revision": "1",
    "decision": "approve",
    "feedback": "Because.",
    "hub": "huggingface",
    "message": "Why",
    "model_type": "llm",
    "name": "m-public",
    "part": "definition",
    "start": "copy",
    "text": "Words",
    "theme": "dark",
    "visibility": "private",
    "way": "definition",
    "email": "somebody@example.org",
    "username": "somebody",
    "password1": "correct horse battery",
    "password2": "correct horse battery",
    "definition": written(llm_record("m-brought")),
}
LEARNT_AT_MOST = 80
# A file, a line of it, and the form that reads there.
Place = tuple[str, int, str]


@dataclass
class World:
    """One of everything that addresses name, all of it the superuser's."""

    user: User
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, route: str, name: str) -> int:
        """A number that exists for that part of an address."""
        if name in {"number", "old", "new", "change_pk"}:
            return self.numbers.get(name, 1)
        chosen = [start for start in self.numbers if route.startswith(start)]
        return self.numbers[max(chosen, key=len)] if chosen else self.numbers["models/"]


def build_world() -> World:
    """The superuser, a public model, a draft, a proposal and whatever else has a page."""
    user = a_user("root", is_superuser=True, is_staff=True)
    model = a_model("m-public", owner=user)
    proposal = a_proposal(an_author(), name="m-proposed")
    SourceMark.objects.create(model=model, their_text=written(llm_record("m-public", version=1)))
    change = UpstreamChange.objects.create(
        model=model,
        kind=ChangeKind.UPDATE,
        model_type="llm",
        name=model.name,
        name_key=model.name,
        revision=model.published_revision,
        pull_request=PullRequest.objects.create(branch="models/m-public"),
    )
    draft = Draft.objects.create(
        owner=user, model_type="llm", definition=written(llm_record("m-draft"))
    )
    reply = SavedReply.objects.create(title="Thanks", text="Thank you")
    run = UpdateRun.objects.create(model_type="image", source="dir:x", by=user)
    notification = Notification.objects.create(
        recipient=user, kind=NotificationKind.values[0], title="News", url="/models"
    )
    return World(
        user,
        {
            "models/": model.pk,
            "launch_model/": model.pk,
            "launch_model/updates/": run.pk,
            "model-registration/": draft.pk,
            "my-models/drafts/": draft.pk,
            "admin/reviews/": proposal.pk,
            "admin/reviews/replies/": reply.pk,
            "notifications/": notification.pk,
            "change_pk": change.pk,
        },
    )


def routes(
    resolver: URLResolver | None = None, before: str = "", names: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """Every route of the project with the name that makes its address."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            space = (pattern.namespace,) if pattern.namespace else ()
            yield from routes(pattern, before + str(pattern.pattern), (*names, *space))
        elif isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern), ":".join((*names, pattern.name or ""))


def encoded(fields: dict[str, str]) -> str:
    """Fields as a browser sends them, with bytes that are no UTF-8 for a lone surrogate."""
    return "&".join(
        f"{quote(name, errors='surrogatepass')}={quote(value, errors='surrogatepass')}"
        for name, value in fields.items()
    )


def learning(monkeypatch: Any) -> Callable[[], dict[str, set[Place]]]:
    """Notice which parameters are read, and where; each call gives those since the last one."""
    asked: dict[str, set[Place]] = {}
    for name in ("get", "getlist", "__getitem__", "__contains__", "pop"):
        _notice(monkeypatch, QueryDict, name, asked)

    def fresh() -> dict[str, set[Place]]:
        usable = {key: where for key, where in asked.items() if key.isprintable()}
        asked.clear()
        return {key: where for key, where in usable.items() if 0 < len(key) < 60}

    return fresh


def learning_headers(monkeypatch: Any) -> dict[str, set[Place]]:
    """The table into which every header goes that is read from now on, with where it is read."""
    asked: dict[str, set[Place]] = {}
    for name in ("get", "__getitem__", "__contains__"):
        _notice(monkeypatch, HttpHeaders, name, asked)
    return asked


def _notice(monkeypatch: Any, owner: type, name: str, asked: dict[str, set[Place]]) -> None:
    original = getattr(owner, name)

    def noticed(self: Any, key: Any, *rest: Any, **named: Any) -> Any:
        frame = sys._getframe(1)
        while frame.f_back and frame.f_code.co_filename.endswith(("datastructures.py", __file__)):
            frame = frame.f_back
        place = (frame.f_code.co_filename, frame.f_lineno, _form_of(frame))
        asked.setdefault(str(key), set()).add(place)
        return original(self, key, *rest, **named)

    monkeypatch.setattr(owner, name, noticed, raising=False)


def _form_of(frame: FrameType | None) -> str:
    """The form whose field reads a value; "" outside of forms."""
    while frame and "/forms/" in frame.f_code.co_filename:
        reader = frame.f_locals.get("self")
        if isinstance(reader, BaseForm):
            return type(reader).__qualname__
        frame = frame.f_back
    return ""


class Representatives:
    """Which hostile values to send for a name on a route.

    All of them where code reads the name that no earlier route has reached; else the next one in
    turn, since the same line treats it in the same way. Fields of all forms are read by the same
    lines of Django, so each form counts as its own. `thorough` sends all always.
    """

    def __init__(self, thorough: bool) -> None:
        self.thorough = thorough
        self.walked: set[tuple[str, Place]] = set()
        self.turn = 0

    def values(self, name: str, places: set[Place]) -> dict[str, str]:
        """Label → value."""
        keys = {(name, place) for place in places}
        if self.thorough or not places or keys - self.walked:
            self.walked |= keys
            return VALUES
        self.turn += 1
        label = list(VALUES)[self.turn % len(VALUES)]
        return {label: VALUES[label]}


_PART = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


def address(route: str, world: World, changed: str = "", value: str = "") -> str:
    """A route's address: with what exists, but for one part."""

    def filled(match: re.Match[str]) -> str:
        kind, name = match[1] or "", match[2] or match[3]
        if name == changed:
            return value
        return usual_part(world, route, kind, name)

    path = "/" + _PART.sub(filled, route).replace("/?", "/").replace("^", "")
    return quoted(path.replace("\\Z", "").removesuffix("$"))


def parts(route: str) -> list[str]:
    """The names of a route's parts."""
    return [match[2] or match[3] for match in _PART.finditer(route)]


def usual_part(world: World, route: str, kind: str, name: str) -> str:
    """What stands in a part of an address, so that the view finds something."""
    usual = {
        "name_or_id": "m-public",
        "username": "root",
        "model_type": "llm",
        "tab": "llm",
        "section": "models",
        "view": "json",
        "action": "featured" if "settings" in route else "retry",
        "uid": "m-public",
        "app_label": "models_registry",
        "url": "nothing",
    }
    if name == "object_id" and "accounts/user/" in route:
        return str(world.user.pk)
    if kind == "int" or name in {"object_id", "pk", "id", "model_id"}:
        return str(world.number(route, name))
    return usual.get(name, "1")


def answering_code(path: str) -> object:
    """The view's code that answers at a path, whatever model it is for; None where nothing does."""
    try:
        view = resolve(unquote(path, errors="surrogatepass")).func
    except Resolver404:
        return None
    # allauth and the administration wrap methods, Django's views are classes.
    view = getattr(inspect.unwrap(view), "view_class", inspect.unwrap(view))
    return getattr(view, "__code__", view)


def quoted(path: str) -> str:
    """A path as browsers send it; a lone surrogate becomes bytes that are no UTF-8."""
    return quote(path, safe="/.-_~", errors="surrogatepass")


ROUTES = sorted({route for route, _name in routes()})
