"""A stand-in for GitHub that keeps a real bare git repository and speaks the REST API over HTTP.

It answers as https://docs.github.com/rest says: contents over 1 MB come back empty, faults have
GitHub's texts, lists come in pages, states have ETags, forks share the objects of their parent.
`fault` may break any request before or after it is carried out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt

from tests.standins.openapi import Exchange

MEGABYTE = 1_048_576
# How GitHub calls the app; no token of a person has this login.
APP_LOGIN = "models-hub[bot]"
_INSTALLATION = r"/app/installations/(\d+)/access_tokens"
AS_SOMEBODY = {
    "GIT_AUTHOR_NAME": "Somebody",
    "GIT_AUTHOR_EMAIL": "somebody@example.org",
    "GIT_COMMITTER_NAME": "Somebody",
    "GIT_COMMITTER_EMAIL": "somebody@example.org",
}
# (verb, path) → None, or one of "502 before", "502 after", "cut before", "cut after",
# "kill before", "kill after", "primary", "secondary", "429", "archived", "conflict".
Fault = Callable[[str, str], str | None]


class _Answer(Exception):
    """Ends a request with a status and a body."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, dict(headers or {})


class GitHubStandIn:
    """One upstream repository, its forks, people with tokens, and pull requests."""

    def __init__(self, folder: Path, name: str = "xorbitsai/inference") -> None:
        self.git_dir = folder / "upstream.git"
        self.name = name
        self.former_names: set[str] = set()
        self.people: dict[str, str] = {}
        self.writers: set[str] = set()
        # Tokens whose owner may push, but that may not.
        self.powerless: set[str] = set()
        self.forks: set[str] = set()
        # Apps by number: the public key, the number of the installation, and its permissions.
        self.apps: dict[str, tuple[Any, int, dict[str, str]]] = {}
        # People whose tokens may not make forks.
        self.forkless: set[str] = set()
        self.fork_delay = 0
        self.app_token_seconds = 3600
        self.makes_archives = True
        # Seconds, where a rate limit is reached.
        self.asks_to_wait = 1
        self.pulls: list[dict[str, Any]] = []
        self.log: list[tuple[str, str]] = []
        # The same in full, with the answers.
        self.exchanges: list[Exchange] = []
        self.fault: Fault | None = None
        # What the faults that kill call, with the port that the request came from.
        self.kill: Callable[[int], None] = lambda port: None
        self.lock = threading.RLock()
        self.git("init", "--bare", "--initial-branch=main", str(self.git_dir), bare=False)
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                standin._serve(self)

            do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = answer

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()

    def git(self, *arguments: str, content: bytes = b"", bare: bool = True) -> str:
        """Run git on the bare repository; its output without the final line feed."""
        where = [f"--git-dir={self.git_dir}"] if bare else []
        done = subprocess.run(
            ["git", *where, *arguments], input=content, capture_output=True, env=AS_SOMEBODY
        )
        if done.returncode:
            raise subprocess.CalledProcessError(
                done.returncode, arguments, done.stdout, done.stderr
            )
        return done.stdout.decode().rstrip("\n")

    # --- What people do ---------------------------------------------------------------------------

    def knows(self, token: str, login: str, *, may_push: bool = True) -> None:
        """Give a person a token, and perhaps the right to push."""
        self.people[token] = login
        if may_push:
            self.writers.add(login)

    def installs(self, app: str, public_key: Any, installation: int, **permissions: str) -> None:
        """Install an app at the repository, with these permissions."""
        self.apps[app] = (public_key, installation, permissions)
        if permissions.get("contents") == "write":
            self.writers.add(APP_LOGIN)

    def head(self, branch: str = "main") -> str | None:
        """The commit at the head of a branch of upstream, or of a fork as OWNER:BRANCH."""
        return self._head(self._ref_of(branch))

    def branches(self) -> set[str]:
        """The names of all branches, also of forks."""
        listed = self.git("for-each-ref", "--format=%(refname)").splitlines()
        return {ref.partition("/heads/")[2] for ref in listed}

    def files(self, revision: str = "main") -> dict[str, str]:
        """All files at a branch or commit."""
        entries = [line.split("\t") for line in self.git("ls-tree", "-r", revision).splitlines()]
        done = subprocess.run(
            ["git", f"--git-dir={self.git_dir}", "cat-file", "--batch"],
            input="".join(f"{facts.split()[2]}\n" for facts, _ in entries).encode(),
            capture_output=True,
            check=True,
        )
        found, rest = {}, done.stdout
        for _, path in entries:
            head, _, rest = rest.partition(b"\n")
            size = int(head.split()[2])
            found[path], rest = rest[:size].decode(), rest[size + 1 :]
        return found

    def blob(self, sha: str) -> str:
        """The text of a blob."""
        return self._raw_blob(sha).decode()

    def _raw_blob(self, sha: str) -> bytes:
        done = subprocess.run(
            ["git", f"--git-dir={self.git_dir}", "cat-file", "blob", sha],
            capture_output=True,
            check=True,
        )
        return done.stdout

    def file(self, path: str, revision: str = "main") -> str | None:
        """The text of one file."""
        try:
            return self.blob(self.git("rev-parse", f"{revision}:{path}"))
        except subprocess.CalledProcessError:
            return None

    def commit(
        self,
        files: Mapping[str, str | bytes | None],
        branch: str = "main",
        message: str = "Hand edit",
    ) -> str:
        """Commit files to a branch as a person does; None removes a file."""
        with self.lock:
            ref = self._ref_of(branch)
            parent = self._head(ref)
            base = self.git("rev-parse", f"{parent}^{{tree}}") if parent else None
            entries = [{"path": path, "content": text} for path, text in files.items()]
            for entry in entries:
                if entry["content"] is None:
                    del entry["content"]
                    entry["sha"] = None
            tree = self._write_tree(base, entries)
            parents = ["-p", parent] if parent else []
            made = self.git("commit-tree", tree, *parents, "-m", message)
            self.git("update-ref", ref, made)
            self._follow(ref, made)
            return made

    def open_pulls(self) -> list[dict[str, Any]]:
        """The pull requests that are open."""
        return [one for one in self.pulls if one["state"] == "open"]

    def is_mergeable(self, number: int) -> bool:
        """Whether git can merge a pull request by itself."""
        with self.lock:
            return self._merged_tree(self.pulls[number - 1]) is not None

    def _merged_tree(self, pull: dict[str, Any]) -> str | None:
        try:
            done = self.git("merge-tree", "--write-tree", str(self.head()), pull["head"]["sha"])
        except subprocess.CalledProcessError:
            return None
        return done.splitlines()[0]

    def merge(self, number: int) -> str:
        """Merge a pull request as a maintainer does. Raises where git has a conflict."""
        with self.lock:
            pull = self.pulls[number - 1]
            main, head = self.head(), pull["head"]["sha"]
            tree = self._merged_tree(pull)
            if tree is None or pull["state"] != "open":
                raise ValueError(f"#{number} can't be merged")
            made = self.git("commit-tree", tree, "-p", str(main), "-p", head, "-m", pull["title"])
            self.git("update-ref", "refs/heads/main", made)
            pull.update(
                state="closed", merged=True, merged_at=f"{datetime.now(tz=UTC):%Y-%m-%dT%H:%M:%SZ}"
            )
            return made

    def close(self, number: int) -> None:
        """Close a pull request without merging it."""
        with self.lock:
            self.pulls[number - 1]["state"] = "closed"

    def reopen(self, number: int) -> None:
        """Open a pull request again that was closed."""
        with self.lock:
            self.pulls[number - 1]["state"] = "open"

    def delete_branch(self, branch: str) -> None:
        """Delete a branch by hand, which closes its pull request."""
        with self.lock:
            self._delete(self._ref_of(branch))

    def rename(self, name: str) -> None:
        """Give the repository another name; the former one redirects there."""
        with self.lock:
            self.former_names.add(self.name)
            self.former_names.discard(name)
            for pull in self.pulls:
                if pull["head"]["label"].partition(":")[0] == self.name.partition("/")[0]:
                    pull["head"]["label"] = f"{name.partition('/')[0]}:{pull['head']['ref']}"
            self.name = name

    def revoke(self, token: str) -> str:
        """Accept a token no more; the login that it was known for."""
        with self.lock:
            return self.people.pop(token)

    def diff(self, number: int) -> str:
        """What a pull request shows: the diff from where its branch left main."""
        head = self.pulls[number - 1]["head"]["sha"]
        base = self.git("merge-base", "main", head)
        return self.git("diff", base, head)

    # --- HTTP -------------------------------------------------------------------------------------

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        verb = handler.command
        parts = urlsplit(handler.path)
        path, query = unquote(parts.path), {k: v[0] for k, v in parse_qs(parts.query).items()}
        length = int(handler.headers.get("Content-Length") or 0)
        raw = handler.rfile.read(length)
        content = json.loads(raw) if raw else None
        scheme, _, token = handler.headers.get("Authorization", "").partition(" ")
        with self.lock:
            if not path.startswith(_ARCHIVES):
                self.log.append((verb, path))
        # Without the lock, so that it may have something else happen meanwhile.
        fault = self.fault(verb, path) if self.fault else None

        def note(status: int, body: Any = None) -> None:
            exchange = Exchange(
                verb, handler.path, dict(handler.headers), content, status, body, fault
            )
            if not path.startswith(_ARCHIVES):
                self.exchanges.append(exchange)

        if fault == "kill before":
            self.kill(handler.client_address[1])
        if fault in ("cut before", "kill before"):
            note(0)
            return _cut(handler)
        try:
            if fault in _FAULTS:
                raise _FAULTS[fault](self.asks_to_wait)
            with self.lock:
                body, headers = self._carry_out(verb, path, query, content, token if scheme else "")
            if fault == "kill after":
                self.kill(handler.client_address[1])
            if fault in ("cut after", "kill after"):
                note(0)
                return _cut(handler)
            if fault == "502 after":
                raise _Answer(502, "<html>Bad Gateway</html>")
            etag = '"' + hashlib.sha256(json.dumps(body).encode()).hexdigest()[:32] + '"'
            if verb == "GET" and handler.headers.get("If-None-Match") == etag:
                raise _Answer(304, None, {"ETag": etag})
            status = {"POST": 201, "DELETE": 204}.get(verb, 200)
            answer = _Answer(status, body, {"ETag": etag, **headers})
        except _Answer as one:
            answer = one
        note(answer.status, answer.body)
        _send(handler, answer)

    def _carry_out(
        self, verb: str, path: str, query: Mapping[str, str], content: Any, token: str
    ) -> tuple[Any, dict[str, str]]:
        if verb == "POST" and (match := re.fullmatch(_INSTALLATION, path)):
            return self._installation_token(int(match[1]), token), {}
        login = self.people.get(token)
        if token and login is None:
            raise _Answer(401, {"message": "Bad credentials"})
        if (verb, path) == ("GET", "/user") and login == APP_LOGIN:
            raise _Answer(403, {"message": "Resource not accessible by integration"})
        if (verb, path) == ("GET", "/user") and login:
            return {"login": login, "id": 1000 + len(login)}, {}
        if (verb, path) == ("GET", "/rate_limit"):
            limit = {"limit": 5000, "used": 10, "remaining": 4990, "reset": int(time.time()) + 3600}
            return {"resources": {"core": limit, "search": limit}, "rate": limit}, {}
        if (verb, path) == ("GET", "/"):
            return {"current_user_url": f"{self.url}/user"}, {}
        if verb == "GET" and path.startswith(_ARCHIVES):
            raise _Answer(200, self._archive(path.removeprefix(_ARCHIVES)))
        match = re.fullmatch(r"/repos/([^/]+/[^/]+)(/.*)?", path)
        if not match:
            raise _not_found()
        repo, rest = match.group(1), match.group(2) or ""
        if repo in self.former_names:
            asked = f"?{urlencode(query)}" if query else ""
            moved = f"{self.url}/repos/{self.name}{rest}{asked}"
            told = {"message": "Moved Permanently", "url": moved}
            raise _Answer(301 if verb == "GET" else 307, told, {"Location": moved})
        if repo != self.name and repo not in self.forks:
            raise _not_found()
        if verb != "GET" and login is None:
            raise _Answer(401, {"message": "Requires authentication"})
        writes = verb != "GET" and re.match(r"/(git/|merge-upstream)", rest)
        if writes and not self._may_push(repo, str(login), token):
            raise _Answer(403, {"message": "Resource not accessible by personal access token"})
        for pattern, route in _ROUTES.items():
            found = re.fullmatch(pattern, f"{verb} {rest}")
            if found:
                return route(self, repo, found.groups(), query, content, str(login))
        raise _not_found()

    def _installation_token(self, installation: int, signed: str) -> dict[str, Any]:
        """A token of an app's installation, for whoever has the app's private key."""
        try:
            app = str(jwt.decode(signed, options={"verify_signature": False})["iss"])
            key, number, permissions = self.apps[app]
            claims = jwt.decode(signed, key, algorithms=["RS256"])
        except (jwt.PyJWTError, KeyError):
            text = "A JSON web token could not be decoded"
            raise _Answer(401, {"message": text}) from None
        if number != installation or claims["exp"] - claims["iat"] > 660:
            raise _not_found()
        token = f"ghs_{secrets.token_hex(18)}"
        self.people[token] = APP_LOGIN
        end = datetime.fromtimestamp(time.time() + self.app_token_seconds, UTC)
        return {
            "token": token, "expires_at": f"{end:%Y-%m-%dT%H:%M:%SZ}", "permissions": permissions,
            "repository_selection": "selected",
        }  # fmt: skip

    def _may_push(self, repo: str, login: str, token: str) -> bool:
        if repo == self.name:
            return login in self.writers and token not in self.powerless
        return repo.partition("/")[0] == login

    # --- Git --------------------------------------------------------------------------------------

    def _ref(self, repo: str, branch: str) -> str:
        return f"refs/heads/{branch}" if repo == self.name else f"refs/forks/{repo}/heads/{branch}"

    def _ref_of(self, branch: str) -> str:
        owner, colon, name = branch.partition(":")
        if not colon or owner == self.name.partition("/")[0]:
            return self._ref(self.name, name or branch)
        (fork,) = (one for one in self.forks if one.startswith(f"{owner}/"))
        return self._ref(fork, name)

    def _head(self, ref: str) -> str | None:
        try:
            return self.git("rev-parse", "--verify", "--quiet", ref)
        except subprocess.CalledProcessError:
            return None

    def _write_tree(self, base: str | None, entries: list[dict[str, Any]]) -> str:
        index = str(self.git_dir / f"index-{threading.get_ident()}")
        environment = {**AS_SOMEBODY, "GIT_INDEX_FILE": index, "GIT_DIR": str(self.git_dir)}

        def git(*arguments: str, content: bytes = b"") -> str:
            done = subprocess.run(
                ["git", *arguments], input=content, capture_output=True, env=environment, check=True
            )
            return done.stdout.decode().strip()

        git("read-tree", base) if base else git("read-tree", "--empty")
        lines = []
        for entry in entries:
            if "content" in entry:
                content = entry["content"]
                raw = content if isinstance(content, bytes) else content.encode()
                sha = git("hash-object", "-w", "--stdin", content=raw)
                lines.append(f"100644 {sha}\t{entry['path']}\n")
            elif entry["sha"] is None:
                lines.append(f"0 {'0' * 40}\t{entry['path']}\n")
            else:
                lines.append(f"100644 {entry['sha']}\t{entry['path']}\n")
        git("update-index", "--index-info", content="".join(lines).encode())
        return git("write-tree")

    def _follow(self, ref: str, sha: str) -> None:
        """A pull request follows the head of its branch."""
        for pull in self.open_pulls():
            if pull["ref"] == ref:
                pull["head"]["sha"] = sha

    def _delete(self, ref: str) -> None:
        self.git("update-ref", "-d", ref)
        for pull in self.open_pulls():
            if pull["ref"] == ref:
                pull["state"] = "closed"

    # --- Routes -----------------------------------------------------------------------------------

    def _get_repository(self, repo, groups, query, content, login):
        if login == "None":
            return {"full_name": repo, "default_branch": "main"}, {}
        if login == APP_LOGIN:
            # These are the rights of a user, and an app is none.
            return {"full_name": repo, "default_branch": "main", "permissions": {"push": False}}, {}
        push = repo.startswith(f"{login}/") or (repo == self.name and login in self.writers)
        facts = {"full_name": repo, "default_branch": "main", "permissions": {"push": push}}
        return facts, {}

    def _get_ref(self, repo, groups, query, content, login):
        if repo != self.name and self.fork_delay > 0:
            self.fork_delay -= 1
            raise _not_found()
        sha = self._head(self._ref(repo, groups[0]))
        if sha is None:
            raise _not_found()
        return _ref_body(groups[0], sha), {}

    def _get_commit(self, repo, groups, query, content, login):
        try:
            tree = self.git("rev-parse", f"{groups[0]}^{{tree}}")
        except subprocess.CalledProcessError:
            raise _not_found() from None
        return {"sha": groups[0], "tree": {"sha": tree}}, {}

    def _get_tree(self, repo, groups, query, content, login):
        recursive = ["-r", "-t"] if query.get("recursive") else []
        entries = []
        try:
            listed = self.git("ls-tree", "-l", *recursive, groups[0])
        except subprocess.CalledProcessError:
            raise _not_found() from None
        for line in listed.splitlines():
            facts, path = line.split("\t")
            mode, kind, sha, size = facts.split()
            entry = {"path": path, "mode": mode, "type": kind, "sha": sha}
            entries.append(entry | ({"size": int(size)} if kind == "blob" else {}))
        if not entries:
            raise _not_found()
        return {"sha": groups[0], "tree": entries, "truncated": False}, {}

    def _get_blob(self, repo, groups, query, content, login):
        text = self._raw_blob(groups[0])
        encoded = base64.encodebytes(text).decode()
        return {"sha": groups[0], "encoding": "base64", "size": len(text), "content": encoded}, {}

    def _get_tarball(self, repo, groups, query, content, login):
        if not self.makes_archives:
            raise _not_found()
        raise _Answer(302, None, {"Location": f"{self.url}{_ARCHIVES}{groups[0]}"})

    def _archive(self, revision: str) -> bytes:
        done = subprocess.run(
            ["git", f"--git-dir={self.git_dir}", "archive", "--format=tar.gz",
             "--prefix=archive/", revision],
            capture_output=True,
        )  # fmt: skip
        if done.returncode:
            raise _not_found()
        return done.stdout

    def _get_contents(self, repo, groups, query, content, login):
        text = self.file(groups[0], query.get("ref", "main"))
        if text is None:
            raise _not_found()
        raw = text.encode()
        is_large = len(raw) > MEGABYTE
        return {
            "path": groups[0],
            "size": len(raw),
            "encoding": "none" if is_large else "base64",
            "content": "" if is_large else base64.encodebytes(raw).decode(),
        }, {}

    def _post_tree(self, repo, groups, query, content, login):
        for entry in content["tree"]:
            assert set(entry) >= {"path", "mode", "type"}
            if entry.get("sha", "") is None and content.get("base_tree"):
                path = f"{content['base_tree']}:{entry['path']}"
                if subprocess.run(
                    ["git", f"--git-dir={self.git_dir}", "cat-file", "-e", path],
                    capture_output=True,
                ).returncode:
                    raise _invalid("GitRPC::BadObjectState")
        return {"sha": self._write_tree(content.get("base_tree"), content["tree"])}, {}

    def _post_commit(self, repo, groups, query, content, login):
        author = content.get("author") or {}
        # Who is the author is also the committer where no other is named.
        committer = content.get("committer") or author
        if not content.get("message"):
            raise _invalid('Invalid request.\n\n"message" wasn\'t supplied.')
        environment = {
            "GIT_AUTHOR_NAME": author.get("name", login),
            "GIT_AUTHOR_EMAIL": author.get("email", f"{login}@users.noreply.github.com"),
            "GIT_COMMITTER_NAME": committer.get("name", login),
            "GIT_COMMITTER_EMAIL": committer.get("email", f"{login}@users.noreply.github.com"),
            "GIT_DIR": str(self.git_dir),
        }
        parents = [part for one in content["parents"] for part in ("-p", one)]
        done = subprocess.run(
            ["git", "commit-tree", content["tree"], *parents],
            input=content["message"].encode(),
            capture_output=True,
            env=environment,
        )
        if done.returncode:
            raise _invalid("Parent SHA does not exist or is not a commit object")
        return {"sha": done.stdout.decode().strip()}, {}

    def _post_ref(self, repo, groups, query, content, login):
        branch = content["ref"].removeprefix("refs/heads/")
        ref = self._ref(repo, branch)
        if self._head(ref) is not None:
            raise _invalid("Reference already exists")
        try:
            self.git("check-ref-format", ref)
        except subprocess.CalledProcessError:
            raise _invalid(f"{content['ref']} is not a valid ref name.") from None
        self.git("update-ref", ref, content["sha"])
        return _ref_body(branch, content["sha"]), {}

    def _patch_ref(self, repo, groups, query, content, login):
        ref = self._ref(repo, groups[0])
        old = self._head(ref)
        if old is None:
            raise _invalid("Reference does not exist")
        is_behind = subprocess.run(
            ["git", f"--git-dir={self.git_dir}", "merge-base", "--is-ancestor", old, content["sha"]]
        ).returncode
        if is_behind and not content.get("force"):
            raise _invalid("Update is not a fast forward")
        self.git("update-ref", ref, content["sha"])
        self._follow(ref, content["sha"])
        return _ref_body(groups[0], content["sha"]), {}

    def _delete_ref(self, repo, groups, query, content, login):
        ref = self._ref(repo, groups[0])
        if self._head(ref) is None:
            raise _invalid("Reference does not exist")
        self._delete(ref)
        return None, {}

    def _list_pulls(self, repo, groups, query, content, login):
        found = list(reversed(self.pulls))
        if query.get("state", "open") != "all":
            found = [one for one in found if one["state"] == query.get("state", "open")]
        # GitHub ignores a filter without an owner.
        if ":" in query.get("head", ""):
            found = [one for one in found if one["head"]["label"] == query["head"]]
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        more = len(found) > size * page
        link = {"Link": f'<{self.url}/repos/{repo}/pulls?page={page + 1}>; rel="next"'}
        shown = [_shown(one, in_list=True) for one in found[size * (page - 1) : size * page]]
        return shown, link if more else {}

    def _post_pull(self, repo, groups, query, content, login):
        _check_lengths(content)
        label = content["head"]
        branch = label.partition(":")[2]
        try:
            ref = self._ref_of(label)
        except ValueError:
            raise _invalid("Validation Failed", field="head", code="invalid") from None
        sha = self._head(ref)
        if sha is None:
            raise _invalid("Validation Failed", field="head", code="invalid")
        if any(one["head"]["label"] == label for one in self.open_pulls()):
            raise _invalid(
                "Validation Failed", message=f"A pull request already exists for {label}."
            )
        base = self.head(content["base"])
        if self.git("rev-parse", f"{sha}^{{tree}}") == self.git("rev-parse", f"{base}^{{tree}}"):
            raise _invalid("Validation Failed", message=f"No commits between main and {label}")
        number = len(self.pulls) + 1
        pull = {
            "number": number,
            "html_url": f"{self.url}/{self.name}/pull/{number}",
            "state": "open",
            "merged": False,
            "merged_at": None,
            "mergeable": None,
            "title": content["title"],
            "body": content["body"],
            "user": {"login": login},
            "head": {"label": label, "ref": branch, "sha": sha},
            "base": {"ref": content["base"]},
            "ref": ref,
            "asked": None,
        }
        self.pulls.append(pull)
        return _shown(pull), {}

    def _get_pull(self, repo, groups, query, content, login):
        if not 0 < int(groups[0]) <= len(self.pulls):
            raise _not_found()
        pull = self.pulls[int(groups[0]) - 1]
        # GitHub computes it in the background: the first request after a change gets no answer.
        asked = (self.head(), pull["head"]["sha"])
        known, pull["asked"] = pull["asked"] == asked, asked
        if pull["state"] == "open":
            pull["mergeable"] = self._merged_tree(pull) is not None if known else None
        return _shown(pull), {}

    def _patch_pull(self, repo, groups, query, content, login):
        _check_lengths(content)
        pull = self.pulls[int(groups[0]) - 1]
        pull.update({key: content[key] for key in ("title", "body", "state") if key in content})
        return _shown(pull), {}

    def _post_fork(self, repo, groups, query, content, login):
        if login in self.forkless:
            raise _Answer(403, {"message": "Resource not accessible by personal access token"})
        fork = next((one for one in self.forks if one.startswith(f"{login}/")), None)
        if fork is None:
            fork = f"{login}/{self.name.partition('/')[2]}"
            self.forks.add(fork)
            self.git("update-ref", self._ref(fork, "main"), str(self.head()))
        raise _Answer(202, {"full_name": fork})

    def _merge_upstream(self, repo, groups, query, content, login):
        self.git("update-ref", self._ref(repo, content["branch"]), str(self.head()))
        told = "Successfully fetched and fast-forwarded from upstream"
        raise _Answer(200, {"message": told, "merge_type": "fast-forward"})


