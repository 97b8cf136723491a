"""Updates in processes of their own: killed in the middle, two at once; SQLite, no stand-in of ours
but the source."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from tests.environment import ROOT
from tests.factories import image_record, llm_record, written
from tests.journeys.processes import installation
from tests.standins.hub import SourceHub

FIRST = written(llm_record("alpha"), llm_record("beta"))
SECOND = written(llm_record("alpha", context_length=1), llm_record("gamma"))
HEAD = """
import json, sys, time
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from models_registry.models import CatalogueList, RegisteredModel, SourceList, SourceMark, UpdateRun
from models_registry import changes
from models_registry.sync import update
root, _ = User.objects.get_or_create(username="root", is_superuser=True)
"""
STATE = """
print(json.dumps({
    "served": [bytes(one.body).decode() for one in CatalogueList.objects.filter(model_type="llm")],
    "models": list(RegisteredModel.objects.order_by("name").values_list("name", flat=True)),
    "marks": SourceMark.objects.count(),
    "digests": list(SourceList.objects.values_list("digest", flat=True)),
    "runs": list(UpdateRun.objects.order_by("pk").values_list("state", flat=True)),
}))
"""
UPDATE = """
run = update.update_type("llm", by=root)
update.run(run.pk)
run.refresh_from_db()
print(json.dumps([run.pk, run.state, run.message, run.result]))
"""
# Stops at the very end of the merge, everything written and nothing committed.
STOP_IN_THE_MERGE = """
def stop(_types, **_options):
    print("merging", flush=True)
    time.sleep(60)
changes.build.rebuild = stop
"""


@pytest.fixture
def source():
    hub = SourceHub()
    hub.lists["llm"] = FIRST
    hub.lists["image"] = written(image_record("picture"))
    yield hub
    hub.stop()


@pytest.fixture
def hub(prepared_var, source, tmp_path):
    """A hub that was updated once; its environment."""
    env = {**installation(tmp_path, prepared_var), "HUB_SOURCE": f"hub:{source.url}"}
    assert ask(env, UPDATE)[1] == "done"
    source.lists["llm"] = SECOND
    return env


def begin(env, code: str) -> subprocess.Popen:
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", HEAD + code]
    return subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def end(process: subprocess.Popen):
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return json.loads(out.splitlines()[-1])


def ask(env, code: str):
    return end(begin(env, code))


def kill(process: subprocess.Popen) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)


@pytest.mark.parametrize("moment", ["while the source answers", "before the merge is committed"])
def test_an_update_that_is_killed_changes_nothing_and_makes_room_for_the_next(hub, source, moment):
    before = ask(hub, STATE)
    if moment.startswith("while"):
        asked, gone = threading.Event(), threading.Event()

        def hang(_asked) -> None:
            asked.set()
            gone.wait(60)

        source.behaviour = hang
        process = begin(hub, UPDATE)
        assert asked.wait(60)
        kill(process)
        gone.set()
        source.behaviour = None
    else:
        process = begin(hub, STOP_IN_THE_MERGE + UPDATE)
        assert process.stdout.readline() == "merging\n"
        kill(process)
    after = ask(hub, STATE)
    assert after.pop("runs") == ["done", "running"]
    assert {**after, "runs": ["done"]} == before
    joined = ask(hub, UPDATE)
    assert joined[1] == "running", "as long as the worker may be alive, a click joins it"
    age = "UpdateRun.objects.update(seen_at=timezone.now() - timedelta(minutes=12))\n"
    _, state, _, result = ask(hub, age + UPDATE)
    assert (state, result["new"], result["updated"]) == ("done", ["gamma"], ["alpha"])
    assert ask(hub, STATE)["runs"] == ["done", "failed", "done"]


def test_two_workers_with_one_run_do_it_once(hub, source):
    (pk,) = ask(hub, 'print(json.dumps([update.update_type("llm", by=root).pk]))')
    source.requests.clear()
    work = f'update.run({pk})\nprint("null")'
    workers = [begin(hub, work), begin(hub, work)]
    for worker in workers:
        end(worker)
    paths = [path for path, _headers in source.requests]
    assert len(paths) == len(set(paths)), "nothing is asked for twice"
    assert "/api/models/download?model_type=llm" in paths
    state = ask(hub, STATE)
    assert (state["runs"], state["models"]) == (["done", "done"], ["alpha", "beta", "gamma"])


def test_two_types_at_once_do_not_stand_in_each_others_way(hub):
    other = UPDATE.replace('"llm"', '"image"')
    workers = [begin(hub, UPDATE), begin(hub, other)]
    assert [end(one)[1] for one in workers] == ["done", "done"]
    assert ask(hub, STATE)["models"] == ["alpha", "beta", "gamma", "picture"]
