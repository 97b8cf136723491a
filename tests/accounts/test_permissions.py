"""A person's permissions are those that Django says, by one query."""

from __future__ import annotations

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission

from accounts.models import User
from tests.factories import a_person, a_user

pytestmark = pytest.mark.django_db


def test_own_permissions_and_those_of_groups_are_one_query(django_assert_num_queries):
    person = a_person("rae", "Reviewers", "Registrars", "view_enterprise_model", "view_user")
    # Somebody else's, and those of a group that they are not in.
    a_person("eve", "change_public_model")
    expected = ModelBackend().get_all_permissions(User.objects.get(pk=person.pk))
    assert {"models_registry.review_model", "models_registry.register_model"} <= expected
    person = User.objects.get(pk=person.pk)
    rows = Permission.objects.values_list("content_type__app_label", "codename")
    every_right = [f"{app}.{codename}" for app, codename in rows]
    with django_assert_num_queries(1):
        held = {right for right in every_right if person.has_perm(right)}
    assert held == expected
    assert person.get_all_permissions() == expected
    assert person.get_user_permissions() == {
        "models_registry.view_enterprise_model", "accounts.view_user",
    }  # fmt: skip


def test_a_superuser_has_all_and_an_inactive_person_none():
    root, gone = a_user("root", is_superuser=True), a_person("gone", "Reviewers")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    gone = User.objects.get(pk=gone.pk)
    right = "models_registry.review_model"
    assert root.has_perm(right)
    assert right in root.get_all_permissions()
    assert not gone.has_perm(right)
    assert gone.get_all_permissions() == set()


def test_a_right_that_is_taken_away_is_gone_with_the_next_request(client):
    person = a_person("rae", "Reviewers")
    client.force_login(person)
    assert 'href="/admin/reviews/"' in client.get("/models").content.decode()
    person.groups.remove(Group.objects.get(name="Reviewers"))
    assert 'href="/admin/reviews/"' not in client.get("/models").content.decode()
