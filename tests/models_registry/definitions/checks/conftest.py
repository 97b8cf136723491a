"""Definitions written in every layout."""

import json

import pytest

from tests.models_registry.definitions.checks.advised import LAYOUTS


@pytest.fixture(params=LAYOUTS, ids=["two spaces", "tabs", "compact", "one line"])
def laid_out(request):
    def write_out(record):
        return json.dumps([record], ensure_ascii=False, **request.param)

    return write_out
