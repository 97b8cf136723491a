"""`manage.py send_changes`: what it says of what it did."""

from __future__ import annotations

import pytest

from tests.models_registry.upstream.deliveries import edit, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_the_command_does_not_count_what_failed_as_sent(github, maintainer, capsys):
    edit("alpha", maintainer, context_length=1)
    github.fault = lambda verb, path: "502 before"
    send()
    assert "sent 0 pull requests, 1 failed, " in capsys.readouterr().out
    github.fault = None
    send()
    assert "sent 1 pull requests, 0 failed, 0 still wait" in capsys.readouterr().out
