"""Two hubs on one machine, one the source of the other: real processes and a real worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.environment import ROOT
from tests.factories import a_model, image_record, llm_record, written
from tests.journeys.test_serve import answers, environment, manage, wait_until  # noqa: F401

ADMIN = {
    "DJANGO_SUPERUSER_USERNAME": "root",
    "DJANGO_SUPERUSER_EMAIL": "root@example.org",
    "DJANGO_SUPERUSER_PASSWORD": "correct horse battery",
}


@pytest.fixture
def mirror(environment, live_server):  # noqa: F811
    """A second hub whose source is the first, running; its address and its environment."""
    env = {**environment, "HUB_SOURCE": f"hub:{live_server.url}", **ADMIN}
    assert manage(env, "prepare").returncode == 0
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


def signed_in(url: str) -> requests.Session:
    """A browser of the administrator."""
    session = requests.Session()
    session.get(f"{url}/signin", timeout=60)
    form = {"login": "root", "password": ADMIN["DJANGO_SUPERUSER_PASSWORD"]}
    answer = post(session, f"{url}/signin", form)
    assert "sessionid" in session.cookies, answer.text[:500]
    return session


def post(session: requests.Session, url: str, form: dict[str, str]) -> requests.Response:
    form = {**form, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    return session.post(url, form, headers={"Referer": url}, timeout=60)


def updated(session: requests.Session, url: str, model_type: str) -> str:
    """Press Update, wait for the worker, and return the page that says what changed."""
    asked = post(session, f"{url}/launch_model/update", {"model_type": model_type})
    return wait_until(
        lambda: (page := session.get(asked.url, timeout=60)).url.find("/updates/") < 0 and page.text
    )


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

    assert "was not updated" in updated(session, url, "audio"), "an empty list takes nothing away"
    a_model("beta", definition=written(llm_record("beta")))
    assert ">New 1:</b> beta" in updated(session, url, "llm").replace("\n", "")

    found = post(session, f"{url}/launch_model/add", {"way": "source", "asked": "picture"})
    assert found.url.endswith("/launch_model/add/preview")
    added = post(session, found.url, {"visibility": "public"})
    assert "picture is added." in added.text

    home = tmp_path / "xinference"
    home.mkdir()
    assert "llm: 2 models" in manage(env, "install_lists", str(home)).stdout
    installed = home / "model/v2/builtin/llm/llm_models.json"
    assert (
        installed.read_bytes()
        == requests.get(f"{url}/api/models/download?model_type=llm", timeout=60).content
    )
