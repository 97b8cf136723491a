"""Sample chats are rendered as servers do, in a sandbox that ends."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from reviews import chat_samples
from reviews.chat_samples import render, samples
from tests.reviews.reports import definition

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def test_a_template_is_rendered_as_the_servers_do():
    first, talk, tool = render(CHATML)
    assert first["text"] == (
        "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert talk["text"].count("<|im_start|>") == 5
    assert "18 °C" in tool["text"]


def test_what_transformers_offers_is_there():
    template = (
        "{% generation %}{{ tools | tojson if tools else 'none' }}{% endgeneration %}"
        "{% for m in messages %}{% break %}{% endfor %}{{ strftime_now('%Y') }}{{ bos_token }}"
        "{{ raise_exception('Only one') if messages | length > 1 and not tools }}"
    )
    first, talk, tool = render(template)
    assert first["text"] == "none2026<s>"
    assert "Only one" in talk["error"]
    assert '"get_weather"' in tool["text"]


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ messages.append(1) }}",
        "{% for i in range(10**9) %}x{% endfor %}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ 'x' * 10**10 }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% if %}",
        "{{ nothing.at.all }}",
    ],
)
def test_templates_that_reach_for_more_fail_in_words(template):
    for answer in render(template):
        assert set(answer) == {"error"}
        assert "root:" not in str(answer)


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{{ (9**9)**(9**9) }}",
    ],
)
def test_a_template_without_end_is_stopped(template):
    begun = time.monotonic()
    answers = render(template)
    assert time.monotonic() - begun < chat_samples.SECONDS + 5
    assert all("too long" in answer["error"] for answer in answers)


def test_long_output_is_cut():
    (first, *_others) = render("{% for i in range(9999) %}0123456789{% endfor %}")
    assert len(first["text"]) == 20_000


def test_a_template_leaves_no_trace_in_files():
    done = subprocess.run(
        [chat_samples.sys.executable, "-I", str(chat_samples.SANDBOX)],
        input=json.dumps({"template": CHATML, "chats": [{"messages": []}]}).encode(),
        capture_output=True,
        check=True,
        env={},
    )
    assert done.stderr == b""


def test_before_and_after_are_compared():
    old = definition(chat_template=CHATML)
    new = definition(chat_template=CHATML.replace("<|im_end|>", "<|end|>"))
    itself, first, *_rest = samples(old, new)
    assert itself.name == "The template itself"
    assert (first.comparison.added, first.comparison.gone) == (1, 1)
    assert samples(new, new) == []
    assert samples(old, definition()) == []
    assert [one.before for one in samples(None, new)] == [None] * 3
