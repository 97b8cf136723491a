"""`manage.py roll_back`: what servers get then, and what it says."""

from __future__ import annotations

import gzip

import pytest
from django.core.management.base import CommandError

from models_registry.catalogue import build
from models_registry.models import ListRevision, UpstreamFile
from tests.factories import a_model
from tests.models_registry.catalogue.pinned_lists import LLM, names, withdraw

pytestmark = pytest.mark.django_db


def test_one_command_brings_the_old_bytes_back_and_one_the_new_ones(client, run):
    a_model("one")
    old = client.get(LLM)
    a_model("two")
    new = client.get(LLM)
    output = run("roll_back", "llm", 1)
    assert "revision 1 of" in output
    assert "before: revision 2" in output
    assert "roll_back llm --release" in output
    served = client.get(LLM, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(served.content) == old.content
    assert served.headers["X-Hub-Revision"] == "1"
    stale = client.get(LLM, headers={"If-None-Match": new.headers["ETag"]})
    assert stale.status_code == 200, "a client with the bad list is given the good one"

    output = run("roll_back", "llm", "--release")
    assert "Revision 2, the newest one" in output
    assert client.get(LLM).content == new.content
    assert ListRevision.objects.count() == 2, "nothing was built that was not there"


def test_a_roll_back_names_which_models_it_shows_again(client, run):
    a_model("one")
    a_model("deleted")
    withdraw("deleted")
    output = run("roll_back", "llm", 2)
    assert "Not public here any more, but in this revision: deleted." in output
    assert names(client.get(LLM)) == ["deleted", "one"]


def test_a_roll_back_names_what_is_held_back_by_now(run):
    a_model("one")
    a_model("two")
    UpstreamFile.objects.create(
        model_type="llm", name_key="one", path="x", layout="split", text="[]", source="x",
        has_updated_at=False,
    )  # fmt: skip
    build.rebuild(["llm"])
    output = run("roll_back", "llm", 2)
    assert "Held back from lists by now, but in this revision: one." in output
    assert "Not public" not in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("llm", "9"), "no revision 9"),
        (("llm", "--release"), "is not pinned"),
        (("poetry", "1"), "invalid choice"),
        (("llm",), "required"),
    ],
)
def test_what_cannot_be_rolled_back_is_reported(run, arguments, message):
    a_model("one")
    with pytest.raises(CommandError, match=message):
        run("roll_back", *arguments)
