"""GitHub's answers, as far as the hub reads them.

A proxy or a maintenance page may answer 200 with any JSON. What has another shape than GitHub
documents is a passing fault, and never an error of our own later on.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from models_registry.upstream.errors import TryAgain

T = TypeVar("T")


class UserAnswer(BaseModel):
    """An account."""

    login: str


class TokenAnswer(BaseModel):
    """A token of an app's installation, and what it may do."""

    token: str
    expires_at: AwareDatetime
    permissions: dict[str, str] = {}


class LimitAnswer(BaseModel):
    """A rate limit of an account."""

    remaining: int


class LimitsByKindAnswer(BaseModel):
    """The rate limits of an account; `core` is the limit of the REST API."""

    core: LimitAnswer


class LimitsAnswer(BaseModel):
    """The account's rate limits."""

    resources: LimitsByKindAnswer


class ShaAnswer(BaseModel):
    """An object of git."""

    sha: str


class RefAnswer(BaseModel):
    """A branch, with the commit at its head."""

    object: ShaAnswer


class CommitAnswer(BaseModel):
    """A commit, with its tree."""

    tree: ShaAnswer


class EntryAnswer(BaseModel):
    """A file or folder of a tree."""

    path: str
    type: str
    sha: str


class TreeAnswer(BaseModel):
    """A tree; `truncated` where it is too large to be listed."""

    tree: list[EntryAnswer]
    truncated: bool = False


class BlobAnswer(BaseModel):
    """A file's content in Base64."""

    content: str


class RepositoryAnswer(BaseModel):
    """A repository, and what the token may do there."""

    full_name: str
    permissions: dict[str, bool] | None = None


class NumberAnswer(BaseModel):
    """A pull request in a list."""

    number: int


class HeadAnswer(BaseModel):
    """The branch that a pull request comes from."""

    sha: str
    ref: str


class PullAnswer(BaseModel):
    """A pull request."""

    number: int
    html_url: str
    state: str
    head: HeadAnswer
    title: str | None = None
    body: str | None = None
    merged: bool | None = None
    merged_at: str | None = None
    mergeable: bool | None = None


def read_answer(shape: type[T], answer: Any) -> T:
    """An answer in its shape. Raises TryAgain where it has another one."""
    try:
        read: T = _adapter(cast(Any, shape)).validate_python(answer)
        return read
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the answer"
        raise TryAgain("github_answer_unexpected", place=place, problem=first["msg"]) from None


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def web_address(address: str) -> str:
    """An address for a link. SECURITY: no other scheme gets into an href."""
    return address if address.startswith(("https://", "http://")) else ""


def moment_of(text: str | None) -> datetime | None:
    """A time as GitHub writes it: 2026-12-31T23:59:59Z."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
