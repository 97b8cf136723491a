"""A server's refusal in the cache: the class of the error, its key and its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from accounts.errors import DomainError
from models_registry.servers.allowed_addresses import ServerAddressRefused
from models_registry.servers.requests import ServerRefused, ServerSilent, ServerUnavailable

PlainValue = str | int | float | bool | None

_ERRORS: Final[dict[str, type[DomainError]]] = {
    error.__name__: error
    for error in (ServerAddressRefused, ServerRefused, ServerSilent, ServerUnavailable)
}


@dataclass(frozen=True, slots=True)
class CachedRefusal:
    """An error in plain values."""

    error: str
    key: str
    params: dict[str, PlainValue]

    def as_error(self) -> DomainError | None:
        """The error; None if this release does not have its class or its sentence."""
        try:
            error = _ERRORS[self.error](self.key, **self.params)
            str(error)
        except (KeyError, TypeError, ValueError):
            return None
        return error


def cached_refusal(error: DomainError) -> CachedRefusal | None:
    """A server's refusal in plain values; None for an error of another kind."""
    name = type(error).__name__
    if _ERRORS.get(name) is not type(error):
        return None
    params = {key: _plain(value) for key, value in error.params.items()}
    return CachedRefusal(name, error.key, params)


def _plain(value: object) -> PlainValue:
    return value if isinstance(value, str | int | float | None) else str(value)
