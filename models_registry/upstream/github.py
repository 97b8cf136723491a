"""The gateway to GitHub: the only file that imports PyGithub.

Everything goes through the git data API, since the contents API returns nothing for files over
1 MB. Only reading is tried again by itself; what writes fails with TryAgain, and the outbox looks
for what was done before it goes on. Facts: https://docs.github.com/rest, version 2022-11-28.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from github import Auth, Github, GithubException
from requests.exceptions import RequestException

from models_registry.upstream.errors import (
    GatewayError,
    MustWait,
    NoRights,
    Refused,
    TokenRefused,
    TryAgain,
)

API_VERSION = "2022-11-28"
MEDIA_TYPE = "application/vnd.github+json"
TIMEOUT_SECONDS = 30
READ_TRIES = 3
MODEL_ROOT = ("xinference", "model")
# Where GitHub says to wait but not for how long: its advice is at least one minute.
USUAL_WAIT = timedelta(seconds=60)
FORK_TRIES = 10


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository under its present name, and whether the token may push to it."""

    name: str
    may_push: bool

    @property
    def owner(self) -> str:
        """The account that it belongs to."""
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request; `state` is open, closed or merged.

    Whether git can merge it GitHub finds out in the background: None where it does not know yet.
    """

    number: int
    url: str
    state: str
    title: str
    body: str
    head: str
    mergeable: bool | None
    merged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """Who made a commit, as git writes it."""

    name: str
    email: str


class GitHub:
    """GitHub as one token sees it (without a token: as everybody does)."""

    def __init__(self, api_url: str, token: str = "") -> None:
        host = urlsplit(api_url).hostname or ""
        paced = host == "github.com" or host.endswith(".github.com")
        self._github = Github(
            auth=Auth.Token(token) if token else None,
            base_url=api_url,
            timeout=TIMEOUT_SECONDS,
            retry=None,
            api_version=API_VERSION,
            user_agent="xinference-models-hub",
            seconds_between_requests=0,
            # GitHub asks for one second between writes of one account.
            seconds_between_writes=1 if paced else 0,
        )

    def login(self) -> str:
        """The account of the token."""
        return str(self._ask("GET", "/user")["login"])

    def repository(self, name: str) -> Repository:
        """A repository by its name or a former one."""
        found = self._ask("GET", f"/repos/{name}")
        may_push = bool((found.get("permissions") or {}).get("push"))
        return Repository(str(found["full_name"]), may_push)

    def head(self, repository: str, branch: str) -> str | None:
        """The commit at the head of a branch, None where there is no such branch."""
        try:
            found = self._ask("GET", f"/repos/{repository}/git/ref/heads/{quote(branch)}")
        except NoRights:
            return None
        return str(found["object"]["sha"])

    def tree_of(self, repository: str, commit: str) -> str:
        """The id of a commit's tree."""
        return str(self._ask("GET", f"/repos/{repository}/git/commits/{commit}")["tree"]["sha"])

    def model_tree(self, repository: str, tree: str) -> str | None:
        """The id of the folder with all models in a commit's tree, None where there is none."""
        for step in MODEL_ROOT:
            entries = self._ask("GET", f"/repos/{repository}/git/trees/{tree}")["tree"]
            found = [one for one in entries if one["path"] == step and one["type"] == "tree"]
            if not found:
                return None
            tree = str(found[0]["sha"])
        return tree

    def model_files(self, repository: str, model_tree: str) -> dict[str, str]:
        """Path from the root → blob id of the JSON files in the folder with all models."""
        answer = self._ask(
            "GET", f"/repos/{repository}/git/trees/{model_tree}", parameters={"recursive": "1"}
        )
        if answer.get("truncated"):
            raise GatewayError("Upstream's folder of models is too large to be listed.")
        entries = answer["tree"]
        is_flat = not any("/" in str(one["path"]) for one in entries)
        if is_flat and any(one["type"] == "tree" for one in entries):
            # PyGithub drops the parameters where it is redirected: no folder here is without files.
            raise TryAgain("The repository was renamed just now.")
        root = "/".join(MODEL_ROOT)
        return {
            f"{root}/{one['path']}": str(one["sha"])
            for one in entries
            if one["type"] == "blob"
            and one["path"].endswith(".json")
            and not f"/{one['path']}".count("/schemas/")
        }

    def blob(self, repository: str, blob: str) -> str:
        """The text of a blob, of any size."""
        found = self._ask("GET", f"/repos/{repository}/git/blobs/{blob}")
        try:
            return base64.b64decode(found["content"]).decode("utf-8")
        except UnicodeDecodeError as error:
            raise GatewayError("A file of upstream is not UTF-8 text.") from error

    def make_tree(self, repository: str, base: str, files: Mapping[str, str | None]) -> str:
        """Make a tree from another one and new texts of files; None removes one. Idempotent."""
        entries: list[dict[str, Any]] = []
        for path, text in sorted(files.items()):
            entry: dict[str, Any] = {"path": path, "mode": "100644", "type": "blob"}
            entries.append({**entry, "sha": None} if text is None else {**entry, "content": text})
        made = self._ask(
            "POST", f"/repos/{repository}/git/trees", {"base_tree": base, "tree": entries}
        )
        return str(made["sha"])

    def make_commit(
        self,
        repository: str,
        *,
        message: str,
        tree: str,
        parents: Iterable[str],
        author: Signature,
    ) -> str:
        """Make a commit that no branch has yet; its committer is the token's owner."""
        content = {
            "message": message,
            "tree": tree,
            "parents": list(parents),
            "author": {"name": author.name, "email": author.email},
        }
        return str(self._ask("POST", f"/repos/{repository}/git/commits", content)["sha"])

    def create_branch(self, repository: str, branch: str, commit: str) -> None:
        """Make a branch. Raises Refused where there is one of that name."""
        content = {"ref": f"refs/heads/{branch}", "sha": commit}
        self._ask("POST", f"/repos/{repository}/git/refs", content)

    def move_branch(self, repository: str, branch: str, commit: str) -> None:
        """Move a branch on to a commit that follows its head, never by force. Raises Refused."""
        path = f"/repos/{repository}/git/refs/heads/{quote(branch)}"
        self._ask("PATCH", path, {"sha": commit, "force": False})

    def delete_branch(self, repository: str, branch: str) -> None:
        """Delete a branch; one that is gone already is no error."""
        try:
            self._ask("DELETE", f"/repos/{repository}/git/refs/heads/{quote(branch)}")
        except (NoRights, Refused):
            if self.head(repository, branch) is not None:
                raise

    def find_pull(self, repository: str, owner: str, branch: str) -> Pull | None:
        """The newest pull request from a branch of an account, in any state."""
        # Without "owner:" GitHub ignores the filter and returns all of them.
        parameters = {"head": f"{owner}:{branch}", "state": "all", "per_page": "100"}
        found = self._ask("GET", f"/repos/{repository}/pulls", parameters=parameters)
        own = [one for one in found if one["head"]["ref"] == branch]
        return _pull(max(own, key=lambda one: one["number"])) if own else None

    def open_pull(self, repository: str, *, head: str, base: str, title: str, body: str) -> Pull:
        """Open a pull request from `OWNER:BRANCH`. Raises Refused where there is one already."""
        content = {
            "title": title,
            "head": head,
            "base": base,
            "body": body,
            "maintainer_can_modify": True,
        }
        return _pull(self._ask("POST", f"/repos/{repository}/pulls", content))

    def edit_pull(self, repository: str, number: int, **content: str) -> Pull:
        """Change title, body or state of a pull request."""
        return _pull(self._ask("PATCH", f"/repos/{repository}/pulls/{number}", dict(content)))

    def pull(self, repository: str, number: int, etag: str = "") -> tuple[Pull | None, str]:
        """A pull request and its ETag; None where it is still what that ETag stands for."""
        path = f"/repos/{repository}/pulls/{number}"
        headers, found = self._answer("GET", path, etag=etag)
        return (_pull(found) if found else None), headers.get("etag", "")

    def fork(self, repository: str, branch: str) -> str:
        """The name of the token's own fork of a repository, made if need be, and up to date.

        GitHub makes forks in the background: TryAgain where it takes longer than some seconds.
        """
        made = self._ask("POST", f"/repos/{repository}/forks", {"default_branch_only": True})
        name = str(made["full_name"])
        for attempt in range(FORK_TRIES):
            if self.head(name, branch) is not None:
                break
            time.sleep(min(0.2 * 2**attempt, 2))
        else:
            raise TryAgain(f"GitHub is still making the fork {name}.")
        try:
            self._ask("POST", f"/repos/{name}/merge-upstream", {"branch": branch})
        except (Refused, NoRights):
            # Its owner has commits of his own there. Commits of the hub start from upstream's.
            pass
        return name

    def _ask(
        self,
        verb: str,
        path: str,
        content: Any = None,
        *,
        parameters: dict[str, Any] | None = None,
    ) -> Any:
        return self._answer(verb, path, content, parameters=parameters)[1]

    def _answer(
        self,
        verb: str,
        path: str,
        content: Any = None,
        *,
        parameters: dict[str, Any] | None = None,
        etag: str = "",
    ) -> tuple[Mapping[str, str], Any]:
        headers = {"Accept": MEDIA_TYPE, **({"If-None-Match": etag} if etag else {})}
        for left in reversed(range(READ_TRIES if verb == "GET" else 1)):
            try:
                return self._asked(verb, path, parameters, headers, content)
            except GithubException as error:
                if not (error.status >= 500 and left):
                    raise _translated(error) from None
            except (RequestException, OSError, ValueError) as error:
                if not left:
                    # The exception's text may hold the request, and with it the token.
                    raise TryAgain(f"GitHub could not be reached: {_reason(error)}.") from None
            time.sleep(0.3 * (READ_TRIES - left))
        raise AssertionError("The last try returns or raises.")

    def _asked(
        self, verb: str, path: str, parameters: Any, headers: dict[str, str], content: Any
    ) -> tuple[Mapping[str, str], Any]:
        """Ask once. PyGithub follows redirects of what reads, and takes others for an answer."""
        requester = self._github.requester
        status, answered, raw = requester.requestJson(verb, path, parameters, headers, content)
        try:
            found = json.loads(raw) if raw else None
        except ValueError:
            if status < 400:
                raise
            found = {"message": raw[:200]}
        if status >= 400:
            said = found if isinstance(found, dict) else {}
            raise requester.createException(status, answered, said)
        if status in (301, 302, 307, 308):
            raise TryAgain("The repository was renamed just now.")
        return answered, found


