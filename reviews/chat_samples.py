"""Sample chats rendered by chat templates, before and after, in a sandbox with limits."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.cached_values import CachedValues
from models_registry.definitions.json_text.document import Definition
from reviews.lines import LineComparison, compare
from reviews.risks import chat_templates

SANDBOX = Path(__file__).with_name("chat_sandbox.py")
SECONDS = 5.0
MAX_TEMPLATE = 200_000
# The number of templates that are shown if several records have one each.
MAX_TEMPLATES = 3
CACHE_SECONDS = 7 * 24 * 3600
_ANSWERS: Final = CachedValues[list[dict[str, str]]](list[dict[str, str]], version="2")

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
# Some templates accept only ids of nine letters and digits.
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
    """One sample chat, rendered by the old template and the new one, and compared."""

    name: str
    before: str | None
    after: str
    is_error: bool
    comparison: LineComparison


def samples(old: Definition | None, new: Definition) -> list[Sample]:
    """The sample chats as the definition's templates render them, before and after.

    Empty if the new definition has no chat template, or the same ones as the old. Several templates
    get a section each. Never raises, whatever the templates contain.
    """
    before, after = chat_templates(old), chat_templates(new)
    if not after or before == after:
        return []
    outputs: list[Sample] = []
    fresh = [text for text in after if text not in before][:MAX_TEMPLATES]
    for index, text in enumerate(fresh):
        # Templates have no names: compare with the template at the same position.
        place = after.index(text)
        earlier = before[place] if place < len(before) else None
        if earlier is not None:
            title = _("The template itself")
            outputs.append(Sample(title, earlier, text, False, compare(earlier, text)))
        results = render(text)
        earlier_results = render(earlier) if earlier is not None else [None] * len(CHATS)
        for (name, _chat), after_it, before_it in zip(CHATS, results, earlier_results, strict=True):
            title = f"{index + 1}. {name}" if len(fresh) > 1 else str(name)
            outputs.append(_sample(title, before_it, after_it))
    return outputs


def _sample(title: str, before: dict[str, str] | None, after: dict[str, str]) -> Sample:
    old = None if before is None else before.get("text", before.get("error", ""))
    new = after.get("text", after.get("error", ""))
    return Sample(title, old, new, "error" in after, compare(old, new))


def render(template: str) -> list[dict[str, str]]:
    """Render a template on each of CHATS: {"text": …} or {"error": …}. Cached, never raises."""
    chats = [{**_COMMON, **chat} for _name, chat in CHATS]
    work = json.dumps({"template": template, "chats": chats})
    key = f"chat-samples:{hashlib.sha256(work.encode()).hexdigest()}"
    answers = _ANSWERS.get(key)
    if answers is None or len(answers) != len(CHATS):
        answers = _run(template, work)
        _ANSWERS.set(key, answers, CACHE_SECONDS)
    return answers


def _run(template: str, work: str) -> list[dict[str, str]]:
    def failed(reason: str) -> list[dict[str, str]]:
        return [{"error": reason}] * len(CHATS)

    if len(template) > MAX_TEMPLATE:
        return failed(_("The template is too long to be rendered here."))
    try:
        # SECURITY: -I isolates the program from the environment and the working directory.
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
        return failed(_("Rendering takes too long."))
    except (subprocess.CalledProcessError, OSError, ValueError):
        return failed(_("Rendering takes too long or needs too much memory."))
    return answers
