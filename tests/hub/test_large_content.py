"""Small inputs that make large pages: every page stays quick and short, whatever a model holds.

The addresses come from the URL configuration, so a new page is covered without a line here.
"""

from __future__ import annotations

import pytest

from models_registry import publication
from models_registry.models import ChangeKind, Draft, UpstreamChange
from models_registry.views.drafts.editor import VIEWS
from tests.factories import a_model, a_user, llm_record, written
from tests.hub.large import MOST_BYTES, MOST_SECONDS, cost, long_lines, many_keys, many_specs
from tests.models_registry.drafting.forms import typed

pytestmark = pytest.mark.django_db


TEXTS = {"many specs": many_specs, "many keys": many_keys, "long lines": long_lines}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("view", VIEWS)
def test_a_large_draft_opens_quickly(client, kind, view):
    owner = a_user(is_superuser=True)
    client.force_login(owner)
    draft = Draft.objects.create(owner=owner, model_type="llm", definition=TEXTS[kind]())
    path = f"/model-registration/{draft.pk}/{view}"
    answer, seconds = cost(lambda: client.get(path))
    assert seconds < MOST_SECONDS
    if view == "form" and kind != "long lines":
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith("/json")
        page = client.get(answer.headers["Location"]).content.decode()
        assert "at most 3000 fields" in page
    else:
        assert answer.status_code == 200
        assert len(answer.content) < MOST_BYTES


@pytest.mark.parametrize("kind", ["many specs", "many keys"])
def test_a_form_that_grew_too_large_elsewhere_is_refused_quickly(client, kind):
    owner = a_user(is_superuser=True)
    client.force_login(owner)
    draft = Draft.objects.create(owner=owner, model_type="llm", definition=written(llm_record()))
    sent = typed(client, draft, "form")
    Draft.objects.filter(pk=draft.pk).update(definition=TEXTS[kind]())
    for operation in ("", "add:/0/model_specs", "remove:/0/model_specs/0", "up:/0/model_specs/1"):
        fields = {**sent, "op": operation, "force": "1"}
        answer, seconds = cost(
            lambda: client.post(f"/model-registration/{draft.pk}/form", fields)  # noqa: B023
        )
        assert answer.status_code == 302
        assert seconds < MOST_SECONDS
        assert Draft.objects.get().definition == TEXTS[kind]()


def test_a_definition_of_upstreams_largest_size_is_still_a_form(client):
    owner = a_user(is_superuser=True)
    client.force_login(owner)
    record = llm_record()
    record["model_specs"] = [
        {**record["model_specs"][0], "model_size_in_billions": number} for number in range(1, 81)
    ]
    draft = Draft.objects.create(owner=owner, model_type="llm", definition=written(record))
    assert client.get(f"/model-registration/{draft.pk}/form").status_code == 200


def test_histories_of_the_api_come_in_pages(client):
    owner = a_user()
    model = a_model("m-often-changed", owner=owner)
    for length in (1024, 2048, 4096):
        text = written(llm_record(model.name, context_length=length))
        publication.publish(model, publication.Content(definition=text, readme=""), by=owner)
    path = f"/api/models/{model.pk}"
    pages = [
        [
            entry["revision"]
            for entry in client.get(f"{path}/revisions?pageSize=2&page={n}").json()["data"]
        ]
        for n in (1, 2, 3)
    ]
    assert pages == [[4, 3], [2, 1], []]
    kind = {"model": model, "kind": ChangeKind.UPDATE, "model_type": "llm", "name": model.name}
    UpstreamChange.objects.bulk_create([UpstreamChange(**kind) for _ in range(3)])
    counts = [
        len(client.get(f"{path}/changes?pageSize=2&page={n}").json()["data"]) for n in (1, 2, 3)
    ]
    assert counts == [2, 1, 0]
    assert client.get(f"{path}/changes?page=0").status_code == 400
