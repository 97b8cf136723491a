"""A fix mends its finding, and every other character of the text stays."""

from collections import Counter

import pytest

from models_registry.definitions.checks.advice import fixed, lint
from models_registry.definitions.json_text.document import parse, write
from models_registry.definitions.upstream_files.layouts import read_tree
from tests.models_registry.definitions.checks.advised import GOOD, PINNED, TWINS, good, mended
from tests.models_registry.definitions.samples import image, source, spec
from tests.models_registry.definitions.trees import read_files


def with_source(**changes):
    sources = {**TWINS, "modelscope": source(**changes)}
    return good(model_specs=[{**spec(), "model_src": sources}])


def test_a_hugging_face_source_without_twin_gets_one_in_its_layout(laid_out):
    record = good(model_specs=[spec(model_revision=PINNED)])
    expected = good(model_specs=[{**spec(), "model_src": TWINS}])
    assert mended(laid_out(record), "no-twin") == laid_out(expected)


def test_a_twin_leaves_out_what_is_known_of_the_files_on_hugging_face(laid_out):
    metadata = {"config_source": "https://huggingface.co/o/m/config.json"}
    sources = {"huggingface": source(model_metadata=metadata), "csghub": source()}
    record = good(model_specs=[{**spec(), "model_src": sources}])
    twins = {**{"huggingface": sources["huggingface"], "modelscope": source()}, **sources}
    expected = good(model_specs=[{**spec(), "model_src": twins}])
    assert mended(laid_out(record), "no-twin") == laid_out(expected)


def test_a_twin_has_a_revision_where_the_schema_wants_one(laid_out):
    record = image(model_description="An image model.")
    record["model_src"]["huggingface"]["model_revision"] = PINNED
    twin = {"model_id": "o/m", "model_revision": "master"}
    expected = {**record, "model_src": {**record["model_src"], "modelscope": twin}}
    assert mended(laid_out(record), "no-twin", "image") == laid_out(expected)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [('" o/m"', '"o/m"'), ('"o/m\\n\\u00a0"', '"o/m"'), ('"\\to\\u002fm "', '"o\\u002fm"')],
)
def test_white_space_around_an_id_goes_and_other_escapes_stay(laid_out, written, wanted):
    text = laid_out(with_source(model_id="ID"))
    assert mended(text.replace('"ID"', written), "white-space") == text.replace('"ID"', wanted)


@pytest.mark.parametrize(
    ("key", "values", "wanted"),
    [
        ("model_lang", ["en", "zh", "en"], ["en", "zh"]),
        ("model_lang", ["en", "en"], ["en"]),
        ("stop_token_ids", [1, 2, 1, 3], [1, 2, 3]),
    ],
)
def test_an_entry_that_stands_twice_is_taken_out(laid_out, key, values, wanted):
    text = mended(laid_out(good(**{key: values})), "repeated")
    assert text == laid_out(good(**{key: wanted}))


def test_a_package_that_stands_twice_is_taken_out(laid_out):
    text = laid_out(good(virtualenv={"packages": ["a", "b", "a"]}))
    assert mended(text, "repeated") == laid_out(good(virtualenv={"packages": ["a", "b"]}))


def test_a_fix_does_not_touch_a_text_that_has_changed_since():
    text = write([good(model_lang=["en", "en"])])
    [finding] = lint("llm", parse(text))
    with pytest.raises(LookupError, match="has changed"):
        finding.fix.apply(write([good(model_lang=["en", "zh"])]))
    with pytest.raises(LookupError, match="nothing left"):
        fixed("llm", write([GOOD]), code=finding.code, pointer=finding.pointer)


def words(finding):
    return finding.code, finding.message


def test_every_fix_of_the_real_catalogue_mends_its_finding_alone(released_catalogue):
    codes = set()
    for model in read_tree(read_files(released_catalogue)).models:
        findings = lint(model.model_type, parse(model.text))
        codes |= {one.code for one in findings}
        for one in [one for one in findings if one.fix is not None][:3]:
            left = lint(model.model_type, parse(one.fix.apply(model.text)))
            expected = Counter(map(words, findings))
            expected.subtract([words(one)])
            assert Counter(map(words, left)) == expected
    assert codes == {"no-description", "no-revision", "no-twin", "stop-token", "white-space"}
