"""What upstream removes expires here, waits for a person, or comes back."""

from __future__ import annotations

import json
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group

from models_registry.actions.expiry import set_expiry
from models_registry.models import (
    CatalogueList,
    RegisteredModel,
    UnreadableFile,
    UpstreamChange,
    UpstreamRemoval,
)
from models_registry.sync.follow_upstream import follow_upstream, record_expired
from models_registry.upstream import removals
from reviews.models import Notification
from reviews.tasks import tell_of_pull_requests
from tests.factories import a_user, llm_record, written
from tests.models_registry.upstream.deliveries import send, the_model
from tests.models_registry.upstream.removed_models import (
    AGGREGATE,
    NAMES,
    decide,
    expired,
    nothing_is_asked_of_upstream,
    waiting_page,
)
from tests.models_registry.upstream_fixtures import *  # noqa: F403
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_a_type_without_any_file_waits_for_a_person(github):
    image = "xinference/model/image/models/pixel.json"
    github.commit({path("alpha"): None, path("beta"): None, image: written(llm_record("pixel"))})
    follow_upstream()
    assert expired() == set()
    assert {row.model.name for row in removals.waiting()} == {"alpha", "beta"}


@pytest.mark.parametrize("layout", ["split", "aggregate"])
@pytest.mark.parametrize("comes_back", ["as it was", "changed"])
def test_what_upstream_removed_comes_back_when_upstream_has_it_again(
    github, request, layout, comes_back
):
    whole = request.getfixturevalue("aggregate") if layout == "aggregate" else ""
    text = written(llm_record("alpha"))
    if layout == "split":
        without, again = {path("alpha"): None}, {path("alpha"): text}
    else:
        shorter = written(*(llm_record(name) for name in NAMES[1:]))
        without, again = {AGGREGATE: shorter}, {AGGREGATE: whole}
    if comes_back == "changed":
        ((place, old),) = again.items()
        again = {place: old.replace("alpha is a small", "alpha is a tiny")}
    github.commit(without)
    follow_upstream()
    assert expired() == {"alpha"}
    assert nothing_is_asked_of_upstream(github)
    github.commit(again)
    follow_upstream()
    assert expired() == set()
    (record,) = json.loads(the_model("alpha").published_revision.definition)
    assert ("tiny" in record["model_description"]) == (comes_back == "changed")
    names = json.loads(bytes(CatalogueList.objects.get(model_type="llm").body))
    assert "alpha" in {record["model_name"] for record in names}
    assert nothing_is_asked_of_upstream(github)
    github.commit(without)
    follow_upstream()
    assert expired() == {"alpha"}, "a later removal counts again"


def test_an_expiry_that_a_person_set_since_stays_when_upstream_has_the_model_again(
    github, maintainer
):
    github.commit({path("alpha"): None})
    follow_upstream()
    moment = the_model("alpha").expires_at.replace(year=2020)
    set_expiry(the_model("alpha"), moment, by=maintainer)
    github.commit({path("alpha"): written(llm_record("alpha"))})
    follow_upstream()
    assert the_model("alpha").expires_at == moment
    assert record_expired() == 1
    send()
    assert [pull["title"] for pull in github.pulls] == ["FEAT: [model] alpha removed"]
    assert "ada" in github.git("show", "-s", "--format=%an", github.pulls[0]["head"]["sha"])


def test_an_expiry_that_nobody_set_asks_nothing_of_upstream(github):
    RegisteredModel.objects.update(expires_at=the_model("alpha").created_at)
    assert nothing_is_asked_of_upstream(github)


def test_a_removal_that_upstream_merged_and_took_back_is_not_asked_for_again(github, maintainer):
    set_expiry(the_model("alpha"), the_model("alpha").created_at, by=maintainer)
    send()
    github.merge(1)
    send()
    github.commit({path("alpha"): written(llm_record("alpha"))})
    follow_upstream()
    assert record_expired() == 0
    send()
    assert len(github.pulls) == 1


@pytest.fixture
def many(github) -> list[str]:
    """Upstream has removed 21 of 24 models at once, and the hub has looked."""
    names = [f"m-{number:02}" for number in range(22)]
    github.commit({path(name): written(llm_record(name)) for name in names})
    follow_upstream()
    github.commit({path(name): None for name in names[:21]})
    follow_upstream()
    return names[:21]


def test_many_removals_wait_and_a_later_single_one_goes_on(github, many):
    assert expired() == set()
    assert [row.model.name for row in removals.waiting()] == many
    github.commit({path("beta"): None})
    follow_upstream()
    assert expired() == {"beta"}
    assert removals.waiting().count() == 21
    github.commit({path(many[0]): written(llm_record(many[0]))})
    follow_upstream()
    assert [row.model.name for row in removals.waiting()] == many[1:], "upstream has it again"
    assert nothing_is_asked_of_upstream(github)


def test_maintainers_are_notified_once_of_files_and_removals(client, github, many):
    keeper = a_user("keeper")
    keeper.groups.add(Group.objects.get(name="Maintainers"))
    a_user("nobody-special")
    github.commit({path("alpha"): "[{"})
    follow_upstream()
    tell_of_pull_requests()
    tell_of_pull_requests()
    notifications = Notification.objects.filter(kind="upstream_state")
    assert {note.recipient.username for note in notifications} == {"keeper"}
    titles = sorted(note.title for note in notifications)
    assert titles == [
        "Upstream removed models (21): decide if they expire here, too",
        f"Upstream's file {path('alpha')} can't be read",
    ]
    client.force_login(keeper)
    page = client.get("/upstream").content.decode()
    assert path("alpha") in page
    client.force_login(a_user("root2", is_superuser=True, is_staff=True))
    figures = client.get("/metrics").content.decode()
    assert "xhub_upstream_unreadable_files 1.0" in figures
    assert "xhub_upstream_removals_waiting 21.0" in figures


def test_an_emptied_file_waits_for_a_person_and_is_not_a_problem_once_decided(
    client, github, maintainer, aggregate
):
    github.commit({AGGREGATE: "[]\n"})
    follow_upstream()
    page, version = waiting_page(client, maintainer)
    assert "It has no models any more; it had 3." in page
    chinese = client.get("/upstream", headers={"accept-language": "zh-hans"}).content.decode()
    assert "其中已没有模型；此前有 3 个。" in chinese
    assert decide(client, "approve", version).status_code == 302
    assert expired() == set(NAMES)
    assert not UnreadableFile.objects.exists()
    github.commit({AGGREGATE: aggregate})
    follow_upstream()
    assert expired() == set()


def test_earlier_expiries_are_distinguished_by_the_audit_log(github, maintainer):
    set_expiry(the_model("beta"), the_model("beta").created_at, by=maintainer)
    github.commit({path("alpha"): None})
    follow_upstream()
    UpstreamRemoval.objects.all().delete()
    UpstreamChange.objects.all().delete()
    RegisteredModel.objects.update(expiry_by="")
    migration = import_module("models_registry.migrations.0013_who_set_expiries")
    migration.tell_people_from_upstream(apps, None)
    assert the_model("beta").expiry_by == "ada"
    assert the_model("alpha").expiry_by == ""
    assert UpstreamRemoval.objects.get().model.name == "alpha"
    github.commit({path("alpha"): written(llm_record("alpha", context_length=5))})
    follow_upstream()
    assert expired() == {"beta"}
    assert json.loads(the_model("alpha").published_revision.definition)[0]["context_length"] == 5
