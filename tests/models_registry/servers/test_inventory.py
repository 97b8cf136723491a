"""What a server knows is remembered for a moment, and compared with this hub."""

from __future__ import annotations

import pytest

from models_registry.servers import client, inventory
from models_registry.servers.access import Server, Whose
from models_registry.servers.comparison import ServerModelStatus, compare
from models_registry.servers.requests import ServerRefused, ServerUnavailable
from tests.factories import a_model, llm_record, written
from tests.standins.xinference import registered

pytestmark = pytest.mark.django_db
NOW = 1_780_000_000


def test_definitions_are_compared_by_the_newest_updated_at(there, used):
    # Publication stamps a record that it changes; these are published as they stand.
    models = [
        a_model(name, definition=written(llm_record(name)))
        for name in ("same", "older", "newer", "unsure", "unknown")
    ]
    ours = {model.name: int(model.definition_updated_at.timestamp()) for model in models}
    changes = {"same": 0, "older": -1, "newer": 1}
    there.known["LLM"] = [
        registered(llm_record(name, updated_at=ours[name] + change), cached=name == "same")
        for name, change in changes.items()
    ]
    there.known["LLM"] += [
        registered(llm_record("unsure", updated_at=...)),
        registered(llm_record("Alone", updated_at=NOW), is_builtin=False),
    ]
    there.models["one"] = {"model_name": "newer", "model_type": "LLM"}
    there.models["other"] = {"model_name": "newer", "model_type": "embedding"}
    comparison = compare(models, inventory.read(used, "llm"))
    assert {row.model.name: row.status for row in comparison.rows} == {
        "same": ServerModelStatus.SAME,
        "older": ServerModelStatus.OLDER,
        "newer": ServerModelStatus.NEWER,
        "unsure": ServerModelStatus.UNSURE,
        "unknown": ServerModelStatus.UNKNOWN,
    }
    assert (comparison.known, comparison.running, comparison.outdated) == (4, 1, 1)
    assert [model.uid for row in comparison.rows for model in row.running] == ["one"]
    assert [
        row.model.name for row in comparison.rows if row.server_model and row.server_model.is_cached
    ] == ["same"]
    assert [(model.name, model.is_builtin) for model in comparison.only_on_server] == [
        ("Alone", False)
    ]


@pytest.mark.parametrize(
    ("record", "is_cached"),
    [
        ({"model_specs": [{"cache_status": True}]}, True),
        ({"model_specs": [{"cache_status": False}, {"cache_status": True}]}, True),
        ({"model_specs": [{"cache_status": [False, True]}]}, True),
        ({"model_specs": [{"cache_status": [False]}, "x", None]}, False),
        ({"cache_status": True}, True),
        ({"model_specs": None, "cache_status": "yes"}, False),
    ],
)
def test_a_cached_variant_is_seen_in_the_shapes_of_all_releases(there, used, record, is_cached):
    there.known["LLM"] = [{"model_name": "alpha", "is_builtin": True, **record}]
    assert inventory.read(used, "llm").known["alpha"].is_cached is is_cached


def test_a_server_is_asked_once_for_many_pages_until_it_is_changed(there, used):
    for _ in range(3):
        inventory.read(used, "llm")
    assert len(there.asked) == 2
    inventory.forget(used)
    inventory.read(used, "llm")
    assert len(there.asked) == 4


def test_a_failure_is_remembered_for_a_moment(there, used):
    there.refusal = (500, "broken")
    for _ in range(3):
        with pytest.raises(ServerRefused, match="broken"):
            inventory.read(used, "llm")
    assert len(there.asked) == 1


def test_what_one_key_may_see_is_not_shown_to_another(there, used):
    inventory.read(used, "llm")
    with pytest.raises(ServerRefused, match="requires a sign-in"):
        inventory.read(Server(there.url, "", Whose.OWN), "llm")


def test_workers_are_told_where_the_key_may_see_them(there, used):
    there.workers = [
        {"node_type": "Worker", "ip_address": "10.0.0.2:1", "gpu_count": 2,
         "gpu_vram_total": 48.0 * 2**30, "gpu_vram_available": 2**30},
        {"node_type": "Worker", "ip_address": "10.0.0.3:1", "gpu_count": 0, "gpu_vram_total": 0},
    ]  # fmt: skip
    about = inventory.about(used)
    assert about.version == "4.1.0"
    assert [(node.address, node.gpus, node.memory, node.free) for node in about.nodes] == [
        ("10.0.0.2:1", 2, 48 * 2**30, 2**30), ("10.0.0.3:1", 0, None, None),
    ]  # fmt: skip


def test_an_amount_that_is_none_is_not_told(there, used):
    there.workers = [
        {"node_type": "Worker", "ip_address": "10.0.0.2", "gpu_count": 1, "gpu_vram_total": total}
        for total in (10**400, "16", None, True)
    ]
    assert [node.memory for node in inventory.about(used).nodes] == [None] * 4


def test_a_key_that_may_not_see_the_cluster_is_good_enough(there, used, monkeypatch):
    def refuse(server):
        raise ServerRefused("reason_as_given", text="no", answered=403)

    monkeypatch.setattr(client, "workers", refuse)
    assert inventory.about(used) == inventory.ServerInfo("4.1.0", ())
    inventory.forget(used)
    monkeypatch.setattr(client, "version", refuse)
    assert inventory.about(used) == inventory.ServerInfo("", ())
    inventory.forget(used)
    there.stop()
    monkeypatch.undo()
    with pytest.raises(ServerUnavailable):
        inventory.about(used)
