"""The CPU seconds of a change of one llm model, until the list is built and compressed.

Prints two: of the first change of a process, and of a later one.
"""

from __future__ import annotations

import json
import time

import django


def main() -> None:
    django.setup()
    from hub import task_queue
    from models_registry.changes import changing
    from models_registry.definitions.json_text.document import write
    from models_registry.models import RegisteredModel, Revision

    # As a web server does at its start.
    task_queue.load_sending()
    model = RegisteredModel.objects.public().filter(model_type="llm").order_by("name_key")[0]
    for number in range(3):
        began = time.process_time()
        with changing([model]) as change:
            revision = Revision.objects.get(pk=model.published_revision_id)
            records = json.loads(revision.definition)
            records[0]["updated_at"] = 1_800_000_000 + number
            Revision.objects.filter(pk=revision.pk).update(definition=write(records))
            change.build_lists(["llm"])
        if number != 1:
            print(time.process_time() - began)


if __name__ == "__main__":
    main()
