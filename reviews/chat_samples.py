"""What chat templates make of sample chats, before and after, in a sandbox with limits."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_registry.definitions.text import Definition
from reviews.lines import Comparison, compare
from reviews.risks import chat_templates

SANDBOX = Path(__file__).with_name("chat_sandbox.py")
SECONDS = 5.0
MAX_TEMPLATE = 200_000
# So many are shown where several records have one each.
MAX_TEMPLATES = 3
CACHE_SECONDS = 7 * 24 * 3600

_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
_USER = {"role": "user", "content": "What is the capital of France?"}
_SYSTEM = {"role": "system", "content": "You are a helpful assistant."}
_ASSISTANT = {"role": "assistant", "content": "It is Paris."}
# Some templates take ids of nine letters and digits alone.
_CALL = {
    "role": "assistant",
    "content": "",
    "tool_calls": [
        {
            "id": "call00001",
            "type": "function",
            "function": {"name": "get_weather", "arguments": {"city": "Paris"}},
        }
    ],
}
_RESULT = {"role": "tool", "tool_call_id": "call00001", "name": "get_weather", "content": "18 °C"}
CHATS: list[tuple[str | Promise, dict[str, Any]]] = [
    (gettext_lazy("One question"), {"messages": [_USER]}),
    (
        gettext_lazy("A conversation with a system message"),
        {"messages": [_SYSTEM, _USER, _ASSISTANT, {"role": "user", "content": "And of Italy?"}]},
    ),
    (
        gettext_lazy("A tool is called"),
        {
            "messages": [
                {"role": "user", "content": "How warm is it in Paris?"},
                _CALL,
                _RESULT,
            ],
            "tools": [_TOOL],
        },
    ),
]
_COMMON = {"add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample chat: what the old templates and the new ones make of it, compared."""

    name: str
    before: str | None
    after: str
    is_error: bool
    comparison: Comparison


def samples(old: Definition | None, new: Definition) -> list[Sample]:
    """The sample chats as the definition's templates render them, before and after.

    Empty where the new definition has no chat template, or the same ones as the old. With several
    templates, one section each. Never raises, whatever the templates are.
    """
    before, after = chat_templates(old), chat_templates(new)
    if not after or before == after:
        return []
    found: list[Sample] = []
    fresh = [text for text in after if text not in before][:MAX_TEMPLATES]
    for index, text in enumerate(fresh):
        # Templates have no names; the one at the same place is what this one came from.
        place = after.index(text)
        earlier = before[place] if place < len(before) else None
        if earlier is not None:
            title = _("The template itself")
            found.append(Sample(title, earlier, text, False, compare(earlier, text)))
        results = render(text)
        earlier_results = render(earlier) if earlier is not None else [None] * len(CHATS)
        for (name, _chat), after_it, before_it in zip(CHATS, results, earlier_results, strict=True):
            title = f"{index + 1}. {name}" if len(fresh) > 1 else str(name)
            found.append(_sample(title, before_it, after_it))
    return found


def _sample(title: str, before: dict[str, str] | None, after: dict[str, str]) -> Sample:
    old = None if before is None else before.get("text", before.get("error", ""))
    new = after.get("text", after.get("error", ""))
    return Sample(title, old, new, "error" in after, compare(old, new))


def render(template: str) -> list[dict[str, str]]:
    """Render a template on each of CHATS: {"text": …} or {"error": …}. Cached, never raises."""
    chats = [{**_COMMON, **chat} for _name, chat in CHATS]
    work = json.dumps({"template": template, "chats": chats})
    key = f"chat-samples:1:{hashlib.sha256(work.encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        found = _run(template, work)
        cache.set(key, found, CACHE_SECONDS)
    answers: list[dict[str, str]] = found
    return answers


def _run(template: str, work: str) -> list[dict[str, str]]:
    def failed(reason: str) -> list[dict[str, str]]:
        return [{"error": reason}] * len(CHATS)

    if len(template) > MAX_TEMPLATE:
        return failed(_("The template is too long to be tried."))
    try:
        # -I: neither the environment nor the working directory reaches the program.
        done = subprocess.run(
            [sys.executable, "-I", str(SANDBOX)],
            input=work.encode(),
            capture_output=True,
            timeout=SECONDS,
            env={},
            check=True,
        )
        answers: list[dict[str, str]] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return failed(_("It takes too long."))
    except (subprocess.CalledProcessError, OSError, ValueError):
        return failed(_("It takes too long or too much memory."))
    return answers
