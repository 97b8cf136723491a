"""The search, measured: how good its answers are, and what they cost the database.

`python -m tests.bench.search --models 10000` fills a database of its own, beside the one that
DATABASE_URL names, with real definitions under varied names. Without `--models`, only the catalogue
itself is in it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SHARED = ROOT.parent / "shared"
SAMPLE = ROOT / "tests/data/upstream/catalogue-4.1.0"
OWN_QUERIES = ROOT / "tests/data/search/queries.json"


@dataclass(frozen=True)
class Quality:
    """Of all queries: mean of 1/rank of the first right answer, share of first answers that are
    right, and those without any answer."""

    mrr: float
    first: float
    empty: int
    missed: list[str]


def questions(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The queries of all files that are there."""
    return [
        question
        for path in paths
        if path.is_file()
        for question in json.loads(path.read_text(encoding="utf-8"))["queries"]
    ]


def wanted(question: dict[str, Any], models: Collection[Any]) -> set[str]:
    """The names of the right answers among models (`search_document` loaded)."""
    names = set(question.get("want", ()))
    if "of" not in question and "begins" not in question:
        return names & {model.name for model in models}
    values = {f"{kind}:{value}" for kind, value in question.get("of", {}).items()}
    start = question.get("begins", "").casefold()
    return {
        model.name
        for model in models
        if model.name_key.startswith(start)
        and values.issubset(model.search_document.fields["values"])
    }


def judge(answers: Iterable[tuple[dict[str, Any], set[str], list[str]]]) -> Quality:
    """The quality of answers: a question, the right names, and the names that were found."""
    reciprocal, first, empty, missed = [], 0, 0, []
    for question, right, found in answers:
        rank = next((place for place, name in enumerate(found, 1) if name in right), 0)
        reciprocal.append(1 / rank if rank else 0.0)
        first += rank == 1
        empty += not found
        if rank != 1:
            missed.append(f"{question['kind']}: {question['q']} (rank {rank}, {found[:3]})")
    return Quality(statistics.fmean(reciprocal), first / len(reciprocal), empty, missed)


def by_api(client: Any, text: str) -> list[str]:
    """The names that the API answers with."""
    answer = client.get("/api/models", {"query": text, "pageSize": 24}).json()
    return [model["model_name"] for model in answer["data"]]


def by_page(client: Any, text: str) -> list[str]:
    """The names on the first page of the list."""
    answer = client.get("/models", {"q": text})
    return [model.name for model in answer.context["listing"].models]


def main() -> None:
    """Fill a database of its own, ask every question by API and page, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=0, help="how many; 0: the catalogue itself")
    parser.add_argument("--plans", type=float, help="print slower statements (milliseconds)")
    whole = SHARED / "upstream/catalogue-4.1.0"
    default = whole if whole.is_dir() else SAMPLE
    parser.add_argument("--catalogue", type=Path, default=default)
    parser.add_argument("--queries", type=Path, default=SHARED / "search/queries.json")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_test_environment

    setup_test_environment()
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure(options)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def measure(options: argparse.Namespace) -> None:
    """Print quality for the catalogue, and the time in the database for any number of models."""
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from models_registry.models import RegisteredModel
    from tests.bench import many_models

    started = time.monotonic()
    real = len(many_models.definitions(options.catalogue))
    many_models.fill(options.models or real, options.catalogue)
    count = RegisteredModel.objects.count()
    print(f"{connection.vendor}: {count} models, made in {time.monotonic() - started:.0f} s")
    asked = questions([options.queries, OWN_QUERIES])
    client = Client()
    for way, ask in (("API", by_api), ("page", by_page)):
        ask(client, "warm")
        answers, costs, counts, walls = [], [], [], []
        for question in asked:
            cache.clear()
            with CaptureQueriesContext(connection) as statements:
                began = time.perf_counter()
                found = ask(client, question["q"])
                walls.append((time.perf_counter() - began) * 1000)
            rows = statements.captured_queries
            costs.append(sum(float(row["time"]) for row in rows) * 1000)
            counts.append(len(rows))
            answers.append((question, found))
            if options.plans and costs[-1] > options.plans:
                print(f"  {costs[-1]:.0f} ms, {len(rows)} queries: {question['q']}")
                for row in rows:
                    if float(row["time"]) > 0.004:
                        print("     ", row["time"], row["sql"][-900:])
        costs.sort()
        print(
            f"{way:5} database ms: median {statistics.median(costs):.1f}, "
            f"95% {costs[int(len(costs) * 0.95)]:.1f}, most {costs[-1]:.1f}; "
            f"queries {min(counts)}–{max(counts)}; "
            f"whole ms: median {statistics.median(walls):.0f}, most {max(walls):.0f}"
        )
        if not options.models:
            models = list(RegisteredModel.objects.select_related("search_document"))
            quality = judge((one, wanted(one, models), found) for one, found in answers)
            print(
                f"{way:5} MRR {quality.mrr:.3f}, hit@1 {quality.first:.3f}, empty {quality.empty}, "
                f"{len(asked)} queries"
            )
            for missed in quality.missed:
                print(f"      {missed}")


if __name__ == "__main__":
    main()
