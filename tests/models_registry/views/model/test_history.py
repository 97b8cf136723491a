"""The History tab's addresses: one revision, two compared, an older one restored."""

from __future__ import annotations

import json

import pytest

from models_registry.models import RegisteredModel
from tests.factories import a_person, a_user
from tests.models_registry.pages.histories import propose, reloaded, url

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "rest", ["history/99", "history/0", "history/" + "9" * 40, "compare/1...99", "compare/1..2"]
)
def test_what_is_not_there_is_not_found(client, grown, rest):
    assert client.get(url(grown, rest)).status_code == 404


def test_the_history_tab_is_on_every_page_of_the_model(client, grown):
    page = client.get(f"/models/detail/{grown.pk}").content.decode()
    assert f'href="{url(grown)}"' in page
    assert 'aria-current="page"' in client.get(url(grown)).content.decode()


def test_an_old_revision_is_shown_as_it_was(client, grown):
    page = client.get(url(grown, "history/1")).content.decode()
    assert "German" not in page.split('class="tab-content"')[1]
    definition = client.get(url(grown, "history/1?part=definition")).content.decode()
    assert "32768" in definition.split('id="definition-text"')[1]


@pytest.mark.parametrize(
    ("old", "new", "target"),
    [
        ("1", "3", "compare/1...3"),
        ("3", "1", "compare/1...3"),
        ("2", "2", "history"),
        ("", "3", "history"),
        ("x", "3", "history"),
        ("9" * 40, "3", "history"),
    ],
)
def test_the_marked_revisions_lead_to_their_comparison(client, grown, old, new, target):
    response = client.get(url(grown, "compare"), {"old": old, "new": new})
    assert response.headers["Location"] == url(grown, target)


def test_a_maintainer_restores_at_once(client, grown):
    client.force_login(a_person("mia", "Maintainers"))
    assert url(grown, "history/1/restore") in client.get(url(grown)).content.decode()
    response = client.post(url(grown, "history/1/restore"), {"base_revision": "3"}, follow=True)
    assert "Revision 1 was published again, as revision 4." in response.content.decode()
    restored = reloaded(grown).published_revision
    assert json.loads(restored.definition)[0]["context_length"] == 32768
    assert restored.message == "Restored revision 1"


def test_an_owner_proposes_what_he_restores(client, grown):
    ada = a_person("ada", "Registrars")
    RegisteredModel.objects.update(owner=ada)
    client.force_login(ada)
    response = client.post(url(grown, "history/1/restore"), {"base_revision": "3"}, follow=True)
    assert "Revision 1 was submitted for review again, as revision 4." in response.content.decode()
    assert reloaded(grown).published_revision.number == 3


@pytest.mark.parametrize(
    ("number", "base", "said"),
    [
        (3, "3", "Nothing has changed"),
        (1, "2", "Your edit is based on revision 2"),
        (1, "", "Your edit is based on revision 0"),
        (1, "x", "Your edit is based on revision 0"),
        (99, "3", "no revision 99"),
    ],
)
def test_a_restoration_that_can_not_be_says_why(client, grown, number, base, said):
    client.force_login(a_person("mia", "Maintainers"))
    response = client.post(
        url(grown, f"history/{number}/restore"), {"base_revision": base}, follow=True
    )
    assert said in response.content.decode()
    assert grown.revisions.count() == 3


def test_who_may_not_restore_is_offered_nothing_and_refused(client, grown):
    for person in (None, a_person("ben", "Registrars"), a_person("rae", "Reviewers")):
        if person:
            client.force_login(person)
        assert "/restore" not in client.get(url(grown)).content.decode()
        response = client.post(url(grown, "history/1/restore"), {"base_revision": "3"})
        assert response.status_code == 404
    client.force_login(a_person("eve", "expire_public_model"))
    assert "/restore" not in client.get(url(grown)).content.decode()
    client.post(url(grown, "history/1/restore"), {"base_revision": "3"})
    assert grown.revisions.count() == 3


def test_an_open_proposal_is_decided_by_review_not_restored(client, grown):
    ada = a_person("ada", "Registrars")
    propose(grown, by=ada, context_length=5)
    client.force_login(a_user("boss", is_superuser=True))
    page = client.get(url(grown)).content.decode()
    assert url(grown, "history/4/restore") not in page
    assert url(grown, "history/2/restore") in page


def test_restoring_needs_a_post_and_the_token_against_forgery(client, grown):
    mia = a_person("mia", "Maintainers")
    client.force_login(mia)
    assert client.get(url(grown, "history/1/restore")).status_code == 405
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(mia)
    response = strict.post(url(grown, "history/1/restore"), {"base_revision": "3"})
    assert response.status_code == 403
    assert grown.revisions.count() == 3
