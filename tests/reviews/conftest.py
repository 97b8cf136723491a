"""People and proposals that tests of the reviews start from."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.models import User
from models_registry.actions.edit import current_revision, edit
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import RegisteredModel, Visibility
from reviews.models import Proposal
from tests.factories import a_model, a_user, llm_record, written
from tests.reviews.pages import aged


def with_rights(user: User, *codenames: str) -> User:
    """The user with those rights of the registry, and without a cache of the old ones."""
    user.user_permissions.add(
        *Permission.objects.filter(
            codename__in=codenames, content_type__app_label="models_registry"
        )
    )
    return User.objects.get(pk=user.pk)


def a_reviewer(username: str = "rita", **fields) -> User:
    """Somebody with both rights of reviewers and no other; not staff."""
    return with_rights(a_user(username, **fields), "view_review_list", "review_model")


def an_author(username: str = "ada", **fields) -> User:
    """Somebody who may register models."""
    user = a_user(username, **fields)
    user.groups.add(Group.objects.get(name="Registrars"))
    return User.objects.get(pk=user.pk)


def a_proposal(
    author: User, name: str = "tiny-llm", readme: str = "# Tiny\n", **record
) -> Proposal:
    """A new public model that waits for review."""
    submission = Submission(
        definition=written(llm_record(name, **record)),
        readme=readme,
        visibility=Visibility.PUBLIC,
        message="First try",
    )
    revision = register("llm", submission, by=author)
    return Proposal.objects.get(pk=revision.pk)


def a_next_round(proposal: Proposal, author: User, **record) -> Proposal:
    """The next round of an open proposal, or an edit of a published model."""
    model = RegisteredModel.objects.get(pk=proposal.model_id)
    current = current_revision(model, by=author)
    changed = written(llm_record(model.name, **{"context_length": 4096, **record}))
    submission = Submission(definition=changed, message="Next try")
    revision = edit(model, submission, by=author, base_revision=current.number)
    return Proposal.objects.get(pk=revision.pk)


@pytest.fixture
def author(db) -> User:
    return an_author()


@pytest.fixture
def reviewer(db) -> User:
    return a_reviewer()


@pytest.fixture
def proposal(author) -> Proposal:
    return a_proposal(author)


@pytest.fixture
def queue(client, author, reviewer) -> dict[str, Proposal]:
    """Three proposals of two authors, and a reviewer at the door."""
    bob = an_author("bob")
    published = a_model("mature", owner=author)
    submission = Submission(readme="# New words\n")
    revision = edit(published, submission, by=author, base_revision=1)
    client.force_login(reviewer)
    return {
        "young": aged(a_proposal(author, "young"), 0.5),
        "old": aged(a_proposal(bob, "old"), 9),
        "mature": aged(Proposal.objects.get(pk=revision.pk), 4),
    }
