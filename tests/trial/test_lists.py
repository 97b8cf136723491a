"""Update, as somebody presses it in the server's web UI: what the server then offers to launch."""

from __future__ import annotations

import time

import pytest

from tests.journeys.processes import manage
from tests.trial.processes import TYPES, Server, call

pytestmark = pytest.mark.xinference

# The package ships these without `updated_at`: a list that names one of them is not taken.
SHIPPED_WITHOUT_A_TIME = {
    "Fibo-2.0-dev", "Fibo-2.0-edit-turbo", "MOSS-Image-SFT", "Qwen-Image-2.1",
    "Qwen-Image-2.1-Turbo", "dots.ocr", "flux-3-image-klein", "xiaomi-ocr-0",
}  # fmt: skip


def name_of(record):
    return record.get("model_name") or record["model_family"]


def names_offered(records):
    """The names that a server makes of records: a world model's variants have their own."""
    parts = [(one, part) for one in records for part in one.get("model_specs") or [{}]]
    return {part.get("model_name") or name_of(one) for one, part in parts}


def edited(hub, model_type):
    """Change the first model of a list in the hub; its name, what it says now, and since when."""
    name = name_of(hub.listed(model_type)[0])
    before = max(one["updated_at"] for one in hub.of(model_type, name))
    said = f"Changed at {time.time()}"
    record = hub.edit(model_type, name, model_description=said)[0]
    assert record["updated_at"] > before
    return name, said, record["updated_at"]


@pytest.mark.parametrize("model_type", TYPES)
def test_an_edit_reaches_the_server_with_the_list_of_its_type(hub, server, model_type):
    name, said, since = edited(hub, model_type)
    began = time.monotonic()
    assert server.update_type(model_type) == 200
    seconds = time.monotonic() - began
    listed = hub.listed(model_type)
    assert server.kept(model_type) == listed
    offered = server.registrations(model_type)
    assert offered[name]["model_description"] == said
    assert offered[name]["updated_at"] == since
    shipped = SHIPPED_WITHOUT_A_TIME if model_type == "image" else set()
    assert offered.keys() == names_offered(listed) | shipped
    print(f"{model_type}: {len({name_of(one) for one in listed})} models in {seconds:.1f} s")


def test_a_restarted_server_has_what_it_was_given(hub, server):
    changed = {}
    for model_type in TYPES:
        changed[model_type] = edited(hub, model_type)
        assert server.update_type(model_type) == 200
    before = {model_type: server.registrations(model_type).keys() for model_type in TYPES}
    said = server.restart()
    assert "Traceback" not in said
    assert "Failed to load" not in said
    for model_type, (name, description, since) in changed.items():
        offered = server.registrations(model_type)
        assert offered.keys() == before[model_type]
        assert offered[name]["model_description"] == description
        assert offered[name]["updated_at"] == since


def test_names_shipped_without_a_time_stay_out_of_the_list_and_can_be_read_by_name(hub):
    assert not SHIPPED_WITHOUT_A_TIME & {name_of(one) for one in hub.listed("image")}
    for name in SHIPPED_WITHOUT_A_TIME:
        assert hub.of("image", name)[0]["model_name"] == name


def test_a_server_that_starts_with_installed_lists_has_them(hub, stage, tmp_path):
    name, said, since = edited(hub, "audio")
    home = tmp_path / "home"
    home.mkdir()
    installed = manage(hub.env, "install_lists", str(home))
    assert installed.stdout.splitlines()[-1] == f"installed 7 lists in {home}"
    asked = len(stage.proxy.seen)
    other = Server(stage.python, home, hosts=stage.hosts, authority=stage.authority)
    with other.serving():
        for model_type in TYPES:
            listed = hub.listed(model_type)
            assert names_offered(listed) <= other.registrations(model_type).keys()
        offered = other.registrations("audio")[name]
        assert (offered["model_description"], offered["updated_at"]) == (said, since)
        assert len(stage.proxy.seen) == asked, "it asked no hub for them"
    said = other.log.read_text()
    assert "Traceback" not in said
    assert "Failed to load" not in said


def test_a_hub_that_is_away_changes_nothing(hub, server, stage):
    assert server.update_type("video") == 200
    before = server.kept("video")
    stage.proxy.refuse = True
    try:
        assert server.update_type("video") == 502
    finally:
        stage.proxy.refuse = False
    assert server.kept("video") == before
    assert call("GET", f"{server.url}/v1/models")[0] == 200
