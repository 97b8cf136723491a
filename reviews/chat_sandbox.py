"""Renders untrusted chat templates: a separate program that `chat_samples` runs.

It reads {"template": text, "chats": [{"messages", "tools", …}]} from its input and writes [{"text"}
or {"error"} for each chat]. It imports nothing of the hub. SECURITY: time, memory, files and
processes are limited before the template is read, and Jinja's sandbox blocks everything else.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import datetime
from typing import Any

MEMORY_BYTES = 256 * 1024 * 1024
CPU_SECONDS = 2
MAX_OUTPUT = 20_000


def limit() -> None:
    """Limit resources to what a template needs."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def environment() -> Any:
    """A sandbox with the functions that transformers offers to chat templates
    (`_compile_jinja_template` of its utils/chat_template_utils.py)."""
    from jinja2 import nodes
    from jinja2.exceptions import TemplateError
    from jinja2.ext import Extension, loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """Accepts `{% generation %}`, which marks what the assistant said."""

        tags = {"generation"}

        def parse(self, parser: Any) -> Any:
            line = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
            return nodes.Scope(body, lineno=line)

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    def tojson(value: Any, ensure_ascii: bool = False, indent: int | None = None, **_: Any) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)

    sandbox = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    sandbox.filters["tojson"] = tojson
    sandbox.globals["raise_exception"] = raise_exception
    # A fixed day, so that dates do not differ between the two sides.
    sandbox.globals["strftime_now"] = datetime(2026, 1, 2, 3, 4, 5).strftime
    return sandbox


def rendered(template: Any, chat: dict[str, Any]) -> dict[str, str]:
    """The rendered chat, or the error; never longer than MAX_OUTPUT."""
    pieces, size = [], 0
    try:
        for piece in template.generate(**chat):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_OUTPUT:
                break
    except MemoryError:
        return {"error": "Rendering needs too much memory."}
    # An exception of an untrusted template is a result, not an error of the hub.
    except Exception as error:  # noqa: BLE001
        return {"error": f"{type(error).__name__}: {error}"[:500]}
    return {"text": "".join(pieces)[:MAX_OUTPUT]}


def main() -> None:
    """Read, render, write."""
    work = json.load(sys.stdin)
    sandbox = environment()
    limit()
    try:
        template = sandbox.from_string(work["template"])
    except MemoryError:
        answers = [{"error": "Rendering needs too much memory."}] * len(work["chats"])
    except Exception as error:  # noqa: BLE001
        answers = [{"error": f"{type(error).__name__}: {error}"[:500]}] * len(work["chats"])
    else:
        answers = [rendered(template, chat) for chat in work["chats"]]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
