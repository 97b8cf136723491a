"""A hub on a disk with a fault, in a process of its own: what its pages and calls answer, as JSON.

    python -m tests.faults.full_disk migrate
    python -m tests.faults.full_disk FAULT

DATABASE_URL names the file, whose tables are there. The faults are those of the fault table.
"""

from __future__ import annotations

import codecs
import json
import os
import resource
import sys
from pathlib import Path

import django

NOBODY = 65534
PASSWORD = "correct horse battery"


def begin() -> None:
    """Set Django up with the plain static files of tests."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from django.conf import settings

    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    settings.ALLOWED_HOSTS = ["*"]


def prepare() -> None:
    """A database with one public model and one person."""
    from django.core.management import call_command

    from tests.factories import a_model, a_user

    call_command("createcachetable", verbosity=0)
    a_user("ada")
    a_model()


def break_the_disk(fault: str) -> None:
    """Let this process meet the fault from now on."""
    if fault == "full":
        _soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    elif fault == "refused":
        path = Path(os.environ["DATABASE_URL"].removeprefix("sqlite:///"))
        path.chmod(0o444)
        path.parent.chmod(0o555)
        if os.geteuid() == 0:
            # Whom permissions do not stop must become somebody else.
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)


def answers(fault: str) -> dict[str, list[object]]:
    """Touch → status and Retry-After."""
    from django.db import connections
    from django.template import loader
    from django.test import Client

    client = Client(raise_request_exception=False)

    def sign_in() -> list[object]:
        body = {"usernameOrEmail": "ada", "password": PASSWORD}
        answer = client.post("/api/users/login", body, content_type="application/json")
        return [answer.status_code, answer.headers.get("Retry-After")]

    def get(path: str) -> list[object]:
        answer = client.get(path)
        return [answer.status_code, answer.headers.get("Retry-After")]

    paths = {
        "GET /models": "/models",
        "GET the llm list": "/api/models/download?model_type=llm",
        "GET /healthz": "/healthz",
        "GET /readyz": "/readyz",
    }
    # Imports what is imported late, while there is still a disk for it.
    for path in paths.values():
        get(path)
    sign_in()
    codecs.lookup("unicode_escape")
    loader.get_template("503.html")
    connections.close_all()
    break_the_disk(fault)
    found = {touch: get(path) for touch, path in paths.items()}
    found["POST API sign-in"] = sign_in()
    if fault == "full":
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        connections.close_all()
        found["later"] = sign_in()
    return found


if __name__ == "__main__":
    begin()
    if sys.argv[1] == "migrate":
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
    else:
        prepare()
        print(json.dumps(answers(sys.argv[1])))
