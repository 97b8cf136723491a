"""Visibility, expiry, featuring, deleting, restoring, and who may do each of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone as clock

from accounts.models import User
from hub.models import AuditEntry
from models_registry import maintainers, policy, publication, use_cases
from models_registry.errors import (
    InvalidParameter,
    ModelNotFound,
    NameTaken,
    NotAllowed,
    NothingChanged,
    StaleState,
)
from models_registry.models import CatalogueList, RegisteredModel, Revision
from models_registry.use_cases import Submission
from tests.factories import a_model, a_person, a_user, changed, entries, llm_record, served, written

pytestmark = pytest.mark.django_db


# --- Visibility ----------------------------------------------------------------------------------


def test_a_private_model_made_public_stays_private_until_it_is_approved():
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada, visibility="private")
    revision = use_cases.edit(model, Submission(visibility="public"), by=ada, base_revision=1)
    model.refresh_from_db()
    assert (revision.state, model.visibility) == ("proposed", "private")
    publication.approve(revision)
    model.refresh_from_db()
    assert model.visibility == "public"


def test_a_public_model_made_enterprise_leaves_the_list_at_once():
    model = a_model()
    boss = a_user("boss", is_superuser=True)
    use_cases.edit(model, Submission(visibility="enterprise"), by=boss, base_revision=1)
    assert served() == []
    assert not RegisteredModel.objects.public().exists()


def test_a_model_without_an_owner_that_is_made_private_belongs_to_who_did_it():
    model = a_model()
    boss = a_user("boss", is_superuser=True)
    use_cases.edit(model, Submission(visibility="private"), by=boss, base_revision=1)
    model.refresh_from_db()
    assert (model.visibility, model.owner) == ("private", boss)


def test_making_a_model_public_whose_name_is_public_already_is_refused():
    ada = a_person("ada", "Public registrars")
    a_model()
    mine = a_model("Tiny-LLM", owner=ada, visibility="private")
    with pytest.raises(NameTaken):
        use_cases.edit(mine, Submission(visibility="public"), by=ada, base_revision=1)
    mine.refresh_from_db()
    assert mine.visibility == "private"
    assert mine.revisions.count() == 1


@pytest.mark.parametrize("visibility", ["private", "enterprise"])
def test_an_owner_can_not_take_a_public_model_from_everybody(visibility):
    ada = a_person("ada", "Registrars", "register_enterprise_model")
    model = a_model(owner=ada)
    with pytest.raises(NotAllowed):
        use_cases.edit(model, Submission(visibility=visibility), by=ada, base_revision=1)


# --- Expiry, featuring, deleting -----------------------------------------------------------------


def test_an_expired_model_leaves_lists_and_eyes_and_comes_back_when_restored():
    model = a_model()
    mia = a_person("mia", "Maintainers")
    use_cases.set_expiry(model, clock.now() - timedelta(seconds=1), by=mia)
    assert served() == []
    assert not RegisteredModel.objects.visible_to(a_person("ben")).exists()
    use_cases.set_expiry(model, None, by=mia)
    assert len(served()) == 1
    assert entries(model) == ["registry:model:expiry"] * 2


def test_an_expiry_in_the_future_changes_nothing_yet_and_is_due_at_its_moment():
    model = a_model()
    later = clock.now() + timedelta(days=1)
    use_cases.set_expiry(model, later, by=a_person("mia", "Maintainers"))
    assert len(served()) == 1
    assert CatalogueList.objects.get(model_type="llm").valid_until == later


def test_setting_the_same_expiry_again_leaves_no_trace():
    model = a_model()
    mia = a_person("mia", "Maintainers")
    at = datetime(2030, 1, 1, tzinfo=UTC)
    use_cases.set_expiry(model, at, by=mia)
    use_cases.set_expiry(model, at.astimezone(timezone(timedelta(hours=8))), by=mia)
    entry = AuditEntry.objects.about(model).get()
    assert entry.data == {"before": None, "after": "2030-01-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2030, 1, 1),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_a_moment_that_is_none_is_refused(moment):
    with pytest.raises(InvalidParameter):
        use_cases.set_expiry(a_model(), moment, by=a_person("mia", "Maintainers"))


def test_featuring_publishes_a_revision_with_the_mark_in_every_record():
    model = a_model(definition=written(llm_record(), llm_record(context_length=1)))
    mia = a_person("mia", "Maintainers")
    revision = use_cases.set_featured(model, True, by=mia)
    assert [record["featured"] for record in served()] == [True, True]
    assert revision.message == "Featured"
    with pytest.raises(NothingChanged):
        use_cases.set_featured(model, True, by=mia)
    use_cases.set_featured(model, False, by=mia)
    assert [record["featured"] for record in served()] == [False, False]


def test_deleting_takes_the_model_everywhere_and_the_audit_log_keeps_its_definition():
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada)
    text = changed(model.published_revision, context_length=1)
    use_cases.edit(model, Submission(text), by=ada, base_revision=1)
    definition, pk = model.published_revision.definition, model.pk
    use_cases.delete(model, by=a_person("mia", "Maintainers"))
    assert served() == []
    assert not Revision.objects.exists()
    entry = AuditEntry.objects.get(tag="registry:model:delete")
    assert (entry.target_id, entry.data["definition"]) == (str(pk), definition)
    again = Submission(written(llm_record()), visibility="public")
    assert use_cases.register("llm", again, by=ada).number == 1


def test_every_action_on_a_model_that_is_gone_says_so():
    model = a_model()
    mia = a_person("mia", "Maintainers")
    use_cases.delete(RegisteredModel.objects.get(pk=model.pk), by=mia)
    for action in (
        lambda: use_cases.delete(model, by=mia),
        lambda: use_cases.edit(model, Submission(readme="x"), by=mia, base_revision=1),
        lambda: use_cases.set_expiry(model, None, by=mia),
        lambda: use_cases.set_featured(model, True, by=mia),
        lambda: use_cases.withdraw(model, by=mia),
        lambda: maintainers.appoint(model, "mia", by=mia),
    ):
        with pytest.raises(ModelNotFound):
            action()


# --- Who may -------------------------------------------------------------------------------------

ACTIONS = {
    "edit": lambda model, by: use_cases.edit(
        model, Submission(readme="# Changed\n"), by=by, base_revision=1
    ),
    "expire": lambda model, by: use_cases.set_expiry(model, clock.now(), by=by),
    "feature": lambda model, by: use_cases.set_featured(model, True, by=by),
    "delete": lambda model, by: use_cases.delete(model, by=by),
    "appoint": lambda model, by: maintainers.appoint(model, "ada", by=by),
    "make private": lambda model, by: use_cases.edit(
        model, Submission(visibility="private"), by=by, base_revision=1
    ),
}
ALLOWED = {
    ("owner", "private"): {"edit", "expire", "delete"},
    ("owner", "public"): {"edit"},
    ("owner", "enterprise"): {"edit"},
    ("Maintainers", "private"): {"edit", "expire", "delete", "appoint"},
    ("Maintainers", "public"): {"edit", "expire", "feature", "delete", "appoint"},
    ("Maintainers", "enterprise"): set(),
    ("Enterprise maintainers", "private"): set(),
    ("Enterprise maintainers", "public"): set(),
    ("Enterprise maintainers", "enterprise"): {"edit", "expire", "feature", "delete", "appoint"},
    ("Reviewers", "private"): set(),
    ("Reviewers", "public"): set(),
    ("Registrars", "public"): set(),
    ("of this model", "public"): {"edit", "expire", "delete"},
    ("of this model", "enterprise"): {"edit", "expire", "delete"},
    ("superuser", "private"): {"edit", "expire", "feature", "delete", "appoint"},
    ("superuser", "public"): set(ACTIONS),
    ("superuser", "enterprise"): set(ACTIONS),
}


@pytest.mark.parametrize(
    ("who", "kind", "action"),
    [
        (who, kind, action)
        for who, kind in ALLOWED
        for action in ACTIONS
        if (kind, action) != ("private", "make private")
    ],
)
def test_every_role_and_every_action(who, kind, action):
    owner = a_person("ada", "Registrars")
    model = a_model(owner=owner, visibility=kind)
    if who == "owner":
        person = owner
    else:
        person = a_person("person", *([who] if Group.objects.filter(name=who).exists() else []))
        person.is_superuser = who == "superuser"
        person.save()
        if who == "of this model":
            policy.grant_maintainer(person, model)
        person = User.objects.get(pk=person.pk)
    before = list(RegisteredModel.objects.values()), list(Revision.objects.values())
    if action in ALLOWED[who, kind]:
        ACTIONS[action](model, person)
        assert AuditEntry.objects.about(model).filter(actor=person).exists()
    else:
        with pytest.raises(NotAllowed):
            ACTIONS[action](model, person)
        assert before == (list(RegisteredModel.objects.values()), list(Revision.objects.values()))
        assert not AuditEntry.objects.about(model).exists()


def test_only_author_and_owner_withdraw_a_proposal():
    ada, mia = a_person("ada", "Registrars"), a_person("mia", "Maintainers")
    model = a_model(owner=ada)
    use_cases.edit(model, Submission(readme="# New"), by=ada, base_revision=1)
    with pytest.raises(NotAllowed):
        use_cases.withdraw(model, by=mia)
    assert use_cases.withdraw(model, by=ada).state == "withdrawn"
    with pytest.raises(StaleState):
        use_cases.withdraw(model, by=ada)
    assert entries(model) == ["registry:model:withdraw", "registry:model:propose"]


# --- Restoring and maintainers -------------------------------------------------------------------


def test_restoring_brings_an_old_revision_back_as_a_new_one():
    model = a_model()
    mia = a_person("mia", "Maintainers")
    old = model.published_revision
    edit = Submission(changed(old, context_length=1), readme="# New\n")
    use_cases.edit(model, edit, by=mia, base_revision=1)
    revision = use_cases.restore(model, 1, by=mia, base_revision=2)
    record = json.loads(revision.definition)[0]
    assert (revision.number, revision.readme) == (3, old.readme)
    assert record["context_length"] == 32768
    assert record["updated_at"] > json.loads(old.definition)[0]["updated_at"]
    assert revision.message == "Restored revision 1"
    with pytest.raises(NothingChanged):
        use_cases.restore(model, 1, by=mia, base_revision=3)


@pytest.mark.parametrize("number", [0, 7, 10**30])
def test_restoring_what_is_not_there_is_refused(number):
    with pytest.raises(InvalidParameter, match="no revision"):
        use_cases.restore(a_model(), number, by=a_person("mia", "Maintainers"), base_revision=1)


def test_maintainers_of_one_model_are_appointed_and_dismissed_with_a_trace():
    model, mia, ben = a_model(), a_person("mia", "Maintainers"), a_person("ben")
    assert maintainers.appoint(model, " Ben ", by=mia) == ben
    maintainers.appoint(model, "ben", by=mia)
    use_cases.edit(model, Submission(readme="# Ben's"), by=ben, base_revision=1)
    maintainers.dismiss(model, "ben", by=mia)
    ben = User.objects.get(pk=ben.pk)
    with pytest.raises(NotAllowed):
        use_cases.edit(model, Submission(readme="# Again"), by=ben, base_revision=2)
    with pytest.raises(InvalidParameter):
        maintainers.dismiss(model, "ben", by=mia)
    traces = AuditEntry.objects.about(model).filter(tag="accounts:rights:change")
    assert [(len(one.data["given"]), len(one.data["taken"])) for one in traces] == [(0, 4), (4, 0)]


@pytest.mark.parametrize("name", ["nobody", "", "a\x00b", "ä", "gone"])
def test_appointing_an_account_that_is_not_there_is_refused(name):
    User.objects.filter(pk=a_person("gone").pk).update(is_active=False)
    with pytest.raises(InvalidParameter, match="no account"):
        maintainers.appoint(a_model(), name, by=a_person("mia", "Maintainers"))
