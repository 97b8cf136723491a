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
    from models_registry import publication
    from models_registry.changes import changing
    from models_registry.definitions.json_text.document import write
    from models_registry.models import CatalogueList, RegisteredModel

    # As a web server does at its start.
    task_queue.load_sending()
    model = RegisteredModel.objects.public().filter(model_type="llm").order_by("name_key")[0]
    for number in range(3):
        records = json.loads(model.published_revision.definition)
        records[0]["updated_at"] = 1_800_000_000 + number
        content = publication.Content(write(records), model.published_revision.readme)
        began = time.process_time()
        with changing([model]) as change:
            publication.publish(model, content, by=None, by_name="bench")
            change.touch_list(model)
        if number != 1:
            print(time.process_time() - began)
    served = CatalogueList.objects.get(model_type="llm")
    assert str(1_800_000_002).encode() in bytes(served.body)


if __name__ == "__main__":
    main()
