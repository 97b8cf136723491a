"""A hub that had lists before there were revisions begins with revision 1 of each."""

from __future__ import annotations

import hashlib
from importlib import import_module

import brotli
import pytest
from django.apps import apps
from django.core.management import call_command

from models_registry.models import CatalogueList, ListRevision
from tests.factories import a_model

pytestmark = pytest.mark.django_db


def test_the_lists_that_are_there_become_revision_1(client):
    a_model("one")
    served = client.get("/api/models/download?model_type=llm")
    CatalogueList.objects.update(brotli_body=brotli.compress(served.content))
    # What a hub had before: bytes and their ETag.
    ListRevision.objects.all().delete()
    CatalogueList.objects.update(sha256="", revision=0, last_revision=0)
    CatalogueList.objects.create(model_type="image")
    migration = import_module("models_registry.migrations.0006_list_revisions")
    migration.begin_with_what_is_there(apps, None)
    [first] = ListRevision.objects.all()
    assert (first.model_type, first.number, first.model_count) == ("llm", 1, 1)
    assert first.sha256 == hashlib.sha256(served.content).hexdigest()
    assert brotli.decompress(bytes(first.brotli_body)) == served.content
    again = client.get("/api/models/download?model_type=llm&revision=1")
    assert again.content == served.content
    a_model("two")
    assert client.get("/api/models/download?model_type=llm").headers["X-Hub-Revision"] == "2"
    call_command("roll_back", "llm", "1", verbosity=0)
    assert client.get("/api/models/download?model_type=llm").content == served.content
