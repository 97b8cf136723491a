"""Languages, sizes and addresses are normalised where that is obvious."""

import pytest

from models_registry.definitions.facts.facts import derive
from models_registry.definitions.facts.vocabulary import (
    CONTEXT_BUCKETS,
    SIZE_BUCKETS,
    billions,
    language_code,
    size_bucket,
)


@pytest.mark.parametrize(
    "model_id", ["m", "/m", "o/m/x", "../m", "o/..", "o/m?x=1", "javascript:alert(1)//x", "o m/x"]
)
def test_an_id_that_is_not_owner_and_name_has_no_page(model_id):
    record = {"model_name": "m", "model_src": {"huggingface": {"model_id": model_id}}}
    assert [row.url for row in derive("image", [record]).variants] == [None]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Chinese", "zh"),
        ("ZH", "zh"),
        ("zh-CN", "zh"),
        ("ZH_Sichuan", "zh"),
        ("JP", "ja"),
        ("Cantonese", "yue"),
        ("30+ languages supported", "multilingual"),
        ("auto", None),
        ("klingon", "klingon"),
    ],
)
def test_languages_are_normalised_where_that_is_obvious(written, code):
    assert language_code(written) == code


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("0_6", 0.6),
        ("1058_59", 1058.59),
        (7, 7.0),
        ("7", 7.0),
        ("x", None),
        (True, None),
        (0, None),
    ],
)
def test_sizes_are_read_as_upstream_writes_them(written, size):
    assert billions(written) == size


@pytest.mark.parametrize(
    ("size", "label"),
    [(0.6, "<1B"), (1, "1–4B"), (4, "4–9B"), (14, "9–15B"), (110, "40–110B"), (671, ">110B")],
)
def test_each_size_falls_into_one_bucket(size, label):
    key = size_bucket(size)
    assert [one.label for one in SIZE_BUCKETS if one.key == key] == [label]


def test_buckets_have_keys_of_their_own():
    for buckets in (SIZE_BUCKETS, CONTEXT_BUCKETS):
        assert len({one.key for one in buckets}) == len(buckets)
