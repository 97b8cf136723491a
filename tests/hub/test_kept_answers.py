"""What is kept of answers, and for how long; the journeys have what visitors see of it."""

from __future__ import annotations

import gc

import pytest
from django.db import connection
from django.http import HttpResponse

from hub.data_version import DataPart, DataVersion
from hub.kept_answers import KeptAnswer, KeptAnswers, keep
from models_registry.catalogue.serve import list_versions
from tests.factories import a_model

ETAGS = frozenset({'"abc-identity"'})


def a_list(body=b"[]"):
    response = HttpResponse(body)
    keep(response, ETAGS, part="llm")
    return response


def test_an_older_version_of_a_list_is_dropped_with_all_its_entries():
    answers = KeptAnswers()
    for number in (1, 2):
        version = DataVersion(number, {"llm": DataPart(number)})
        for key in (("a", number), ("b", number)):
            assert answers.add(key, version, a_list(), []) is not None
    # isinstance would evaluate Django's lazy objects.
    kept = [each for each in gc.get_objects() if type(each) is KeptAnswer]
    assert {each.version for each in kept} == {2}
    assert len(kept) == 2


def test_a_list_of_another_version_than_the_database_s_is_not_kept():
    """A view may read from a replica that is behind, or answer what was committed since."""
    answers = KeptAnswers()
    behind = DataVersion(1, {"llm": DataPart(1, etags=frozenset({'"def-identity"'}))})
    assert answers.add(("a",), behind, a_list(), []) is None
    same = DataVersion(1, {"llm": DataPart(1, etags=ETAGS)})
    assert answers.add(("a",), same, a_list(), []) is not None


@pytest.mark.django_db
def test_a_part_has_the_etags_of_its_list(client):
    a_model("tiny")
    answer = client.get("/api/models/download?model_type=llm")

    def query(sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    etags = list_versions(query)["llm"].etags
    assert answer.headers["ETag"] in etags
    assert etags == answer.keeping.etags
