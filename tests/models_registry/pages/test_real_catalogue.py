"""The catalogue of a release, browsed and opened."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.http import QueryDict

from models_registry.forms.filters import ListingFilterForm
from models_registry.models import RegisteredModel
from models_registry.pages.listing import browse
from tests.models_registry.pages.browsed import counts, listing
from tests.thorough import some_or_all
from tests.upstream_data import of_all

pytestmark = pytest.mark.django_db


URL = "/models/detail"


@pytest.fixture(scope="module")
def imported_catalogue(module_db, released_catalogue):
    """The database of this module holds the whole catalogue."""
    with module_db.unblock():
        call_command("import_catalogue", f"dir:{released_catalogue}", verbosity=0)


@some_or_all
def test_every_page_of_the_real_catalogue_opens(client, imported_catalogue, thorough):
    """Of definitions with the same type and keys, one stands for all."""
    models = RegisteredModel.objects.select_related("published_revision").order_by("pk")
    longest = max(models, key=lambda m: len(m.published_revision.definition))
    shown = list(models) if thorough else list({shape(model): model for model in models}.values())
    for number, model in enumerate([longest, *shown]):
        tab = ("specs", "definition", "readme")[number % 3]
        assert client.get(f"{URL}/{model.pk}?tab={tab}").status_code == 200, (model, tab)


def shape(model):
    """The type, and all keys of the records and of what is in their lists."""
    keys = set()
    for record in json.loads(model.published_revision.definition):
        keys |= set(record)
        parts = [part for value in record.values() if isinstance(value, list) for part in value]
        keys |= {key for part in parts if isinstance(part, dict) for key in part}
    return model.model_type, frozenset(keys)


def test_the_real_catalogue_is_browsed_whole(client, imported_catalogue):
    everything = listing(client)
    total = RegisteredModel.objects.count()
    assert everything.total == total >= of_all(386)
    types = counts(client, "type")
    assert sum(types.values()) == total
    assert types["llm"] == RegisteredModel.objects.filter(model_type="llm").count()
    seen = set()
    for page in range(1, everything.page.paginator.num_pages + 1):
        found = browse(AnonymousUser(), ListingFilterForm(QueryDict(f"page={page}")).filters())
        seen.update(model.pk for model in found.models)
    assert len(seen) == total
    unnamed = {
        value.value
        for group in everything.groups
        for value in (*group.values, *group.more)
        if group.key in {"ability", "format", "language"} and value.label == value.value
    }
    assert unnamed <= {"in"}
