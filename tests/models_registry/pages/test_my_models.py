"""My Models: what somebody owns, has proposed and is writing, and nothing of anybody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from models_registry import publication
from models_registry.actions.edit import edit
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.actions.withdraw import withdraw
from models_registry.forms.filters import EntryFilterForm
from models_registry.models import ChangeState, Draft, PullRequest, Revision, UpstreamChange
from models_registry.pages.my_models import (
    EntryFilters,
    EntrySort,
    EntryStatus,
    draft_name,
    listing,
)
from tests.factories import a_model, a_person, a_user, llm_record, written

pytestmark = pytest.mark.django_db

URL = "/my-models"


def registered(name, by, **more):
    revision = register("llm", Submission(written(llm_record(name)), **more), by=by)
    return Revision.objects.get(pk=revision.pk)


def standings(person, **choices) -> dict[str, set[str]]:
    found = listing(person, EntryFilters(**choices))
    return {entry.name: {str(one) for one in entry.standings} for entry in found.entries}


@pytest.fixture
def ada():
    return a_person("ada", "Registrars")


def test_every_state_has_its_name(ada):
    registered("private-one", ada)
    registered("waiting-one", ada, visibility="public")
    publication.request_changes(registered("returned-one", ada, visibility="public"))
    publication.reject(registered("rejected-one", ada, visibility="public"))
    withdraw(registered("withdrawn-one", ada, visibility="public").model, by=ada)
    a_model("public-one", owner=ada)
    a_model("enterprise-one", owner=ada, visibility="enterprise")
    a_model("expired-one", owner=ada, expires_at=timezone.now() - timedelta(1))
    a_model("expiring-one", owner=ada, expires_at=timezone.now() + timedelta(1))
    Draft.objects.create(owner=ada, model_type="llm", definition='[{"model_name": "draft-one"')
    assert standings(ada) == {
        "private-one": {"private"},
        "waiting-one": {"waiting"},
        "returned-one": {"changes"},
        "rejected-one": {"closed"},
        "withdrawn-one": {"closed"},
        "public-one": {"published"},
        "enterprise-one": {"enterprise"},
        "expired-one": {"expired"},
        "expiring-one": {"published"},
        "draft-one": {"draft"},
    }


def test_a_published_model_with_a_proposal_and_a_draft_stands_in_three_places(ada):
    model = a_model(owner=ada)
    edit(model, Submission(readme="# New"), by=ada, base_revision=1)
    Draft.objects.create(owner=ada, model=model, model_type="llm")
    assert standings(ada) == {"tiny-llm": {"published", "waiting", "draft"}}
    for standing in ("published", "waiting", "draft"):
        assert list(standings(ada, standing=EntryStatus(standing))) == ["tiny-llm"]
    assert standings(ada, standing=EntryStatus.PRIVATE) == {}


def test_a_private_model_that_waits_to_become_public_is_both(ada):
    model = registered("mine", ada).model
    edit(model, Submission(visibility="public"), by=ada, base_revision=1)
    assert standings(ada) == {"mine": {"private", "waiting"}}


def test_nothing_of_anybody_else_is_listed_counted_or_found(ada, client):
    ben = a_person("ben", "Registrars")
    registered("bens-private", ben)
    a_model("bens-public", owner=ben)
    Draft.objects.create(owner=ben, model_type="llm", definition='[{"model_name": "bens-draft"')
    client.force_login(ada)
    for query in ("", "?q=bens", "?state=private", "?state=draft"):
        response = client.get(URL + query)
        assert b"bens-" not in response.content
        assert response.context["listing"].page.paginator.count == 0


def test_a_proposal_of_somebody_elses_model_is_ones_own_concern(ada):
    boss = a_user("boss", is_superuser=True)
    model = registered("adas", ada, visibility="public").model
    assert standings(boss) == {}
    edit(model, Submission(readme="# Boss"), by=boss, base_revision=1)
    assert standings(boss) == {"adas": {"waiting"}}
    assert listing(boss, EntryFilters()).entries[0].is_owned is False


@pytest.mark.parametrize(
    ("choices", "names"),
    [
        ({"text": "alp"}, ["alpha-llm"]),
        ({"text": "ALPHA llm"}, ["alpha-llm"]),
        ({"text": "nothing"}, []),
        ({"text": "draft"}, ["draft-rerank"]),
        ({"model_type": "image"}, ["beta-image"]),
        ({"model_type": "image", "standing": EntryStatus.DRAFT}, []),
        ({"sort": EntrySort.NAME}, ["alpha-llm", "beta-image", "draft-rerank"]),
        ({"sort": EntrySort.TYPE}, ["alpha-llm", "draft-rerank", "beta-image"]),
        ({"sort": EntrySort.CHANGED}, ["draft-rerank", "beta-image", "alpha-llm"]),
    ],
)
def test_filters_search_and_orders(ada, choices, names):
    a_model("alpha-llm", owner=ada)
    a_model("beta-image", model_type="image", owner=ada)
    Draft.objects.create(owner=ada, model_type="rerank", definition='{"model_name":"draft-rerank"')
    assert [entry.name for entry in listing(ada, EntryFilters(**choices)).entries] == names


def test_a_proposal_that_was_never_published_is_found_by_its_name(ada):
    registered("Never-Published", ada, visibility="public")
    assert list(standings(ada, text="never")) == ["Never-Published"]


def test_tabs_count_what_search_and_type_leave(ada):
    a_model("one", owner=ada)
    a_model("two", owner=ada)
    a_model("three", model_type="image", owner=ada, visibility="enterprise")
    tabs = {tab[0]: tab[2] for tab in listing(ada, EntryFilters(model_type="llm")).tabs}
    assert tabs == {None: 2, EntryStatus.PUBLISHED: 2}
    tabs = {tab[0]: tab[2] for tab in listing(ada, EntryFilters(standing=EntryStatus.EXPIRED)).tabs}
    assert tabs == {
        None: 3,
        EntryStatus.PUBLISHED: 2,
        EntryStatus.ENTERPRISE: 1,
        EntryStatus.EXPIRED: 0,
    }


@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=-1", "page=99999999999", "page=²", "page=x", "state=robot", "type=robot",
        "sort=robot", "q=%00", "q=" + "x" * 5000, "state=&type=&sort=&q=", "page=7",
    ],
)  # fmt: skip
def test_an_address_of_nonsense_shows_a_page(ada, client, query):
    a_model(owner=ada)
    client.force_login(ada)
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 200
    assert response.context["choices"].page == 1


def test_addresses_say_what_was_chosen_and_no_more():
    query = QueryDict("q=+a+b+&state=expired&type=llm&sort=name&page=3")
    choices = EntryFilterForm(query).filters()
    assert choices.query(page=3) == "?q=a+b&state=expired&type=llm&sort=name&page=3"
    assert choices.query(standing=None) == "?q=a+b&type=llm&sort=name"
    assert EntryFilters().query() == "?"


def test_queries_do_not_grow_with_the_number_of_models(ada, client, django_assert_max_num_queries):
    def fill(count, prefix):
        for number in range(count):
            model = registered(f"{prefix}-{number}", ada).model
            if number % 3 == 0:
                edit(model, Submission(visibility="public"), by=ada, base_revision=1)
            Draft.objects.create(owner=ada, model=model, model_type="llm")
            Draft.objects.create(owner=ada, model_type="llm", definition="[")

    client.force_login(ada)
    fill(15, "a")
    with django_assert_max_num_queries(12):
        assert len(client.get(URL).context["listing"].entries) == 20
    with django_assert_max_num_queries(12):
        client.get(f"{URL}?q=a&state=waiting&page=1")


def test_pages_hold_twenty_and_lead_to_each_other(ada, client):
    for number in range(45):
        Draft.objects.create(owner=ada, model_type="llm", definition=f'"model_name": "d{number}"')
    client.force_login(ada)
    first, third = client.get(URL), client.get(f"{URL}?page=3")
    assert len(third.context["listing"].entries) == 5
    assert b'href="/my-models?page=3"' in first.content
    assert b'rel="prev"' in third.content


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[{"version": 2, "model_name": "a-b"', "a-b"),
        ('[{"model_family" : "world-one"}]', "world-one"),
        ("", ""),
        ("not json", ""),
        ('"model_name": ""', ""),
        ('"model_name": "<script>"', "<script>"),
    ],
)
def test_a_draft_is_called_by_the_name_in_its_text(ada, text, name):
    draft = Draft.objects.create(owner=ada, model_type="llm", definition=text)
    assert draft_name(draft) == name


def test_hostile_names_of_drafts_are_shown_as_text(ada, client):
    Draft.objects.create(owner=ada, model_type="llm", definition='"model_name": "<b onclick=x>"')
    client.force_login(ada)
    page = client.get(URL).content.decode()
    assert "&lt;b onclick=x&gt;" in page
    assert "<b onclick" not in page


def test_an_empty_list_leads_to_registration_where_that_is_allowed(ada, client):
    client.force_login(ada)
    assert b"You have no models yet" in client.get(URL).content
    assert b'href="/model-registration"' in client.get(URL).content
    client.force_login(a_user("guest"))
    page = client.get(URL).content.decode()
    assert "needs a right" in page
    assert 'class="button primary" href="/model-registration"' not in page


def test_visitors_are_asked_to_sign_in(client):
    response = client.get(URL)
    assert response.status_code == 302
    assert "next=/my-models" in response.headers["Location"]


# --- Quick actions -------------------------------------------------------------------------------


def test_a_draft_is_discarded_by_its_writer_alone(ada, client):
    draft = Draft.objects.create(owner=ada, model_type="llm", definition='"model_name": "mine"')
    client.force_login(a_person("ben"))
    client.post(f"{URL}/drafts/{draft.pk}/discard")
    assert Draft.objects.exists()
    client.force_login(ada)
    assert client.get(f"{URL}/drafts/{draft.pk}/discard").status_code == 405
    response = client.post(f"{URL}/drafts/{draft.pk}/discard", follow=True)
    assert not Draft.objects.exists()
    assert b"The draft of mine has been discarded." in response.content
    again = client.post(f"{URL}/drafts/{draft.pk}/discard", follow=True)
    assert b"You have no such draft" in again.content


def test_a_proposal_is_withdrawn_from_the_list(ada, client):
    model = registered("mine", ada, visibility="public").model
    client.force_login(ada)
    assert b"Withdraw revision 1" in client.get(URL).content
    response = client.post(
        f"/models/detail/{model.pk}/settings/withdraw", {"back": "my_models"}, follow=True
    )
    assert response.redirect_chain == [(URL, 302)]
    assert standings(ada) == {"mine": {"closed"}}


def test_forms_of_the_list_carry_the_token_against_forgery(ada, client):
    registered("mine", ada, visibility="public")
    Draft.objects.create(owner=ada, model_type="llm")
    client.force_login(ada)
    page = client.get(URL).content.decode()
    main = page.split("<main")[1].split("</main>")[0]
    forms = main.split('method="post"')[1:]
    assert len(forms) == 3
    assert all("csrfmiddlewaretoken" in form.split("</form>")[0] for form in forms)
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.post(f"{URL}/drafts/{Draft.objects.get().pk}/discard").status_code == 403


def test_the_list_is_not_kept_by_caches(ada, client):
    client.force_login(ada)
    assert "no-store" in client.get(URL).headers["Cache-Control"]


def test_a_public_model_shows_what_is_on_its_way_to_upstream(ada, client):
    model = a_model("tiny-llm", owner=ada)
    pull_request = PullRequest.objects.create(
        branch="hub/x", number=12, url="https://github.com/x/y/pull/12"
    )
    UpstreamChange.objects.create(
        model=model, model_type="llm", name="tiny-llm", name_key="tiny-llm", kind="update",
        state=ChangeState.OPEN, pull_request=pull_request,
    )  # fmt: skip
    client.force_login(ada)
    page = client.get(URL).content.decode()
    assert "#12 In a pull request" in page
    assert f"/models/detail/{model.pk}/upstream" in page
