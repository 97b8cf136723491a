"""Two web machines that share PostgreSQL and Redis, and nothing else."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

import pytest
import requests
from django.conf import settings
from django.db import connection

from models_registry.models import RegisteredModel
from tests.access.matrix import bearer
from tests.factories import a_model, a_user, llm_record, written
from tests.journeys.processes import answers, installation, wait_until
from tests.journeys.test_web_server import running

pytestmark = [
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not (os.environ.get("REDIS_URL") and os.environ.get("DATABASE_URL")),
        reason="needs PostgreSQL and Redis, named by DATABASE_URL and REDIS_URL",
    ),
]
LIST = "/api/models/download?model_type=llm"
PAGE = "/models/detail/alpha"
# Two processes each, and each process keeps answers of its own.
ASKED_OFTEN = 12


@pytest.fixture
def machines(transactional_db, tmp_path, prepared_var):
    """The addresses of two web servers, each with a folder of its own."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    shared = {
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "REDIS_URL": settings.ENV.redis_url,
        "SECRET_KEY": settings.SECRET_KEY,
    }
    found = []
    with ExitStack() as stack:
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            environment = {**installation(tmp_path / name, prepared_var), **shared}
            command = [sys.executable, "manage.py", "serve", "--only", "web"]
            stack.enter_context(running(command, environment, environment["WEB_PORT"]))
            wait_until(lambda port=environment["WEB_PORT"]: answers(port))
            found.append(f"http://127.0.0.1:{environment['WEB_PORT']}")
        yield found


def test_a_publication_on_one_machine_is_in_the_next_answer_of_the_other(machines):
    first, second = machines
    a_model("alpha")
    token = bearer(a_user("root", is_superuser=True))
    for _ in range(ASKED_OFTEN):
        for path in (LIST, PAGE, "/models"):
            assert "Now it is another one" not in requests.get(second + path, timeout=60).text
    record = llm_record("alpha", model_description="Now it is another one.")
    answer = requests.put(
        f"{first}/api/models/{RegisteredModel.objects.get().pk}",
        json={"definition": written(record), "base_revision": 1},
        headers=token, timeout=60,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    for _ in range(ASKED_OFTEN):
        for path in (LIST, PAGE, "/models"):
            assert "Now it is another one." in requests.get(second + path, timeout=60).text
    assert requests.get(second + "/api/me/drafts", headers=token, timeout=60).status_code == 200