_ROUTES: dict[str, Any] = {
    r"GET ": GitHubStandIn._get_repository,
    r"GET /git/ref/heads/(.+)": GitHubStandIn._get_ref,
    r"GET /git/commits/(\w+)": GitHubStandIn._get_commit,
    r"GET /git/trees/(\w+)": GitHubStandIn._get_tree,
    r"GET /git/blobs/(\w+)": GitHubStandIn._get_blob,
    r"GET /tarball/(.+)": GitHubStandIn._get_tarball,
    r"GET /contents/(.+)": GitHubStandIn._get_contents,
    r"POST /git/trees": GitHubStandIn._post_tree,
    r"POST /git/commits": GitHubStandIn._post_commit,
    r"POST /git/refs": GitHubStandIn._post_ref,
    r"PATCH /git/refs/heads/(.+)": GitHubStandIn._patch_ref,
    r"DELETE /git/refs/heads/(.+)": GitHubStandIn._delete_ref,
    r"GET /pulls": GitHubStandIn._list_pulls,
    r"POST /pulls": GitHubStandIn._post_pull,
    r"GET /pulls/(\d+)": GitHubStandIn._get_pull,
    r"PATCH /pulls/(\d+)": GitHubStandIn._patch_pull,
    r"POST /forks": GitHubStandIn._post_fork,
    r"POST /merge-upstream": GitHubStandIn._merge_upstream,
}


