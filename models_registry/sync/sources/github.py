"""`github:OWNER/REPO@REF`: upstream's files at a branch, tag or commit of a repository.

The tree is listed first. Many files are read from one archive, a few through the git data API. See
https://docs.github.com/rest/git/trees and https://docs.github.com/rest/repos/contents (tarballs
redirect to another host of GitHub, which needs no token).
"""

from __future__ import annotations

import base64
import io
import re
import tarfile
from contextlib import nullcontext
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
from django.conf import settings

from accounts import github_quota
from accounts.github_quota import RateLimited
from hub import request_id
from models_registry.definitions.json_text.messages import Message
from models_registry.definitions.upstream_files.layouts import not_text
from models_registry.errors import SourceUnavailable
from models_registry.sync.sources.tree import (
    MAX_FILE_BYTES,
    MAX_FILES,
    TOO_LARGE,
    Progress,
    SourceTree,
    is_catalogue_path,
    silent,
)
from models_registry.upstream.errors import GatewayError
from models_registry.upstream.github_app import hub_token

_SOURCE = re.compile(r"([A-Za-z0-9-]+/[A-Za-z0-9._-]+)(?:@([A-Za-z0-9][A-Za-z0-9._/+-]*))?")
TIMEOUT_SECONDS = 30
# More files than this are fetched as one archive.
FEW_FILES = 20
MAX_ARCHIVE_BYTES = 512 * 1024 * 1024
ARCHIVE_HOST = "codeload.github.com"


def read_github(source: str, progress: Progress = silent) -> SourceTree:
    """Read a catalogue from GitHub.

    The source is "OWNER/REPO@REF"; without @REF it is the configured branch. Raises
    SourceUnavailable if GitHub can't be reached, or has no such repository, ref or catalogue.
    """
    match = _SOURCE.fullmatch(source)
    if match is None or ".." in source:
        raise SourceUnavailable("github_source_is_invalid", source=repr(source))
    repository, ref = match.group(1), match.group(2) or settings.ENV.upstream_branch
    tree = _json(f"/repos/{repository}/git/trees/{quote(ref, safe='')}?recursive=1")
    blobs = {
        str(entry["path"]): entry
        for entry in tree.get("tree", [])
        if entry.get("type") == "blob" and is_catalogue_path(str(entry.get("path", "")))
    }
    label = f"github:{repository}@{ref}"
    if tree.get("truncated") or len(blobs) > FEW_FILES:
        archive = _archive(repository, ref, progress)
        if archive is not None:
            return SourceTree(label, *_unpacked(archive))
    if not blobs:
        raise SourceUnavailable("github_source_has_no_models", label=label)
    if len(blobs) > MAX_FILES:
        raise SourceUnavailable(
            "github_source_has_too_many_files", label=label, max_files=MAX_FILES
        )
    files, unreadable = {}, {}
    for count, (path, blob) in enumerate(sorted(blobs.items()), start=1):
        progress(count, len(blobs), path)
        if int(blob.get("size") or 0) > MAX_FILE_BYTES:
            unreadable[path] = TOO_LARGE
            continue
        content = _json(f"/repos/{repository}/git/blobs/{blob['sha']}")
        try:
            files[path] = base64.b64decode(content["content"]).decode("utf-8")
        except UnicodeDecodeError as error:
            unreadable[path] = not_text(error.start)
    return SourceTree(label, files, unreadable)


def _get(url: str, *, stream: bool = False) -> requests.Response:
    """Send a request to GitHub; the token is sent only to the API's own host."""
    headers = {
        **request_id.headers(),
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    is_api = urlsplit(url).netloc == urlsplit(settings.ENV.github_api_url).netloc
    try:
        if is_api:
            return _api_answer(url, headers, stream=stream)
        return requests.get(
            url, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=stream
        )
    except RateLimited as error:
        raise SourceUnavailable("reason_as_given", text=str(error)) from None
    except requests.RequestException:
        # The exception's text may contain the request, and with it the token.
        raise SourceUnavailable("github_source_unreachable") from None


def _api_answer(url: str, headers: dict[str, str], *, stream: bool) -> requests.Response:
    """Send a request within the rate limit of the token's account. Raises RateLimited."""
    try:
        token = hub_token()
    except GatewayError as error:
        raise SourceUnavailable("reason_as_given", text=error.message) from None
    if token:
        headers["Authorization"] = f"Bearer {token}"
    # Without a token there is no account: GitHub then limits the hub's IP address.
    owner = github_quota.owner_of(token) if token else None
    with github_quota.turn(owner, writes=False) if owner else nullcontext():
        answer = requests.get(
            url, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=stream
        )
    error_text = answer.text[:1000] if answer.status_code in (403, 429) else ""
    if owner is not None:
        github_quota.observe(owner, answer.status_code, answer.headers, error_text)
    until = github_quota.limit_in(answer.status_code, answer.headers, error_text)
    if until is not None:
        raise RateLimited.by_github(until)
    return answer


def _json(path: str) -> dict[str, Any]:
    answer = _followed(f"{settings.ENV.github_api_url}{path}")
    if answer.status_code == 404:
        raise SourceUnavailable("github_has_no_such_source")
    if answer.status_code != 200:
        raise SourceUnavailable("github_answered_source_status", status_code=answer.status_code)
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise SourceUnavailable("github_source_answer_unreadable")
    return content


def _followed(url: str, *, stream: bool = False) -> requests.Response:
    """Follow redirects on the API's host, and to the host of GitHub's archives."""
    allowed = {urlsplit(settings.ENV.github_api_url).hostname, ARCHIVE_HOST}
    for _ in range(4):
        answer = _get(url, stream=stream)
        if answer.status_code not in (301, 302, 307, 308):
            return answer
        url = urljoin(url, answer.headers.get("Location", ""))
        if urlsplit(url).hostname not in allowed:
            break
    raise SourceUnavailable("github_redirect_refused")


def _archive(repository: str, ref: str, progress: Progress) -> bytes | None:
    """The repository as a .tar.gz; None if the server offers no archive."""
    path = f"/repos/{repository}/tarball/{quote(ref, safe='')}"
    answer = _followed(f"{settings.ENV.github_api_url}{path}", stream=True)
    if answer.status_code != 200:
        return None
    content = io.BytesIO()
    try:
        for chunk in answer.iter_content(1 << 20):
            content.write(chunk)
            progress(content.tell(), 0, f"Downloading {repository}")
            if content.tell() > MAX_ARCHIVE_BYTES:
                raise SourceUnavailable("github_archive_is_too_large")
    except requests.RequestException:
        raise SourceUnavailable("github_connection_lost") from None
    return content.getvalue()


def _unpacked(archive: bytes) -> tuple[dict[str, str], dict[str, Message]]:
    """The model files of an archive, and the unreadable ones with reasons; nothing is written to
    disk."""
    files: dict[str, str] = {}
    unreadable: dict[str, Message] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as members:
            for member in members:
                path = member.name.partition("/")[2]
                if not member.isfile() or not is_catalogue_path(path):
                    continue
                if member.size > MAX_FILE_BYTES:
                    unreadable[path] = TOO_LARGE
                    continue
                content = members.extractfile(member)
                try:
                    files[path] = content.read().decode("utf-8") if content is not None else ""
                except UnicodeDecodeError as error:
                    unreadable[path] = not_text(error.start)
                if len(files) > MAX_FILES:
                    raise SourceUnavailable(
                        "github_archive_has_too_many_files", max_files=MAX_FILES
                    )
    except (tarfile.TarError, EOFError, OSError) as error:
        raise SourceUnavailable("github_archive_damaged") from error
    return files, unreadable
