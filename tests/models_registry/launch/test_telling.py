"""What a server is told: updates, and models that it registers."""

from __future__ import annotations

import dataclasses

import pytest

from hub.models import AuditEntry
from models_registry.errors import NotAllowed
from models_registry.launch import servers, telling
from models_registry.launch.asking import ServerRefused
from models_registry.launch.telling import BuiltInThere
from models_registry.models import UpstreamFile
from tests.factories import a_model, a_person, image_record, llm_record, written
from tests.models_registry.launch.conftest import OWN_KEY
from tests.standins.xinference import registered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _families(there):
    """The server has one family that calls tools, of the factories' architecture."""
    there.families = {"chat": ["qwen3"], "tools": ["qwen3"], "vision": []}
    there.known["LLM"] = [registered(llm_record("qwen3"))]


def names(there, kind="LLM"):
    return [one["model_name"] for one in there.known.get(kind, [])]


def test_a_public_model_is_fetched_by_the_server(there, used, owner):
    said = telling.tell_of(a_model("alpha"), used, by=owner)
    assert "told to fetch it from model.xinference.io" in said
    assert names(there) == ["qwen3"]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.tag, entry.data["server"]) == ("registry:server:update", there.url)
    assert OWN_KEY not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("release", ["3.0.0", "4.1.0"])
def test_what_the_server_can_not_fetch_is_registered(there, used, owner, release):
    there.release, there.source = release, {}
    said = telling.tell_of(a_model("alpha"), used, by=owner)
    assert said == f"alpha is registered at {there.url}."
    found = there.known["LLM"][-1]
    assert (found["model_name"], found["is_builtin"]) == ("alpha", False)
    assert found["model_family"] == "qwen3"
    assert found["model_specs"][0]["model_id"] == "example/alpha"


def test_an_older_server_fetches_its_whole_list_for_one_model(there, used, owner):
    there.release = "3.0.0"
    there.known["LLM"].append(registered(llm_record("alpha")))
    said = telling.tell_of(a_model("alpha"), used, by=owner)
    assert "knows it now" in said
    assert "/v1/models/update_type" in there.paths()
    assert there.known["LLM"][-1]["is_builtin"]


def test_a_private_model_is_registered_at_ones_own_server_without_asking_for_its_name(
    there, used, owner
):
    model = a_model("mine", visibility="private", owner=owner)
    telling.tell_of(model, used, by=owner)
    assert names(there) == ["qwen3", "mine"]
    assert "/v1/models/update_spec" not in there.paths()


def test_an_earlier_registration_is_replaced(there, used, owner):
    model = a_model("mine", visibility="private", owner=owner)
    telling.register(used, model, by=owner)
    said = telling.register(used, model, by=owner)
    assert "before; it has this definition now" in said
    assert names(there) == ["qwen3", "mine"]


def test_where_the_new_definition_is_refused_the_earlier_one_is_put_back(there, used, owner):
    model = a_model("mine", visibility="private", owner=owner)
    telling.register(used, model, by=owner)
    earlier = there.known["LLM"][-1]
    register, calls = there._register, []

    def once(kind, sent, persist):
        calls.append(sent)
        if len(calls) == 2:
            return 400, {"detail": "no"}
        return register(kind, sent, persist)

    there._register = once
    with pytest.raises(ServerRefused, match="no"):
        telling.register(used, model, by=owner)
    assert there.known["LLM"][-1] == earlier
    assert len(calls) == 3


def test_what_is_built_in_can_not_be_replaced(there, used, owner):
    with pytest.raises(BuiltInThere, match="built in"):
        telling.register(used, a_model("qwen3"), by=owner)
    assert there.known["LLM"][0]["is_builtin"]
    assert not any(path.startswith("DELETE") for path in there.paths("DELETE"))


def test_types_without_custom_models_are_told_in_words(there, used, owner):
    film = a_model("film", model_type="video", definition=written(image_record("film")))
    there.source = {}
    assert "no custom models of this type" in telling.tell_of(film, used, by=owner)


def test_a_server_that_does_not_tell_its_families_decides_by_itself(there, used, owner):
    answer = there.answer

    def hidden(method, target, headers, body):
        if "families" in target:
            return 404, {"detail": "Not Found"}
        return answer(method, target, headers, body)

    there.answer = hidden
    with pytest.raises(ServerRefused, match="model_family"):
        telling.register(used, a_model("alpha"), by=owner)


def test_only_public_models_and_ones_own_go_to_the_hubs_server(change_env, there, keeper):
    change_env(xinference_endpoint=there.url, xinference_api_key=OWN_KEY)
    hubs = servers.hub_server()
    other = a_model("theirs", visibility="private", owner=a_person("other"))
    own = a_model("mine", visibility="private", owner=keeper)
    with pytest.raises(NotAllowed):
        telling.register(hubs, other, by=keeper)
    telling.register(hubs, own, by=keeper)
    telling.register(hubs, a_model("alpha"), by=keeper)
    assert names(there) == ["qwen3", "mine", "alpha"]


def test_nobody_uses_a_server_that_is_not_his(there, used, owner, server):
    stranger = a_person("stranger")
    for other in (used, servers.hub_server(), dataclasses.replace(used, key="")):
        with pytest.raises(NotAllowed):
            telling.update_type(other, "llm", by=stranger)
        with pytest.raises(NotAllowed):
            telling.launch(other, a_model(f"m{other.whose}{bool(other.key)}"), {}, by=stranger)
        with pytest.raises(NotAllowed):
            telling.stop(other, "x", by=stranger)
        with pytest.raises(NotAllowed):
            telling.cancel(other, "x", by=stranger)
    with pytest.raises(NotAllowed):
        telling.update_type(servers.hub_server(), "llm", by=owner)
    assert there.asked == []
    assert server.asked == []


def held_back(name):
    model = a_model(name)
    UpstreamFile.objects.create(
        model=model, model_type="llm", name_key=model.name_key,
        path="x", layout="split", text="[]", source="x", has_updated_at=False,
    )  # fmt: skip
    return model


@pytest.mark.parametrize("release", ["3.0.0", "4.1.0"])
def test_a_name_that_breaks_the_servers_list_is_never_fetched(there, used, owner, release):
    there.release = release
    said = telling.tell_of(held_back("Alpha"), used, by=owner)
    assert "was not told of it" in said
    assert "without updated_at" in said
    assert there.asked == []


def test_where_it_is_built_in_nobody_is_sent_to_update_the_list(there, used, owner):
    with pytest.raises(BuiltInThere, match="newer release of Xinference alone"):
        telling.register(used, held_back("qwen3"), by=owner)
    assert "/v1/models/update_spec" not in there.paths()
