"""Several people who want one name at the same instant: at most one gets it."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection

from accounts.models import User
from models_registry.actions.register import register
from models_registry.actions.rename import rename
from models_registry.actions.submission import Submission
from models_registry.models import RegisteredModel, Visibility
from tests.factories import a_model, a_user, llm_record, written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def root(db):
    return a_user("root", is_superuser=True).pk


def test_one_of_many_gets_the_new_name(root, at_once):
    names = [f"model-{number}" for number in range(4)]
    for name in names:
        a_model(name)
    gate = threading.Barrier(len(names))

    def take(name):
        model, by = RegisteredModel.objects.get(name=name), User.objects.get(pk=root)
        connection.close()
        gate.wait(timeout=20)
        return rename(model, "wanted", by=by).model.name

    answers = Counter(at_once(take, names))
    assert answers == {"wanted": 1, "NAME_TAKEN": len(names) - 1}


def test_a_name_that_is_given_up_meanwhile_is_not_free(root, at_once):
    """Whoever registers it waits for the renaming, and then reads that the name still answers."""
    number = a_model().pk
    gate = threading.Barrier(4)

    def act(turn):
        by, model = User.objects.get(pk=root), RegisteredModel.objects.get(pk=number)
        connection.close()
        gate.wait(timeout=20)
        if turn == 0:
            return rename(model, "better", by=by).model.name
        public = Submission(written(llm_record()), visibility=Visibility.PUBLIC)
        return register("llm", public, by=by).model.name

    assert Counter(at_once(act, range(4))) == {"better": 1, "NAME_TAKEN": 3}
