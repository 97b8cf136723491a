"""Who may do what: every kind of person with every kind of model, as the rules have it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.utils import timezone as clock

from accounts.models import User
from hub.models import AuditEntry
from models_registry import policy, publication
from models_registry.actions import maintainers
from models_registry.actions.delete import delete
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.expiry import set_expiry
from models_registry.actions.feature import set_featured
from models_registry.actions.submission import Submission
from models_registry.errors import (
    NotAllowed,
)
from models_registry.models import RegisteredModel, Revision
from models_registry.policy import ModelVerb, Outcome
from models_registry.publication import Content
from tests.factories import a_model, a_person, a_user, llm_record, written

pytestmark = pytest.mark.django_db

EDIT, PROPOSE, DELETE, EXPIRE, FEATURE, APPOINT = (
    ModelVerb.EDIT,
    ModelVerb.PROPOSE,
    ModelVerb.DELETE,
    ModelVerb.EXPIRE,
    ModelVerb.FEATURE,
    ModelVerb.APPOINT,
)
EVERYTHING = {EDIT, DELETE, EXPIRE, FEATURE, APPOINT}
UNSEEN = None

MODELS = ("private", "proposed", "public", "enterprise", "expired")

# What each person may do with each kind of model; UNSEEN if they may not know that it exists.
# "proposed" is a public model that waits for its first review, "expired" a public one.
RIGHTS = {
    "anonymous": [UNSEEN, UNSEEN, set(), UNSEEN, UNSEEN],
    "owner": [{EDIT, DELETE, EXPIRE}, {PROPOSE, DELETE}, {PROPOSE}, {PROPOSE}, {PROPOSE}],
    "other": [UNSEEN, UNSEEN, set(), UNSEEN, UNSEEN],
    "inactive": [UNSEEN, UNSEEN, set(), UNSEEN, UNSEEN],
    "register_public_model": [UNSEEN, UNSEEN, set(), UNSEEN, UNSEEN],
    "register_enterprise_model": [UNSEEN, UNSEEN, set(), UNSEEN, UNSEEN],
    "view_enterprise_model": [UNSEEN, UNSEEN, set(), set(), UNSEEN],
    "change_public_model": [
        {EDIT, DELETE, EXPIRE}, UNSEEN, {EDIT, FEATURE}, UNSEEN, {EDIT, FEATURE},
    ],
    "delete_public_model": [{EDIT, DELETE, EXPIRE}, UNSEEN, {DELETE}, UNSEEN, {DELETE}],
    "expire_public_model": [{EDIT, DELETE, EXPIRE}, UNSEEN, {EXPIRE}, UNSEEN, {EXPIRE}],
    "change_enterprise_model": [UNSEEN, UNSEEN, set(), {EDIT, FEATURE}, UNSEEN],
    "delete_enterprise_model": [UNSEEN, UNSEEN, set(), {DELETE}, UNSEEN],
    "expire_enterprise_model": [UNSEEN, UNSEEN, set(), {EXPIRE}, UNSEEN],
    "update_catalogue": [UNSEEN, UNSEEN, set(), UNSEEN, UNSEEN],
    "view_review_list": [UNSEEN, set(), set(), UNSEEN, UNSEEN],
    "review_model": [UNSEEN, set(), set(), UNSEEN, UNSEEN],
    "Maintainers": [
        {EDIT, DELETE, EXPIRE, APPOINT}, UNSEEN, EVERYTHING, UNSEEN, EVERYTHING,
    ],
    "Enterprise maintainers": [UNSEEN, UNSEEN, set(), EVERYTHING, UNSEEN],
    "Reviewers": [UNSEEN, set(), set(), UNSEEN, UNSEEN],
    "of this model": [
        {EDIT, DELETE, EXPIRE}, set(), {EDIT, DELETE, EXPIRE}, {EDIT, DELETE, EXPIRE},
        {EDIT, DELETE, EXPIRE},
    ],
    "viewer of this model": [set(), set(), set(), set(), set()],
    "superuser": [EVERYTHING, {PROPOSE, DELETE, APPOINT}, EVERYTHING, EVERYTHING, EVERYTHING],
}  # fmt: skip


def the_model(kind: str) -> RegisteredModel:
    owner = a_user("owner")
    if kind == "proposed":
        model = RegisteredModel.objects.create(
            model_type="llm", name="new", name_key="new", visibility="public", owner=owner
        )
        content = Content(written(llm_record("new")), "")
        publication.propose(model, content, by=owner, visibility="public")
        return model
    if kind == "expired":
        return a_model(owner=owner, expires_at="2020-01-01T00:00:00Z")
    return a_model(owner=owner, visibility=kind)


def the_person(who: str, model: RegisteredModel) -> User | AnonymousUser:
    if who == "anonymous":
        return AnonymousUser()
    if who == "owner":
        return User.objects.get(pk=model.owner_id)
    user = a_user("person", is_superuser=who == "superuser")
    if who == "inactive":
        User.objects.filter(pk=user.pk).update(is_active=False, is_superuser=True)
    elif who == "of this model":
        policy.grant_maintainer(user, model)
    elif who == "viewer of this model":
        policy.assign_perm("models_registry.view_model", user, model)
    elif Group.objects.filter(name=who).exists():
        user.groups.set([Group.objects.get(name=who)])
    elif "_" in who:
        user.user_permissions.set([Permission.objects.get(codename=who)])
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("who", RIGHTS)
def test_every_person_and_every_kind_of_model(who, kind):
    model = the_model(kind)
    person = the_person(who, model)
    expected = RIGHTS[who][MODELS.index(kind)]
    visible = RegisteredModel.objects.visible_to(person).filter(pk=model.pk).exists()
    assert visible == (expected is not UNSEEN)
    if visible:
        assert policy.verbs(person, model) == expected


def test_the_table_covers_every_right_that_can_be_given_for_all_models():
    on_one_model = {"view_model", "change_model", "delete_model", "expire_model"}
    rights = {codename for codename, _ in RegisteredModel._meta.permissions} - on_one_model
    assert rights - {"register_model"} <= set(RIGHTS)


REGISTERING = {
    "anonymous": (None, None, None),
    "nobody": (None, None, None),
    "register_model": (Outcome.PRIVATE, Outcome.REVIEW, None),
    "register_public_model": (None, Outcome.PUBLISHED, None),
    "register_enterprise_model": (None, None, Outcome.PUBLISHED),
    "Registrars": (Outcome.PRIVATE, Outcome.REVIEW, None),
    "Public registrars": (Outcome.PRIVATE, Outcome.PUBLISHED, None),
    "Enterprise registrars": (Outcome.PRIVATE, Outcome.REVIEW, Outcome.PUBLISHED),
    "Maintainers": (None, None, None),
    "superuser": (Outcome.PRIVATE, Outcome.PUBLISHED, Outcome.PUBLISHED),
}


@pytest.mark.parametrize("who", REGISTERING)
def test_what_a_new_model_becomes(who):
    person = the_person(who, a_model(owner=a_user("owner")))
    if not isinstance(person, AnonymousUser):
        given = person.groups.exists() or person.user_permissions.exists()
        assert given or who in ("nobody", "superuser")
    outcomes = [policy.may_register(person, one) for one in ("private", "public", "enterprise")]
    assert tuple(outcomes) == REGISTERING[who]


PRIVATE, REVIEW, PUBLISHED = Outcome.PRIVATE, Outcome.REVIEW, Outcome.PUBLISHED
# (person, what the model is) → what an edit becomes that makes it private, public, enterprise.
CHANGING = [
    ("owner", "private", (PRIVATE, None, None)),
    ("owner+register_model", "private", (PRIVATE, REVIEW, None)),
    ("owner+register_public_model", "private", (PRIVATE, PUBLISHED, None)),
    ("owner+register_enterprise_model", "private", (PRIVATE, None, PUBLISHED)),
    ("owner+register_model", "proposed", (PRIVATE, REVIEW, None)),
    ("owner+register_public_model", "public", (None, REVIEW, None)),
    ("owner+register_model", "public", (None, REVIEW, None)),
    ("owner+register_public_model", "enterprise", (None, None, REVIEW)),
    ("other", "public", (None, None, None)),
    ("other+register_model", "public", (None, REVIEW, None)),
    ("other+register_public_model", "public", (None, None, None)),
    ("other+register_model", "expired", (None, None, None)),
    ("other+register_model", "enterprise", (None, None, None)),
    ("Maintainers", "private", (PRIVATE, None, None)),
    ("Maintainers", "public", (None, PUBLISHED, None)),
    ("change_public_model", "public", (None, PUBLISHED, None)),
    ("delete_public_model", "public", (None, None, None)),
    ("Enterprise maintainers", "enterprise", (None, None, PUBLISHED)),
    ("of this model", "public", (None, PUBLISHED, None)),
    ("superuser", "private", (PRIVATE, PUBLISHED, PUBLISHED)),
    ("superuser", "public", (PRIVATE, PUBLISHED, PUBLISHED)),
    ("superuser", "enterprise", (PRIVATE, PUBLISHED, PUBLISHED)),
    ("superuser", "proposed", (PRIVATE, REVIEW, PUBLISHED)),
]


@pytest.mark.parametrize(("who", "kind", "expected"), CHANGING)
def test_what_an_edit_becomes(who, kind, expected):
    model = the_model(kind)
    who, _, right = who.partition("+")
    person = the_person(who, model)
    if right:
        person.user_permissions.add(Permission.objects.get(codename=right))
        person = User.objects.get(pk=person.pk)
    outcomes = [
        policy.may_change_to(person, model, one) for one in ("private", "public", "enterprise")
    ]
    assert tuple(outcomes) == expected


def published(model, visibility, **changes) -> Revision:
    content = Content(written(llm_record(**changes)), "")
    return publication.publish(model, content, by=model.owner, visibility=visibility)


def a_model_with_a_past() -> RegisteredModel:
    """Private at first (r1), public (r2, r3), with a rejected (r4) and an open proposal (r5)."""
    model = a_model(owner=a_user("owner"), visibility="private")
    published(model, "public", context_length=1)
    published(model, "public", context_length=2)
    for length in (3, 4):
        proposal = publication.propose(
            model,
            Content(written(llm_record(context_length=length)), ""),
            by=model.owner,
            visibility="public",
        )
        if length == 3:
            publication.reject(proposal)
    return RegisteredModel.objects.get(pk=model.pk)


@pytest.mark.parametrize(
    ("who", "numbers"),
    [
        ("anonymous", [3, 2]),
        ("other", [3, 2]),
        ("owner", [5, 4, 3, 2, 1]),
        ("Maintainers", [5, 4, 3, 2, 1]),
        ("of this model", [5, 4, 3, 2, 1]),
        ("Reviewers", [5, 4, 3, 2]),
        ("superuser", [5, 4, 3, 2, 1]),
    ],
)
def test_which_revisions_somebody_sees(who, numbers):
    model = a_model_with_a_past()
    seen = policy.revisions_for(the_person(who, model), model)
    assert [revision.number for revision in seen] == numbers


def test_rights_on_one_model_say_nothing_of_another():
    model, other = a_model(), a_model("other", visibility="enterprise")
    person = a_user("person")
    policy.grant_maintainer(person, model)
    assert policy.verbs(person, model) == {EDIT, DELETE, EXPIRE}
    assert policy.verbs(person, other) == set()
    assert not RegisteredModel.objects.visible_to(person).filter(pk=other.pk).exists()
    assert policy.maintainers_of(model) == [person]
    policy.revoke_maintainer(person, model)
    assert policy.maintainers_of(model) == []
    assert policy.verbs(User.objects.get(pk=person.pk), model) == set()


def test_rights_of_a_group_on_one_model_count_too():
    model = a_model(visibility="enterprise")
    person = a_user("person")
    group = Group.objects.create(name="Friends of the model")
    person.groups.add(group)
    policy.assign_perm("models_registry.change_model", group, model)
    assert policy.verbs(person, model) == {EDIT}
    assert RegisteredModel.objects.visible_to(person).filter(pk=model.pk).exists()


@pytest.mark.parametrize("most", [1, 200])
def test_people_with_many_rights_on_single_models_see_these_models(most, monkeypatch):
    monkeypatch.setattr("models_registry.models.registry.MOST_GRANTED", most)
    first, second, other = (
        a_model(name, visibility="enterprise") for name in ("first", "second", "other")
    )
    person, stranger = a_user("person"), a_user("stranger")
    group = Group.objects.create(name="Friends of the model")
    person.groups.add(group)
    policy.grant_maintainer(person, first)
    policy.assign_perm("models_registry.view_model", group, second)
    policy.grant_maintainer(stranger, other)
    assert set(RegisteredModel.objects.visible_to(person)) == {first, second}
    group.delete()
    assert set(RegisteredModel.objects.visible_to(person)) == {first}


ACTIONS = {
    "edit": lambda model, by: edit_model(
        model, Submission(readme="# Changed\n"), by=by, base_revision=1
    ),
    "expire": lambda model, by: set_expiry(model, clock.now(), by=by),
    "feature": lambda model, by: set_featured(model, True, by=by),
    "delete": lambda model, by: delete(model, by=by),
    "appoint": lambda model, by: maintainers.appoint(model, "ada", by=by),
    "make private": lambda model, by: edit_model(
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
    ("Registrars", "public"): {"edit"},
    ("Registrars", "enterprise"): set(),
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
