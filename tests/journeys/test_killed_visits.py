"""Visits of source repositories in a process of their own that is killed in the midst."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter

import pytest

from tests.environment import ROOT
from tests.journeys.processes import installation, manage, wait_until
from tests.models_registry.visits.visit_fixtures import a_repository
from tests.standins.model_hubs import ModelHubs
from tests.upstream_data import UPSTREAM

VISIT = """
from models_registry.visits import rounds
while rounds.visit_due().visited: pass
"""
# Time passes: the lease of the worker that was killed runs out.
LATER = "from models_registry.models import VisitedHub as V; V.objects.update(leased_until=None)\n"
STATE = """
import json
from models_registry.models import RepositoryRecord, SourceSummary
rows = RepositoryRecord.objects
print(json.dumps({
    "all": rows.count(), "seen": rows.filter(status="found").count(),
    "readmes": rows.exclude(readme="").count(),
    "names": list(rows.values_list("hub", "repository_id")),
    "summaries": SourceSummary.objects.filter(seen_at__isnull=False).count(),
    "news": rows.filter(is_news=True).count(),
}))
"""


def shell(environment, code):
    done = manage(environment, "shell", "-v", "0", "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.faults
def test_a_round_that_is_killed_goes_on_and_fetches_nothing_twice(tmp_path):
    hubs = ModelHubs()
    environment = {
        **installation(tmp_path),
        "HUB_SOURCE_VISITS": "1",
        "HF_ENDPOINT": hubs.url,
        "MODELSCOPE_ENDPOINT": hubs.url,
    }
    assert manage(environment, "prepare").returncode == 0
    for model_type in ("embedding", "rerank"):
        path = f"xinference/model/{model_type}"
        shutil.copytree(UPSTREAM / "catalogue-4.1.0" / path, tmp_path / "catalogue" / path)
    done = manage(environment, "import_catalogue", f"dir:{tmp_path / 'catalogue'}")
    assert done.returncode == 0, done.stderr
    before = json.loads(shell(environment, STATE))
    for hub, name in before["names"]:
        known = hubs.hugging_face if hub == "huggingface" else hubs.modelscope
        known[name] = a_repository()
    hubs.latency = 0.1
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", VISIT]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    wait_until(lambda: len(hubs.requests) > 20)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    killed = json.loads(shell(environment, STATE))
    assert 0 < killed["seen"] < killed["all"]
    first = set(hubs.paths)
    hubs.latency = 0.0
    hubs.requests.clear()
    shell(environment, LATER + VISIT)
    after = json.loads(shell(environment, STATE))
    hubs.stop()
    assert (after["seen"], after["news"]) == (after["all"], 0)
    assert after["summaries"] > 0
    assert after["readmes"] > 0
    asked = Counter(hubs.paths)
    assert max(asked.values()) == 1
    # What was under way when the process died, and nothing else: four visits at each hub.
    again = {path for path in asked if path in first and path.startswith("/api/")}
    assert len(again) <= 16
    shell(environment, VISIT)
    assert Counter(hubs.paths) == asked
