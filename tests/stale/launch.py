"""Forms of the Launch Model page and of the Upstream tab."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import OwnServer
from accounts.own_servers import save_own_server
from models_registry.models import RegisteredModel, SourceMark, UpstreamChange
from tests.factories import a_model, llm_record, written
from tests.models_registry.upstream.waiting_changes import a_change
from tests.stale.plan import STALE, Plan, World, fresh, publish, row


@row("launch_model/conflicts/<int:pk>")
def choosing_between_other_sides(world: World) -> Plan:
    model = a_model("alpha")
    theirs = written(llm_record("alpha", context_length=1))
    SourceMark.objects.create(model=model, their_text=theirs)
    later = written(llm_record("alpha", context_length=2))
    return Plan(
        page=f"/launch_model/conflicts/{model.pk}", action=f"/launch_model/conflicts/{model.pk}",
        typed={"all": "theirs"},
        change=lambda: SourceMark.objects.update(their_text=later),
        state=lambda: fresh(model).published_revision_id, told="Nothing was decided",
    )  # fmt: skip


@row("launch_model/conflicts/<int:pk>/keep")
def keeping_what_came_back_and_went_again(world: World) -> Plan:
    model = a_model("alpha")
    SourceMark.objects.create(model=model, missing_since=timezone.now() - timedelta(days=5))
    return Plan(
        page="/launch_model/conflicts", action=f"/launch_model/conflicts/{model.pk}/keep",
        change=lambda: SourceMark.objects.update(missing_since=timezone.now()),
        state=lambda: SourceMark.objects.get().kept_since, told=STALE,
    )  # fmt: skip


@row("launch_model/add/preview")
def adding_what_another_window_looked_up(world: World) -> Plan:
    def bring(name: str) -> None:
        sent = {"way": "definition", "model_type": "llm", "definition": written(llm_record(name))}
        assert world.client.post("/launch_model/add", sent).status_code == 302

    bring("first")
    return Plan(
        page="/launch_model/add/preview", action="/launch_model/add/preview",
        change=lambda: bring("second"),
        state=lambda: list(RegisteredModel.objects.values_list("name", flat=True)), told=STALE,
    )  # fmt: skip


def launched(world: World) -> list[Any]:
    return [asked[:2] for asked in world.server.asked if asked[0] != "GET"]


@row("launch_model/<int:pk>/launch")
def launching_another_definition(world: World) -> Plan:
    model = a_model("alpha", owner=world.root)
    address = f"/launch_model/{model.pk}/launch"
    return Plan(
        page=address, action=address, typed={"replicas": "3"}, kept='value="3"',
        change=lambda: publish(model, world.other), state=lambda: launched(world), told=STALE,
    )  # fmt: skip


@row("launch_model/server/register/<int:pk>")
def registering_another_definition(world: World) -> Plan:
    model = a_model("alpha", owner=world.root)
    return Plan(
        page="/launch_model/server?type=llm", action=f"/launch_model/server/register/{model.pk}",
        change=lambda: publish(model, world.other), state=lambda: launched(world), told=STALE,
    )  # fmt: skip


@row("launch_model/server/stop")
def stopping_another_model_of_that_uid(world: World) -> Plan:
    world.server.models["one"] = {"model_name": "alpha", "model_type": "LLM"}
    later = {"one": {"model_name": "beta", "model_type": "LLM"}}
    return Plan(
        page="/launch_model/server", action="/launch_model/server/stop",
        change=lambda: world.server.models.update(later),
        state=lambda: launched(world), told=STALE,
    )  # fmt: skip


@row("launch_model/server/update")
def updating_another_server(world: World) -> Plan:
    model = a_model("alpha", owner=world.root)
    save_own_server(world.server.url, key="", by=world.root)
    assert model
    return Plan(
        page="/launch_model/server?type=llm&server=own", action="/launch_model/server/update",
        change=lambda: OwnServer.objects.update(address=world.server.url + "/other"),
        state=lambda: launched(world), told="the address", status=(403,),
    )  # fmt: skip


UPSTREAM = "models/detail/<int:pk>/upstream/<int:change_pk>/<slug:action>"


@row(UPSTREAM)
def retrying_another_change(world: World) -> Plan:
    model = a_model("alpha", owner=world.root)
    change = a_change(model, "failed", wanted=written(llm_record("alpha")))
    return Plan(
        page=f"/models/detail/{model.pk}/upstream",
        action=f"/models/detail/{model.pk}/upstream/{change.pk}/retry",
        change=lambda: UpstreamChange.objects.update(wanted=""),
        state=lambda: UpstreamChange.objects.get().state, told=STALE,
    )  # fmt: skip


@row(UPSTREAM)
def deciding_a_conflict_of_other_sides(world: World) -> Plan:
    model = a_model("alpha", owner=world.root)
    ours = model.published_revision.definition
    there = written(llm_record("alpha", context_length=1))
    later = written(llm_record("alpha", context_length=2))
    change = a_change(model, "conflict", base=written(llm_record("alpha", context_length=7)),
                      wanted=ours, theirs=there)  # fmt: skip
    return Plan(
        page=f"/models/detail/{model.pk}/upstream",
        action=f"/models/detail/{model.pk}/upstream/{change.pk}/resolve",
        typed={"all": "theirs"},
        change=lambda: UpstreamChange.objects.update(theirs=later),
        state=lambda: (UpstreamChange.objects.get().state, fresh(model).published_revision_id),
        told="Nothing was decided",
    )  # fmt: skip
