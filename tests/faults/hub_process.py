"""A hub in a process of its own, with workers that can be killed.

Reads commands as JSON lines, carries out each in a forked child, and answers as JSON lines: first
the child's process id, then what it returned (null where it was killed).
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from accounts import github_quota  # noqa: E402
from accounts.models import GitHubQuota, User  # noqa: E402
from models_registry.actions.delete import delete as delete_model  # noqa: E402
from models_registry.actions.edit import edit as edit_model  # noqa: E402
from models_registry.actions.register import register as register_model  # noqa: E402
from models_registry.actions.submission import Submission  # noqa: E402
from models_registry.models import PullRequest, RegisteredModel, UpstreamChange, Visibility  # noqa: E402  # noqa: E402
from models_registry.sync import follow_upstream  # noqa: E402
from models_registry.upstream import polling, worker  # noqa: E402

# The workers here die often, and nobody wants to wait for a quarter of an hour each time.
worker.LEASE = timedelta(seconds=1.5)
worker.FIRST_WAIT_SECONDS = 0.01
worker.LONGEST_WAIT_SECONDS = 0.05
worker.MAX_ATTEMPTS = 1000
github_quota.WRITES_A_MINUTE = 10_000


def prepare(folder: str) -> None:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    User.objects.create_superuser("ada", email="ada@example.org", password="correct horse")
    call_command("import_catalogue", f"dir:{folder}", verbosity=0, stdout=sys.stderr)


def edit(name: str, **changes: Any) -> str:
    model = RegisteredModel.objects.select_related("published_revision").get(name=name)
    record = json.loads(model.published_revision.definition)[0] | changes
    text = json.dumps([record], indent=2, ensure_ascii=False) + "\n"
    return edit_model(
        model,
        Submission(definition=text),
        by=User.objects.get(),
        base_revision=model.published_revision.number,
    ).definition


def register(record: dict[str, Any]) -> str:
    text = json.dumps([record], indent=2, ensure_ascii=False) + "\n"
    submission = Submission(definition=text, visibility=Visibility.PUBLIC)
    return register_model("llm", submission, by=User.objects.get()).definition


def delete(name: str) -> None:
    delete_model(RegisteredModel.objects.get(name=name), by=User.objects.get())


def send() -> int:
    PullRequest.objects.update(not_before=None)
    GitHubQuota.objects.update(not_before=None)
    return len(worker.send_due(at_once=True))


def follow() -> None:
    polling.poll()
    follow_upstream.follow_upstream()


def state() -> dict[str, Any]:
    return {
        "due": worker.due(at_once=True).count(),
        "unsent": PullRequest.objects.filter(state__in=["planned"]).count(),
        "pulls": list(PullRequest.objects.values("branch", "number", "state", "last_error")),
        "changes": list(UpstreamChange.objects.values("name", "kind", "state", "last_error")),
        "models": {
            model.name: model.published_revision.definition
            for model in RegisteredModel.objects.select_related("published_revision")
            if model.published_revision and not model.is_expired()
        },
    }


COMMANDS = {one.__name__: one for one in (prepare, edit, register, delete, send, follow, state)}


def main() -> None:
    for line in sys.stdin:
        command = json.loads(line)
        connections.close_all()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            status = 1
            try:
                result = COMMANDS[command.pop("do")](**command)
                os.write(writing, b"") if result is None else None
                with os.fdopen(writing, "w") as out:
                    json.dump({"result": result}, out)
                status = 0
            finally:
                os._exit(status)
        os.close(writing)
        print(json.dumps({"pid": child}), flush=True)
        with os.fdopen(reading) as answer:
            said = answer.read()
        os.waitpid(child, 0)
        print(said or "null", flush=True)


if __name__ == "__main__":
    main()
