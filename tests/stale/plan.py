"""Every form that decides: what changes between its page and its being sent, and what is said.

A row prepares the world and says what to send; `tests/test_stale_forms.py` walks all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from models_registry.actions.edit import current_revision, edit
from models_registry.actions.submission import Submission
from models_registry.models import RegisteredModel, Visibility
from tests.factories import changed
from tests.standins.xinference import XinferenceServer


@dataclass
class Plan:
    """What one row does. `state` is all that the form could decide about."""

    page: str
    action: str
    change: Callable[[], object]
    state: Callable[[], object]
    told: str
    typed: dict[str, Any] = field(default_factory=dict)
    # What was typed and must still be in the answer.
    kept: str = ""
    status: tuple[int, ...] = (200, 409)
    # What the same form changes where nothing has happened in between, if not `state`.
    control: Callable[[], object] | None = None


@dataclass
class World:
    """Who is signed in (a superuser with a session), somebody else, and the hub's server."""

    client: Any
    root: User
    other: User
    server: XinferenceServer


Prepare = Callable[[World], Plan]
ROWS: list[tuple[str, str, Prepare]] = []
STALE = "Nothing was changed"


def row(route: str) -> Callable[[Prepare], Prepare]:
    """Add a row for the view of that route."""

    def added(prepare: Prepare) -> Prepare:
        ROWS.append((route, prepare.__name__, prepare))
        return prepare

    return added


def fresh(model: RegisteredModel) -> RegisteredModel:
    return RegisteredModel.objects.get(pk=model.pk)


def publish(model: RegisteredModel, by: User, length: int = 4096) -> None:
    """Somebody publishes another revision."""
    now = fresh(model)
    text = changed(now.published_revision, context_length=length)
    submission = Submission(definition=text)
    base = current_revision(now, by=by).number
    edit(now, submission, by=by, base_revision=base)


def make(model: RegisteredModel, visibility: str, by: User) -> None:
    """Somebody changes who sees the model."""
    now = fresh(model)
    submission = Submission(visibility=Visibility(visibility))
    base = current_revision(now, by=by).number
    edit(now, submission, by=by, base_revision=base)
