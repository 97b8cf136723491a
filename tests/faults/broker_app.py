"""A Celery application on the hub's embedded broker whose only task notes that it ran.

As a program it is a writer: `python -m tests.faults.broker_app FIRST COUNT` sends that many tasks.
"""

from __future__ import annotations

import json
import os
import sys

from celery import Celery

app = Celery("soak")
app.conf.update(json.loads(os.environ["SOAK_SETTINGS"]))
app.conf.update(
    task_ignore_result=True, task_acks_late=True, task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True,
)  # fmt: skip


@app.task(name="soak.run")
def run(number: int) -> None:
    notes = os.open(os.environ["SOAK_NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(notes, b"%d\n" % number)
    os.close(notes)


if __name__ == "__main__":
    first, count = int(sys.argv[1]), int(sys.argv[2])
    for number in range(first, first + count):
        run.delay(number)
