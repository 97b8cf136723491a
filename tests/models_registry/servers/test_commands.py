"""What a server is told: updates, and models that it registers."""

from __future__ import annotations

import dataclasses

import pytest

from hub.models import AuditEntry
from models_registry.errors import NotAllowed
from models_registry.models import UpstreamFile
from models_registry.servers import access, commands
from models_registry.servers.commands import BuiltInThere
from models_registry.servers.releases import ListStopsServer
from models_registry.servers.requests import ServerRefused
from models_registry.stored_reasons import shown
from tests.factories import a_model, a_person, image_record, llm_record, written
from tests.models_registry.server_fixtures import OWN_KEY
from tests.standins.xinference import registered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _families(there):
    """The server has one family that calls tools, of the factories' architecture."""
    there.families = {"chat": ["qwen3"], "tools": ["qwen3"], "vision": []}
    there.known["LLM"] = [registered(llm_record("qwen3"))]


def names(there, kind="LLM"):
    return [record["model_name"] for record in there.known.get(kind, [])]


def test_a_public_model_is_fetched_by_the_server(there, used, owner):
    message = commands.make_known(a_model("alpha"), used, by=owner)
    assert "told to fetch it from model.xinference.io" in message
    assert names(there) == ["qwen3"]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.tag, entry.data["server"]) == ("registry:server:update", there.url)
    assert OWN_KEY not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("release", ["3.0.0", "4.1.0"])
def test_what_the_server_can_not_fetch_is_registered(there, used, owner, release):
    there.release, there.source = release, {}
    message = commands.make_known(a_model("alpha"), used, by=owner)
    assert message == f"alpha is registered at {there.url}."
    record = there.known["LLM"][-1]
    assert (record["model_name"], record["is_builtin"]) == ("alpha", False)
    assert record["model_family"] == "qwen3"
    assert record["model_specs"][0]["model_id"] == "example/alpha"


def test_an_older_server_fetches_its_whole_list_for_one_model(there, used, owner):
    there.release = "3.0.0"
    there.known["LLM"].append(registered(llm_record("alpha")))
    message = commands.make_known(a_model("alpha"), used, by=owner)
    assert "knows the model now" in message
    assert "/v1/models/update_type" in there.paths()
    assert there.known["LLM"][-1]["is_builtin"]


def test_a_private_model_is_registered_at_ones_own_server_without_asking_for_its_name(
    there, used, owner
):
    model = a_model("mine", visibility="private", owner=owner)
    commands.make_known(model, used, by=owner)
    assert names(there) == ["qwen3", "mine"]
    assert "/v1/models/update_spec" not in there.paths()


def test_an_earlier_registration_is_replaced(there, used, owner):
    model = a_model("mine", visibility="private", owner=owner)
    commands.register(used, model, by=owner)
    message = commands.register(used, model, by=owner)
    assert "before; it has this definition now" in message
    assert names(there) == ["qwen3", "mine"]


def test_where_the_new_definition_is_refused_the_earlier_one_is_put_back(there, used, owner):
    model = a_model("mine", visibility="private", owner=owner)
    commands.register(used, model, by=owner)
    earlier = there.known["LLM"][-1]
    register, calls = there._register, []

    def once(kind, sent, persist):
        calls.append(sent)
        if len(calls) == 2:
            return 400, {"detail": "no"}
        return register(kind, sent, persist)

    there._register = once
    with pytest.raises(ServerRefused, match="no"):
        commands.register(used, model, by=owner)
    assert there.known["LLM"][-1] == earlier
    assert len(calls) == 3


def test_what_is_built_in_can_not_be_replaced(there, used, owner):
    with pytest.raises(BuiltInThere, match="built in"):
        commands.register(used, a_model("qwen3"), by=owner)
    assert there.known["LLM"][0]["is_builtin"]
    assert not any(path.startswith("DELETE") for path in there.paths("DELETE"))


def test_types_without_custom_models_are_told_in_words(there, used, owner):
    film = a_model("film", model_type="video", definition=written(image_record("film")))
    there.source = {}
    assert "does not accept custom models of this type" in commands.make_known(film, used, by=owner)


