"""Lists in the administration: who sees them, rolling back with one question, nothing else."""

from __future__ import annotations

import pytest

from accounts.models import User
from hub.models import AuditEntry
from models_registry.models import CatalogueList, ListRevision
from tests.factories import a_model, a_person, llm_record, written

pytestmark = pytest.mark.django_db
LISTS = "/admin/models_registry/cataloguelist/"
REVISIONS = "/admin/models_registry/listrevision/"


@pytest.fixture
def keeper(client):
    person = a_person("keeper", "update_catalogue")
    User.objects.filter(pk=person.pk).update(is_staff=True)
    client.force_login(person)
    return person


def test_staff_without_the_right_see_nothing_of_it(client):
    User.objects.filter(pk=a_person("staff").pk).update(is_staff=True)
    client.force_login(User.objects.get(username="staff"))
    for page in (LISTS, REVISIONS):
        assert client.get(page).status_code == 403
    revision = ListRevision.objects.create(
        model_type="llm", number=1, sha256="0" * 64, size=0, brotli_body=b"", model_count=0,
        record_count=0,
    )  # fmt: skip
    form = {"action": "roll_back", "_selected_action": [revision.pk], "sure": "1"}
    assert client.post(REVISIONS, form).status_code == 403


def test_revisions_and_what_is_held_back_are_shown_and_cannot_be_changed(client, keeper):
    a_model("one")
    a_model("bad", definition=written(llm_record("bad", version=9)))
    page = client.get(REVISIONS).content.decode()
    revision = ListRevision.objects.get()
    assert revision.sha256[:12] in page
    assert revision.sha256 in client.get(f"{REVISIONS}{revision.pk}/change/").content.decode()
    listing = CatalogueList.objects.get()
    assert "bad: " in client.get(f"{LISTS}{listing.pk}/change/").content.decode()
    for path in (f"{REVISIONS}add/", f"{REVISIONS}{revision.pk}/delete/"):
        assert client.get(path).status_code == 403
    assert client.post(f"{REVISIONS}{revision.pk}/change/", {"number": 7}).status_code == 403
    assert "delete_selected" not in page


def test_rolling_back_asks_once_and_is_recorded_as_the_persons(client, keeper):
    a_model("one")
    a_model("two")
    first = ListRevision.objects.get(number=1)
    form = {"action": "roll_back", "_selected_action": [first.pk]}
    asked = client.post(REVISIONS, form)
    assert "Roll back to these revisions?" in asked.content.decode()
    assert CatalogueList.objects.get().pinned is None
    done = client.post(REVISIONS, {**form, "sure": "1"}, follow=True).content.decode()
    assert "list r1 from now on." in done
    assert "The llm list is rolled back: revision 1 is served, the newest is 2." in done
    assert CatalogueList.objects.get().revision == 1
    assert AuditEntry.objects.get(tag="registry:list:pin").actor_name == "keeper"

    listing = CatalogueList.objects.get()
    form = {"action": "release", "_selected_action": [listing.pk]}
    assert "Unpin these lists?" in client.post(LISTS, form).content.decode()
    done = client.post(LISTS, {**form, "sure": "1"}, follow=True).content.decode()
    assert "The llm list is unpinned: revision 2 is served." in done
    assert CatalogueList.objects.get().pinned is None
    again = client.post(LISTS, {**form, "sure": "1"}, follow=True).content.decode()
    assert "None of these lists is pinned." in again


def test_one_revision_of_a_type_at_most(client, keeper):
    a_model("one")
    a_model("two")
    chosen = list(ListRevision.objects.values_list("pk", flat=True))
    form = {"action": "roll_back", "_selected_action": chosen, "sure": "1"}
    said = client.post(REVISIONS, form, follow=True).content.decode()
    assert "at most one revision of each type" in said
    assert CatalogueList.objects.get().pinned is None
