"""The rows of the list: read as the database has them, and made into models only where needed.

Most rows look as they did a moment ago, and what the page shows of them is kept (decision 77). The
values that were read are enough to know that; Django takes three times as long to make models.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from models_registry.models import RegisteredModel, RegisteredModelQuerySet

_TABLE: Final = RegisteredModel._meta.db_table
# What a row shows besides the model's own columns.
_BESIDE: Final[Mapping[str, type[models.Model]]] = {
    name: RegisteredModel._meta.get_field(name).related_model  # type: ignore[misc]
    for name in ("source_summary", "figures", "memory")
}
# Without a long one that no row shows.
_OWN: Final = [
    field for field in RegisteredModel._meta.concrete_fields if field.attname != "search_text"
]
_PLACES: Final = {field.attname: place for place, field in enumerate(_OWN)}


class ListedModel:
    """A model of the list, which is made when it is asked for: of the values that were read."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values
        self.pk: int = values[_PLACES["id"]]
        self.name: str = values[_PLACES["name"]]
        self.name_key: str = values[_PLACES["name_key"]]
        self.visibility: str = values[_PLACES["visibility"]]

    @cached_property
    def digest(self) -> bytes:
        """The same for the same values of all columns, until the model expires."""
        expires_at = self._values[_PLACES["expires_at"]]
        is_expired = expires_at is not None and self.model.is_expired()
        # Never read again: to write them so takes a third of the time of `repr`.
        return hashlib.sha256(pickle.dumps((self._values, is_expired))).digest()

    @cached_property
    def model(self) -> RegisteredModel:
        """The model, with its rows beside."""
        values = iter(self._values)
        model: Any = _made(RegisteredModel, _OWN, values)
        for name, table in _BESIDE.items():
            beside = _made(table, table._meta.concrete_fields, values)
            relation: Any = RegisteredModel._meta.get_field(name)
            relation.set_cached_value(model, beside)
            if beside is not None:
                relation.field.set_cached_value(beside, model)
        made: RegisteredModel = model
        return made


def listed_models(visible: RegisteredModelQuerySet, keys: Sequence[int]) -> tuple[ListedModel, ...]:
    """The models with these keys, in their order. SECURITY: only those that are `visible`."""
    among = visible.filter(pk__in=keys).order_by().values("pk")
    try:
        sql, params = among.query.sql_with_params()
    except EmptyResultSet:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(f'{_SELECT} WHERE "{_TABLE}"."id" IN ({sql})', params)
        rows = {row[0]: row for row in cursor.fetchall()}
    return tuple(ListedModel(rows[key]) for key in keys if key in rows)


def _columns(table: str, fields: Iterable[Any]) -> Iterator[str]:
    return (f'"{table}"."{field.column}"' for field in fields)


def _select() -> str:
    """The beginning of the query, which is always the same. Django takes a millisecond for it."""
    columns, joins = list(_columns(_TABLE, _OWN)), ""
    for table in _BESIDE.values():
        name = table._meta.db_table
        columns += _columns(name, table._meta.concrete_fields)
        joins += f' LEFT OUTER JOIN "{name}" ON "{name}"."model_id" = "{_TABLE}"."id"'
    return f'SELECT {", ".join(columns)} FROM "{_TABLE}"{joins}'  # noqa: S608 - own names


_SELECT: Final = _select()


def _made(
    table: type[models.Model], fields: Sequence[Any], values: Iterator[Any]
) -> models.Model | None:
    """A row as an object, of the next values; None if they are those of no row."""
    own = list(islice(values, len(fields)))
    if own[0] is None:
        return None
    for place, field in enumerate(fields):
        column = field.get_col(table._meta.db_table)
        for convert in (
            *connection.ops.get_db_converters(column),
            *column.get_db_converters(connection),
        ):
            own[place] = convert(own[place], column, connection)
    return table.from_db(connection.alias, [field.attname for field in fields], own)