# Archives come from another host at GitHub, which its description of the API doesn't cover.
_ARCHIVES = "/archives/"


def _shown(pull: dict[str, Any], *, in_list: bool = False) -> dict[str, Any]:
    """A pull request as GitHub shows it; lists say less."""
    hidden = {"ref", "asked", *(("merged", "mergeable") if in_list else ())}
    return json.loads(json.dumps({k: v for k, v in pull.items() if k not in hidden}))


def _ref_body(branch: str, sha: str) -> dict[str, Any]:
    return {"ref": f"refs/heads/{branch}", "object": {"type": "commit", "sha": sha}}


def _check_lengths(content: Mapping[str, Any]) -> None:
    """Refuse a title or body that GitHub refuses."""
    for field, limit in (("title", 256), ("body", 65_536)):
        if len(content.get(field) or "") > limit:
            message = f"{field} is too long (maximum is {limit} characters)"
            raise _invalid("Validation Failed", field=field, code="custom", message=message)


def _not_found() -> _Answer:
    return _Answer(404, {"message": "Not Found", "status": "404"})


def _invalid(message: str, **error: str) -> _Answer:
    return _Answer(422, {"message": message, "errors": [error] if error else [], "status": "422"})


def _primary(seconds: int) -> _Answer:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + seconds)}
    return _Answer(403, {"message": "API rate limit exceeded for user ID 1."}, headers)


