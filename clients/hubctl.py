"""The command line of the Xinference Models Hub: models in git, applied by hand or from CI.

One file, standard library only. It uses nothing but what the hub's OpenAPI document describes.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import re
import stat
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

TYPES: Final = ("llm", "embedding", "rerank", "image", "audio", "video", "world")
VISIBILITIES: Final = ("private", "public", "enterprise")
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
TIMEOUT_SECONDS: Final = 60
MAX_WAIT_SECONDS: Final = 120
ATTEMPTS: Final = 4
MAX_ANSWER_BYTES: Final = 64 * 1_048_576
# What a gateway answers while the hub restarts.
TEMPORARY: Final = frozenset({502, 503, 504})
DIFFERENT, FAILED = 1, 2


class CommandError(Exception):
    """The command can't go on; the text says why."""


class HubUnreachable(CommandError):
    """The hub does not answer."""


class HubError(CommandError):
    """The hub refused a request; `answer` is the JSON that it sent."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(answer.get("message") or f"The hub answered with status {status}.")
        self.status = status
        self.answer = answer

    @property
    def code(self) -> str:
        """The error's code for programs."""
        return str(self.answer.get("error_code", ""))


# --- Output ---------------------------------------------------------------------------------------


def say(text: str, *, file: Any = None) -> None:
    """Print what may come from other people. SECURITY: without the codes that steer terminals."""
    print(without_commands(_printable(text)), file=file or sys.stdout, flush=True)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)


def without_commands(text: str) -> str:
    """The text; on GitHub Actions without what a runner would take for a command of the workflow.

    A runner skips white space before `::`, and finds `##[` anywhere in a line.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return text
    return re.sub(r"^(\s*):(?=:)", r"\1: ", text, flags=re.MULTILINE).replace("##[", "# #[")


def complain(text: str) -> None:
    """Print an error."""
    say(text, file=sys.stderr)


def annotate(path: Path, line: int, column: int, text: str) -> None:
    """Show an error at its place: in the changed files of a pull request, on GitHub Actions."""
    complain(f"{path}:{line}:{column}: {text}")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        place = f"file={_escaped(str(path), ':,')},line={line},col={column}"
        print(_printable(f"::error {place}::{_escaped(text)}"), flush=True)


def _escaped(text: str, further: str = "") -> str:
    """A text as GitHub's workflow commands take it. SECURITY: it can't begin another command."""
    special = "%\r\n" + further
    return "".join(f"%{ord(char):02X}" if char in special else char for char in text)


# --- The sign-in ----------------------------------------------------------------------------------


@dataclass
class SignIn:
    """Where the hub is, and what to sign requests with."""

    url: str
    token: str = ""
    refresh_token: str = ""
    is_stored: bool = False

    @classmethod
    def load(cls) -> SignIn:
        """From HUB_URL and HUB_TOKEN, else as `login` has stored it. Raises CommandError.

        SECURITY: a stored token is only used for the hub that it is of.
        """
        stored = _read_settings()
        url = os.environ.get("HUB_URL", "").rstrip("/") or stored.get("url", "")
        token = os.environ.get("HUB_TOKEN", "").strip()
        if token and not os.environ.get("HUB_URL"):
            raise CommandError("HUB_TOKEN is set, and HUB_URL is not: set both, or neither.")
        if not url:
            raise CommandError("Name the hub: hubctl login --url URL, or set HUB_URL.")
        if token or url != stored.get("url"):
            return cls(url, token)
        return cls(url, stored.get("token", ""), stored.get("refresh_token", ""), True)

    def store(self) -> None:
        """Keep it in a file that nobody else can read."""
        path = settings_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        values = {"url": self.url, "token": self.token, "refresh_token": self.refresh_token}
        written = path.with_suffix(f".{os.getpid()}")
        handle = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(values, file)
        os.replace(written, path)


def settings_path() -> Path:
    """The file of `login`."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "hubctl" / "login.json"


