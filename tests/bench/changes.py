"""What many changes of one model do to a process: its memory, and the CPU seconds of a change.

`python -m tests.bench.changes --changes 10000` changes a model of a database of its own, beside
the one that DATABASE_URL names, and prints a row for each tenth.
"""

from __future__ import annotations

import argparse
import os
import time

from tests.bench.growth import resident


def measure(count: int) -> None:
    """Print a table."""
    from models_registry import publication
    from models_registry.changes import changing
    from models_registry.models import CatalogueList
    from tests.factories import a_model, llm_record, written

    model = a_model("changed")
    for number in range(20):
        a_model(f"beside-{number}")
    print("| changes | memory, MB | CPU ms a change |\n|---|---|---|")
    began = time.process_time()
    for number in range(1, count + 1):
        with changing([model]) as change:
            record = llm_record("changed", updated_at=1_790_000_000 + number)
            content = publication.Content(written(record), "")
            publication.publish(model, content, by=None, by_name="upstream")
            change.touch_list(model)
        if number % max(count // 10, 1) == 0:
            spent = (time.process_time() - began) * 10_000 / count
            print(f"| {number:,} | {resident():.0f} | {spent:.1f} |", flush=True)
            began = time.process_time()
    listing = CatalogueList.objects.get(model_type="llm")
    assert listing.record_count == 21, listing.record_count


def main() -> None:
    """Make a database of its own, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure(options.changes)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