def test_a_server_that_does_not_tell_its_families_decides_by_itself(there, used, owner):
    answer = there.answer

    def hidden(method, target, headers, body):
        if "families" in target:
            return 404, {"detail": "Not Found"}
        return answer(method, target, headers, body)

    there.answer = hidden
    with pytest.raises(ServerRefused, match="model_family"):
        commands.register(used, a_model("alpha"), by=owner)


def test_only_public_models_and_ones_own_go_to_the_hubs_server(change_env, there, keeper):
    change_env(xinference_endpoint=there.url, xinference_api_key=OWN_KEY)
    hubs = access.hub_server()
    other = a_model("theirs", visibility="private", owner=a_person("other"))
    own_model = a_model("mine", visibility="private", owner=keeper)
    with pytest.raises(NotAllowed):
        commands.register(hubs, other, by=keeper)
    commands.register(hubs, own_model, by=keeper)
    commands.register(hubs, a_model("alpha"), by=keeper)
    assert names(there) == ["qwen3", "mine", "alpha"]


def test_nobody_uses_a_server_that_is_not_his(there, used, owner, server):
    stranger = a_person("stranger")
    for other in (used, access.hub_server(), dataclasses.replace(used, key="")):
        with pytest.raises(NotAllowed):
            commands.update_type(other, "llm", by=stranger)
        with pytest.raises(NotAllowed):
            commands.launch(other, a_model(f"m{other.whose}{bool(other.key)}"), {}, by=stranger)
        with pytest.raises(NotAllowed):
            commands.stop(other, "x", by=stranger)
        with pytest.raises(NotAllowed):
            commands.cancel(other, "x", by=stranger)
    with pytest.raises(NotAllowed):
        commands.update_type(access.hub_server(), "llm", by=owner)
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
    message = commands.make_known(held_back("Alpha"), used, by=owner)
    assert "was not asked to fetch Alpha" in message
    assert "does not start again" in message
    assert there.asked == []


def test_where_it_is_built_in_nobody_is_sent_to_update_the_list(there, used, owner):
    with pytest.raises(BuiltInThere, match="only with a newer release of Xinference"):
        commands.register(used, held_back("qwen3"), by=owner)
    assert "/v1/models/update_spec" not in there.paths()


def stopping_list():
    """The audio list of a hub that supports no release before 3.2.0 any more."""
    record = image_record("campplus", multilingual=True, model_src={"modelscope": {
        "model_id": "a/b", "model_revision": "master"}})  # fmt: skip
    return a_model("campplus", model_type="audio", definition=written(record))


@pytest.mark.parametrize(("release", "is_told"), [("3.1.0", False), ("3.2.1", True)])
def test_a_server_that_would_not_start_with_the_list_is_not_told_to_update(
    there, used, owner, settings, release, is_told
):
    settings.ENV = dataclasses.replace(settings.ENV, oldest_server="3.2.0")
    stopping_list()
    there.release = release
    if is_told:
        commands.update_type(used, "audio", by=owner)
    else:
        with pytest.raises(ListStopsServer, match="campplus"):
            commands.update_type(used, "audio", by=owner)
    assert ("/v1/models/update_type" in there.paths()) == is_told


def test_the_message_says_what_a_release_takes_of_the_list(there, used, owner):
    spec = {**llm_record()["model_specs"][0], "model_format": "fp4"}
    a_model("z-fp4", definition=written(llm_record("z-fp4", model_specs=[spec])))
    a_model("a-fine")
    there.release = "1.16.0"
    message = shown(commands.update_type(used, "llm", by=owner))
    assert "takes 1 of the 2 models" in message
    there.release = "4.1.0"
    assert "takes" not in shown(commands.update_type(used, "llm", by=owner))


def test_a_server_is_not_told_to_fetch_a_model_that_its_release_refuses(there, used, owner):
    there.release = "3.4.0"
    record = llm_record("embeds", model_ability=["embed_vision"], dimensions=3, max_tokens=5,
                        language=["en"])  # fmt: skip
    del record["model_specs"][0]["model_size_in_billions"]
    model = a_model("embeds", model_type="embedding", definition=written(record))
    message = commands.make_known(model, used, by=owner)
    assert "embed_vision" in message
    assert not {"/v1/models/update_spec", "/v1/models/update_type"} & set(there.paths())
