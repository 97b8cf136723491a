"""Maintainers of one model are appointed and dismissed."""

from __future__ import annotations

import pytest

from accounts.models import User
from hub.models import AuditEntry
from models_registry.actions import maintainers
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.submission import Submission
from models_registry.errors import (
    InvalidParameter,
    NotAllowed,
)
from tests.factories import a_model, a_person

pytestmark = pytest.mark.django_db


def test_maintainers_of_one_model_are_appointed_and_dismissed_with_a_trace():
    model, mia, ben = a_model(), a_person("mia", "Maintainers"), a_person("ben")
    assert maintainers.appoint(model, " Ben ", by=mia) == ben
    maintainers.appoint(model, "ben", by=mia)
    edit_model(model, Submission(readme="# Ben's"), by=ben, base_revision=1)
    maintainers.dismiss(model, "ben", by=mia)
    ben = User.objects.get(pk=ben.pk)
    with pytest.raises(NotAllowed):
        edit_model(model, Submission(readme="# Again"), by=ben, base_revision=2)
    with pytest.raises(InvalidParameter):
        maintainers.dismiss(model, "ben", by=mia)
    traces = AuditEntry.objects.about(model).filter(tag="accounts:rights:change")
    assert [(len(one.data["given"]), len(one.data["taken"])) for one in traces] == [(0, 4), (4, 0)]


@pytest.mark.parametrize("name", ["nobody", "", "a\x00b", "ä", "gone"])
def test_appointing_an_account_that_is_not_there_is_refused(name):
    User.objects.filter(pk=a_person("gone").pk).update(is_active=False)
    with pytest.raises(InvalidParameter, match="no account"):
        maintainers.appoint(a_model(), name, by=a_person("mia", "Maintainers"))