def _read_settings() -> dict[str, str]:
    try:
        values = json.loads(settings_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CommandError(f"{settings_path()} can't be read: {error}") from error
    return values if isinstance(values, dict) else {}


# --- Requests -------------------------------------------------------------------------------------


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirect. SECURITY: the token would go to another host."""

    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None


@dataclass
class Answer:
    """The JSON of an answer, and its headers."""

    data: dict[str, Any]
    headers: HTTPMessage


class Hub:
    """A hub's API."""

    def __init__(self, sign_in: SignIn) -> None:
        self.sign_in = sign_in
        self._opener = build_opener(_NoRedirects)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Read something. Raises HubError and HubUnreachable."""
        return self.send("GET", path, query=query).data

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """The entries of a list, from all its pages."""
        page = 1
        while True:
            answer = self.get(path, page=page, pageSize=100, **query)
            yield from answer["data"]
            if page * 100 >= answer["total"] or not answer["data"]:
                return
            page += 1

    def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request, and again while the hub is away or asks to wait.

        All requests of this program may be repeated. Raises HubError, HubUnreachable and
        CommandError.
        """
        is_renewed = False
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._send(method, path, body, query or {}, headers or {})
            except HubError as error:
                if error.status == 401 and self.sign_in.refresh_token and not is_renewed:
                    self._renew()
                    is_renewed = True
                    continue
                wait = _seconds_to_wait(error, attempt)
                if wait is None:
                    raise
            except (URLError, OSError, HTTPException) as error:
                if attempt == ATTEMPTS:
                    reason = getattr(error, "reason", None) or error
                    text = f"{self.sign_in.url} does not answer: {reason}"
                    raise HubUnreachable(text) from error
                wait = 2.0**attempt / 4
            time.sleep(wait)

    def _send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        query: dict[str, Any],
        headers: dict[str, str],
    ) -> Answer:
        chosen = {name: value for name, value in query.items() if value not in (None, "", False)}
        address = f"{self.sign_in.url}/api{path}" + (f"?{urlencode(chosen)}" if chosen else "")
        sent = {"Accept": "application/json", "User-Agent": "hubctl/0.1", **headers}
        if self.sign_in.token:
            sent["Authorization"] = f"Bearer {self.sign_in.token}"
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        request = Request(address, data=content, headers=sent, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return Answer(_json(response.read(MAX_ANSWER_BYTES)), response.headers)
        except HTTPError as error:
            answer = _json(error.read(MAX_ANSWER_BYTES), is_error=True)
            answer.setdefault("retry_after", error.headers.get("Retry-After"))
            if 300 <= error.code < 400:
                answer["message"] = (
                    f"{address} redirects to {error.headers.get('Location')}. "
                    "Sign in with the hub's real address."
                )
            raise HubError(error.code, answer) from error

    def _renew(self) -> None:
        """Exchange the refresh token, which can be used once, for a new pair."""
        token, self.sign_in.token = self.sign_in.refresh_token, ""
        self.sign_in.refresh_token = ""
        try:
            answer = self._send("POST", "/users/refresh", {"token": token}, {}, {})
        except HubError as error:
            raise CommandError("Your sign-in has ended. Run hubctl login again.") from error
        pair = answer.data["data"]
        self.sign_in.token = pair["accessToken"]
        self.sign_in.refresh_token = pair["refreshToken"]
        self.sign_in.store()


def _json(content: bytes, *, is_error: bool = False) -> dict[str, Any]:
    try:
        answer = json.loads(content) if content else {}
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return answer
    if is_error:
        return {}
    raise CommandError("The answer is not of a Models Hub. Check the address.")


def _seconds_to_wait(error: HubError, attempt: int) -> float | None:
    """How long to wait before the same request is sent again; None if it is not."""
    if attempt >= ATTEMPTS or error.status not in {429, *TEMPORARY}:
        return None
    try:
        wait = float(error.answer.get("retry_after") or 2**attempt)
    except ValueError:
        wait = float(2**attempt)
    return wait if 0 <= wait <= MAX_WAIT_SECONDS else None


# --- The files of a catalogue ---------------------------------------------------------------------


def beside_in_chinese(path: Path) -> Path | None:
    """The file of the README in Chinese; None if a model called NAME.zh has its own there."""
    is_taken = path.with_suffix(".zh.json").exists()
    return None if is_taken else path.with_suffix(".zh.md")


@dataclass
class ModelFile:
    """One model in a folder: TYPE/NAME.json, and its README in TYPE/NAME.md and TYPE/NAME.zh.md."""

    path: Path
    model_type: str
    name: str
    definition: str
    readme: str | None
    readme_zh: str | None = None

    @classmethod
    def read(cls, path: Path, model_type: str, readme: Path | None = None) -> ModelFile:
        """Read the files. Raises CommandError for what is not a definition."""
        # Not one character may change: the hub keeps the text as it is.
        definition = _text(path)
        beside = readme or path.with_suffix(".md")
        text = _text(beside) if readme is not None or beside.is_file() else None
        try:
            records = json.loads(definition)
            name = records[0].get("model_name") or records[0]["model_family"]
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            if isinstance(error, json.JSONDecodeError):
                annotate(path, error.lineno, error.colno, error.msg)
            raise CommandError(f"{path} is not an array of records with a model_name.") from error
        chinese = beside_in_chinese(path)
        text_zh = _text(chinese) if chinese is not None and chinese.is_file() else None
        return cls(path, model_type, str(name), definition, text, text_zh)

    @property
    def title(self) -> str:
        """The model's type and name."""
        return f"{self.model_type}/{self.name}"


def files_in(folder: Path) -> list[Path]:
    """The definitions in a folder, in a stable order. Raises CommandError if it has none."""
    if not folder.is_dir():
        raise CommandError(f"{folder} is not a folder.")
    found = [path for kind in TYPES for path in sorted((folder / kind).glob("*.json"))]
    if not found:
        kinds = ", ".join(TYPES)
        raise CommandError(f"{folder} has no TYPE/NAME.json, where TYPE is one of {kinds}.")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not UTF-8 text.") from error


def model_path(title: str) -> str:
    """The address of a model that is named as TYPE/NAME. Raises CommandError."""
    kind, _, name = title.partition("/")
    if kind.lower() not in TYPES or not NAME.fullmatch(name):
        raise CommandError(f"{title} is not TYPE/NAME, such as llm/qwen3.")
    return f"/models/{kind.lower()}/{quote(name, safe='')}"


# --- Commands -------------------------------------------------------------------------------------


def login(options: argparse.Namespace) -> int:
    """Store an access token, or sign in with a password."""
    url = options.url.rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise CommandError(f"{url} is not an address. It begins with https://.")
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        complain("Warning: http:// sends the token in clear text.")
    sign_in = SignIn(url)
    if options.user:
        body = {"usernameOrEmail": options.user, "password": _secret("Password: ")}
        pair = Hub(sign_in).send("POST", "/users/login", body).data["data"]
        sign_in.token, sign_in.refresh_token = pair["accessToken"], pair["refreshToken"]
    else:
        sign_in.token = _secret(f"Access token ({url}/user-center/key): ")
    Hub(sign_in).get("/me/models", pageSize=1)
    sign_in.store()
    say(f"You are signed in to {url}.")
    return 0


def _secret(prompt: str) -> str:
    """What is typed without an echo, or the first line of what is piped in."""
    text = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()
    if not text.strip():
        raise CommandError("Nothing was given.")
    return text.strip()


def _is_into_file() -> bool:
    try:
        return stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
    except OSError:
        return False


def get(options: argparse.Namespace) -> int:
    """Print a model's definition, or write it and its README into a folder."""
    hub = Hub(SignIn.load())
    titles = options.models
    if options.mine:
        mine = hub.pages("/me/models")
        titles = [f"{row['model_type']}/{row['model_name']}" for row in mine if row["id"]]
    for title in dict.fromkeys(titles):
        model = hub.get(model_path(title), visibility=options.visibility)["data"]
        if options.output is None:
            # As it is: what is printed may be redirected into a file.
            text = model["readme"] if options.readme else model["definition"]
            if text != without_commands(text) and not _is_into_file():
                raise CommandError(
                    f"{title} has lines that GitHub Actions would take for commands: "
                    "write it into a folder with --output."
                )
            sys.stdout.write(text)
            continue
        # SECURITY: the hub's answer names no other file.
        if model["model_type"] not in TYPES or not NAME.fullmatch(model["model_name"]):
            raise CommandError(f"{title} has a name that can't be a file's.")
        path = Path(options.output) / model["model_type"] / f"{model['model_name']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model["definition"].encode())
        # Others follow the definition or their source, and would not any more as a file.
        if model["readme"] and model["readme_origin"] == "written":
            path.with_suffix(".md").write_bytes(model["readme"].encode())
        chinese = beside_in_chinese(path)
        # Hubs of a former version have none.
        if chinese is not None and model.get("readme_zh"):
            chinese.write_bytes(model["readme_zh"].encode())
        say(f"{path}: revision {model['revision']}, {model['state']}")
    return 0


def diff(options: argparse.Namespace) -> int:
    """Say what `apply` would do; 1 if it would do something."""
    return _apply(options, dry_run=True)


def apply(options: argparse.Namespace) -> int:
    """Create and change models, so that each is as its file says. Deletes nothing."""
    return _apply(options, dry_run=options.dry_run)


def _apply(options: argparse.Namespace, *, dry_run: bool) -> int:
    hub = Hub(SignIn.load())
    counts = dict.fromkeys(("created", "updated", "unchanged", "failed"), 0)
    for path in files_in(Path(options.folder)):
        try:
            file = ModelFile.read(path, path.parent.name)
            became = _declare(hub, file, options, dry_run=dry_run)
        except HubUnreachable:
            raise
        except HubError as error:
            if error.status == 401:
                raise
            _explain(path, error)
            counts["failed"] += 1
        except CommandError as error:
            complain(str(error))
            counts["failed"] += 1
        else:
            counts[became["result"]] += 1
    would = " would be" if dry_run else ""
    say(", ".join(f"{count}{would} {name}" for name, count in counts.items() if count))
    if counts["failed"]:
        return FAILED
    return DIFFERENT if dry_run and counts["created"] + counts["updated"] else 0


def submit(options: argparse.Namespace) -> int:
    """Hand one model in, to be published for everybody."""
    path = Path(options.file)
    model_type = options.type or path.absolute().parent.name
    if model_type not in TYPES:
        raise CommandError(f"Say with --type which type of model {path} is.")
    options.visibility = options.visibility or "public"
    readme = Path(options.readme) if options.readme else None
    file = ModelFile.read(path, model_type, readme)
    try:
        became = _declare(Hub(SignIn.load()), file, options, dry_run=options.dry_run)
    except HubError as error:
        _explain(path, error)
        return FAILED
    for check in became["checks"]:
        say(f"  {path}:{check['line']}:{check['column']}: {check['message']}")
    return 0


def _declare(
    hub: Hub, file: ModelFile, options: argparse.Namespace, *, dry_run: bool
) -> dict[str, Any]:
    """PUT one model, and say what became of it."""
    body: dict[str, Any] = {"definition": file.definition, "message": options.message or ""}
    if file.readme is not None:
        body["readme"] = file.readme
    if file.readme_zh is not None:
        body["readme_zh"] = file.readme_zh
    if options.visibility:
        body["visibility"] = options.visibility
    query = {"dry_run": "true"} if dry_run else {}
    became: dict[str, Any] = hub.send("PUT", model_path(file.title), body, query=query).data["data"]
    if became["result"] == "unchanged":
        if became["state"] not in ("published", "proposed"):
            say(f"{file.title}: {became['state'].replace('_', ' ')}, not handed in again")
        return became
    outcome = {
        "published": f"published as {became['visibility']}",
        "pull_request": "published, with a pull request at upstream",
        "review": "for review",
    }.get(became["outcome"], became["outcome"])
    say(f"{file.title}: {'would be ' if dry_run else ''}{became['result']}, {outcome}")
    for change in became["changes"]:
        say(f"  {change['message']} ({change['pointer']})")
    if became["readme_changed"]:
        say("  README")
    return became


def _explain(path: Path, error: HubError) -> None:
    """Show every place that the hub complains of."""
    placed = [each for each in error.answer.get("errors", ()) if "line" in each]
    for each in placed:
        annotate(path, each["line"], each["column"], each["message"])
    if not placed:
        annotate(path, 1, 1, str(error))
    if "model_url" in error.answer:
        complain(f"  {error.answer['model_url']} has the name.")


def status(options: argparse.Namespace) -> int:
    """List one's own models and what waits, with what reviewers have said."""
    hub = Hub(SignIn.load())
    for row in hub.pages("/me/models", state=options.state):
        title = f"{row['model_type']}/{row['model_name'] or '(no name yet)'}"
        say(f"{title}: {', '.join(row['states'])}  {row['url']}")
    if options.state:
        return 0
    for row in hub.pages("/proposals", mine="true", state="changes_requested"):
        newest = hub.get(f"/proposals/{row['id']}")["data"]["rounds"][0]
        say(f"\n{row['model_type']}/{row['model_name']}: changes requested  {row['url']}")
        if newest["verdict"]:
            say(f"  {newest['verdict']['reviewer']}: {newest['verdict']['feedback']}")
        for comment in newest["comments"]:
            place = f" ({comment['part']} {comment['line']})" if comment["line"] else ""
            say(f"  {comment['author']}{place}: {comment['text']}")
    return 0


def review(options: argparse.Namespace) -> int:
    """List what waits for a review, show one proposal, or decide about it."""
    hub = Hub(SignIn.load())
    if options.proposal is None:
        for row in hub.pages("/proposals", state="proposed"):
            say(
                f"{row['id']}: {row['model_type']}/{row['model_name']} revision {row['revision']} "
                f"by {row['author']}: {row['message']}"
            )
        return 0
    proposal = hub.get(f"/proposals/{options.proposal}")["data"]
    decision = next(
        (name for name in ("approve", "request_changes", "reject") if getattr(options, name)), None
    )
    if decision is None:
        _show(proposal)
        return 0
    feedback = getattr(options, decision)
    if options.revision is None:
        raise CommandError(
            f"Say with --revision {proposal['revision']} that you have read this revision."
        )
    verdict = {
        "revision": options.revision,
        "decision": decision,
        "feedback": feedback if isinstance(feedback, str) else "",
    }
    # If the answer is lost, the second attempt does not become a second verdict.
    key = {"Idempotency-Key": str(uuid.uuid4())}
    path = f"/models/{proposal['model_id']}/reviews"
    data = hub.send("POST", path, verdict, headers=key).data["data"]
    say(f"{data['model_type']}/{data['model_name']} revision {data['revision']}: {data['state']}")
    return 0


def _show(proposal: dict[str, Any]) -> None:
    say(
        f"{proposal['model_type']}/{proposal['model_name']} revision {proposal['revision']} "
        f"({proposal['state']}, {proposal['visibility']}) by {proposal['author']}"
    )
    say(f"{proposal['message']}\n{proposal['url']}")
    for check in proposal["checks"]:
        say(f"  {check['level']}: {check['about']}: {check['text']}")
    if proposal["compared_with"] is None:
        say("\n".join(filter(None, (proposal["definition"], *_readmes(proposal)))))
        return
    for change in proposal["changes"]:
        say(f"  {change['kind']}: {change['message']}")
    # A hub of a former version has no README in Chinese.
    chinese = proposal.get("readme_zh_diff", "")
    say(proposal["definition_diff"] + proposal["readme_diff"] + chinese)


def _readmes(proposal: dict[str, Any]) -> tuple[str, str]:
    return proposal["readme"], proposal.get("readme_zh", "")


def rename(options: argparse.Namespace) -> int:
    """Give a model another name."""
    hub, model = _found(options)
    body = {"name": options.name}
    data = hub.send("PUT", f"/models/{model['id']}/name", body).data["data"]
    say(f"{data['model_type']}/{data['model_name']}: revision {data['revision']}")
    return 0


def give(options: argparse.Namespace) -> int:
    """Offer a model to somebody, who owns it once they accept; or withdraw the offer."""
    if bool(options.username) == options.withdraw:
        raise CommandError("Name the person to offer the model to, or say --withdraw.")
    hub, model = _found(options)
    path = f"/models/{model['id']}/offer"
    if options.withdraw:
        hub.send("DELETE", path, headers={"Idempotency-Key": str(uuid.uuid4())})
        say("The offer has been withdrawn.")
    else:
        offer = hub.send("PUT", path, {"username": options.username}).data["data"]
        say(f"{offer['model_type']}/{offer['model_name']} is offered to {offer['offered_to']}.")
    return 0


def offers(options: argparse.Namespace) -> int:
    """List the models that are offered to you or by you; accept or decline one."""
    hub = Hub(SignIn.load())
    answer = "accept" if options.accept else "decline" if options.decline else ""
    if bool(answer) != (options.offer is not None):
        raise CommandError("To answer an offer, give its number, and --accept or --decline.")
    if answer:
        key = {"Idempotency-Key": str(uuid.uuid4())}
        hub.send("POST", f"/me/offers/{options.offer}/answer", {"answer": answer}, headers=key)
        say("The model is yours now." if options.accept else "The offer is declined.")
        return 0
    for row in hub.pages("/me/offers"):
        title = f"{row['model_type']}/{row['model_name']}"
        say(f"{row['id']}: {title} from {row['offered_by']} to {row['offered_to']}")
    return 0


def ask(options: argparse.Namespace) -> int:
    """Ask reviewers to let a public model of yours expire, or to remove it."""
    hub, model = _found(options)
    kind = "expire" if options.expire else "remove"
    body = {"kind": kind, "reason": options.expire or options.remove}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    made = hub.send("POST", f"/models/{model['id']}/requests", body, headers=key).data["data"]
    say(f"{made['id']}: a reviewer decides on it.")
    return 0


def requests(options: argparse.Namespace) -> int:
    """List what owners ask for; decide on a request, or withdraw your own."""
    hub = Hub(SignIn.load())
    decides = options.grant or options.refuse is not None
    if (decides or options.withdraw) != (options.request is not None):
        text = "Give the number of a request, and --grant, --refuse TEXT or --withdraw."
        raise CommandError(text)
    if options.withdraw:
        key = {"Idempotency-Key": str(uuid.uuid4())}
        hub.send("POST", f"/requests/{options.request}/withdrawal", headers=key)
        say("The request has been withdrawn.")
        return 0
    if decides:
        body = {"decision": "grant" if options.grant else "refuse"}
        body["feedback"] = options.refuse or ""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        path = f"/requests/{options.request}/decision"
        rows = [hub.send("POST", path, body, headers=key).data["data"]]
    else:
        rows = list(hub.pages("/requests", state="" if options.all else "open"))
    for row in rows:
        say(f"{row['id']}: {row['kind']} {row['model']} by {row['asked_by']}: {row['reason']}")
        if row["state"] != "open":
            say(f"  {row['state']} by {row['decided_by'] or row['asked_by']} {row['feedback']}")
    return 0


def _found(options: argparse.Namespace) -> tuple[Hub, dict[str, Any]]:
    """The hub, and the model that a command is about."""
    hub = Hub(SignIn.load())
    return hub, hub.get(model_path(options.model), visibility=options.visibility)["data"]


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="hubctl",
        description="Models of a Models Hub, as files. HUB_URL and HUB_TOKEN name the hub and the "
        "token; without them, those of hubctl login count.",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Any, name: str = "") -> argparse.ArgumentParser:
        added = commands.add_parser(name or run.__name__, help=run.__doc__, description=run.__doc__)
        added.set_defaults(run=run)
        return added

    def of_folder(added: argparse.ArgumentParser) -> None:
        added.add_argument("folder", metavar="DIR", help="has TYPE/NAME.json and TYPE/NAME.md")
        added.add_argument(
            "--visibility", choices=VISIBILITIES, help="of all models in DIR; as it is without it"
        )
        added.add_argument("--message", help="what reviewers and the history say of the change")

    def of_model(added: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added.add_argument("model", metavar="TYPE/NAME")
        added.add_argument("--visibility", choices=VISIBILITIES, help="of several with that name")
        return added

    added = command(login)
    added.add_argument("--url", required=True, help="the hub's address")
    added.add_argument("--user", help="sign in with a password in place of an access token")
    added = command(get)
    added.add_argument("models", metavar="TYPE/NAME", nargs="*")
    added.add_argument("--mine", action="store_true", help="all models of your own")
    added.add_argument("--readme", action="store_true", help="print the README")
    added.add_argument("--visibility", choices=VISIBILITIES, help="of several with that name")
    added.add_argument("-o", "--output", metavar="DIR", help="write files into DIR")
    of_folder(command(diff))
    added = command(apply)
    of_folder(added)
    added.add_argument("--dry-run", action="store_true", help="change nothing")
    added = command(submit)
    added.add_argument("file", metavar="FILE.json")
    added.add_argument("--type", choices=TYPES, help="the file's folder without it")
    added.add_argument("--readme", metavar="FILE.md", help="the file beside it without it")
    added.add_argument("--visibility", choices=VISIBILITIES, help="public without it")
    added.add_argument("--message", help="what reviewers read")
    added.add_argument("--dry-run", action="store_true", help="change nothing")
    added = command(status)
    added.add_argument("--state", help="such as waiting, changes, expired")
    added = command(review)
    added.add_argument("proposal", nargs="?", type=int, help="its number in the list")
    added.add_argument("--revision", type=int, help="the revision that you have read")
    verdicts = added.add_mutually_exclusive_group()
    verdicts.add_argument("--approve", nargs="?", const=True, metavar="TEXT")
    verdicts.add_argument("--request-changes", metavar="TEXT")
    verdicts.add_argument("--reject", metavar="TEXT")
    of_model(command(rename)).add_argument("name", metavar="NEW-NAME")
    added = of_model(command(give))
    added.add_argument("username", metavar="USER", nargs="?")
    added.add_argument("--withdraw", action="store_true", help="withdraw the offer")
    added = command(offers)
    added.add_argument("offer", nargs="?", type=int, help="its number in the list")
    answers = added.add_mutually_exclusive_group()
    answers.add_argument("--accept", action="store_true")
    answers.add_argument("--decline", action="store_true")
    wishes = of_model(command(ask)).add_mutually_exclusive_group(required=True)
    wishes.add_argument("--expire", metavar="REASON")
    wishes.add_argument("--remove", metavar="REASON")
    added = command(requests)
    added.add_argument("request", nargs="?", type=int, help="its number in the list")
    added.add_argument("--all", action="store_true", help="also what was decided")
    verdicts = added.add_mutually_exclusive_group()
    verdicts.add_argument("--grant", action="store_true")
    verdicts.add_argument("--refuse", metavar="TEXT")
    verdicts.add_argument("--withdraw", action="store_true")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns 0, 1 for differences, or 2 for a failure."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except CommandError as error:
        complain(f"hubctl: {error}")
    except KeyboardInterrupt:
        complain("hubctl: stopped")
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
