"""Whatever a source answers and whatever becomes of a worker: the list that is here stays whole."""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
import socket
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from models_registry.catalogue import build
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.json_text.document import join_records
from models_registry.errors import SourceUnavailable
from models_registry.models import (
    CatalogueList,
    RegisteredModel,
    Revision,
    SourceList,
    SourceMark,
    UpdateRun,
)
from models_registry.sync import update
from models_registry.sync.sources import hub as hub_source
from models_registry.sync.sources import own_hub
from tests.factories import a_person, image_record, llm_record, written
from tests.standins.hub import SourceHub, send

pytestmark = pytest.mark.django_db

LIST = written(llm_record("alpha"), llm_record("beta"))
NEXT = written(llm_record("alpha", context_length=1), llm_record("gamma"))
MIB = 1_048_576


@pytest.fixture
def source(settings, monkeypatch):
    monkeypatch.setattr("models_registry.http.fetch._FIRST_PAUSE", 0.01)
    hub = SourceHub()
    hub.lists["llm"] = LIST
    settings.ENV = dataclasses.replace(settings.ENV, hub_source=f"hub:{hub.url}")
    yield hub
    hub.stop()


@pytest.fixture
def keeper():
    return a_person("keeper", "update_catalogue", "change_public_model")


def updated(keeper) -> UpdateRun:
    asked = update.update_type("llm", by=keeper)
    update.run(asked.pk)
    asked.refresh_from_db()
    return asked


def everything() -> list:
    """What an update may change."""
    served = CatalogueList.objects.filter(model_type="llm").first()
    return [
        bytes(served.body) if served else b"",
        list(RegisteredModel.objects.order_by("pk").values()),
        list(Revision.objects.order_by("pk").values("pk", "state", "definition")),
        list(SourceMark.objects.values()),
        list(SourceList.objects.values("etag", "digest")),
    ]


def sends(body, **how):
    return lambda asked: send(asked, body, **how)


