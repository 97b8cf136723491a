"""Checks web addresses and numbers, whose values the schema does not check."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from models_registry.definitions.checks.local_weights import KEY as PATH_KEY
from models_registry.definitions.facts.identity import Role, role_of
from models_registry.definitions.facts.vocabulary import billions
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.json_text.problems import UnplacedProblem, quoted

Path = tuple[str | int, ...]

_URL_KEY = re.compile(r".*_ur[li]|find_links")
_PACKAGE_SCHEME = re.compile(r"(?:^|@)\s*([A-Za-z][A-Za-z0-9+.-]*):")
_PACKAGE_SCHEMES: Final = frozenset({"http", "https", "git+http", "git+https"})

# The year 2100 in Unix seconds; a greater number is in milliseconds.
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
) -> Iterator[UnplacedProblem]:
    """Yield the problems of all addresses and numbers in a value.

    `name` is the key of the value, or of the list around it. In engines' own settings, only
    addresses are checked.
    """
    if isinstance(value, dict):
        yield from _size_problems(value, path)
        for key, member in value.items():
            yield from value_problems(member, (*path, key), role_of(role, key), key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from value_problems(item, (*path, index), role_of(role, None), name)
    elif isinstance(value, str) and name == "packages":
        yield from _package_problems(value, path)
    elif name == PATH_KEY:
        return
    elif isinstance(value, str) and name is not None and _URL_KEY.fullmatch(name):
        yield from _url_problems(value, path)
    elif role != "open" and name is not None and name in _MOST:
        yield from _number_problems(value, path, name)


def _number_problems(value: Any, path: Path, name: str) -> Iterator[UnplacedProblem]:
    number = _number(value)
    if number is None:
        return
    if number > _MOST[name]:
        yield UnplacedProblem(path, "value", _too_large(name, value))
    elif number < 0 or (number == 0 and name not in _MAY_BE_ZERO):
        shown = {"key": quoted(name), "value": quoted(value)}
        message = (
            gettext_noop("%(key)s is %(value)s. It must not be negative.", **shown)
            if name in _MAY_BE_ZERO
            else gettext_noop("%(key)s is %(value)s. It must be more than 0.", **shown)
        )
        yield UnplacedProblem(path, "value", message)


def _too_large(name: str, value: Any) -> Message:
    shown = {"key": quoted(name), "value": quoted(value), "limit": f"{_MOST[name]:,}"}
    if name == "updated_at":
        return gettext_noop(
            "%(key)s is %(value)s, more than %(limit)s. It must be in seconds, not milliseconds.",
            **shown,
        )
    return gettext_noop("%(key)s is %(value)s, more than %(limit)s.", **shown)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        # Upstream writes 1.5 as "1_5".
        return float(value.replace("_", ".", 1) if isinstance(value, str) else value)
    except ValueError:
        return None


def _size_problems(holder: Mapping[str, Any], path: Path) -> Iterator[UnplacedProblem]:
    size = billions(holder.get("model_size_in_billions"))
    activated = billions(holder.get("activated_size_in_billions"))
    if size is not None and activated is not None and activated > size:
        message = gettext_noop("The activated size is greater than the size of the model itself.")
        yield UnplacedProblem((*path, "activated_size_in_billions"), "value", message, "warning")


def _package_problems(requirement: str, path: Path) -> Iterator[UnplacedProblem]:
    match = _PACKAGE_SCHEME.search(requirement.partition(";")[0])
    if match is None:
        return
    if match.group(1).lower() not in _PACKAGE_SCHEMES:
        message = gettext_noop(
            "%(package)s is fetched by %(scheme)s. Use https:// or git+https://.",
            package=quoted(requirement),
            scheme=quoted(match.group(1)),
        )
        yield UnplacedProblem(path, "url", message)
    elif _has_password(requirement[match.start(1) :]):
        yield _password(path)


def _url_problems(url: str, path: Path) -> Iterator[UnplacedProblem]:
    if not _is_web_address(url):
        message = gettext_noop(
            "%(value)s is not a web address. Begin with http:// or https:// and use no spaces.",
            value=quoted(url),
        )
        yield UnplacedProblem(path, "url", message)
    elif _has_password(url):
        yield _password(path)


def _is_web_address(url: str) -> bool:
    if any(letter.isspace() or not letter.isprintable() for letter in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _has_password(url: str) -> bool:
    return re.match(r"[a-z+]+://[^/@:]*:[^/@]*@", url, re.IGNORECASE) is not None


def _password(path: Path) -> UnplacedProblem:
    message = gettext_noop(
        "This address contains a user name and password, which everybody could read. Remove them."
    )
    return UnplacedProblem(path, "url", message, "warning")
