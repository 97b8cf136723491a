"""The outbox in the administration: figures, both sides of a conflict, and who may act."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from hub.audit import Tag
from hub.models import AuditEntry
from models_registry import tasks
from models_registry.errors import NotAllowed
from models_registry.models import PullRequest, RegisteredModel, UpstreamChange
from models_registry.upstream.retry import call_back, try_again
from tests.factories import a_model, a_person, a_user, llm_record, written
from tests.models_registry.upstream.deliveries import edit, send, states, the_model
from tests.models_registry.upstream_fixtures import path

pytestmark = pytest.mark.django_db
CHANGES = "/admin/models_registry/upstreamchange/"
PULLS = "/admin/models_registry/pullrequest/"
FIGURE = re.compile(r'state__exact=(\w+)"\s+class="([\w ]+)"\s*><b>(\d+)</b>')


@pytest.fixture
def root() -> User:
    return a_user("root1", is_superuser=True, is_staff=True)


def staff(username: str, *rights: str) -> User:
    person = a_person(username, *rights)
    person.is_staff = True
    person.save()
    return person


def a_change(model: RegisteredModel | None, state: str = "failed", **fields) -> UpstreamChange:
    pull = PullRequest.objects.create(branch=f"hub/{UpstreamChange.objects.count()}")
    name = model.name if model is not None else "gone"
    text = model.published_revision.definition if model is not None else ""
    return UpstreamChange.objects.create(
        model=model, model_type="llm", name=name, name_key=name, kind="add", state=state,
        wanted=text, pull_request=pull, **fields
    )  # fmt: skip


def act(client, action: str, *changes: UpstreamChange):
    form = {"action": action, "_selected_action": [change.pk for change in changes]}
    return client.post(CHANGES, form, follow=True).content.decode()


def test_the_list_begins_with_its_figures(client, root):
    model = a_model("m")
    now = timezone.now()
    a_change(model, "waiting", created_at=now - timedelta(hours=5), last_error="No <b>network</b>.")
    a_change(
        model,
        "merged",
        created_at=now - timedelta(days=6),
        opened_at=now - timedelta(days=6) + timedelta(minutes=40),
        merged_at=now - timedelta(days=3),
    )
    client.force_login(root)
    page = client.get(CHANGES).content.decode()
    figures = {state: (css, count) for state, css, count in FIGURE.findall(page)}
    assert figures["waiting"] == ("waiting", "1")
    assert figures["failed"] == ("failed none", "0")
    assert "5\xa0hours" in page
    assert "40 minutes" in page
    assert "3 days" in page
    assert "never yet" in page
    assert "No &lt;b&gt;network&lt;/b&gt;." in page
    shown = client.get(CHANGES, {"state__exact": "merged"}).context["cl"].result_list
    assert [change.state for change in shown] == ["merged"]


def test_the_list_takes_the_same_queries_however_long_it_is(
    client, root, django_assert_max_num_queries
):
    client.force_login(root)
    for number in range(6):
        a_change(a_model(f"m{number}"))
    client.get(CHANGES)
    with django_assert_max_num_queries(20):
        client.get(CHANGES)


def test_a_change_in_conflict_shows_both_sides(client, root, github, imported):
    edit("alpha", root, context_length=4096)
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    send()
    client.force_login(root)
    page = client.get(f"{CHANGES}{UpstreamChange.objects.get().pk}/change/").content.decode()
    assert "<code>/0/context_length</code>" in page
    for side in ("32768", "4096", "1"):
        assert f"<pre>{side}</pre>" in page
    assert "The same values were changed both here and in upstream" in page
    assert f"/models/detail/{the_model('alpha').pk}/upstream" in page


def test_a_change_and_its_pull_request_lead_to_each_other(client, root, github, imported):
    edit("alpha", root, context_length=4096)
    send()
    change, pull = UpstreamChange.objects.get(), PullRequest.objects.get()
    client.force_login(root)
    page = client.get(f"{CHANGES}{change.pk}/change/").content.decode()
    assert github.pulls[0]["html_url"] in page
    assert f"{PULLS}{pull.pk}/change/" in page
    assert "+    &quot;context_length&quot;: 4096," in page
    page = client.get(f"{PULLS}{pull.pk}/change/").content.decode()
    assert f"{CHANGES}{change.pk}/change/" in page
    assert github.pulls[0]["head"]["sha"] in page
    assert pull.branch in page
    assert "the hub itself (GITHUB_TOKEN)" in page


def test_trying_again_and_calling_back_answer_and_are_recorded(client, root):
    model = a_model("m")
    failed, merged = a_change(model, "failed", last_error="x"), a_change(model, "merged")
    client.force_login(root)
    page = act(client, "try_again", failed, merged)
    assert "1 will be tried again within a minute." in page
    assert "The change of m can&#x27;t be retried: it is merged." in page
    failed.refresh_from_db()
    assert (failed.state, failed.last_error) == ("waiting", "")
    page = act(client, "call_back", failed, merged)
    assert "1 cancelled." in page
    assert "The change of m can no longer be cancelled: it is merged." in page
    failed.refresh_from_db()
    assert failed.state == "cancelled"
    entries = AuditEntry.objects.filter(tag__startswith="registry:upstream").order_by("pk")
    assert [(e.tag, e.actor_name, e.target_label, e.data["change"]) for e in entries] == [
        (Tag.UPSTREAM_RETRY, "root1", "llm/m", failed.pk),
        (Tag.UPSTREAM_CANCEL, "root1", "llm/m", failed.pk),
    ]


def test_to_look_takes_less_than_to_act(client):
    change = a_change(a_model("m"))
    looker = staff("looker", "expire_public_model")
    client.force_login(looker)
    page = client.get(CHANGES).content.decode()
    assert "llm/m" in page
    assert 'value="try_again"' not in page
    act(client, "try_again", change)
    change.refresh_from_db()
    assert change.state == "failed"
    with pytest.raises(NotAllowed):
        try_again(change, by=looker)
    with pytest.raises(NotAllowed):
        call_back(change, by=looker)
    actor = staff("actor", "change_public_model")
    client.force_login(actor)
    act(client, "try_again", change)
    change.refresh_from_db()
    assert change.state == "waiting"


@pytest.mark.parametrize("page", [CHANGES, PULLS])
def test_other_staff_and_maintainers_outside_of_it_see_no_outbox(client, page):
    a_change(a_model("m"))
    for person in (staff("rob", "review_model"), a_person("mia", "Maintainers")):
        client.force_login(person)
        assert client.get(page).status_code in {302, 403}


def test_what_concerns_a_hidden_model_does_not_exist_for_staff(client, root):
    open_one, hidden = a_model("open"), a_model("secret")
    changes = [a_change(open_one), a_change(hidden), a_change(None)]
    RegisteredModel.objects.filter(pk=hidden.pk).update(visibility="enterprise")
    client.force_login(staff("mia", "Maintainers"))
    page = client.get(CHANGES).content.decode()
    assert "llm/open" in page
    assert "llm/gone" in page
    assert "secret" not in page
    counts = {state: count for state, _css, count in FIGURE.findall(page)}
    assert counts["failed"] == "2", "nor is it counted"
    for place, pk in ((CHANGES, changes[1].pk), (PULLS, changes[1].pull_request_id)):
        assert client.get(f"{place}{pk}/change/").status_code == 302
    client.force_login(root)
    assert client.get(f"{CHANGES}{changes[1].pk}/change/").status_code == 200


def test_a_deleted_models_change_is_for_those_who_may_change_public_models():
    change = a_change(None, "conflict")
    with pytest.raises(NotAllowed):
        call_back(change, by=staff("looker", "delete_public_model"))
    call_back(change, by=staff("actor", "change_public_model"))
    change.refresh_from_db()
    assert change.state == "cancelled"


@pytest.mark.usefixtures("imported")
def test_the_administration_lists_the_outbox_and_tries_again(client, github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    github.fault = lambda verb, address: "502 before"
    send()
    github.fault = None
    User = type(maintainer)
    User.objects.filter(pk=maintainer.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=maintainer.pk))
    listing = reverse("admin:models_registry_upstreamchange_changelist")
    assert (
        "GitHub reports an internal error"
        in client.get(listing, {"state": "waiting"}).content.decode()
    )
    change = UpstreamChange.objects.get()
    client.post(listing, {"action": "try_again", "_selected_action": [change.pk]})
    tasks.send_changes()
    assert states() == ["open"]


@pytest.mark.usefixtures("imported")
def test_the_administration_calls_back_what_was_not_sent(client, github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    User = type(maintainer)
    User.objects.filter(pk=maintainer.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=maintainer.pk))
    listing = reverse("admin:models_registry_upstreamchange_changelist")
    change = UpstreamChange.objects.get()
    client.post(listing, {"action": "call_back", "_selected_action": [change.pk]})
    send()
    assert states() == ["cancelled"]
    assert github.pulls == []


@pytest.mark.usefixtures("imported")
def test_the_outbox_is_not_for_staff_without_rights(client):
    client.force_login(a_user("staff", is_staff=True))
    listing = reverse("admin:models_registry_upstreamchange_changelist")
    assert client.get(listing).status_code in {302, 403}
