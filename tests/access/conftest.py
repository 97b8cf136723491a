"""One hub with one of each kind of person and model, made once for each module that asks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone
from guardian.shortcuts import assign_perm

from accounts.models import User
from models_registry import publication
from models_registry.models import PullRequest, RegisteredModel, UpstreamChange, Visibility
from reviews.models import Comment, Review
from tests.access.matrix import DEACTIVATED, GRANTS, GROUPS, ON_ACCOUNTS, PEOPLE, RIGHTS
from tests.factories import a_model, a_user, llm_record, written

Keys = tuple[dict[str, int], dict[str, int]]


@pytest.fixture(scope="module")
def keys(module_db) -> Keys:
    """The primary keys of the people and the models; each test rolls back what it changes."""
    with module_db.unblock():
        people = _people()
        models = _models(people)
    return ({n: u.pk for n, u in people.items()}, {n: m.pk for n, m in models.items()})


def _people() -> dict[str, User]:
    people = {name: a_user(name.replace(" ", "-")) for name in PEOPLE[1:]}
    for name, group in GROUPS.items():
        people[name].groups.add(Group.objects.get(name=group))
    User.objects.filter(pk=people["superuser"].pk).update(is_superuser=True, is_staff=True)
    return people


def _models(people: dict[str, User]) -> dict[str, RegisteredModel]:
    """One of each kind, all of them the owner's; the granted have their right on each."""
    owner = people["owner"]
    models = {
        "private": a_model("m-private", visibility="private", owner=owner),
        "public": a_model("m-public", owner=owner),
        "enterprise": a_model("m-enterprise", visibility="enterprise", owner=owner),
        "expired": a_model(
            "m-expired", owner=owner, expires_at=timezone.now() - timedelta(days=1)
        ),
        "proposed": RegisteredModel.objects.create(
            model_type="llm", name="m-proposed", name_key="m-proposed",
            visibility="public", owner=owner,
        ),
    }  # fmt: skip
    content = publication.Content(definition=written(llm_record("m-proposed")), readme="# P\n")
    publication.propose(models["proposed"], content, by=owner, visibility=Visibility.PUBLIC)
    for person, right in GRANTS.items():
        for model in models.values():
            assign_perm(f"models_registry.{right}", people[person], model)
    return models


def of(request: pytest.FixtureRequest) -> str:
    """The person that a test is about, where it is about one."""
    callspec = getattr(request.node, "callspec", None)
    return callspec.params.get("person", "anonymous") if callspec else "anonymous"


@pytest.fixture
def people(request, keys, db) -> dict[str, User | None]:
    """One of each kind of PEOPLE, and the one that the test is about."""
    numbers = dict(keys[0])
    if (person := of(request)) not in PEOPLE:
        numbers[person] = _staff(person).pk
    rows = User.objects.in_bulk(numbers.values())
    return {"anonymous": None} | {name: rows[pk] for name, pk in numbers.items()}


def _staff(person: str) -> User:
    """Staff with one right, or every right for somebody who is deactivated later."""
    user = a_user("one-more", is_staff=True, is_superuser=person == DEACTIVATED)
    for right in (*RIGHTS, *ON_ACCOUNTS):
        if person == f"staff: {right}":
            user.user_permissions.add(Permission.objects.get(codename=right))
    return user


@pytest.fixture
def models(keys, db) -> dict[str, RegisteredModel]:
    """One of each kind of model."""
    rows = RegisteredModel.objects.in_bulk(keys[1].values())
    return {kind: rows[pk] for kind, pk in keys[1].items()}


@pytest.fixture
def said(people, models) -> None:
    """What the administration has of each model: changes, pull requests, verdicts, comments."""
    for kind, model in models.items():
        pull = PullRequest.objects.create(branch=f"hub/{model.name}", title=f"Add {model.name}")
        UpstreamChange.objects.create(
            model=model, model_type="llm", name=model.name, name_key=model.name, kind="add",
            state="waiting", pull_request=pull, wanted=f"wanted of {model.name}",
        )  # fmt: skip
        revision = model.revisions.get()
        Review.objects.create(
            revision=revision, reviewer=people["reviewer"], reviewer_name="reviewer",
            decision="reject", feedback=f"verdict-{kind}",
        )  # fmt: skip
        Comment.objects.create(
            revision=revision, author=people["owner"], author_name="o", text=f"comment-{kind}"
        )
