"""What a monitoring system is told, and who may ask."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import timedelta

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families

from hub import env, tasks
from hub import figures as figures_of_hub
from hub.models import Figure
from hub.version import VERSION
from models_registry import publication
from models_registry.models import (
    CatalogueList,
    PullRequest,
    RegisteredModel,
    ServerList,
    UpdateRun,
    UpstreamChange,
    UpstreamPath,
    Visibility,
)
from models_registry.sync import follow_upstream
from models_registry.upstream import worker
from tests.environment import ROOT
from tests.factories import a_model, a_person, a_user, llm_record, written

pytestmark = pytest.mark.django_db

KEY = "for-tests-only-0123456789-abcdefghijk"
TOKEN = "only-for-the-monitoring-0123456789"


@pytest.fixture(autouse=True)
def _with_token(settings):
    settings.ENV = dataclasses.replace(settings.ENV, metrics_token=TOKEN)


def ask(client, **headers: str):
    return client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", **headers})


def figures(client) -> dict[tuple, float]:
    """(name, *label values in the order of their names) → value, read as Prometheus reads it."""
    answer = ask(client)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, *(value for _label, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def a_change(state: str, *, kind: str = "update", pull: PullRequest | None = None, **fields):
    return UpstreamChange.objects.create(
        model_type="llm",
        name="m",
        name_key="m",
        kind=kind,
        state=state,
        pull_request=pull,
        **fields,
    )


def ago(**span: float):
    return timezone.now() - timedelta(**span)


def test_the_road_to_upstream_is_counted_where_it_is_kept(client):
    a_change("waiting", created_at=ago(minutes=10))
    a_change("sending", kind="add", created_at=ago(minutes=30))
    a_change("conflict", created_at=ago(days=3))
    a_change("open", created_at=ago(days=2), opened_at=ago(days=2) + timedelta(seconds=90))
    a_change(
        "merged",
        created_at=ago(days=9),
        opened_at=ago(days=9) + timedelta(hours=2),
        merged_at=ago(days=5),
    )
    found = figures(client)
    assert found["xhub_upstream_changes", "update", "waiting"] == 1
    assert found["xhub_upstream_changes", "add", "sending"] == 1
    assert found["xhub_upstream_changes", "remove", "failed"] == 0
    oldest = found["xhub_upstream_oldest_waiting_age_seconds",]
    assert oldest == pytest.approx(1800, abs=20), "what is in conflict does not wait for a worker"
    assert found["xhub_upstream_open_seconds_count",] == 2
    assert found["xhub_upstream_open_seconds_sum",] == pytest.approx(90 + 7200, abs=1)
    assert found["xhub_upstream_open_seconds_bucket", "60"] == 0
    assert found["xhub_upstream_open_seconds_bucket", "120"] == 1
    assert found["xhub_upstream_open_seconds_bucket", "21600"] == 2
    assert found["xhub_upstream_merge_seconds_bucket", "259200"] == 0
    assert found["xhub_upstream_merge_seconds_bucket", "604800"] == 1
    assert found["xhub_upstream_merge_seconds_sum",] == pytest.approx(4 * 86_400, abs=2)


def test_pull_requests_in_trouble_are_told_by_what_was_in_the_way(client):
    future = timezone.now() + timedelta(hours=1)
    rows = {
        "fine": {},
        "stopped": {"state": "stopped", "last_error": "Somebody else has pushed."},
        "no token": {"last_error": worker.NOBODY_TO_SEND, "next_attempt_at": future},
        "limited": {"last_error": "Rate limit.", "not_before": future},
        "retrying": {"last_error": "No connection.", "attempts": 3},
        "given up": {"last_error": "Refused.", "attempts": 15, "sent_version": 1},
        "over": {"state": "closed", "last_error": "", "attempts": 4, "sent_version": 1},
    }
    for branch, fields in rows.items():
        PullRequest.objects.create(branch=branch, **fields)
    found = figures(client)
    for reason in ("stopped", "no_token", "rate_limit", "retrying", "given_up"):
        assert found["xhub_pull_requests_in_trouble", reason] == 1, reason
    assert found["xhub_pull_requests", "planned"] == 5
    assert found["xhub_pull_requests", "closed"] == 1
    assert found["xhub_pull_requests", "merged"] == 0
    assert found["xhub_pull_request_attempts",] == 18
    # "fine" and "retrying"; the others wait for a time or a person.
    assert found["xhub_upstream_due",] == 2


def test_ages_are_absent_where_nothing_has_happened_yet(client):
    found = figures(client)
    assert found["xhub_upstream_oldest_waiting_age_seconds",] == 0
    assert found["xhub_reviews_oldest_waiting_age_seconds",] == 0
    absent = {
        "xhub_upstream_last_look_age_seconds",
        "xhub_worker_last_seen_age_seconds",
        "xhub_update_last_success_age_seconds",
    }
    assert not absent & {name for name, *_labels in found}


def test_workers_and_looks_at_upstream_are_dated(client):
    UpstreamPath.objects.create(path=follow_upstream.FOLDER, blob="1", seen_at=ago(minutes=5))
    UpdateRun.objects.create(
        model_type="llm", source="hub:x", state="done", finished_at=ago(hours=2)
    )
    UpdateRun.objects.create(
        model_type="llm", source="hub:x", state="failed", finished_at=ago(hours=1)
    )
    tasks.note_sign_of_life()
    found = figures(client)
    assert found["xhub_upstream_last_look_age_seconds",] == pytest.approx(300, abs=20)
    assert found["xhub_update_last_success_age_seconds", "llm"] == pytest.approx(7200, abs=20)
    assert found["xhub_update_runs", "llm", "failed"] == 1
    assert found["xhub_worker_last_seen_age_seconds", "celery"] < 20
    assert ("xhub_worker_last_seen_age_seconds", "background") not in found
    assert found["xhub_queue_tasks", "background"] >= 0
    assert found["xhub_info", VERSION] == 1


def test_models_lists_and_reviews_are_counted(client):
    author = a_user("author")
    a_model("one")
    a_model("gone", expires_at=ago(days=1))
    a_model("mine", visibility="private", owner=author)
    a_model("bad", definition=written(llm_record("bad", version=7)))
    proposed = RegisteredModel.objects.create(
        model_type="llm", name="next", name_key="next", visibility="public", owner=author
    )
    content = publication.Content(definition=written(llm_record("next")), readme="")
    publication.propose(proposed, content, by=author, visibility=Visibility.PUBLIC)
    found = figures(client)
    assert found["xhub_models_public", "llm"] == 2
    assert found["xhub_models_public", "world"] == 0
    assert found["xhub_models", "public"] == 3
    assert found["xhub_models", "private"] == 1
    assert found["xhub_list_records", "llm"] == found["xhub_list_models", "llm"] == 1
    assert found["xhub_list_models_left_out", "llm"] == 1
    listed = client.get("/api/models/download", {"model_type": "llm"})
    assert found["xhub_list_bytes", "llm"] == len(listed.content)
    assert found["xhub_reviews_waiting",] == 1
    assert found["xhub_reviews_oldest_waiting_age_seconds",] < 60


def test_an_answer_takes_the_same_few_queries_however_much_there_is(client):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            ask(client)
        return len(queries)

    before = count()
    for number in range(5):
        a_model(f"m{number}")
        pull = PullRequest.objects.create(branch=f"b{number}", last_error="x", attempts=number)
        a_change("waiting", pull=pull)
        a_change("merged", opened_at=timezone.now(), merged_at=timezone.now())
    assert count() == before <= 12


def test_a_client_that_wants_openmetrics_gets_it(client):
    answer = ask(client, Accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert "Accept" in answer.headers["Vary"]
    assert "xhub_upstream_due" in {one.name for one in open_families(answer.content.decode())}


def forget_figures():
    """Without what other tests of this process have added up."""
    figures_of_hub.flush()
    Figure.objects.all().delete()


def test_tasks_and_searches_are_counted_over_all_processes(client):
    forget_figures()
    for text in ("qwen", "nothing like it", ""):
        client.get("/models", {"q": text})
    client.get("/api/models", {"query": "nothing like it"})
    a_model("qwen3")
    client.get("/api/models", {"query": "qwen3"})
    tasks.note_sign_of_life.apply()
    assert tasks.note_sign_of_life.apply(args=(1, 2, 3)).failed()
    assert figures_of_hub.flush()
    found = figures(client)
    assert found["xhub_searches_total",] == 4
    assert found["xhub_searches_without_result_total",] == 3
    assert found["xhub_task_runs_total", "hub.note_sign_of_life"] == 2
    assert found["xhub_task_failures_total", "hub.note_sign_of_life"] == 1
    assert found["xhub_task_seconds_total", "hub.note_sign_of_life"] > 0
    tasks.note_sign_of_life.apply()
    figures_of_hub.flush()
    assert figures(client)["xhub_task_runs_total", "hub.note_sign_of_life"] == 3


def test_figures_that_can_not_be_written_are_kept(client, monkeypatch):
    forget_figures()
    figures_of_hub.count_search(1)
    with monkeypatch.context() as patch:
        patch.setattr(Figure._meta, "db_table", "no_such_table")
        with transaction.atomic():
            assert not figures_of_hub.flush()
            transaction.set_rollback(True)
    assert figures_of_hub.flush()
    assert figures(client)["xhub_searches_total",] == 1


def test_who_holds_a_list_is_counted(client):
    CatalogueList.objects.get_or_create(model_type="llm")
    for place, seen_at in (("a", ago(minutes=1)), ("b", ago(days=2))):
        ServerList.objects.create(how="download", place=place, model_type="llm", seen_at=seen_at)
    found = figures(client)
    assert found["xhub_list_holders", "llm"] == 2
    assert found["xhub_list_holders_seen_today", "llm"] == 1


def names_in(text: str) -> set[str]:
    return set(re.findall(r"\bxhub_\w+", text))


@pytest.mark.parametrize("path", ["deploy/prometheus/alerts.yml", "deploy/grafana/models-hub.json"])
def test_dashboard_and_alerts_use_figures_that_exist(client, path):
    answered = ask(client).content.decode()
    known = {line.split()[2] for line in answered.splitlines() if line.startswith("# TYPE")}
    known |= {f"{name}_{end}" for name in known for end in ("bucket", "count", "sum")}
    text = (ROOT / path).read_text()
    assert names_in(text)
    assert names_in(text) - known == set()


def test_alerts_and_dashboard_are_complete():
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in alerts}) == len(alerts)
    for rule in alerts:
        assert {"alert", "expr", "for", "labels", "annotations"} == set(rule)
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]
    guide = (ROOT / "docs/guides/monitoring.md").read_text()
    explained = re.findall(r"^\| `([A-Z]\w+)` \|", guide, re.M)
    assert {rule["alert"] for rule in alerts} == set(explained)
    board = json.loads((ROOT / "deploy/grafana/models-hub.json").read_text())
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in panels:
        assert panel["title"], panel
        assert panel["targets"], panel
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    named = names_in(guide)
    answered = {f"xhub_{name}" for name in re.findall(r"`([a-z_]+)(?:\{[^}]*\})?`", guide)}
    used = names_in(json.dumps(board))
    strip = re.compile(r"_(bucket|count|sum|total)$")
    assert {strip.sub("", name) for name in used} - {
        strip.sub("", name) for name in answered | named
    } == set()


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"]
)
def test_without_the_token_there_is_no_such_page(client, header):
    missing = client.get("/no-such-page", headers={"Authorization": header})
    answer = client.get("/metrics", headers={"Authorization": header})
    assert answer.status_code == missing.status_code == 404


def test_where_no_token_is_set_an_empty_one_opens_nothing(client, settings):
    settings.ENV = dataclasses.replace(settings.ENV, metrics_token="")
    for header in ("Bearer ", "Bearer", f"Bearer {TOKEN}"):
        assert client.get("/metrics", headers={"Authorization": header}).status_code == 404


def test_staff_that_see_the_outbox_see_the_figures(client):
    person = a_person("mia", "expire_public_model")
    client.force_login(person)
    assert client.get("/metrics").status_code == 404, "not of the staff"
    person.is_staff = True
    person.save()
    assert client.get("/metrics").status_code == 200
    other = a_person("rob", "review_model", "view_review_list")
    other.is_staff = True
    other.save()
    client.force_login(other)
    assert client.get("/metrics").status_code == 404, "staff without that right"


def test_a_token_that_is_easy_to_guess_stops_the_start(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="HUB_METRICS_TOKEN"):
        env.read({"SECRET_KEY": KEY, "HUB_METRICS_TOKEN": "short"}, tmp_path)
    read = env.read({"SECRET_KEY": KEY, "HUB_METRICS_TOKEN": TOKEN}, tmp_path)
    assert read.metrics_token == TOKEN
