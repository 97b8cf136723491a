"""What a list costs as it grows: its building, one publication in it, a download, an import.

`python -m tests.bench.lists --models 10000` fills a database of its own, beside the one that
DATABASE_URL names, with real embedding models (1.2 KB each) under other names.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.http.response import HttpResponseBase

from tests.bench.growth import resident
from tests.bench.search import SAMPLE, SHARED

TYPE = "embedding"
BATCH = 2_000
# More are written in bulk: an import takes milliseconds for each.
MOST_IMPORTED = 10_000


def definitions(count: int, catalogue: Path) -> Iterator[tuple[str, str]]:
    """Names and texts of so many models."""
    folder = catalogue / f"xinference/model/{TYPE}/models"
    real = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    for number in range(count):
        records = real[number % len(real)]
        name = f"{records[0]['model_name']}-{number}"
        renamed = [{**record, "model_name": name} for record in records]
        yield name, json.dumps(renamed, indent=2, ensure_ascii=False) + "\n"


def fill(count: int, catalogue: Path) -> None:
    """Write so many published public models, with all that a list reads of them."""
    from models_registry.definitions.checks.release_loading import usable_groups
    from models_registry.definitions.facts.kinds import name_key
    from models_registry.models import Facet, RegisteredModel, Revision
    from models_registry.rules_version import DERIVED_BY

    usable: dict[str, list[str]] = {}
    batch = []

    def write() -> None:
        models = RegisteredModel.objects.bulk_create(
            RegisteredModel(
                model_type=TYPE, name=name, name_key=name_key(name), visibility="public",
                derived_by=DERIVED_BY,
            )
            for name, _text in batch
        )  # fmt: skip
        revisions = Revision.objects.bulk_create(
            Revision(model=model, number=1, state="published", definition=text, visibility="public")
            for model, (_name, text) in zip(models, batch, strict=True)
        )
        facets = []
        for model, revision, (name, text) in zip(models, revisions, batch, strict=True):
            model.published_revision = revision
            family = name.rpartition("-")[0]
            if family not in usable:
                usable[family] = usable_groups(TYPE, json.loads(text))
            facets += [
                Facet(model=model, kind=Facet.Kind.RELEASE, value=value) for value in usable[family]
            ]
        RegisteredModel.objects.bulk_update(models, ["published_revision"])
        Facet.objects.bulk_create(facets)
        batch.clear()

    for definition in definitions(count, catalogue):
        batch.append(definition)
        if len(batch) == BATCH:
            write()
    if batch:
        write()


def measured(label: str, work: Callable[[], object]) -> None:
    """Print the seconds that something takes, and how much memory it needs at most meanwhile."""
    # Linux forgets the highest use of memory so far.
    Path("/proc/self/clear_refs").write_text("5")
    before, began, spent = resident(), time.monotonic(), time.process_time()
    work()
    spent, seconds = time.process_time() - spent, time.monotonic() - began
    print(f"| {label} | {spent:.2f} | {seconds:.2f} | {highest() - before:.0f} |", flush=True)


def highest() -> float:
    """The most memory that this process has used, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def publish(number: int) -> None:
    """Change one model, until its list is built and compressed."""
    from models_registry import publication
    from models_registry.changes import changing
    from models_registry.models import RegisteredModel

    model = RegisteredModel.objects.filter(model_type=TYPE).order_by("pk")[number]
    records = json.loads(model.published_revision.definition)
    records[0]["updated_at"] = 1_800_000_000 + number
    text = json.dumps(records, indent=2, ensure_ascii=False) + "\n"
    with changing([model]) as change:
        publication.publish(model, publication.Content(text, ""), by=None, by_name="bench")
        change.touch_list(model)


def read(response: HttpResponseBase) -> int:
    """Receive an answer, and forget it; its bytes."""
    return sum(map(len, response))


def read_in_turns(answers: list[HttpResponseBase]) -> None:
    """Receive answers as slow clients do: a part of each, then the next part of each."""
    waiting = [iter(answer) for answer in answers]
    while waiting:
        waiting = [parts for parts in waiting if next(parts, None) is not None]


def measure(count: int, catalogue: Path) -> None:
    """Print a table."""
    from django.db import connection
    from django.test import Client

    from models_registry.catalogue import build, history
    from models_registry.sync.catalogue_import import import_catalogue
    from models_registry.sync.sources.tree import SourceTree

    print(f"\n{connection.vendor}, {count:,} models of one type:")
    print("| what | CPU s | s | MB more |\n|---|---|---|---|")
    if count <= MOST_IMPORTED:
        paths = f"xinference/model/{TYPE}/models/{{}}.json"
        texts = {paths.format(name): text for name, text in definitions(count, catalogue)}
        tree = SourceTree("bench", texts)
        measured("import", lambda: import_catalogue(tree, by=None))
        measured("the same again", lambda: import_catalogue(tree, by=None))
    else:
        fill(count, catalogue)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        measured("first list", lambda: build.rebuild([TYPE]))
    client = Client()
    address = f"/api/models/download?model_type={TYPE}"
    size = history.newest(TYPE).size / 1e6
    print(f"| bytes of the list: {size:.1f} MB | | | |")
    for number in range(3):
        measured("publication", lambda: publish(number))  # noqa: B023 - called at once
    headers = {"Accept-Encoding": "gzip"}
    measured("first download of a process, gzip", lambda: client.get(address, headers=headers))
    measured("download, gzip", lambda: client.get(address, headers=headers))
    measured("first download of a process, identity", lambda: read(client.get(address)))
    measured(
        "32 slow clients at once, identity",
        lambda: read_in_turns([client.get(address) for _ in range(32)]),
    )


def main() -> None:
    """Fill a database of its own, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=1000)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_test_environment

    setup_test_environment()
    whole = SHARED / "upstream/catalogue-4.1.0"
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure(options.models, whole if whole.is_dir() else SAMPLE)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
