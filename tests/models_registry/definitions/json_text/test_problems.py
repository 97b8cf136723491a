"""Places in a text: lines, columns and pointers."""

from models_registry.definitions.json_text.document import (
    parse,
)


def test_lines_end_with_lf_crlf_or_cr():
    for ending in ("\n", "\r\n", "\r"):
        text = ending.join(["[", "  {", '    "a": 1', "  }", "]"])
        assert parse(text).locate("/0/a") == (3, 10)
        assert parse(text).locate("/0/a", key=True) == (3, 5)


def test_a_pointer_is_located_by_its_escapes_and_by_its_nearest_ancestor():
    definition = parse('[{"a/b": {"c~d": [10, 20]}}]')
    assert definition.locate("/0/a~1b/c~0d/1") == (1, 23)
    assert definition.locate("/0/a~1b/c~0d/7") == (1, 18)
    assert definition.locate("/0/a~1b/nothing/at/all") == (1, 10)
    assert definition.locate("/0/a~1b/c~0d/01") == (1, 18)
    assert definition.locate("") == (1, 1)