def cut(asked) -> None:
    """Half of what was announced, and the connection is gone."""
    asked.send_response(200)
    asked.send_header("Content-Length", str(len(NEXT)))
    asked.end_headers()
    asked.wfile.write(NEXT.encode()[: len(NEXT) // 2])
    asked.wfile.flush()
    asked.connection.shutdown(socket.SHUT_RDWR)


def cut_without_length(asked) -> None:
    """Half an answer that has no length, so that its end looks like the end."""
    asked.protocol_version = "HTTP/1.0"
    asked.send_response(200)
    asked.send_header("Connection", "close")
    asked.end_headers()
    asked.wfile.write(NEXT.encode()[: len(NEXT) // 2])
    asked.close_connection = True


def drip(asked) -> None:
    """A byte now and then: no single read takes long, all together would take for ever."""
    asked.send_response(200)
    asked.send_header("Content-Length", str(len(NEXT)))
    asked.end_headers()
    for byte in NEXT.encode():
        asked.wfile.write(bytes([byte]))
        asked.wfile.flush()
        time.sleep(0.05)


def redirects(location: str):
    def redirect(asked):
        asked.send_response(302)
        asked.send_header("Location", location)
        asked.send_header("Content-Length", "0")
        asked.end_headers()

    return redirect


def to_a_sign_in(asked) -> None:
    if asked.path.startswith("/signin"):
        send(asked, "<!DOCTYPE html><title>Sign in</title>", content_type="text/html")
    else:
        redirects("/signin?next=/api")(asked)


def bomb(asked) -> None:
    body = gzip.compress(b"[" + b" " * (20 * MIB) + b"]")
    asked.send_response(200)
    asked.send_header("Content-Type", "application/json")
    asked.send_header("Content-Encoding", "gzip")
    asked.send_header("Content-Length", str(len(body)))
    asked.end_headers()
    asked.wfile.write(body)


def announces_too_much(asked) -> None:
    asked.send_response(200)
    asked.send_header("Content-Length", str(17 * MIB))
    asked.end_headers()
    asked.close_connection = True


def without(record: dict, key: str) -> dict:
    return {name: value for name, value in record.items() if name != key}


FAILURES = {
    "broken JSON": (sends(NEXT[:-3] + "}"), "can't be used: line"),
    "a web page": (sends("<html><body>Welcome</body></html>"), "web page"),
    "a web page that says so": (sends("Welcome", content_type="text/html"), "web page"),
    "a byte order mark": (sends(b"\xef\xbb\xbf" + NEXT.encode()), "byte order mark"),
    "another encoding": (sends(NEXT.encode("utf-16")), "not UTF-8"),
    "an empty array": (sends("[]"), "is empty"),
    "nothing": (sends(""), "is empty"),
    "an object": (sends(json.dumps({"data": json.loads(NEXT)})), "array"),
    "a word": (sends('"hello"'), "array"),
    "half an answer": (cut, "interrupted"),
    "half an answer without a length": (cut_without_length, "can't be used: line"),
    "a slow drip": (drip, "did not answer within 0.6 seconds"),
    "an error of its own": (sends("oh no", status=500), "an internal error (500)"),
    "too busy": (sends("later", status=503), "(503)"),
    "no such page": (sends("{}", status=404), "has no /api/models/download"),
    "a refusal": (sends("{}", status=403), "(status 403)"),
    "a redirect to elsewhere": (redirects("http://169.254.169.254/x"), "the hub may fetch from"),
    "a redirect to its sign-in page": (to_a_sign_in, "web page"),
    "a redirect in a circle": (redirects("/api/models/download?model_type=llm"), "in a loop"),
    "records of another type": (sends(written(image_record("picture"))), "servers would refuse"),
    "records of one name apart": (
        sends(written(llm_record("a"), llm_record("b"), llm_record("a", context_length=1))),
        '"a" is in it twice',
    ),
    "names that differ in case": (
        sends(written(llm_record("Alpha"), llm_record("alpha"))), "only in case",
    ),
    "a record without a time": (
        sends(written(llm_record("a"), without(llm_record("b"), "updated_at"))),
        '"updated_at" is missing',
    ),
    "a record without a name": (
        sends(written(llm_record("a"), without(llm_record("b"), "model_name"))), "can't be used",
    ),
    "more than fits": (announces_too_much, "larger than the 16,777,216 bytes"),
    "a gzip bomb": (bomb, "larger than the 16,777,216 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("what", FAILURES)
def test_a_failure_leaves_everything_as_it_was_and_says_why(source, keeper, monkeypatch, what):
    misdeed, message = FAILURES[what]
    updated(keeper)
    SourceList.objects.update(etag="", body=b"")
    before = everything()
    monkeypatch.setattr(hub_source, "LIST_SECONDS", 0.6 if "drip" in what else 20)
    source.behaviour = misdeed
    begun = time.monotonic()
    failed = updated(keeper)
    assert time.monotonic() - begun < 15
    assert (failed.state, failed.result) == ("failed", {})
    assert message in failed.error_text
    assert "Traceback" not in failed.error_text
    assert everything() == before
    source.behaviour, source.lists["llm"] = None, NEXT
    healed = updated(keeper)
    assert (healed.state, healed.result["new"]) == ("done", ["gamma"])


def test_a_list_of_another_type_is_refused_also_where_servers_would_load_it(released_catalogue):
    folders = {kind: released_catalogue / f"xinference/model/{kind}/models" for kind in MODEL_TYPES}
    lists = {
        # Of the image models the package ships some that no hub can serve.
        model_type: join_records(
            [
                text
                for file in sorted(folder.iterdir())[:20]
                if "updated_at" in (text := file.read_text())
            ]
        ).encode()
        for model_type, folder in folders.items()
    }
    url = "https://source.example"
    assert hub_source.read_list(url, "video", lists["video"]).models
    for asked in MODEL_TYPES:
        for model_type, body in lists.items():
            if model_type != asked:
                with pytest.raises(SourceUnavailable, match=f"The {asked} list"):
                    hub_source.read_list(url, asked, body)
    with pytest.raises(SourceUnavailable, match="it contains video models"):
        hub_source.read_list(url, "image", lists["video"])


def test_a_token_that_is_refused_leaves_the_public_list_as_it_was_too(source, keeper, settings):
    updated(keeper)
    source.lists["llm"] = NEXT
    settings.ENV = dataclasses.replace(settings.ENV, hub_source_token="wrong")
    before = everything()

    def answer(asked):
        if asked.headers.get("X-Models-Token"):
            send(asked, '{"error_code": "UNAUTHENTICATED"}', status=401)
        else:
            source.answer(asked)

    source.behaviour = answer
    failed = updated(keeper)
    assert (failed.state, "401)" in failed.error_text) == ("failed", True)
    assert "wrong" not in failed.error_text
    assert everything() == before


def test_a_source_that_is_not_there_is_told(source, keeper):
    updated(keeper)
    before = everything()
    source.stop()
    failed = updated(keeper)
    assert (failed.state, "can't be reached" in failed.error_text) == ("failed", True)
    assert everything() == before


def test_a_hub_is_no_source_of_its_own(source, keeper, settings):
    settings.SITE_URL = source.url
    failed = updated(keeper)
    assert "is this hub itself" in failed.error_text
    assert source.requests == [], "its own address needs no asking"


@pytest.mark.django_db(transaction=True)
def test_a_hub_knows_itself_under_another_address(live_server, keeper, settings):
    updated_here = settings.ENV
    other = live_server.url.replace("localhost", "127.0.0.1")
    settings.ENV = dataclasses.replace(updated_here, hub_source=f"hub:{other}")
    build.rebuild(["llm"])
    RegisteredModel.objects.all().delete()
    failed = updated(keeper)
    assert (failed.state, "is this hub itself" in failed.error_text) == ("failed", True)


def test_a_copy_of_the_hub_at_another_address_is_another_hub(settings):
    name = own_hub.own_name()
    settings.SITE_URL = "https://mirror.example"
    assert own_hub.own_name() != name
    own_hub.refuse_own_hub("https://hub.example", name)


# --- Workers --------------------------------------------------------------------------------------


def age(run: UpdateRun, **ago) -> None:
    UpdateRun.objects.filter(pk=run.pk).update(seen_at=timezone.now() - timedelta(**ago))


def test_a_run_that_was_given_up_changes_nothing_when_its_worker_comes_back(
    source, keeper, monkeypatch
):
    """A worker waited for the network for so long that somebody started another run meanwhile."""
    updated(keeper)
    source.lists["llm"] = NEXT
    slow = update.update_type("llm", by=keeper)
    taken_over: list[UpdateRun] = []

    def answer(asked):
        source.answer(asked)

    fetch_list = update.fetch_list

    def fetched_late(*arguments, **options):
        hub_list = fetch_list(*arguments, **options)
        if not taken_over:
            age(slow, minutes=12)
            taken_over.append(update.update_type("llm", by=keeper))
        return hub_list

    monkeypatch.setattr(update, "fetch_list", fetched_late)
    source.behaviour = answer
    before = everything()
    update.run(slow.pk)
    slow.refresh_from_db()
    assert (slow.state, "worker" in slow.error_text) == ("failed", True)
    assert everything() == before
    update.run(taken_over[0].pk)
    taken_over[0].refresh_from_db()
    assert taken_over[0].result["new"] == ["gamma"]


def test_a_mistake_of_the_hubs_own_is_rolled_back_and_said(source, keeper, monkeypatch):
    updated(keeper)
    source.lists["llm"] = NEXT
    before = everything()

    def broken(_types, **_options):
        raise ValueError("a mistake")

    monkeypatch.setattr("models_registry.changes.build.rebuild", broken)
    run = update.update_type("llm", by=keeper)
    with pytest.raises(ValueError, match="a mistake"):
        update.run(run.pk)
    run.refresh_from_db()
    assert (run.state, "internal error of the hub" in run.error_text) == ("failed", True)
    assert everything() == before


def test_the_page_says_what_is_going_on(source, keeper, client, monkeypatch):
    client.force_login(keeper)
    run = update.update_type("llm", by=keeper)
    steps: list[str] = []
    merge_list = update.merge_list

    def looked_at(*arguments, **options):
        steps.append(client.get(f"/launch_model/updates/{run.pk}").content.decode())
        return merge_list(*arguments, **options)

    checked = hub_source.loading_problems

    def checking(*arguments, **options):
        steps.append(client.get(f"/launch_model/updates/{run.pk}").content.decode())
        return checked(*arguments, **options)

    monkeypatch.setattr(hub_source, "loading_problems", checking)
    monkeypatch.setattr(update, "merge_list", looked_at)
    monkeypatch.setattr(update, "PROGRESS_SECONDS", 0)
    update.run(run.pk)
    assert "Checking 2 models" in steps[0]
    assert 'value="1" max="2"' in steps[0]
    assert 'value="2" max="2"' in steps[1]
    assert "Merging 2 models" in steps[2]
    assert re.search(r"<progress\s+aria-label", steps[2]), "how far that is, nobody outside can see"


def test_the_page_says_when_a_worker_seems_to_be_gone(source, keeper, client):
    client.force_login(keeper)
    run = update.update_type("llm", by=keeper)
    UpdateRun.objects.update(state="running")
    age(run, minutes=4)
    page = client.get(f"/launch_model/updates/{run.pk}").content.decode()
    assert "has not responded for 4 minutes" in page
    age(run, minutes=12)
    update.ask_for_due()
    page = client.get(f"/launch_model/updates/{run.pk}", follow=True).content.decode()
    assert "The worker that ran this update stopped" in page


def test_an_update_is_done_though_the_facts_of_repositories_did_not_follow(
    source, keeper, monkeypatch
):
    def fail(rows):
        raise OverflowError

    monkeypatch.setattr(update.source_facts, "take_over", fail)
    run = updated(keeper)
    assert run.state == UpdateRun.State.DONE
    assert "could not be imported" in run.server_text
    assert RegisteredModel.objects.filter(name__in=["alpha", "beta"]).count() == 2
