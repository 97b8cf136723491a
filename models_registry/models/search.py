"""The documents that models are searched by, and the question whether a document has words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction

from models_registry.models.registry import RegisteredModel, RegisteredModelQuerySet
from models_registry.search.documents import Group, encoded

# The full-text index of SQLite, which triggers keep like `SearchDocument.words`.
SQLITE_INDEX: Final = "models_registry_searchindex"


class SearchDocument(models.Model):
    """What a published model is found by; `search.documents` makes it, `publication` stores it.

    PostgreSQL has a generated column `tokens` beside it, with an index; SQLite a virtual table.
    """

    model = models.OneToOneField(
        RegisteredModel, on_delete=models.CASCADE, primary_key=True, related_name="search_document"
    )
    words = models.TextField()
    folded_name = models.CharField(max_length=200)
    fields = models.JSONField(default=dict)
    rank = models.IntegerField()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["folded_name"], name="search_folded_name"),
        ]

    def __str__(self) -> str:
        return self.folded_name


_MODELS: Final = RegisteredModel._meta.db_table
_DOCUMENTS: Final = SearchDocument._meta.db_table
# What keeps the database from joining a subquery with the query around it.
_SORTED_FIRST: Final = {"postgresql": "OFFSET 0", "sqlite": "LIMIT -1"}
_PLANNER: Final = {
    # It takes the words of a document for small, and would read all documents instead.
    "enable_seqscan": "off",
    # The best documents are joined with their models one by one, until there are enough.
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    # Both take longer to start than the whole query takes.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}


@contextmanager
def by_index() -> Iterator[None]:
    """Inside, PostgreSQL finds documents by their index, however many fit."""
    if connection.vendor != "postgresql":
        yield
        return
    is_inner = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        settings = [f"set_config('{name}', %s, true)" for name in _PLANNER]
        cursor.execute(f"SELECT {', '.join(settings)}", list(_PLANNER.values()))
        yield
        if is_inner:
            # They would hold until the outer transaction ends.
            cursor.execute("; ".join(f"SET LOCAL {name} TO DEFAULT" for name in _PLANNER))


class FoundDocument(NamedTuple):
    """A model that was found, with what the ranking needs. `fields` is the text of the JSON."""

    pk: int
    name: str
    name_key: str
    model_type: str
    featured: bool
    rank: int
    fields: str


class VisibleDocuments:
    """The documents of the models that somebody may see.

    SECURITY: nothing is found but documents of `visible` models, however many others fit.
    """

    def __init__(self, visible: RegisteredModelQuerySet) -> None:
        # Written once for all questions of a search: Django takes half a millisecond.
        same = f'"{_MODELS}"."id" = document.model_id'
        of_document = visible.order_by().extra(where=[same])  # noqa: S610 - own names
        self._visible: tuple[str, tuple[Any, ...]] | None = None
        try:
            self._visible = of_document.values("pk").query.sql_with_params()
        except EmptyResultSet:
            return

    def with_words(
        self, groups: Iterable[Group], at_most: int, but: Iterable[int] = ()
    ) -> list[FoundDocument]:
        """Those that have one alternative of each group, of the best rank, without some models."""
        if connection.vendor == "postgresql":
            # A tsvector, which holds the words as they are.
            text = _expression(groups, " & ", " | ", "'{}'", "'{}':*")
            return self._best("tokens @@ %s::tsquery", text, at_most, but)
        text = _expression(groups, " AND ", " OR ", '"{}"', '"{}"*')
        fitting = f'SELECT rowid FROM "{SQLITE_INDEX}" WHERE "{SQLITE_INDEX}" MATCH %s'  # noqa: S608
        return self._best(f"model_id IN ({fitting})", text, at_most, but)

    def named(self, folded_name: str, at_most: int) -> list[FoundDocument]:
        """Those of exactly this name, in any spelling."""
        return self._best("folded_name = %s", folded_name, at_most)

    def _best(
        self, condition: str, parameter: str, at_most: int, but: Iterable[int] = ()
    ) -> list[FoundDocument]:
        if self._visible is None:
            return []
        sql, params = self._visible
        read = list(but)
        others = f"WHERE model.id NOT IN ({', '.join(['%s'] * len(read))})" if read else ""
        # A database would look up the model of each document before it sorts them: the subquery
        # makes it sort them first, and then look up models until there are enough.
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT model.id, model.name, model.name_key, model.model_type, model.featured,
                found.rank, CAST(found.fields AS text)
                FROM (
                    SELECT document.model_id FROM (
                        SELECT model_id, rank FROM "{_DOCUMENTS}"
                        WHERE {condition} ORDER BY rank, model_id {_SORTED_FIRST[connection.vendor]}
                    ) AS document WHERE EXISTS ({sql})
                    ORDER BY document.rank, document.model_id LIMIT %s
                ) AS best
                JOIN "{_MODELS}" AS model ON model.id = best.model_id
                JOIN "{_DOCUMENTS}" AS found ON found.model_id = best.model_id
                {others}""",  # noqa: S608 - own names
                (parameter, *params, at_most, *read),
            )
            return [FoundDocument(*row) for row in cursor.fetchall()]


def _expression(groups: Iterable[Group], both: str, either: str, word: str, beginning: str) -> str:
    def one(text: str) -> str:
        shape = beginning if text.endswith("*") else word
        plain = encoded(text.removesuffix("*"))
        return shape.format(plain.replace('"', "").replace("'", ""))

    return both.join(
        "({})".format(either.join(f"({both.join(map(one, words))})" for words in group))
        for group in groups
    )
