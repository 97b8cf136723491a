"""The gateway to GitHub; only this file, github_app and github_faults import PyGithub.

Everything uses the git data API, since the contents API returns nothing for files over 1 MB. Only
reads are retried here; writes fail with TryAgain, and the outbox checks what was done before it
continues. See https://docs.github.com/rest, version 2022-11-28.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

from github import Auth, Github, GithubException
from requests.exceptions import RequestException

from accounts import github_quota
from accounts.github_identity import GitHubAccount
from accounts.github_quota import RateLimited
from hub import request_id
from models_registry.definitions.upstream_files.layouts import is_schema
from models_registry.upstream import github_answers as answers
from models_registry.upstream.errors import (
    GatewayError,
    NoRights,
    NotText,
    Refused,
    TryAgain,
)
from models_registry.upstream.github_faults import (
    connection_failure,
    error_text,
    must_wait,
    translated,
)

T = TypeVar("T")

API_VERSION = "2022-11-28"
# What tokens of an app's installation begin with.
APP_PREFIX = "ghs_"
MEDIA_TYPE = "application/vnd.github+json"
TIMEOUT_SECONDS = 30
READ_TRIES = 3
MODEL_ROOT = ("xinference", "model")
MAX_PATH = 280
FORK_TRIES = 10
# GitHub's limits in characters: it refuses more with 422.
MAX_TITLE = 256
MAX_BODY = 65_536
# Lists of open pull requests come in pages of 100.
MAX_PAGES = 10


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository under its current name, and whether the token may push to it."""

    name: str
    may_push: bool

    @property
    def owner(self) -> str:
        """The account that it belongs to."""
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request; `state` is open, closed or merged.

    GitHub computes in the background whether git can merge it: None until then.
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
    """The author of a commit, in git's format."""

    name: str
    email: str


