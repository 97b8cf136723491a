"""What assistive technology reads of a page: no level of headings is left out, and what an element
names as its label or description is there."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client

from models_registry.models import Draft, UpstreamRemoval
from tests.factories import a_model, a_user, image_record, llm_record, written

pytestmark = pytest.mark.django_db

PAGES = {
    "the model list": "/models",
    "a model": "/models/detail/{model}",
    "its specs": "/models/detail/{model}?tab=specs",
    "a comparison": "/models/compare?model={model}",
    "its history": "/models/detail/{model}/history",
    "its settings": "/models/detail/{model}/settings",
    "My Models": "/my-models",
    "Model Registration": "/model-registration",
    "a draft": "/model-registration/{llm}/form",
    "a draft of an image model": "/model-registration/{image}/form",
    "the README of a draft": "/model-registration/{llm}/readme",
    "the check of a draft": "/model-registration/{llm}/check",
    "Launch Model": "/launch_model/llm",
    "a launch": "/launch_model/{model}/launch",
    "Add Model": "/launch_model/add",
    "the fleet": "/launch_model/fleet",
    "upstream": "/upstream",
    "the User Center": "/user-center",
    "its keys": "/user-center/key",
    "the queue": "/admin/reviews/",
    "notifications": "/notifications",
}


class Structure(HTMLParser):
    """The levels of the headings of a page, its ids, and the ids that its elements name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: set[str] = set()
        self.named: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.levels.append(int(tag[1]))
        self.ids.add(given.get("id"))
        for name in ("for", "aria-describedby", "aria-labelledby"):
            self.named.update((given.get(name) or "").split())


@pytest.fixture(scope="module")
def world(module_db):
    """A client of an administrator, and the numbers of a model and of two drafts."""
    with module_db.unblock():
        root = a_user("root", is_superuser=True, is_staff=True)
        spec = {**llm_record()["model_specs"][0], "draft_model_revision": "main"}
        definition = written(llm_record("mine", model_specs=[spec]))
        model = a_model("tiny", owner=root)
        UpstreamRemoval.objects.create(model=model, state="waiting", layout="split", path="x.json")
        numbers = {
            "model": model.pk,
            "llm": Draft.objects.create(owner=root, model_type="llm", definition=definition).pk,
            "image": Draft.objects.create(
                owner=root, model_type="image", definition=written(image_record("picture"))
            ).pk,
        }
        client = Client()
        client.force_login(root)
    return client, numbers


@pytest.mark.parametrize("page", PAGES)
def test_headings_leave_out_no_level_and_every_named_element_is_there(world, page):
    client, numbers = world
    answer = client.get(PAGES[page].format(**numbers))
    assert answer.status_code == 200
    found = Structure(answer.content.decode())
    assert found.levels[0] == 1
    steps = zip(found.levels, found.levels[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps), found.levels
    assert found.named <= found.ids