def _pull(found: Mapping[str, Any]) -> Pull:
    merged = bool(found.get("merged_at") or found.get("merged"))
    return Pull(
        number=int(found["number"]),
        url=str(found["html_url"]),
        state="merged" if merged else str(found["state"]),
        title=str(found.get("title") or ""),
        body=str(found.get("body") or ""),
        head=str(found["head"]["sha"]),
        merged_at=_moment(found.get("merged_at")),
        mergeable=found.get("mergeable"),
    )


def _moment(text: Any) -> datetime | None:
    """A time as GitHub writes it: 2026-12-31T23:59:59Z."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, ValueError) and not isinstance(error, RequestException):
        return "its answer is cut off"
    return "the connection failed or was cut"


def _translated(error: GithubException) -> GatewayError:
    """An answer of GitHub as one of our errors, in words."""
    headers = {key.lower(): value for key, value in (error.headers or {}).items()}
    said = _said(error.data)
    status = error.status
    if status in (403, 429) and (until := _told_to_wait(headers, said)) is not None:
        moment = until.strftime("%H:%M:%S")
        return MustWait(
            f"GitHub's rate limit is reached; it asks to wait until {moment} UTC.", until=until
        )
    if status == 401:
        return TokenRefused("GitHub does not accept the token: it is wrong, revoked or expired.")
    if status in (403, 404):
        return NoRights(f"GitHub answers {status}: {said}")
    if status in (409, 422):
        return Refused(f"GitHub refuses this: {said}")
    if status >= 500 or status < 0:
        return TryAgain(f"GitHub has a fault of its own ({status}).")
    return GatewayError(f"GitHub answers {status}: {said}")


def _said(data: Any) -> str:
    """What GitHub says is wrong, on one line."""
    if not isinstance(data, dict):
        return "no reason is given"
    parts = [str(data.get("message") or "no reason is given")]
    errors = data.get("errors")
    for one in errors if isinstance(errors, list) else ():
        parts.append(
            str(one.get("message") or one.get("code")) if isinstance(one, dict) else str(one)
        )
    return "; ".join(parts)[:500]


def _told_to_wait(headers: Mapping[str, str], said: str) -> datetime | None:
    now = datetime.now(tz=UTC)
    if (after := headers.get("retry-after", "")).isdecimal():
        return now + timedelta(seconds=min(int(after), 86_400))
    if headers.get("x-ratelimit-remaining") == "0":
        reset = headers.get("x-ratelimit-reset", "")
        if reset.isdecimal():
            return max(datetime.fromtimestamp(int(reset), tz=UTC), now) + timedelta(seconds=1)
        return now + USUAL_WAIT
    return now + USUAL_WAIT if "rate limit" in said.lower() else None
