"""The form in which a conflict with upstream is decided: it is about what the person saw."""

from __future__ import annotations

import json
import re

import pytest

from models_registry.models import RegisteredModel, UpstreamChange
from models_registry.sync.follow_upstream import follow_upstream
from tests.factories import a_person, decide_upstream, llm_record, written
from tests.forms import form_fields
from tests.models_registry.upstream.deliveries import edit, send, states, the_model
from tests.models_registry.upstream_fixtures import path

pytestmark = pytest.mark.usefixtures("imported")


def page_of(model: RegisteredModel) -> str:
    return f"/models/detail/{model.pk}/upstream"


def fields_of(page: str) -> dict[str, str]:
    """The name of the field of each place, by the pointer that the page shows beside it."""
    places = re.findall(
        r'<code class="faint">([^<]+)</code>.*?name="(side-\w+)"', page, flags=re.DOTALL
    )
    return dict(places)


def upstream_has(github, **changes) -> None:
    github.commit({path("alpha"): written(llm_record("alpha", **changes))})
    follow_upstream()
    send()


@pytest.fixture
def change(client, github, maintainer) -> UpstreamChange:
    """Description and context length were changed on both sides."""
    edit("alpha", maintainer, context_length=4096, model_description="The hub's.")
    upstream_has(github, context_length=1, model_description="Upstream's.")
    client.force_login(maintainer)
    return UpstreamChange.objects.get()


def published() -> dict:
    return json.loads(the_model("alpha").published_revision.definition)[0]


def test_a_choice_is_never_applied_to_another_place(client, change, github):
    address = page_of(the_model("alpha"))
    page = client.get(address).content.decode()
    action = f"/upstream/{change.pk}/resolve"
    sent = form_fields(page, action)
    places = fields_of(page)
    assert sorted(places) == ["/0/context_length", "/0/model_description"]
    sent |= {places["/0/context_length"]: "theirs", places["/0/model_description"]: "ours"}
    # Upstream takes the hub's context length: that place is no longer in conflict.
    upstream_has(github, context_length=4096, model_description="Upstream's.")
    change.refresh_from_db()
    assert change.state == "conflict"
    before = published()
    answer = client.post(f"{address}/{change.pk}/resolve", sent)
    assert answer.status_code == 409
    assert (published(), states()) == (before, ["conflict"])
    again = answer.content.decode()
    assert "one of the two sides has changed" in again
    # What was chosen is still there, and decides when it is sent again.
    fields = form_fields(again, action)
    assert fields[places["/0/model_description"]] == "ours"
    assert client.post(f"{address}/{change.pk}/resolve", fields).status_code == 302
    assert published()["model_description"] == "The hub's."


def test_a_place_that_changed_is_marked_and_has_no_choice(client, change, github):
    address = page_of(the_model("alpha"))
    page = client.get(address).content.decode()
    assert "Changed since you looked" not in page
    places = fields_of(page)
    sent = form_fields(page, f"/upstream/{change.pk}/resolve")
    sent |= {places["/0/context_length"]: "theirs", places["/0/model_description"]: "ours"}
    upstream_has(github, context_length=2, model_description="Upstream's.")
    answer = client.post(f"{address}/{change.pk}/resolve", sent)
    assert answer.status_code == 409
    again = answer.content.decode()
    assert again.count("Changed since you looked") == 1
    fields = form_fields(again, f"/upstream/{change.pk}/resolve")
    assert fields_of(again)["/0/context_length"] not in fields
    assert fields[places["/0/model_description"]] == "ours"


@pytest.mark.parametrize("sent", [{"side-1": "theirs", "side-2": "theirs"}, {"all": "theirs"}])
def test_a_form_without_a_version_decides_nothing(client, change, sent):
    before = published()
    answer = client.post(f"{page_of(the_model('alpha'))}/{change.pk}/resolve", sent)
    assert answer.status_code == 409
    assert (published(), states()) == (before, ["conflict"])


def test_a_conflict_that_somebody_else_resolved_is_reported(client, change):
    address = page_of(the_model("alpha"))
    sent = form_fields(client.get(address).content.decode(), f"/{change.pk}/resolve")
    decide_upstream(change, "ours", by=a_person("eve", "Maintainers"))
    assert states() != ["conflict"]
    before = published()
    answer = client.post(f"{address}/{change.pk}/resolve", sent | {"all": "theirs"}, follow=True)
    assert "no longer in conflict" in answer.content.decode()
    assert published() == before
