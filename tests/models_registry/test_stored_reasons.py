"""Reasons that workers store, and what readers of each language get."""

from __future__ import annotations

import json

from django.utils.translation import override

from models_registry.definitions.json_text.messages import gettext_noop, verbatim
from models_registry.errors import InvalidParameter
from models_registry.stored_reasons import (
    formatted,
    reason,
    reason_of,
    several,
    shown,
    shown_message,
    stored_message,
)
from models_registry.upstream.errors import Refused, TryAgain


def test_a_stored_reason_is_shown_as_its_sentence():
    """Key and parameters are stored, not a sentence in the language of the worker."""
    stored = reason("github_failed", status=502)
    assert json.loads(stored) == {"key": "github_failed", "params": {"status": 502}}
    assert "(502)" in shown(stored)
    stored = reason_of(InvalidParameter("json_is_too_large"))
    english = shown(stored)
    with override("zh-hans"):
        assert shown(stored) != english


def test_a_reason_may_contain_another():
    """As the failure that is retried, or GitHub's refusal of one step."""
    inner = reason_of(Refused("github_refuses", said="rule violations"))
    outer = reason("retried_every_hour", why=reason("failed_after_attempts", why=inner, attempts=3))
    assert "rule violations" in shown(outer)
    assert "3" in shown(outer)
    assert "{" not in shown(outer)
    error = TryAgain("branch_not_moved", why=inner)
    assert "rule violations" in str(error)
    assert "{" not in str(error)


def test_several_reasons_are_shown_one_after_the_other():
    """A pull request may wait for several files."""
    both = several([reason("github_failed", status=500), reason("github_failed", status=502)])
    assert shown(both).index("500") < shown(both).index("502")


def test_older_rows_are_shown_as_they_are():
    """They hold a sentence."""
    for text in (
        "",
        "No connection.",
        "{not json",
        '{"a": 1}',
        "[1]",
        '{"key": "x", "params": {}}',
    ):
        assert shown(text) == text


def test_a_message_of_definitions_is_stored_with_its_template_and_parameters():
    message = gettext_noop("The key %(key)s is missing.", key=verbatim("a%b"))
    assert shown_message(stored_message(message)) == "The key a%b is missing."
    for text in ("", "An older sentence.", "{not json", '{"template": "%(a)d", "params": {}}'):
        assert shown_message(text) == text


def test_a_reason_with_missing_parameters_is_shown_as_it_is():
    """A page must not fail because of a row."""
    text = '{"key": "github_failed", "params": {}}'
    assert shown(text) == text


def test_a_text_from_outside_is_never_a_reason():
    """SECURITY: what GitHub says is a parameter, whatever it looks like."""
    said = '{"key": "nothing_changed", "params": {}}'
    assert said in shown(reason("github_refuses", said=said))
    assert said in formatted("github_refuses", {"said": said})
