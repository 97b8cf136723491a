"""The documents that models are searched by, and the question whether a document has words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler

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


@SearchDocument._meta.get_field("words").register_lookup  # type: ignore[union-attr]
class HasWords(Lookup):  # type: ignore[type-arg]
    """`words__has=groups`: one alternative of each group is there.

    Words are quoted as each database wants it, and passed as parameters.
    """

    lookup_name = "has"
    prepare_rhs = False

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str, ...]]:
        """For SQLite: FTS5."""
        alias = compiler.quote_name_unless_alias(self.lhs.alias)
        text = _expression(self.rhs, " AND ", " OR ", '"{}"', '"{}"*')
        return (
            f'{alias}."model_id" IN '  # noqa: S608
            f'(SELECT rowid FROM "{SQLITE_INDEX}" WHERE "{SQLITE_INDEX}" MATCH %s)',
            (text,),
        )

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str, ...]]:
        """For PostgreSQL: a tsvector, which holds the words as they are."""
        alias = compiler.quote_name_unless_alias(self.lhs.alias)
        text = _expression(self.rhs, " & ", " | ", "'{}'", "'{}':*")
        return f'{alias}."tokens" @@ %s::tsquery', (text,)


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


def best_keys(
    visible: RegisteredModelQuerySet, groups: Sequence[Group], at_most: int
) -> QuerySet[Any, Any] | RawSQL:
    """The keys of the models that have the words, those of the best rank, for `pk__in`.

    SECURITY: only of `visible` models, however many others have the words.
    """
    if connection.vendor != "postgresql":
        fitting = visible.filter(search_document__words__has=groups)
        best = fitting.order_by("search_document__rank", "search_document__model_id")
        return best.values("pk")[:at_most]
    # PostgreSQL would look up the model of each document before it sorts them: the subquery makes
    # it sort them first, and then look up models until there are enough.
    model_key = f'"{RegisteredModel._meta.db_table}"."id" = document.model_id'
    of_document = visible.order_by().extra(where=[model_key]).values("pk")  # noqa: S610
    try:
        sql, params = of_document.query.sql_with_params()
    except EmptyResultSet:
        return visible.none().values("pk")
    text = _expression(groups, " & ", " | ", "'{}'", "'{}':*")
    return RawSQL(  # noqa: S611
        f"""SELECT document.model_id FROM (
            SELECT model_id, rank FROM "{SearchDocument._meta.db_table}"
            WHERE tokens @@ %s::tsquery ORDER BY rank, model_id OFFSET 0
        ) AS document WHERE EXISTS ({sql})
        ORDER BY document.rank, document.model_id LIMIT %s""",  # noqa: S608
        (text, *params, at_most),
    )


def _expression(groups: Iterable[Group], both: str, either: str, word: str, beginning: str) -> str:
    def one(text: str) -> str:
        shape = beginning if text.endswith("*") else word
        plain = encoded(text.removesuffix("*"))
        return shape.format(plain.replace('"', "").replace("'", ""))

    return both.join(
        "({})".format(either.join(f"({both.join(map(one, words))})" for words in group))
        for group in groups
    )
