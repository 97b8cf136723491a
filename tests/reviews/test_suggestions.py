"""Changes of public models that others than their owners suggest."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts import tokens
from accounts.models import Scope
from models_registry import policy as registry_policy
from models_registry.actions.edit import current_revision, edit
from models_registry.actions.submission import Submission
from models_registry.errors import NotAllowed, ProposalOpen
from models_registry.models import Draft, RegisteredModel
from reviews import tasks, use_cases
from reviews.models import Proposal
from tests.factories import a_model, a_person, a_user, changed, entries
from tests.reviews.conftest import a_reviewer, an_author
from tests.reviews.notices import send_all, told
from tests.reviews.pages import QUEUE, page, status

pytestmark = pytest.mark.django_db


def a_suggestion(model: RegisteredModel, author, **record) -> Proposal:
    current = current_revision(model, by=author)
    text = changed(current, **{"context_length": 4096, **record})
    submission = Submission(definition=text, message="The context is shorter")
    revision = edit(model, submission, by=author, base_revision=current.number)
    return Proposal.objects.get(pk=revision.pk)


def headers_of(user) -> dict[str, str]:
    _, raw = tokens.issue(by=user, name="t", scope=Scope.WRITE, expires_at=None)
    return {"Authorization": f"Bearer {raw}"}


def test_somebody_suggests_a_change_on_the_page_and_a_reviewer_publishes_it(
    client, author, reviewer
):
    model = a_model(owner=a_user("olga"))
    client.force_login(author)
    shown = client.get(model.get_absolute_url()).content.decode()
    assert "Suggest a change" in shown
    assert "Settings" not in shown.split('class="tabs"')[1].split("</nav>")[0]
    client.post(f"/models/detail/{model.pk}/edit")
    draft = Draft.objects.get(owner=author)
    check = client.get(f"/model-registration/{draft.pk}/check").content.decode()
    assert "Enterprise Model" not in check
    assert "A reviewer decides, and the owner of the model is notified." in check
    Draft.objects.filter(pk=draft.pk).update(
        definition=changed(model.published_revision, context_length=4096)
    )
    fields = {"public": "1", "message": "Shorter", "submit": "1"}
    answer = client.post(f"/model-registration/{draft.pk}/check", fields, follow=True)
    assert answer.status_code == 200
    proposal = Proposal.objects.get(model=model, state="proposed")
    assert (proposal.author, proposal.visibility) == (author, "public")
    client.force_login(reviewer)
    assert "Suggestion" in client.get(QUEUE).content.decode()
    use_cases.approve(proposal, by=reviewer)
    model.refresh_from_db()
    assert model.published_revision_id == proposal.pk
    assert model.owner.username == "olga"
    assert told(author) == [("decision", "tiny-llm was approved and published")]


def test_an_imported_model_without_an_owner_is_corrected_too(author, reviewer):
    model = a_model()
    proposal = a_suggestion(model, author)
    tasks.tell_of_suggestions()
    use_cases.approve(proposal, by=reviewer)
    assert RegisteredModel.objects.get().context_length == 4096


def test_the_owner_is_told_once_and_by_mail(author, settings):
    owner, keeper = a_user("olga"), a_user("kim")
    model = a_model(owner=owner)
    registry_policy.grant_maintainer(keeper, model)
    a_suggestion(model, author)
    tasks.tell_of_suggestions()
    tasks.tell_of_suggestions()
    expected = [("suggestion", "ada suggests a change of tiny-llm")]
    assert told(owner) == told(keeper) == expected
    assert told(author) == []
    mails = send_all()
    assert {mail.to[0] for mail in mails} == {owner.email, keeper.email}
    assert f"/models/detail/{model.pk}/review" in mails[0].body


def test_the_owner_agrees_and_reviewers_see_it(client, author, reviewer):
    owner = a_user("olga")
    model = a_model(owner=owner)
    proposal = a_suggestion(model, author)
    client.force_login(owner)
    shown = status(client, proposal)
    assert "ada suggests this change of your model" in shown
    path = reverse("reviews:endorse", args=[model.pk])
    client.post(path, {"round": proposal.number})
    client.post(path, {"round": proposal.number})
    assert entries(model).count("reviews:proposal:endorse") == 1
    assert "olga, the owner of the model, agrees to it." in status(client, proposal)
    client.force_login(reviewer)
    assert "Owner agrees" in client.get(QUEUE).content.decode()
    assert "olga, the owner, agrees" in page(client, proposal)
    # The next round is another text: the owner has not agreed to that one.
    newer = a_suggestion(model, author, context_length=2048)
    assert "olga, the owner, agrees" not in page(client, newer)


def test_the_owner_declines_with_a_reason_which_its_author_reads(client, author):
    owner = a_user("olga")
    model = a_model(owner=owner)
    proposal = a_suggestion(model, author)
    client.force_login(owner)
    path = reverse("reviews:decline", args=[model.pk])
    assert client.post(path, {"round": proposal.number, "reason": " "}).status_code == 400
    client.post(path, {"round": proposal.number, "reason": "The paper says 32768."})
    proposal.refresh_from_db()
    assert proposal.state == "withdrawn"
    assert told(author) == [("decision", "olga has declined your suggestion for tiny-llm")]
    client.force_login(author)
    shown = status(client, proposal)
    assert "Declined by the owner of the model" in shown
    assert "The paper says 32768." in shown
    assert "Edit and submit again" in shown


def test_the_owner_decides_on_no_suggestion_for_their_own_model(author):
    owner = a_reviewer("olga")
    proposal = a_suggestion(a_model(owner=owner), author)
    with pytest.raises(NotAllowed):
        use_cases.approve(proposal, by=owner)


def test_what_the_owner_submits_takes_the_place_of_a_suggestion(client, author, reviewer):
    owner = a_user("olga")
    model = a_model(owner=owner)
    first = a_suggestion(model, author)
    # The owner starts from what is published, and not from what a stranger wants.
    own = a_suggestion(model, owner, context_length=16384)
    first.refresh_from_db()
    assert (first.state, own.proposal_id) == ("superseded", first.pk)
    tasks.tell_of_suggestions()
    title = "olga has submitted a change of tiny-llm in place of your suggestion"
    assert told(author) == [("suggestion", title)]
    with pytest.raises(ProposalOpen):
        a_suggestion(model, author, context_length=2048)
    use_cases.approve(own, by=reviewer)
    assert told(author)[-1] == ("decision", "tiny-llm was approved and published")


def test_one_suggestion_of_a_model_waits_at_a_time(author):
    model = a_model()
    a_suggestion(model, author)
    with pytest.raises(ProposalOpen):
        a_suggestion(model, an_author("bob"), context_length=2048)
    # Maintainers are not held up by it.
    keeper = a_person("kim", "Maintainers")
    assert a_suggestion(model, keeper, context_length=1024).state == "published"


def test_suggestions_of_one_person_are_limited(author, monkeypatch):
    monkeypatch.setattr(registry_policy, "MAX_SUGGESTIONS", 1)
    a_suggestion(a_model("one"), author)
    with pytest.raises(NotAllowed, match="1 open suggestions"):
        a_suggestion(a_model("two"), author)


def test_whoever_suggests_sees_their_own_proposals_and_no_others(client, author):
    owner = a_user("olga")
    model = a_model(owner=owner)
    secret = a_suggestion(model, owner, model_description="Not for strangers.")
    use_cases.reject(secret, by=a_reviewer(), feedback="Not yet, olga.")
    client.force_login(author)
    assert client.get(reverse("reviews:status", args=[model.pk])).status_code == 404
    proposal = a_suggestion(model, author)
    shown = status(client, proposal)
    assert "Waiting for review" in shown
    assert "olga." not in shown
    headers = headers_of(author)
    mine = client.get("/api/proposals?mine=true", headers=headers).json()["data"]
    assert [row["id"] for row in mine] == [proposal.pk]
    assert client.get(f"/api/proposals/{secret.pk}", headers=headers).status_code == 404


def test_by_the_api(client, author):
    owner = a_user("olga")
    model = a_model(owner=owner)
    body = {"definition": changed(model.published_revision, context_length=4096)}
    answer = client.put(
        "/api/models/llm/tiny-llm?dry_run=true", body, content_type="application/json",
        headers=headers_of(author),
    )  # fmt: skip
    assert answer.json()["data"]["outcome"] == "review"
    proposal = a_suggestion(model, author)
    path = f"/api/proposals/{proposal.pk}"
    theirs = client.get(path, headers=headers_of(owner)).json()["data"]["verbs"]
    assert {"endorse", "decline"} <= set(theirs)

    def post(what: str, user, **body):
        return client.post(
            f"{path}/{what}", body, content_type="application/json", headers=headers_of(user)
        )

    number = proposal.number
    assert post("endorsement", author, revision=number).status_code == 403
    assert post("endorsement", owner, revision=number).status_code == 204
    assert post("withdrawal", owner, revision=number).status_code == 400
    assert post("withdrawal", a_user("uma"), revision=number).status_code == 404
    assert post("withdrawal", author, revision=number).status_code == 204
    assert post("withdrawal", author, revision=number).status_code == 409


def test_my_models_withdraws_what_is_ones_own_only(client, author):
    owner = a_user("olga")
    model = a_model(owner=owner)
    a_suggestion(model, author)
    client.force_login(owner)
    assert "Withdraw revision 2" not in client.get("/my-models").content.decode()
    client.force_login(author)
    page = client.get("/my-models").content.decode()
    assert "Withdraw revision 2 from review" in page
    client.post(f"/models/detail/{model.pk}/review/withdraw")
    assert Proposal.objects.get(model=model, number=2).state == "withdrawn"