def _secondary(seconds: int) -> _Answer:
    message = "You have exceeded a secondary rate limit. Please wait a few minutes."
    return _Answer(403, {"message": message}, {"Retry-After": str(seconds)})


def _too_many(seconds: int) -> _Answer:
    return _Answer(429, {"message": "Too many requests"}, {"Retry-After": str(seconds)})


_FAULTS: dict[str | None, Callable[[int], _Answer]] = {
    "502 before": lambda seconds: _Answer(502, "<html>Bad Gateway</html>"),
    "archived": lambda seconds: _Answer(
        403, {"message": "Repository was archived so is read-only.", "status": "403"}
    ),
    "conflict": lambda seconds: _Answer(409, {"message": "Git Repository is locked."}),
    "primary": _primary,
    "secondary": _secondary,
    "429": _too_many,
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that were killed; all else is a fault of the stand-in's own."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _cut(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.close()


def _send(handler: BaseHTTPRequestHandler, answer: _Answer) -> None:
    body = answer.body
    if isinstance(body, bytes):
        raw = body
    else:
        text = body if isinstance(body, str) else json.dumps(body)
        raw = b"" if body is None else text.encode()
    headers = {
        "Content-Type": "text/html" if isinstance(body, str) else "application/json",
        "Content-Length": str(len(raw)),
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "4999",
        "X-RateLimit-Reset": str(int(time.time()) + 3600),
        **answer.headers,
    }
    handler.send_response(answer.status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(raw)
