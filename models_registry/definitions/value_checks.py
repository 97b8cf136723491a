"""Checks single values that the schema takes as they are: web addresses and numbers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from .identity import Role, role_of
from .problems import Found, quoted
from .vocabulary import billions

Path = tuple[str | int, ...]

_URL_KEY = re.compile(r".*_ur[li]|find_links")
_PACKAGE_SCHEME = re.compile(r"(?:^|@)\s*([A-Za-z][A-Za-z0-9+.-]*):")
_PACKAGE_SCHEMES: Final = frozenset({"http", "https", "git+http", "git+https"})

# The year 2100 in Unix seconds; what is above was counted in milliseconds.
_LATEST: Final = 4_102_444_800
# The most that a number may be. The greatest of Xinference 4.1.0 are 1,048,576 tokens, 4096
# dimensions, 2400 billion parameters and the token 248,046.
_MOST: Final[Mapping[str, int]] = {
    "context_length": 100_000_000,
    "max_tokens": 100_000_000,
    "dimensions": 1_000_000,
    "model_size_in_billions": 100_000,
    "activated_size_in_billions": 100_000,
    "stop_token_ids": 100_000_000,
    "updated_at": _LATEST,
}
_MAY_BE_ZERO: Final = frozenset({"stop_token_ids", "updated_at"})


def value_problems(
    value: Any, path: Path, role: Role = "records", name: str | None = None
) -> Iterator[Found]:
    """Yield what is wrong with the addresses and numbers in a value and all that it holds.

    `name` is the key that the value has, or that the list around it has. Engines' own settings
    are looked into for addresses alone.
    """
    if isinstance(value, dict):
        yield from _size_problems(value, path)
        for key, one in value.items():
            yield from value_problems(one, (*path, key), role_of(role, key), key)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from value_problems(one, (*path, index), role_of(role, None), name)
    elif isinstance(value, str) and name == "packages":
        yield from _package_problems(value, path)
    elif isinstance(value, str) and name is not None and _URL_KEY.fullmatch(name):
        yield from _url_problems(value, path)
    elif role != "open" and name is not None and name in _MOST:
        yield from _number_problems(value, path, name)


def _number_problems(value: Any, path: Path, name: str) -> Iterator[Found]:
    number = _number(value)
    if number is None:
        return
    if number > _MOST[name]:
        hint = " It must be in seconds, not milliseconds." if name == "updated_at" else ""
        message = f"{quoted(name)} is {quoted(value)}, more than {_MOST[name]:,}.{hint}"
        yield Found(path, "value", message)
    elif number < 0 or (number == 0 and name not in _MAY_BE_ZERO):
        least = "It must not be negative." if name in _MAY_BE_ZERO else "It must be more than 0."
        yield Found(path, "value", f"{quoted(name)} is {quoted(value)}. {least}")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        # Upstream writes 1.5 as "1_5".
        return float(value.replace("_", ".", 1) if isinstance(value, str) else value)
    except ValueError:
        return None


def _size_problems(holder: Mapping[str, Any], path: Path) -> Iterator[Found]:
    size = billions(holder.get("model_size_in_billions"))
    activated = billions(holder.get("activated_size_in_billions"))
    if size is not None and activated is not None and activated > size:
        message = "The activated size is greater than the size of the model itself."
        yield Found((*path, "activated_size_in_billions"), "value", message, "warning")


def _package_problems(requirement: str, path: Path) -> Iterator[Found]:
    match = _PACKAGE_SCHEME.search(requirement.partition(";")[0])
    if match is None:
        return
    if match.group(1).lower() not in _PACKAGE_SCHEMES:
        message = (
            f"{quoted(requirement)} is fetched by {quoted(match.group(1))}. "
            "Use https:// or git+https://."
        )
        yield Found(path, "url", message)
    elif _has_password(requirement[match.start(1) :]):
        yield _password(path)


def _url_problems(url: str, path: Path) -> Iterator[Found]:
    if not _is_web_address(url):
        message = (
            f"{quoted(url)} is no web address. Begin with http:// or https:// and use no spaces."
        )
        yield Found(path, "url", message)
    elif _has_password(url):
        yield _password(path)


def _is_web_address(url: str) -> bool:
    if any(one.isspace() or not one.isprintable() for one in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _has_password(url: str) -> bool:
    return re.match(r"[a-z+]+://[^/@:]*:[^/@]*@", url, re.IGNORECASE) is not None


def _password(path: Path) -> Found:
    message = "This address holds a user name and password, which everybody could read. Remove it."
    return Found(path, "url", message, "warning")
