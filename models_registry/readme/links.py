"""Checks the addresses in a README, and resolves relative ones."""

import posixpath
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, quote, urlsplit

MAX_URL_CHARACTERS = 2000
LINK_SCHEMES = frozenset({"http", "https", "mailto"})
IMAGE_SCHEMES = frozenset({"http", "https"})
URL_SAFE = "/:?#[]@!$&'()*+,;=~-._%"
MODEL_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
HOST = re.compile(r"[a-z0-9._-]+(:[0-9]{1,5})?|\[[0-9a-f:.]+\](:[0-9]{1,5})?")
# Browsers drop tabs and line breaks anywhere in an address, and other control characters around it.
IGNORED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True)
class Source:
    """The repository that a README came from; `revision` None means the hub's default branch."""

    hub: Literal["huggingface", "modelscope"]
    model_id: str
    revision: str | None = None

    def file_url(self, path: str, *, raw: bool) -> str | None:
        """Return the address of the file `path` of this repository, or None for an invalid id.

        `raw` asks for the file's content (for images), otherwise for the hub's page about it.
        """
        if not MODEL_ID.fullmatch(self.model_id):
            return None
        if self.hub == "huggingface":
            revision = quote(self.revision or "main", safe="")
            verb = "resolve" if raw else "blob"
            return f"https://huggingface.co/{self.model_id}/{verb}/{revision}/{path}"
        revision = quote(self.revision or "master", safe="")
        verb = "resolve" if raw else "file/view"
        return f"https://www.modelscope.cn/models/{self.model_id}/{verb}/{revision}/{path}"

    @property
    def root(self) -> str:
        """Address of the hub itself, without a final slash."""
        hubs = {"huggingface": "https://huggingface.co", "modelscope": "https://www.modelscope.cn"}
        return hubs[self.hub]


def safe_url(address: str, *, image: bool, source: Source | None) -> str | None:
    """Return an absolute address that is safe in a page, or None to leave it out.

    `address` is the decoded value of an href or src attribute. Only http and https (for links also
    mailto) are allowed; a relative address is resolved against `source`, and left out without one.
    """
    address = IGNORED.sub("", address).strip()
    if not address or len(address) > MAX_URL_CHARACTERS:
        return None
    if address.startswith("//"):
        address = f"https:{address}"
    try:
        parts = urlsplit(address)
        if parts.scheme == "" and parts.netloc == "":
            return _relative(parts, image=image, source=source)
        return _absolute(parts, image=image)
    except ValueError:
        return None


def _absolute(parts: SplitResult, *, image: bool) -> str | None:
    if parts.scheme not in (IMAGE_SCHEMES if image else LINK_SCHEMES):
        return None
    tail = _tail(parts)
    if parts.scheme == "mailto":
        return f"mailto:{tail}" if "@" in tail else None
    host = parts.netloc.lower()
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if not HOST.fullmatch(host):
        return None
    if image and parts.scheme == "http":
        # Pages load images over https only. A host that names a port has no https there.
        host = host.removesuffix(":80")
        return None if ":" in host.rpartition("]")[2] else f"https://{host}{tail}"
    return f"{parts.scheme}://{host}{tail}"


def _relative(parts: SplitResult, *, image: bool, source: Source | None) -> str | None:
    if source is None or not parts.path:
        return None
    if parts.path.startswith("/"):
        return source.root + "/" + _tail(parts).lstrip("/")
    # SECURITY: a path above the repository's root stays at the root, as in a browser.
    path = posixpath.normpath("/" + parts.path).lstrip("/")
    return source.file_url(_tail(parts._replace(path=path)), raw=image)


def _tail(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return quote(f"{parts.path}{query}{fragment}", safe=URL_SAFE)
