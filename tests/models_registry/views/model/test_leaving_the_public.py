"""What stays of a model that leaves the public: older lists, and the name of a closed proposal."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from accounts.models import User
from hub.models import AuditEntry
from models_registry import publication
from models_registry.actions.edit import edit
from models_registry.actions.expiry import set_expiry
from models_registry.actions.register import register
from models_registry.actions.rename import rename
from models_registry.actions.submission import Submission
from models_registry.actions.withdraw import withdraw
from models_registry.catalogue import history, pinning
from models_registry.errors import NameTaken
from models_registry.models import FormerName, ListRevision, RegisteredModel, Visibility
from models_registry.sync import catalogue_import
from models_registry.sync.sources.tree import SourceTree
from tests.factories import a_model, a_person, llm_record, written

pytestmark = pytest.mark.django_db
NAME = "secret"
SAID = "Older revisions of the list still contain it"


@pytest.fixture
def keeper(client):
    """A maintainer, signed in."""
    user = a_person("keeper", "Maintainers", "Registrars")
    client.force_login(user)
    return user


@pytest.fixture
def model():
    a_model("other")
    return a_model(NAME, owner=a_person("owner", "Registrars"))


def settings_of(model, part=""):
    return f"/models/detail/{model.pk}/settings{part}"


def holding(name=NAME):
    """The numbers of the revisions that anybody can download and that hold the model."""
    revisions = ListRevision.objects.filter(model_type="llm")
    return [revision.number for revision in revisions if name in history.names_in(revision)]


# --- Older lists ------------------------------------------------------------------------------


def test_settings_say_what_stays(client, keeper, model):
    a_person("root1")
    User.objects.filter(username="root1").update(is_superuser=True)
    client.force_login(User.objects.get(username="root1"))
    page = client.get(settings_of(model)).content.decode()
    # For each visibility that it could leave for, for expiry, for deletion.
    assert page.count(SAID) == 4
    assert page.count('name="forget_revisions"') == 3


def test_others_are_told_and_offered_nothing(client, model):
    client.force_login(model.owner)
    set_expiry(model, model.created_at, by=a_person("keeper", "Maintainers"))
    page = client.get(settings_of(model)).content.decode()
    assert SAID in page
    assert "forget_revisions" not in page
    assert settings_of(model, "/forget") not in page
    assert client.post(settings_of(model, "/forget")).status_code == 403
    assert holding()


def test_a_public_model_is_offered_no_forgetting(client, keeper, model):
    assert settings_of(model, "/forget") not in client.get(settings_of(model)).content.decode()
    answer = client.post(settings_of(model, "/forget"))
    assert answer.status_code == 400
    assert holding()


def test_a_maintainer_has_older_lists_forgotten_later(client, keeper, model):
    client.post(settings_of(model, "/expire-now"))
    assert holding()
    page = client.get(settings_of(model)).content.decode()
    assert settings_of(model, "/forget") in page
    answer = client.post(settings_of(model, "/forget"), follow=True)
    assert "Deleted 1 revisions of the list" in answer.content.decode()
    assert holding() == []
    assert ListRevision.objects.filter(model_type="llm").exists()
    assert AuditEntry.objects.filter(tag="registry:list:forget", actor=keeper).count() == 1


@pytest.mark.parametrize(("action", "form"), [("expire-now", {}), ("delete", {"name": NAME})])
def test_a_maintainer_has_older_lists_forgotten_at_once(client, keeper, model, action, form):
    client.post(settings_of(model, f"/{action}"), form | {"forget_revisions": "on"})
    assert holding() == []


@pytest.mark.parametrize("action", ["expire-now", "delete"])
def test_lists_with_a_former_name_are_forgotten_too(client, keeper, model, action):
    """But not those of a name that another public model has by now."""
    rename(model, "middle", by=keeper)
    rename(model, "last", by=keeper)
    FormerName.objects.update(answers_until="2020-01-01T00:00Z")
    a_model("middle", owner=keeper)
    form = {"name": "last"} if action == "delete" else {}
    client.post(settings_of(model, f"/{action}"), form | {"forget_revisions": "on"})
    assert holding() == [] == holding("last")
    assert holding("middle")


def test_a_model_made_private_takes_the_older_lists_with_it(client, model):
    root = a_person("root1", "Maintainers", "Registrars")
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    client.force_login(User.objects.get(pk=root.pk))
    form = {"visibility": "private", "base_revision": 1, "confirmed": "on"}
    client.post(settings_of(model, "/visibility"), form | {"forget_revisions": "on"})
    model.refresh_from_db()
    assert model.visibility == "private"
    assert holding() == []


def test_what_was_asked_for_is_done_where_forgetting_is_refused(client, keeper, model):
    """A list that is rolled back serves the model on; the model expires all the same."""
    pinning.pin("llm", holding()[-1], by=None)
    answer = client.post(settings_of(model, "/expire-now"), {"forget_revisions": "on"}, follow=True)
    assert "which is being served" in answer.content.decode()
    assert RegisteredModel.objects.get(pk=model.pk).is_expired()
    assert holding()


def test_who_may_not_keep_lists_forgets_none_by_a_forged_form(client, model):
    maintainer = a_person("one", "expire_public_model")
    client.force_login(maintainer)
    client.post(settings_of(model, "/expire-now"), {"forget_revisions": "on"})
    assert RegisteredModel.objects.get(pk=model.pk).is_expired()
    assert holding()


# --- Names of closed proposals ----------------------------------------------------------------


@pytest.fixture
def author():
    return a_person("author", "Registrars")


@pytest.fixture
def other():
    return a_person("other", "Registrars")


def submission(**changes):
    return Submission(
        definition=written(llm_record(NAME, **changes)),
        readme="# P\n",
        visibility=Visibility.PUBLIC,
        message="m",
    )


def proposed(by):
    return RegisteredModel.objects.get(pk=register("llm", submission(), by=by).model_id)


def close(client, model, how):
    """Withdraw the proposal as its author, or reject it as a reviewer, through their pages."""
    if how == "withdraw":
        client.force_login(model.owner)
        answer = client.post(f"/models/detail/{model.pk}/review/withdraw")
    else:
        client.force_login(a_person("reviewer", "Reviewers"))
        revision = model.revisions.get()
        form = {"revision": revision.number, "decision": "reject", "feedback": "No."}
        answer = client.post(f"/admin/reviews/{revision.pk}/decide", form)
    assert answer.status_code in {200, 302}
    assert publication.open_proposal(model) is None


@pytest.mark.parametrize("how", ["withdraw", "reject"])
def test_a_closed_first_proposal_gives_its_name_back(client, author, other, how):
    model = proposed(author)
    with pytest.raises(NameTaken):
        register("llm", submission(), by=other)
    close(client, model, how)
    taken = proposed(other)
    assert taken.pk != model.pk
    # The author still has what they wrote, under its name.
    client.force_login(author)
    assert client.get(f"/models/detail/{model.pk}").status_code == 200
    assert NAME in client.get("/my-models").content.decode()


def test_the_name_means_the_new_model_also_for_who_may_see_the_closed_proposal(client, author):
    closed = proposed(author)
    close(client, closed, "reject")
    public = a_model(NAME)
    for user in (author, User.objects.get(username="reviewer")):
        client.force_login(user)
        page = client.get(f"/models/detail/{NAME}")
        assert page.context["model"].pk == public.pk
        assert page.context["address"] == f"/models/detail/{NAME}"
        page = client.get(f"/models/detail/{closed.pk}")
        assert page.context["address"] == f"/models/detail/{closed.pk}"
        options = client.get(f"/model-registration/names?copy_of={NAME}").content.decode()
        assert options.count(NAME) == 1
    client.force_login(author)
    sent = {"start": "copy", "model_type": "llm", "copy_of": NAME}
    assert client.post("/model-registration", sent).status_code == 302


@pytest.mark.parametrize("how", ["withdraw", "reject"])
def test_handing_it_in_again_takes_the_name_back_while_it_is_free(client, author, other, how):
    model = proposed(author)
    close(client, model, how)
    edit(model, submission(context_length=1), by=author, base_revision=1)
    with pytest.raises(NameTaken):
        register("llm", submission(), by=other)
    assert RegisteredModel.objects.get(pk=model.pk).name_key == NAME


def test_handing_it_in_again_is_refused_where_the_name_is_anothers(client, author, other):
    model = proposed(author)
    close(client, model, "withdraw")
    proposed(other)
    with pytest.raises(NameTaken):
        edit(model, submission(context_length=1), by=author, base_revision=1)
    model.refresh_from_db()
    assert publication.open_proposal(model) is None


def test_a_proposed_change_of_a_published_model_keeps_its_name(client, author, other):
    model = a_model(NAME, owner=author)
    edit(model, submission(context_length=1), by=author, base_revision=1)
    assert withdraw(model, by=author).state == "withdrawn"
    with pytest.raises(NameTaken):
        register("llm", submission(), by=other)


@pytest.mark.parametrize("is_open", [True, False])
def test_upstream_takes_the_name_of_a_proposal(client, author, is_open):
    model = proposed(author)
    if not is_open:
        close(client, model, "withdraw")
    files = {f"xinference/model/llm/models/{NAME}.json": written(llm_record(NAME))}
    report = catalogue_import.import_catalogue(SourceTree(label="dir:x", files=files), by=None)
    assert report.added == [f"llm/{NAME}"]
    public = RegisteredModel.objects.public().get(name=NAME)
    assert public.name_key == NAME
    assert (public.pk == model.pk) == is_open


def test_proposals_that_were_closed_before_give_their_names_back(author, other):
    model = proposed(author)
    kept = a_model("kept", owner=author)
    RegisteredModel.objects.filter(pk=model.pk).update(name_key=NAME)
    model.revisions.update(state="rejected")
    migration = import_module("models_registry.migrations.0010_names_of_closed_proposals")
    for _ in range(2):
        migration.release(apps, None)
    assert RegisteredModel.objects.get(pk=model.pk).name_key == f"{NAME}#{model.pk}"
    assert RegisteredModel.objects.get(pk=kept.pk).name_key == "kept"
    assert proposed(other).pk != model.pk
