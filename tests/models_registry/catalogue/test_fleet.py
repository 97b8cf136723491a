"""Who downloads which list is recorded, cheaply, and never at the download's cost."""

from __future__ import annotations

import dataclasses
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tokens
from accounts.models import Scope
from models_registry.catalogue import fleet
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.models import ServerList
from models_registry.tasks import prune_sightings
from tests.factories import a_model, a_person

pytestmark = pytest.mark.django_db
LLM = "/api/models/download?model_type=llm"
XINFERENCE = {"User-Agent": "python-requests/2.32.3 (extra)"}


def seen() -> list[tuple]:
    fleet.flush()
    rows = ServerList.objects.order_by("pk")
    return list(rows.values_list("place", "agent", "user_name", "model_type", "revision"))


def test_a_download_and_a_conditional_one_are_recorded_with_their_revision(client):
    a_model("one")
    answer = client.get(LLM, headers=XINFERENCE)
    assert seen() == [("127.0.0.1", "python-requests/2.32.3", "", "llm", 1)]
    a_model("two")
    answer = client.get(LLM, headers=XINFERENCE)
    assert [row[-1] for row in seen()] == [2]
    ServerList.objects.all().delete()
    fleet.memory.__init__()
    again = client.get(LLM, headers={**XINFERENCE, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert [row[-1] for row in seen()] == [2]


def test_an_older_revision_that_was_fetched_is_what_is_held(client):
    a_model("one")
    a_model("two")
    client.get(LLM)
    client.get(f"{LLM}&revision=1")
    assert [row[-1] for row in seen()] == [1]


def test_tokens_users_and_clients_have_rows_of_their_own(client, settings):
    settings.ENV = dataclasses.replace(settings.ENV, trusted_proxies=1)
    a_model("one")
    _, raw = tokens.issue(by=a_person("ada"), name="t", scope=Scope.READ, expires_at=None)
    client.get(LLM, headers={**XINFERENCE, "X-Models-Token": raw})
    client.get(LLM, headers={"User-Agent": "curl/8", "X-Forwarded-For": "1.1.1.1, 203.0.113.9"})
    assert seen() == [
        ("127.0.0.1", "python-requests/2.32.3", "ada", "llm", 1),
        ("203.0.113.9", "curl/8", "", "llm", 1),
    ]


def test_what_is_not_a_download_of_a_list_is_not_recorded(client):
    a_model("one")
    client.head(LLM)
    client.get(f"{LLM}&model_name=one")
    client.get("/api/models/lists")
    client.get(f"{LLM}&revision=9")
    assert seen() == []


def test_the_same_sighting_is_written_once_in_ten_minutes(
    client, django_assert_num_queries, monkeypatch
):
    a_model("one")
    client.get(LLM)
    with django_assert_num_queries(1):
        client.get(LLM)
    assert len(seen()) == 1
    later = time.monotonic() + fleet.AGAIN_AFTER + 1
    monkeypatch.setattr(fleet.time, "monotonic", lambda: later)
    before = ServerList.objects.get().seen_at
    client.get(LLM)
    fleet.flush()
    assert ServerList.objects.get().seen_at > before


def test_a_client_that_changes_its_name_each_time_is_not_recorded_each_time(client):
    a_model("one")
    for number in range(fleet.MAX_WRITES_A_MINUTE + 30):
        assert client.get(LLM, headers={"User-Agent": f"flood/{number}"}).status_code == 200
    assert len(seen()) == fleet.MAX_WRITES_A_MINUTE


def test_what_is_recorded_together_is_written_together(client, django_assert_num_queries):
    for model_type in ("llm", "image", "audio"):
        a_model("one", model_type=model_type)
        client.get(f"/api/models/download?model_type={model_type}")
    fleet.memory.should_prune()
    with django_assert_num_queries(3):  # with its savepoint
        fleet.flush()
    assert len(seen()) == 3


def test_a_hub_may_keep_no_addresses(client, settings):
    settings.ENV = dataclasses.replace(settings.ENV, fleet=False)
    a_model("one")
    assert client.get(LLM).status_code == 200
    assert seen() == []


def test_a_database_that_does_not_take_it_never_hurts_the_download(client, monkeypatch, caplog):
    a_model("one")
    writes = []

    def refuse(execute, sql, params, many, context):
        if "models_registry_serverlist" in sql:
            writes.append(sql)
            raise OperationalError("attempt to write a readonly database")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        for _ in range(5):
            assert client.get(LLM).json()[0]["model_name"] == "one"
            fleet.flush()
    assert len(writes) == 1, "after a failure nothing is written for a while"
    assert "could not be recorded" in caplog.text
    later = time.monotonic() + fleet.PAUSE + 1
    monkeypatch.setattr(fleet.time, "monotonic", lambda: later)
    client.get(LLM)
    assert len(seen()) == 1


def test_a_download_writes_nothing_itself(client, django_assert_max_num_queries):
    """So it can't wait for a lock: SQLite locks the whole database, PostgreSQL rows."""
    a_model("one")
    client.get(LLM)
    fleet.memory.__init__()
    with django_assert_max_num_queries(1), CaptureQueriesContext(connection) as queries:
        client.get(LLM)
    assert queries.captured_queries[0]["sql"].startswith("SELECT")
    assert len(seen()) == 1


def test_old_sightings_go_and_so_do_the_oldest_of_too_many(monkeypatch):
    monkeypatch.setattr(fleet, "max_rows", lambda: 3)
    now = timezone.now()
    for number in range(5):
        ServerList.objects.create(
            how="download", place=f"10.0.0.{number}", model_type="llm", revision=1,
            seen_at=now - timedelta(minutes=number),
        )  # fmt: skip
    ServerList.objects.create(
        how="download", place="old", model_type="llm", revision=1, seen_at=now - timedelta(days=91)
    )
    fleet.prune()
    left = ServerList.objects.order_by("place").values_list("place", flat=True)
    assert list(left) == ["10.0.0.0", "10.0.0.1", "10.0.0.2"]


def test_there_is_room_for_all_types_of_as_many_servers_as_the_setting_says(settings):
    settings.ENV = dataclasses.replace(settings.ENV, fleet_servers=2)
    now = timezone.now()
    for number in range(3):
        for model_type in MODEL_TYPES:
            ServerList.objects.create(
                how="download", place=f"10.0.0.{number}", model_type=model_type, revision=1,
                seen_at=now - timedelta(minutes=number),
            )  # fmt: skip
    fleet.prune()
    assert ServerList.objects.count() == 2 * len(MODEL_TYPES)
    assert set(ServerList.objects.values_list("place", flat=True)) == {"10.0.0.0", "10.0.0.1"}


def test_a_fleet_that_is_switched_off_is_forgotten(client, settings):
    a_model("one")
    client.get(LLM)
    settings.ENV = dataclasses.replace(settings.ENV, fleet=False)
    prune_sightings()
    assert seen() == []


@pytest.mark.parametrize(
    ("header", "short"),
    [
        ("python-requests/2.32.3", "python-requests/2.32.3"),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/130", "Mozilla/5.0"),
        ("nul\x00byte", "nulbyte"),
        ("x" * 500, "x" * 60),
        ("", ""),
    ],
)
def test_a_client_is_named_in_short(header, short):
    assert fleet.short_agent(header) == short
