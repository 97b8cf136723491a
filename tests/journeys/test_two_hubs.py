"""Two hubs on one machine, one the source of the other: real processes and a real worker."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from models_registry import publication
from models_registry.catalogue import build
from models_registry.models import RegisteredModel
from tests.environment import ROOT
from tests.factories import a_model, image_record, llm_record, written
from tests.journeys.browsing import ADMIN, post, signed_in
from tests.journeys.processes import answers, manage, wait_until


@pytest.fixture
def mirror(prepared_environment, live_server):
    """A second hub whose source is the first, running; its address and its environment."""
    env = {**prepared_environment, "HUB_SOURCE": f"hub:{live_server.url}", **ADMIN}
    assert manage(env, "createsuperuser", "--noinput").returncode == 0
    log = Path(env["HUB_VAR_DIR"]) / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT, env=env, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until(lambda: answers(env["WEB_PORT"]))
        yield f"http://127.0.0.1:{env['WEB_PORT']}", env
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def what_was_seen(page: str) -> dict[str, str]:
    """The fields of a form that say which version the person looks at."""
    return dict(re.findall(r'name="(seen|shown)" value="([^"]*)"', page))


def updated(session: requests.Session, url: str, model_type: str) -> str:
    """Press Update, wait for the worker, and return the page that says what changed."""
    asked = post(session, f"{url}/launch_model/update", {"model_type": model_type})
    return wait_until(
        lambda: (page := session.get(asked.url, timeout=60)).url.find("/updates/") < 0 and page.text
    )


def edit_through_the_api(url: str, name: str, record: dict) -> None:
    """Somebody changes a model of the mirror."""
    who = {"usernameOrEmail": "root", "password": ADMIN["DJANGO_SUPERUSER_PASSWORD"]}
    login = requests.post(f"{url}/api/users/login", json=who, timeout=60).json()
    headers = {"Authorization": f"Bearer {login['data']['accessToken']}"}
    pk = requests.get(f"{url}/api/models/{name}", timeout=60).json()["data"]["id"]
    change = {"definition": written(record), "base_revision": 1}
    answer = requests.put(f"{url}/api/models/{pk}", json=change, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text


def change_at_the_source(name: str, record: dict) -> None:
    """The same model becomes another one in the first hub."""
    model = RegisteredModel.objects.get(name=name)
    content = publication.Content(definition=written(record), readme="# Alpha\n")
    publication.publish(model, content, by=None, by_name="somebody")
    build.rebuild([model.model_type])


@pytest.mark.django_db(transaction=True)
def test_a_hub_updates_from_another_and_carries_on_when_that_one_fails(
    live_server, mirror, tmp_path
):
    url, env = mirror
    a_model("alpha", readme="# Alpha\n")
    a_model("picture", model_type="image", definition=written(image_record("picture")))
    session = signed_in(url)

    page = updated(session, url, "llm")
    assert "The llm list is up to date." in page
    first = requests.get(f"{live_server.url}/api/models/download?model_type=llm", timeout=60)
    served = requests.get(f"{url}/api/models/download?model_type=llm", timeout=60)
    assert served.content == first.content
    assert json.loads(served.content)[0]["model_name"] == "alpha"

    edited_here = {**llm_record("alpha"), "model_description": "Ours.", "context_length": 1000}
    edit_through_the_api(url, "alpha", edited_here)
    changed_there = {**llm_record("alpha"), "model_description": "Theirs."}
    change_at_the_source("alpha", {**changed_there, "updated_at": 1_790_000_000})
    page = updated(session, url, "llm")
    assert "/0/model_description" in page
    address = re.search(r"/launch_model/conflicts/[0-9]+", page).group()
    shown = session.get(url + address, timeout=60).text
    assert "Ours." in shown
    assert "Theirs." in shown
    decided = post(session, url + address, {**what_was_seen(shown), "all": "theirs"})
    assert "The conflict of alpha is resolved, and your choice is published." in decided.text
    served = requests.get(f"{url}/api/models/download?model_type=llm", timeout=60).json()
    assert (served[0]["model_description"], served[0]["context_length"]) == ("Theirs.", 1000)
    assert "Edited here, kept:</b> alpha" in updated(session, url, "llm")

    assert "was not updated" in updated(session, url, "audio"), "an empty list takes nothing away"
    a_model("beta", definition=written(llm_record("beta")))
    assert ">New 1:</b> beta" in updated(session, url, "llm").replace("\n", "")

    found = post(session, f"{url}/launch_model/add", {"way": "source", "asked": "picture"})
    assert found.url.endswith("/launch_model/add/preview")
    added = post(session, found.url, {**what_was_seen(found.text), "visibility": "public"})
    assert "picture has been added." in added.text

    home = tmp_path / "xinference"
    home.mkdir()
    assert "llm: 2 models" in manage(env, "install_lists", str(home)).stdout
    installed = home / "model/v2/builtin/llm/llm_models.json"
    assert (
        installed.read_bytes()
        == requests.get(f"{url}/api/models/download?model_type=llm", timeout=60).content
    )
