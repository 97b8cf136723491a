"""`github:OWNER/REPO@REF`: upstream's files as a branch, tag or commit of a repository has them.

The tree is listed first. Many files come in one archive, some through the git data API. Facts:
https://docs.github.com/rest/git/trees, https://docs.github.com/rest/repos/contents (tarballs are
redirects to another host of GitHub's, which needs no token).
"""

from __future__ import annotations

import base64
import io
import re
import tarfile
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
from django.conf import settings

from models_registry.errors import SourceUnavailable
from models_registry.sources.tree import (
    MAX_FILE_BYTES,
    MAX_FILES,
    Progress,
    SourceTree,
    is_catalogue_path,
    silent,
)

_SOURCE = re.compile(r"([A-Za-z0-9-]+/[A-Za-z0-9._-]+)(?:@([A-Za-z0-9][A-Za-z0-9._/+-]*))?")
TIMEOUT_SECONDS = 30
# More files than this are fetched as one archive.
FEW_FILES = 20
MAX_ARCHIVE_BYTES = 512 * 1024 * 1024
ARCHIVE_HOST = "codeload.github.com"


def read_github(source: str, progress: Progress = silent) -> SourceTree:
    """Read a catalogue from GitHub.

    In: "OWNER/REPO@REF" (without @REF: the branch that is configured). Out: its files. Raises
    SourceUnavailable where GitHub can't be reached, or has no such thing or catalogue.
    """
    match = _SOURCE.fullmatch(source)
    if match is None or ".." in source:
        raise SourceUnavailable(f"{source!r} is not OWNER/REPO@REF, a repository and what of it.")
    repository, ref = match.group(1), match.group(2) or settings.ENV.upstream_branch
    listed = _json(f"/repos/{repository}/git/trees/{quote(ref, safe='')}?recursive=1")
    blobs = {
        str(one["path"]): one
        for one in listed.get("tree", [])
        if one.get("type") == "blob" and is_catalogue_path(str(one.get("path", "")))
    }
    label = f"github:{repository}@{ref}"
    if listed.get("truncated") or len(blobs) > FEW_FILES:
        archive = _archive(repository, ref, progress)
        if archive is not None:
            return SourceTree(label, *_unpacked(archive))
    if not blobs:
        raise SourceUnavailable(f"{label} has no folder xinference/model/ with model files.")
    if len(blobs) > MAX_FILES:
        raise SourceUnavailable(f"{label} has more than {MAX_FILES} model files.")
    files, unreadable = {}, {}
    for count, (path, blob) in enumerate(sorted(blobs.items()), start=1):
        progress(count, len(blobs), path)
        if int(blob.get("size") or 0) > MAX_FILE_BYTES:
            unreadable[path] = f"It is larger than {MAX_FILE_BYTES} bytes."
            continue
        found = _json(f"/repos/{repository}/git/blobs/{blob['sha']}")
        try:
            files[path] = base64.b64decode(found["content"]).decode("utf-8")
        except UnicodeDecodeError as error:
            unreadable[path] = f"It is not UTF-8 text (byte {error.start})."
    return SourceTree(label, files, unreadable)


def _get(url: str, *, stream: bool = False) -> requests.Response:
    """Ask GitHub; the token goes to the API's own host alone."""
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    is_api = urlsplit(url).netloc == urlsplit(settings.ENV.github_api_url).netloc
    if settings.ENV.github_token and is_api:
        headers["Authorization"] = f"Bearer {settings.ENV.github_token}"
    try:
        return requests.get(
            url, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=stream
        )
    except requests.RequestException:
        # The exception's text may hold the request, and with it the token.
        raise SourceUnavailable("GitHub can't be reached at the moment.") from None


def _json(path: str) -> dict[str, Any]:
    answer = _followed(f"{settings.ENV.github_api_url}{path}")
    if answer.status_code == 404:
        raise SourceUnavailable("GitHub has no such repository, branch, tag or commit.")
    if answer.status_code != 200:
        raise SourceUnavailable(f"GitHub answered with status {answer.status_code}.")
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SourceUnavailable("GitHub's answer could not be understood.")
    return found


def _followed(url: str, *, stream: bool = False) -> requests.Response:
    """Follow redirects on the API's host, and to the host that has GitHub's archives."""
    allowed = {urlsplit(settings.ENV.github_api_url).hostname, ARCHIVE_HOST}
    for _ in range(4):
        answer = _get(url, stream=stream)
        if answer.status_code not in (301, 302, 307, 308):
            return answer
        url = urljoin(url, answer.headers.get("Location", ""))
        if urlsplit(url).hostname not in allowed:
            break
    raise SourceUnavailable("GitHub redirects to an address that the hub does not follow.")


def _archive(repository: str, ref: str, progress: Progress) -> bytes | None:
    """The repository as a .tar.gz, None where this server makes none."""
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
                raise SourceUnavailable("The repository is larger than the hub takes.")
    except requests.RequestException:
        raise SourceUnavailable("The connection to GitHub was cut.") from None
    return content.getvalue()


def _unpacked(archive: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """The model files of an archive, and those that can't be read; nothing is written to disk."""
    files: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as members:
            for member in members:
                path = member.name.partition("/")[2]
                if not member.isfile() or not is_catalogue_path(path):
                    continue
                if member.size > MAX_FILE_BYTES:
                    unreadable[path] = f"It is larger than {MAX_FILE_BYTES} bytes."
                    continue
                content = members.extractfile(member)
                try:
                    files[path] = content.read().decode("utf-8") if content is not None else ""
                except UnicodeDecodeError as error:
                    unreadable[path] = f"It is not UTF-8 text (byte {error.start})."
                if len(files) > MAX_FILES:
                    raise SourceUnavailable(f"It has more than {MAX_FILES} model files.")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise SourceUnavailable("GitHub's archive of the repository is broken.") from error
    return files, unreadable
