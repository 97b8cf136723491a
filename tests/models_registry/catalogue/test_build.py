"""A list has the same bytes for the same catalogue."""

from __future__ import annotations

import random

import pytest
from django.core.management import call_command

from models_registry.catalogue import build, history
from models_registry.models import RegisteredModel, UpstreamFile
from tests.factories import a_model, a_person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(3))
def test_the_same_catalogue_gives_the_same_bytes_in_whatever_order_it_came(
    released_catalogue, tmp_path, seed
):
    """Other ids, other dates, other owners, other numbers of revisions: the same digest."""
    source = released_catalogue / "xinference/model"
    files = [
        path for path in source.glob("*/models/*.json") if path.parts[-3] in ("rerank", "world")
    ]
    random.Random(seed).shuffle(files)
    whole = tmp_path / "whole"
    for path in files:
        copy = whole / "xinference/model" / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    call_command("import_catalogue", f"dir:{whole}", verbosity=0)
    types = ("rerank", "world")
    first = {t: history.newest(t).sha256 for t in types}
    assert history.newest("rerank").number == 1

    RegisteredModel.objects.all().delete()
    UpstreamFile.objects.all().delete()
    build.rebuild(types)
    a_model("takes-some-ids", visibility="private", owner=a_person("ada"))
    for part in (files[: len(files) // 3], files[len(files) // 3 :]):
        folder = tmp_path / f"part-{len(part)}"
        for path in part:
            copy = folder / "xinference/model" / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
        call_command("import_catalogue", f"dir:{folder}", verbosity=0)
    assert {t: history.newest(t).sha256 for t in types} == first
    assert history.newest("rerank").number > 1
