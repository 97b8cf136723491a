"""Messages of definitions: written as templates everywhere, translated where they are shown."""

import ast
import copy
import json
import pickle
import re
from pathlib import Path

import pytest
from django.utils import translation

from models_registry import definitions
from models_registry.definitions.checks.advice import lint
from models_registry.definitions.checks.run import check
from models_registry.definitions.compare.changes import changes
from models_registry.definitions.json_text.document import parse
from models_registry.definitions.json_text.messages import (
    Message,
    capitalised,
    gettext_noop,
    packed,
    unpacked,
)
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.errors import InvalidDefinition
from models_registry.labels import translated

FOLDER = Path(definitions.__file__).parent
SENTENCE = re.compile(r"[A-Z“\"%].* .*[.:?]$", re.DOTALL)
CATALOGUE = {
    "The key %(key)s is missing.": "缺少键 %(key)s。",
    "Expected %(expected)s, but found %(seen)s.": "应为%(expected)s，但发现%(seen)s。",
    "a value": "一个值",
    "the end of the text": "文本结尾",
    "%(change)s %(values)s": "%(change)s：%(values)s",
}


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setattr("models_registry.labels.gettext", lambda text: CATALOGUE.get(text, text))


def _literals(tree):
    """Yield the texts of a module with their lines, without docstrings and marked ones."""
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)
        marks = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("gettext_noop", "_")
        # What a programming error says is for programmers.
        raises = isinstance(node, ast.Raise) and _error(node) in ("ValueError", "LookupError")
        if marks:
            skipped.update(node.args)
        if raises and node.exc.args and isinstance(node.exc.args[0], (ast.JoinedStr, ast.Constant)):
            skipped.update(ast.walk(node.exc.args[0]))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (
                str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values
            )
            yield node.lineno, "".join(part if isinstance(part, str) else "x" for part in parts)


def _error(node):
    return getattr(getattr(node.exc, "func", None), "id", "")


def test_no_module_has_a_sentence_that_cant_be_translated():
    found = [
        f"{path.relative_to(FOLDER)}:{line}: {text}"
        for path in sorted(FOLDER.rglob("*.py"))
        for line, text in _literals(ast.parse(path.read_text(encoding="utf-8")))
        if SENTENCE.match(text) and len(text.split()) > 2
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        'problems = [Problem("", 1, 1, "The text is empty.", "empty")]',
        'message = f"The key {key} is missing."',
        'yield (), "type", "A spec must be an object."',
    ],
)
def test_a_literal_sentence_is_found(source):
    assert [text for _, text in _literals(ast.parse(source)) if SENTENCE.match(text)]


def test_templates_name_their_parameters():
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "gettext_noop":
                continue
            assert isinstance(node.args[0], ast.Constant), (path.name, node.lineno)
            named = set(re.findall(r"%\((\w+)\)", node.args[0].value))
            given = {keyword.arg for keyword in node.keywords}
            assert None in given or named == given, (path.name, node.lineno)


def test_problems_advice_and_changes_are_messages():
    old = parse('[{"version": 2, "model_name": "m", "context_length": 4096, "extra": 1}]')
    new = parse('[{"version": "2", "model_name": "m", "context_length": 8192}]')
    problems, advice = check("llm", new), lint("llm", new)
    texts = [
        *(problem.message for problem in problems),
        *(item.message for item in advice),
        *(change.label for change in changes(old, new)),
    ]
    assert len(problems) > 3
    assert advice
    assert all(isinstance(text, Message) for text in texts)


@pytest.mark.usefixtures("chinese")
def test_a_message_is_translated_with_the_messages_in_it():
    with pytest.raises(DefinitionTextError) as raised:
        parse("[")
    assert raised.value.problems[0].message == "Expected a value, but found the end of the text."
    assert translated(raised.value.problems[0].message) == "应为一个值，但发现文本结尾。"


@pytest.mark.usefixtures("chinese")
def test_the_errors_of_a_refused_definition_are_translated():
    problems = [
        problem
        for problem in check("llm", parse('[{"version": 2}]'))
        if problem.message == 'The key "model_name" is missing.'
    ]
    refusal = InvalidDefinition(problems)
    assert refusal.details["errors"][0]["message"] == '缺少键 "model_name"。'
    assert '缺少键 "model_name"。' in refusal.message


@pytest.mark.usefixtures("chinese")
def test_a_change_is_translated_part_by_part():
    old, new = parse('[{"context_length": 4096}]'), parse('[{"context_length": 8192}]')
    [change] = changes(old, new)
    assert change.label == "Context length 4096 → 8192"
    assert translated(change.label) == "Context length：4096 → 8192"


def test_a_stored_text_is_translated_if_it_has_no_parameters():
    with translation.override("zh-hans"):
        assert translated("Name") == "名称"
        assert translated("") == ""


def test_a_message_can_be_stored_and_copied():
    message = capitalised(gettext_noop("the %(what)s", what=gettext_noop("end of %(n)s", n=3)))
    again = unpacked(json.loads(json.dumps(packed(message))))
    assert (again, again.params["what"].template) == ("The end of 3", "end of %(n)s")
    assert copy.deepcopy(message) is message
    # A cache must not depend on this class.
    assert type(pickle.loads(pickle.dumps(message))) is str
