"""The Settings tab: who sees which section, and what each of its forms does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from hub.models import AuditEntry
from models_registry import policy, publication
from models_registry.actions import maintainers
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import Draft, RegisteredModel, Revision
from tests.factories import a_model, a_person, a_user, llm_record, written

pytestmark = pytest.mark.django_db


def url(model, action=""):
    return f"/models/detail/{model.pk}/settings" + (f"/{action}" if action else "")


SECTIONS = ("definition", "visibility", "featured", "expiry", "maintainers", "activity", "delete")
ACTIONS = {
    "visibility": {"visibility": "enterprise", "base_revision": "1", "confirmed": "on"},
    "featured": {"featured": "1"},
    "expiry": {"moment": "2040-01-31T12:00", "zone": "UTC"},
    "expire-now": {},
    "restore": {},
    "appoint": {"username": "owner"},
    "dismiss": {"username": "owner"},
    "withdraw": {},
    "delete": {"name": "tiny-llm"},
}


def sections(page: str) -> set[str]:
    return {name for name in SECTIONS if f'<section id="{name}"' in page}


def snapshot():
    tables = RegisteredModel, Revision, AuditEntry
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.fixture
def mia(client):
    """A maintainer of public models, signed in."""
    user = a_person("mia", "Maintainers")
    client.force_login(user)
    return user


# --- Who sees it ---------------------------------------------------------------------------------

EVERYTHING = set(SECTIONS)
SEES = [
    ("anonymous", "public", None),
    ("other", "public", None),
    ("Reviewers", "public", None),
    ("Reviewers", "proposed", None),
    ("other", "private", None),
    ("owner", "private", {"definition", "visibility", "expiry", "activity", "delete"}),
    ("owner", "public", {"definition", "visibility", "activity"}),
    ("owner", "proposed", {"definition", "visibility", "activity", "delete"}),
    ("Maintainers", "public", EVERYTHING),
    ("Maintainers", "private", EVERYTHING - {"featured"}),
    ("Maintainers", "enterprise", None),
    ("Enterprise maintainers", "enterprise", EVERYTHING),
    ("expire_public_model", "public", {"expiry", "activity"}),
    ("delete_public_model", "public", {"delete", "activity"}),
    ("of this model", "public", {"definition", "visibility", "expiry", "activity", "delete"}),
    ("superuser", "public", EVERYTHING),
    ("superuser", "proposed", EVERYTHING - {"featured", "expiry"}),
]


def the_model(kind):
    owner = a_person("owner", "Registrars")
    if kind == "proposed":
        submission = Submission(written(llm_record()), visibility="public")
        return register("llm", submission, by=owner).model
    return a_model(owner=owner, visibility=kind)


def the_person(who, model):
    if who == "anonymous":
        return AnonymousUser()
    if who == "owner":
        return model.owner
    if who == "superuser":
        return a_user("boss", is_superuser=True)
    rights = () if who in ("other", "of this model") else (who,)
    person = a_person("person", *rights)
    if who == "of this model":
        policy.grant_maintainer(person, model)
    return User.objects.get(pk=person.pk)


@pytest.mark.parametrize(("who", "kind", "expected"), SEES)
def test_every_person_sees_his_sections_or_no_page_at_all(client, who, kind, expected):
    model = the_model(kind)
    person = the_person(who, model)
    if person.is_authenticated:
        client.force_login(person)
    response = client.get(url(model))
    if expected is None:
        assert response.status_code == 404
        assert url(model) not in client.get("/models").content.decode()
    else:
        assert sections(response.content.decode()) == expected


@pytest.mark.parametrize(("who", "kind", "expected"), [case for case in SEES if case[2] is None])
@pytest.mark.parametrize("action", ACTIONS)
def test_who_sees_no_settings_can_do_nothing_there(client, who, kind, expected, action):
    model = the_model(kind)
    person = the_person(who, model)
    if person.is_authenticated:
        client.force_login(person)
    before = snapshot()
    assert client.post(url(model, action), ACTIONS[action]).status_code == 404
    assert snapshot()[:2] == before[:2]


def test_the_gear_is_shown_to_those_who_may_use_it(client):
    model = a_model(owner=a_person("owner"))
    assert url(model) not in client.get(f"/models/detail/{model.pk}").content.decode()
    client.force_login(model.owner)
    assert url(model) in client.get(f"/models/detail/{model.pk}").content.decode()


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_happens_by_looking_at_an_address(client, mia, action):
    model = a_model()
    before = snapshot()
    assert client.get(url(model, action)).status_code == 405
    assert snapshot() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_every_form_needs_its_token_against_forgery(client, mia, action):
    model = a_model()
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(mia)
    before = snapshot()
    assert strict.post(url(model, action), ACTIONS[action]).status_code == 403
    assert snapshot() == before


@pytest.mark.parametrize("action", ["publish", "settings", "Delete", "delete-now"])
def test_an_action_that_does_not_exist_is_not_found(client, mia, action):
    assert client.post(f"/models/detail/{a_model().pk}/settings/{action}").status_code == 404


@pytest.mark.parametrize("action", ["visibility", "featured", "expire-now", "delete", "appoint"])
def test_a_section_that_is_not_shown_can_not_be_posted_either(client, action):
    model = a_model(owner=a_person("owner", "Registrars"))
    client.force_login(model.owner)
    before = snapshot()
    response = client.post(url(model, action), ACTIONS[action])
    assert response.status_code == 403
    assert snapshot()[:2] == before[:2]


# --- Visibility ----------------------------------------------------------------------------------


def test_a_private_model_is_handed_in_to_become_public(client):
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada, visibility="private")
    client.force_login(ada)
    form = {"visibility": "public", "base_revision": "1", "confirmed": "on"}
    response = client.post(url(model, "visibility"), form, follow=True)
    assert b"submitted for review" in response.content
    assert publication.open_proposal(model).visibility == "public"
    choices = {c.value: c for c in response.context["choices"]}
    assert "is already waiting for review" in choices["public"].text


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"confirmed": ""}, 422, "Confirm this change by checking the box."),
        ({"visibility": ""}, 422, "Choose who can see this model."),
        ({"visibility": "secret"}, 422, "secret"),
        ({"base_revision": "7"}, 409, "Your edit is based on revision 7"),
        ({"base_revision": "x"}, 422, "whole number"),
        ({"visibility": "private"}, 400, "Nothing has changed"),
    ],
)
def test_a_visibility_that_can_not_be_set_says_why_in_place(client, change, status, message):
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada, visibility="private")
    client.force_login(ada)
    form = {"visibility": "public", "base_revision": "1", "confirmed": "on"} | change
    response = client.post(url(model, "visibility"), form)
    assert response.status_code == status
    section = response.content.decode().split('<section id="visibility"')[1].split("</section>")[0]
    assert message in section
    assert 'name="base_revision" value="1"' in section
    assert model.revisions.count() == 1


def test_a_taken_name_is_said_in_place(client):
    ada = a_person("ada", "Public registrars")
    a_model()
    model = a_model("Tiny-LLM", owner=ada, visibility="private")
    client.force_login(ada)
    form = {"visibility": "public", "base_revision": "1", "confirmed": "on"}
    response = client.post(url(model, "visibility"), form)
    assert response.status_code == 409
    assert "is already used" in response.content.decode()


def test_who_makes_a_model_invisible_to_himself_lands_on_the_list(client):
    mia = a_person("mia", "Maintainers", "register_enterprise_model")
    model = a_model()
    client.force_login(mia)
    response = client.post(url(model, "visibility"), ACTIONS["visibility"])
    assert response.headers["Location"] == "/models"


# --- Featured, expiry ----------------------------------------------------------------------------


def test_featuring_and_not_any_more(client, mia):
    model = a_model()
    client.post(url(model, "featured"), {"featured": "1"})
    model.refresh_from_db()
    assert model.featured
    response = client.post(url(model, "featured"), {"featured": "0"}, follow=True)
    assert b"no longer featured" in response.content
    assert client.post(url(model, "featured"), {"featured": "0"}).status_code == 400
    assert client.post(url(model, "featured"), {"featured": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2040-01-31T12:00", "UTC", datetime(2040, 1, 31, 12, tzinfo=UTC)),
        ("2040-01-31T12:00", "Asia/Shanghai", datetime(2040, 1, 31, 4, tzinfo=UTC)),
        ("2040-07-01T12:30", "Europe/Berlin", datetime(2040, 7, 1, 10, 30, tzinfo=UTC)),
        ("2040-01-31 12:00:30", "America/St_Johns", datetime(2040, 1, 31, 15, 30, 30, tzinfo=UTC)),
    ],
)
def test_an_expiry_is_read_on_the_clock_of_its_zone(client, mia, moment, zone, expected):
    model = a_model()
    response = client.post(url(model, "expiry"), {"moment": moment, "zone": zone}, follow=True)
    assert b"The expiry date has been set." in response.content
    assert b" UTC</time></b>" in response.content
    model.refresh_from_db()
    assert model.expires_at == expected


@pytest.mark.parametrize(
    ("moment", "zone", "message"),
    [
        ("", "UTC", "Choose when"),
        ("soon", "UTC", "2030-01-31T12:00"),
        ("2040-13-31T12:00", "UTC", "2030-01-31T12:00"),
        ("2040-01-31T12:00+02:00", "UTC", "Leave out the time zone"),
        ("2040-01-31T12:00", "Mars/Olympus", "This time zone does not exist"),
        ("2040-01-31T12:00", "../../etc/passwd", "This time zone does not exist"),
        ("2040-01-31T12:00", "", "required"),
        ("2027-10-31T02:30", "Europe/Berlin", "comes twice"),
        ("2027-03-28T02:30", "Europe/Berlin", "is left out"),
        ("9999-12-31T23:59", "America/New_York", "between the years"),
        ("0001-01-01T00:00", "Asia/Tokyo", "between the years"),
    ],
)
def test_an_expiry_that_can_not_be_read_says_why(client, mia, moment, zone, message):
    model = a_model()
    response = client.post(url(model, "expiry"), {"moment": moment, "zone": zone})
    assert response.status_code in (400, 422)
    assert message in response.content.decode().split('<section id="expiry"')[1]
    model.refresh_from_db()
    assert model.expires_at is None


@pytest.mark.parametrize("hour", [0, 1])
def test_an_expiry_stays_the_moment_that_the_form_showed(client, mia, hour):
    """02:30 comes twice in Berlin that night; the seconds are not in the form."""
    model = a_model()
    model.expires_at = datetime(2027, 10, 31, hour, 30, 15, tzinfo=UTC)
    model.save()
    client.post(url(model, "expiry"), {"moment": "2027-10-31T02:30", "zone": "Europe/Berlin"})
    model.refresh_from_db()
    assert model.expires_at == datetime(2027, 10, 31, hour, 30, 15, tzinfo=UTC)


def test_expiring_now_and_restoring(client, mia):
    model = a_model()
    response = client.post(url(model, "expire-now"), follow=True)
    assert b"The model has expired." in response.content
    assert b"Restore the model" in response.content
    assert client.get("/models").content.decode().count("tiny-llm") > 0
    client.logout()
    assert client.get(f"/models/detail/{model.pk}").status_code == 404
    client.force_login(mia)
    response = client.post(url(model, "restore"), follow=True)
    assert b"does not expire any more" in response.content
    client.logout()
    assert client.get(f"/models/detail/{model.pk}").status_code == 200


def test_an_expired_model_is_marked_for_those_who_still_see_it(client):
    model = a_model(owner=a_person("ada"), expires_at=timezone.now() - timedelta(days=1))
    client.force_login(model.owner)
    assert b"Expired</span>" in client.get(f"/models/detail/{model.pk}").content


# --- Maintainers, withdrawal, deletion -----------------------------------------------------------


def test_appointing_and_dismissing_a_maintainer(client, mia):
    model = a_model()
    ben = a_person("ben")
    response = client.post(url(model, "appoint"), {"username": "BEN"}, follow=True)
    assert b"ben maintains this model now." in response.content
    assert policy.maintainers_of(model) == [ben]
    response = client.post(url(model, "dismiss"), {"username": "ben"}, follow=True)
    assert b"ben no longer maintains this model." in response.content
    assert policy.maintainers_of(model) == []


@pytest.mark.parametrize("username", ["nobody", "", "x" * 151, "<b>", "\u202eben"])
def test_an_unknown_name_is_refused_in_place(client, mia, username):
    model = a_model()
    response = client.post(url(model, "appoint"), {"username": username})
    assert response.status_code in (400, 422)
    assert "<b>" not in response.content.decode().split('<section id="maintainers"')[1][:1500]
    assert policy.maintainers_of(model) == []


def test_a_maintainer_of_one_model_can_not_appoint_others(client):
    model, ben = a_model(), a_person("ben")
    maintainers.appoint(model, "ben", by=a_person("mia", "Maintainers"))
    client.force_login(User.objects.get(pk=ben.pk))
    assert client.post(url(model, "appoint"), {"username": "mia"}).status_code == 403


def test_the_author_withdraws_and_nobody_else_is_offered_it(client, mia):
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada)
    edit_model(model, Submission(readme="# New"), by=ada, base_revision=1)
    page = client.get(url(model)).content.decode()
    assert "Waiting for review" in page
    assert url(model, "withdraw") not in page
    assert client.post(url(model, "withdraw")).status_code == 403
    client.force_login(ada)
    assert url(model, "withdraw") in client.get(url(model)).content.decode()
    response = client.post(url(model, "withdraw"), follow=True)
    assert b"Revision 2 has been withdrawn." in response.content


@pytest.mark.parametrize("typed", ["", "tiny", "Tiny-LLM", "tiny-llm2", " tiny llm"])
def test_deleting_needs_the_exact_name(client, mia, typed):
    model = a_model()
    response = client.post(url(model, "delete"), {"name": typed})
    assert response.status_code == 422
    assert "Type the name exactly like this: tiny-llm" in response.content.decode()
    assert RegisteredModel.objects.filter(pk=model.pk).exists()


def test_deleting_takes_the_model_and_leads_to_my_models(client, mia):
    model = a_model()
    response = client.post(url(model, "delete"), {"name": "tiny-llm"}, follow=True)
    assert response.redirect_chain == [("/my-models", 302)]
    assert b"tiny-llm has been deleted." in response.content
    assert not RegisteredModel.objects.exists()
    assert client.get(url(model)).status_code == 404


# --- The page as a whole ----------------------------------------------------------------------


def test_a_draft_is_offered_to_its_writer(client, mia):
    model = a_model()
    Draft.objects.create(owner=mia, model=model, model_type="llm")
    assert b"You have a draft." in client.get(url(model)).content


def test_the_page_takes_few_queries(client, mia, django_assert_max_num_queries):
    model = a_model(owner=a_person("ada", "Registrars"))
    for number in range(5):
        edit = Submission(readme=f"# {number}")
        edit_model(model, edit, by=mia, base_revision=number + 1)
        maintainers.appoint(model, a_person(f"person{number}").username, by=mia)
    with django_assert_max_num_queries(48):
        client.get(url(model))