class GitHub:
    """GitHub as seen with one token (without a token: as seen by everybody)."""

    def __init__(self, api_url: str, token: str = "") -> None:
        self._token = token
        self._owner: github_quota.Owner | None = None
        self._github = Github(
            auth=Auth.Token(token) if token else None,
            base_url=api_url,
            timeout=TIMEOUT_SECONDS,
            retry=None,
            api_version=API_VERSION,
            user_agent="xinference-models-hub",
            # The account's rate limit is shared by all processes.
            seconds_between_requests=0,
            seconds_between_writes=0,
        )

    def login(self) -> str:
        """The account of the token."""
        return self._ask(answers.UserAnswer, "GET", "/user").login

    def requests_left(self) -> int:
        """How many requests the account may still send this hour; asking does not count."""
        return self._ask(answers.LimitsAnswer, "GET", "/rate_limit").resources.core.remaining

    def owner(self) -> github_quota.Owner:
        """The account that the token's rate limit belongs to. Raises MustWait."""
        if self._owner is None:
            try:
                self._owner = github_quota.owner_of(self._token)
            except RateLimited as error:
                raise must_wait(error) from None
        return self._owner

    def committer(self) -> Signature | None:
        """The token's owner in git's format; None for the token of an app, whose commits GitHub
        signs itself."""
        owner = self.owner()
        if not owner.login:
            return None
        account = GitHubAccount(owner.login, owner.number)
        return Signature(owner.login, account.noreply_address)

    def repository(self, name: str) -> Repository:
        """A repository by its current or a former name."""
        answer = self._ask(answers.RepositoryAnswer, "GET", f"/repos/{name}")
        may_push = (answer.permissions or {}).get("push", False)
        # GitHub says what the user of a token may do. An app is no user: it hears when it pushes.
        return Repository(answer.full_name, may_push or self._token.startswith(APP_PREFIX))

    def head(self, repository: str, branch: str) -> str | None:
        """The commit at the head of a branch; None if the branch does not exist."""
        try:
            path = f"/repos/{repository}/git/ref/heads/{quote(branch)}"
            return self._ask(answers.RefAnswer, "GET", path).object.sha
        except NoRights:
            return None

    def tree_of(self, repository: str, commit: str) -> str:
        """The tree id of a commit."""
        path = f"/repos/{repository}/git/commits/{commit}"
        return self._ask(answers.CommitAnswer, "GET", path).tree.sha

    def model_tree(self, repository: str, tree: str) -> str | None:
        """The tree id of the folder with all models in a commit; None if it is missing."""
        for step in MODEL_ROOT:
            path = f"/repos/{repository}/git/trees/{tree}"
            entries = self._ask(answers.TreeAnswer, "GET", path).tree
            folders = [entry for entry in entries if entry.path == step and entry.type == "tree"]
            if not folders:
                return None
            tree = folders[0].sha
        return tree

    def model_files(self, repository: str, model_tree: str) -> dict[str, str]:
        """Path from the root → blob id of the JSON files in the folder with all models.

        Includes the schemas, under `layouts.SCHEMA_FOLDER`.
        """
        path = f"/repos/{repository}/git/trees/{model_tree}"
        answer = self._ask(answers.TreeAnswer, "GET", path, parameters={"recursive": "1"})
        if answer.truncated:
            raise GatewayError("upstream_folder_too_large")
        entries = answer.tree
        is_flat = not any("/" in entry.path for entry in entries)
        if is_flat and any(entry.type == "tree" for entry in entries):
            # PyGithub drops the parameters when it is redirected: every folder here has files.
            raise TryAgain("repository_just_renamed")
        root = "/".join(MODEL_ROOT)
        return {
            f"{root}/{entry.path}": entry.sha
            for entry in entries
            if entry.type == "blob"
            and entry.path.endswith(".json")
            # Names of models have at most 250 characters.
            and len(entry.path) < MAX_PATH
            and (is_schema(f"{root}/{entry.path}") or "/schemas/" not in f"/{entry.path}")
        }

    def blob(self, repository: str, blob: str) -> str:
        """The text of a blob, of any size."""
        answer = self._ask(answers.BlobAnswer, "GET", f"/repos/{repository}/git/blobs/{blob}")
        try:
            return base64.b64decode(answer.content).decode("utf-8")
        except UnicodeDecodeError as error:
            raise NotText("upstream_file_not_utf8", start=error.start) from error
        except ValueError as error:
            raise TryAgain("github_answer_without_file") from error

    def make_tree(self, repository: str, base: str, files: Mapping[str, str | None]) -> str:
        """Make a tree from another one and new texts of files; None removes a file. Idempotent."""
        entries: list[dict[str, Any]] = []
        for path, text in sorted(files.items()):
            entry: dict[str, Any] = {"path": path, "mode": "100644", "type": "blob"}
            entries.append({**entry, "sha": None} if text is None else {**entry, "content": text})
        content = {"base_tree": base, "tree": entries}
        return self._ask(answers.ShaAnswer, "POST", f"/repos/{repository}/git/trees", content).sha

    def make_commit(
        self,
        repository: str,
        *,
        message: str,
        tree: str,
        parents: Iterable[str],
        author: Signature,
    ) -> str:
        """Make a commit that is on no branch yet; its committer is the token's owner.

        If the request names no committer, GitHub uses the author.
        """
        content: dict[str, Any] = {
            "message": message,
            "tree": tree,
            "parents": list(parents),
            "author": {"name": author.name, "email": author.email},
        }
        if (committer := self.committer()) is not None:
            content["committer"] = {"name": committer.name, "email": committer.email}
        return self._ask(answers.ShaAnswer, "POST", f"/repos/{repository}/git/commits", content).sha

    def create_branch(self, repository: str, branch: str, commit: str) -> None:
        """Create a branch. Raises Refused if a branch of that name exists."""
        content = {"ref": f"refs/heads/{branch}", "sha": commit}
        self._answer("POST", f"/repos/{repository}/git/refs", content)

    def move_branch(self, repository: str, branch: str, commit: str) -> None:
        """Move a branch to a commit that follows its head, never by force. Raises Refused."""
        path = f"/repos/{repository}/git/refs/heads/{quote(branch)}"
        self._answer("PATCH", path, {"sha": commit, "force": False})

    def delete_branch(self, repository: str, branch: str) -> None:
        """Delete a branch; a branch that is gone already is not an error."""
        try:
            self._answer("DELETE", f"/repos/{repository}/git/refs/heads/{quote(branch)}")
        except (NoRights, Refused):
            if self.head(repository, branch) is not None:
                raise

    def find_pull(self, repository: str, owner: str, branch: str) -> Pull | None:
        """The newest pull request from a branch of an account, in any state."""
        # Without "owner:" GitHub ignores the filter and returns all of them.
        parameters = {"head": f"{owner}:{branch}", "state": "all", "per_page": "100"}
        path = f"/repos/{repository}/pulls"
        listed = self._ask(list[answers.PullAnswer], "GET", path, parameters=parameters)
        pulls = [pull for pull in listed if pull.head.ref == branch]
        return _pull(max(pulls, key=lambda pull: pull.number)) if pulls else None

    def open_numbers(self, repository: str) -> set[int]:
        """The numbers of the open pull requests of a repository, of the newest 1,000."""
        numbers: set[int] = set()
        for page in range(1, MAX_PAGES + 1):
            parameters = {"state": "open", "per_page": "100", "page": str(page)}
            path = f"/repos/{repository}/pulls"
            listed = self._ask(list[answers.NumberAnswer], "GET", path, parameters=parameters)
            numbers |= {pull.number for pull in listed}
            if len(listed) < 100:
                break
        return numbers

    def open_pull(self, repository: str, *, head: str, base: str, title: str, body: str) -> Pull:
        """Open a pull request from `OWNER:BRANCH`. Raises Refused if there is one already."""
        content = {
            "title": title,
            "head": head,
            "base": base,
            "body": body,
            "maintainer_can_modify": True,
        }
        return _pull(self._ask(answers.PullAnswer, "POST", f"/repos/{repository}/pulls", content))

    def edit_pull(self, repository: str, number: int, **content: str) -> Pull:
        """Change title, body or state of a pull request."""
        path = f"/repos/{repository}/pulls/{number}"
        return _pull(self._ask(answers.PullAnswer, "PATCH", path, dict(content)))

    def pull(self, repository: str, number: int, etag: str = "") -> tuple[Pull | None, str]:
        """A pull request and its ETag; None if it has not changed since that ETag."""
        path = f"/repos/{repository}/pulls/{number}"
        headers, data = self._answer("GET", path, etag=etag)
        if data is None:
            return None, headers.get("etag", "")
        return _pull(answers.read_answer(answers.PullAnswer, data)), headers.get("etag", "")

    def fork(self, repository: str, branch: str) -> str:
        """The name of the token's own fork of a repository, created if necessary, and up to date.

        GitHub creates forks in the background: raises TryAgain if it takes longer than some
        seconds.
        """
        path, content = f"/repos/{repository}/forks", {"default_branch_only": True}
        name = self._ask(answers.RepositoryAnswer, "POST", path, content).full_name
        for attempt in range(FORK_TRIES):
            if self.head(name, branch) is not None:
                break
            time.sleep(min(0.2 * 2**attempt, 2))
        else:
            raise TryAgain("fork_not_ready", name=name)
        try:
            self._answer("POST", f"/repos/{name}/merge-upstream", {"branch": branch})
        except (Refused, NoRights):
            # Its owner has commits of their own there. Commits of the hub start from upstream's.
            pass
        return name

    def _ask(
        self,
        shape: type[T],
        verb: str,
        path: str,
        content: Any = None,
        *,
        parameters: dict[str, Any] | None = None,
    ) -> T:
        return answers.read_answer(
            shape, self._answer(verb, path, content, parameters=parameters)[1]
        )

    def _answer(
        self,
        verb: str,
        path: str,
        content: Any = None,
        *,
        parameters: dict[str, Any] | None = None,
        etag: str = "",
    ) -> tuple[Mapping[str, str], Any]:
        headers = {"Accept": MEDIA_TYPE, **request_id.headers()}
        if etag:
            headers["If-None-Match"] = etag
        for tries_left in reversed(range(READ_TRIES if verb == "GET" else 1)):
            try:
                return self._asked(verb, path, parameters, headers, content)
            except GithubException as error:
                if not (error.status >= 500 and tries_left):
                    raise translated(error) from None
            except (RequestException, OSError, ValueError) as error:
                if not tries_left:
                    # The exception's text may hold the request, and with it the token.
                    raise TryAgain(connection_failure(error)) from None
            time.sleep(0.3 * (READ_TRIES - tries_left))
        raise AssertionError("The last try returns or raises.")

    def _asked(
        self, verb: str, path: str, parameters: Any, headers: dict[str, str], content: Any
    ) -> tuple[Mapping[str, str], Any]:
        """Send one request. PyGithub follows redirects of reads, and returns others as answers."""
        requester = self._github.requester
        owner = self.owner()
        try:
            with github_quota.turn(owner, writes=verb != "GET"):
                status, answered, raw = requester.requestJson(
                    verb, path, parameters, headers, content
                )
        except RateLimited as error:
            raise must_wait(error) from None
        try:
            data = json.loads(raw) if raw else None
        except ValueError:
            if status < 400:
                raise
            data = {"message": raw[:200]}
        until = github_quota.observe(owner, status, answered, error_text(data))
        if until is not None:
            raise must_wait(RateLimited.by_github(until))
        if status >= 400:
            fields = data if isinstance(data, dict) else {}
            raise requester.createException(status, answered, fields)
        if status in (301, 302, 307, 308):
            raise TryAgain("repository_just_renamed")
        return answered, data


def _pull(answer: answers.PullAnswer) -> Pull:
    return Pull(
        number=answer.number,
        url=answers.web_address(answer.html_url),
        state="merged" if answer.merged_at or answer.merged else answer.state,
        title=answer.title or "",
        body=answer.body or "",
        head=answer.head.sha,
        merged_at=answers.moment_of(answer.merged_at),
        mergeable=answer.mergeable,
    )
