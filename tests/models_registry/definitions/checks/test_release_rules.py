"""The rules of releases: which release a stated version means, and how releases are named."""

from __future__ import annotations

import pytest

from models_registry.definitions.checks import release_rules
from models_registry.definitions.facts.kinds import MODEL_TYPES


@pytest.mark.parametrize(
    ("stated", "release"),
    [
        ("1.13.0", "1.13.0"),
        ("3.4.0", "3.4.0"),
        ("v3.4.0", "3.4.0"),
        ("3.4", "3.4.0"),
        (" 3.5.0.post1 ", "3.5.0"),
        ("4.0.1+cu126", "4.0.1"),
        ("3.5.0rc1", "3.5.0"),
        ("2.6.0", "2.5.0"),
        ("3.2.5", "3.2.1"),
        ("99.1", release_rules.LATER),
        ("1.12.9", None),
        ("0", None),
        ("", None),
        ("latest", None),
        ("3.4.0; DROP", None),
        ("3" * 50, None),
        ("3.4.0\n", "3.4.0"),
        ("٣.٤.٠", None),
    ],
)
def test_a_stated_version_has_the_rules_of_the_newest_release_that_is_not_newer(stated, release):
    assert release_rules.known_release(stated) == release


def test_releases_are_in_order_and_each_has_the_types_that_it_knows():
    assert list(release_rules.RELEASES) == sorted(release_rules.RELEASES, key=release_rules.key)
    for release in release_rules.RELEASES:
        known = {each for each in MODEL_TYPES if release_rules.rules_of(release, each)}
        older = release_rules.key(release) < (3, 3, 0)
        assert known == set(MODEL_TYPES) - ({"world"} if older else set())


def test_releases_are_written_as_spans():
    assert release_rules.spans(["1.13.0", "1.14.0", "3.4.0"]) == "1.13.0 to 1.14.0, 3.4.0"
    assert release_rules.spans([]) == ""
