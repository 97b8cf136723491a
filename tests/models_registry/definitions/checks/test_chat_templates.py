import time

import pytest

from models_registry.definitions.checks.chat_templates import MAX_LENGTH, chat_template_problems


def told(template):
    return [(one.severity, one.message) for one in chat_template_problems(template, ("t",))]


@pytest.mark.parametrize(
    "template",
    [
        "",
        "{% for m in messages %}{% if loop.last %}{% break %}{% endif %}{{ m|tojson }}{% endfor %}",
        "{{- raise_exception('no') }}{% set ns = namespace(a=1) %}{% macro f(x) %}{% endmacro %}",
    ],
)
def test_templates_that_servers_read_are_right(template):
    assert told(template) == []


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            "{% if a %}\n{{ b }",
            "The chat template does not parse: \"unexpected '}'\" on line 2 of it.",
        ),
        (
            "{% for m in x %}",
            'The chat template does not parse: "Unexpected end of template. Jinja was looking for '
            "the following tags: 'endfor' or 'else'. The innermost block that needs to be closed "
            "is 'for'.\" on line 1 of it.",
        ),
        (
            "{{ " + "9" * 5000 + " }}",
            "The chat template does not parse: a number in it is too long.",
        ),
        (
            "{% if a %}" * 9999,
            "The chat template is nested too deeply to be parsed. Flatten it.",
        ),
        ("x" * (MAX_LENGTH + 1), "The chat template has more than 200,000 characters. Shorten it."),
    ],
)
def test_templates_that_do_not_parse_are_errors(template, message):
    assert told(template) == [("error", message)]


def test_the_generation_tag_parses_but_is_worth_a_warning():
    [(severity, message)] = told("{%- generation %}{{ a }}{% endgeneration -%}")
    assert severity == "warning"
    assert "generation tag" in message


def test_filters_and_tests_that_servers_lack_are_worth_a_warning():
    assert told("{{ a|fromjson }}{% if a is odd %}{% endif %}{{ b is strange }}") == [
        ("warning", 'Servers do not know the filter "fromjson" of the chat template.'),
        ("warning", 'Servers do not know the test "strange" of the chat template.'),
    ]


def test_a_template_is_never_rendered():
    assert told("{{ ''.__class__.__mro__ }}{% for a in range(10**12) %}x{% endfor %}") == []


@pytest.mark.parametrize(
    "piece",
    ["{{", "{%", "{#", "{{a -}}", "+a", "not ", "a.", "|x", "\\'", "{% raw %}", " {", "\n ", "1_"],
)
def test_hostile_templates_are_read_in_time(piece):
    start = time.process_time()
    told("{{ a" + piece * (199_000 // len(piece)))
    assert time.process_time() - start < 60
