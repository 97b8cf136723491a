"""What lists cost the database as the catalogue grows: CPU milliseconds and number of queries.

`python -m tests.bench.growth --models 10000` fills a database of its own, beside the one that
DATABASE_URL names; `--as-it-is` measures the models that are in that one. On PostgreSQL the time is
that of the server's process for the connection (on the same machine, Linux), on SQLite that of
statements in the process. A busy machine changes both least.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench.search import SAMPLE, SHARED

ROUNDS = 8
# So many models belong to one person.
OWN = 1_000


def rows(count: int) -> list[tuple[str, str]]:
    """What is asked, and its address."""
    last = "page=999999"
    facets = "type=llm&ability=chat&format=pytorch&language=en"
    found = [
        ("list, first page", "/models"),
        ("list, last page", f"/models?{last}"),
        ("list, middle", f"/models?page={max(1, count // 48)}"),
        ("list, type and 3 facets", f"/models?{facets}"),
        ("list, type and 3 facets, last page", f"/models?{facets}&{last}"),
    ]
    for sort in ("name", "newest", "popular", "changed", "memory", "used"):
        found += [
            (f"list by {sort}", f"/models?sort={sort}"),
            (f"list by {sort}, last page", f"/models?sort={sort}&{last}"),
        ]
    return [
        *found,
        ("API list", "/api/models"),
        ("API list, last page", f"/api/models?page={max(1, count // 20)}"),
        ("API list by update, fits 24 GB", "/api/models?order=updated&fits=24"),
        ("search, a common word", "/models?q=qwen"),
        ("search, a rare word", "/models?q=qwen3-vl-instruct"),
        ("search, misspelt", "/models?q=qwnen"),
        ("API search, a common word", "/api/models?query=qwen"),
    ]


class DatabaseClock:
    """The CPU seconds that the database has used for this connection."""

    def __init__(self, connection: Any) -> None:
        self.spent, self.queries = 0.0, 0
        self._server: Path | None = None
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self._server = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")

    def __call__(self, execute: Any, *statement: Any) -> Any:
        began = self._now()
        try:
            return execute(*statement)
        finally:
            self.spent += self._now() - began
            self.queries += 1

    def _now(self) -> float:
        if self._server is None:
            return time.thread_time()
        return int(self._server.read_text().split()[0]) / 1e9


Ask = Callable[[], Any]


def asked_of(catalogue: Path, models: int) -> Iterator[tuple[str, Callable[[], Ask]]]:
    """Each row: its label, and what makes ready a request that is measured."""
    from django.test import Client

    from models_registry.models import RegisteredModel
    from tests.bench import many_models
    from tests.factories import a_person, llm_record, written
    from tests.models_registry.drafting.forms import a_draft, address, typed

    count = RegisteredModel.objects.count()
    visitor, owner = Client(), Client()

    def getting(client: Client, path: str) -> Callable[[], Ask]:
        return lambda: lambda: client.get(path)

    for label, path in rows(count):
        yield label, getting(visitor, path)
    if not models:
        return
    person = a_person("owner", "Registrars")
    many_models.fill(OWN, catalogue, owner=person)
    owner.force_login(person)
    for label, path in (*rows(count)[:5], ("My Models", "/my-models")):
        yield f"{label}, {OWN:,} own", getting(owner, path)
    yield "My Models, a search", getting(owner, "/my-models?q=qwen")
    draft = a_draft(person, written(llm_record("qwen3-beside-others")), visibility="public")

    def saving() -> Ask:
        fields = typed(owner, draft, "form", **{"text:/0/model_description": str(time.time())})
        headers = {"HX-Request": "true"}
        return lambda: owner.post(address(draft), fields, headers=headers)

    yield "a draft is saved and checked", saving


def measure(catalogue: Path, models: int) -> None:
    """Print a table."""
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client

    from models_registry import public_index
    from models_registry.models import RegisteredModel
    from tests.bench import many_models

    if models:
        many_models.fill(models, catalogue)
    count = RegisteredModel.objects.count()
    Client().get("/healthz")
    before, began = resident(), time.thread_time()
    public_index.visible_index(RegisteredModel.objects.all(), is_anonymous=True)
    print(
        f"\n{connection.vendor}, {count:,} models: index: {time.thread_time() - began:.1f} CPU "
        f"seconds, {resident() - before:.0f} MB"
    )
    print("| what | database ms | queries |\n|---|---|---|")
    for label, ready in asked_of(catalogue, models):
        costs = []
        for _round in range(ROUNDS):
            cache.clear()
            ask, clock = ready(), DatabaseClock(connection)
            with connection.execute_wrapper(clock):
                assert ask().status_code == 200, label
            costs.append(clock.spent * 1000)
        print(f"| {label} | {sorted(costs)[ROUNDS // 2]:.1f} | {clock.queries} |", flush=True)


def resident() -> float:
    """The memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Fill a database of its own, or take the one that is there, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--as-it-is", action="store_true", help="measure the database as it is")
    whole = SHARED / "upstream/catalogue-4.1.0"
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_test_environment

    setup_test_environment()
    catalogue = whole if whole.is_dir() else SAMPLE
    if options.as_it_is:
        measure(catalogue, 0)
        return
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure(catalogue, options.models)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
