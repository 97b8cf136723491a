"""Values in the cache as JSON text, never as pickled objects of our own.

A cache outlives an upgrade: a pickled object can't be read once its class has moved or has got
another field. So the version of the shape stands in the key, and what does not fit the shape counts
as missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from django.core.cache import cache

if TYPE_CHECKING:
    # Many processes load values of this kind, and few read one: pydantic loads slowly.
    from pydantic import TypeAdapter

T = TypeVar("T")


class CachedValues(Generic[T]):
    """The values of one shape.

    `shape` is a type that pydantic knows. Raise `version` whenever a value that fits the shape
    would mean something else than before.
    """

    def __init__(self, shape: Any, *, version: str) -> None:
        self._shape: Final = shape
        self._version: Final = version

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        from pydantic import TypeAdapter

        return TypeAdapter(self._shape)

    def get(self, key: str) -> T | None:
        """The value; None if the cache has none of this shape."""
        return self._read(cache.get(self._versioned(key)))

    def set(self, key: str, value: T, seconds: float) -> None:
        """Keep a value. One that JSON can't hold, such as half of a surrogate pair, is not kept."""
        self.set_many({key: value}, seconds)

    def delete(self, key: str) -> None:
        """Forget a value."""
        cache.delete(self._versioned(key))

    def get_many(self, keys: Iterable[str]) -> dict[str, T]:
        """The values that are there and of this shape, by key."""
        names = {self._versioned(key): key for key in keys}
        read = {names[name]: self._read(kept) for name, kept in cache.get_many(names).items()}
        return {key: value for key, value in read.items() if value is not None}

    def set_many(self, values: Mapping[str, T], seconds: float) -> None:
        """Keep several values."""
        from pydantic_core import PydanticSerializationError

        texts: dict[str, str] = {}
        for key, value in values.items():
            try:
                text = self._adapter.dump_json(value, warnings="none")
            except PydanticSerializationError:
                continue
            texts[self._versioned(key)] = text.decode()
        if texts:
            cache.set_many(texts, seconds)

    def _versioned(self, key: str) -> str:
        return f"{key}:v{self._version}"

    def _read(self, kept: object) -> T | None:
        if not isinstance(kept, str):
            return None
        from pydantic import ValidationError

        try:
            return self._adapter.validate_json(kept, strict=True)
        except ValidationError:
            return None
