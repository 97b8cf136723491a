"""Parses chat templates as servers do.

SECURITY: only jinja2's parser is used; a template that somebody wrote is never rendered here.
"""

import re
from collections.abc import Iterator
from typing import Final

from jinja2 import TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.json_text.problems import Severity, UnplacedProblem, quoted

MAX_LENGTH: Final = 200_000

_GENERATION = re.compile(r"\{%[-+]?\s*generation\b")

Path = tuple[str | int, ...]


class _GenerationTag(Extension):
    """Accepts the `generation` block, with which Hugging Face marks answers for training."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


# As `_compile_jinja_template` in Xinference 4.1.0's `model/llm/utils.py` makes it, and the tag.
_ENVIRONMENT: Final = ImmutableSandboxedEnvironment(
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,
    extensions=["jinja2.ext.loopcontrols", _GenerationTag],
)


def chat_template_problems(template: str, path: Path) -> Iterator[UnplacedProblem]:
    """Yield what keeps servers from using a chat template; `path` is the template's path."""
    for message, severity in _verdict(template):
        yield UnplacedProblem(path, "chat-template", message, severity)


def _verdict(template: str) -> list[tuple[Message, Severity]]:
    if len(template) > MAX_LENGTH:
        message = gettext_noop(
            "The chat template has more than %(limit)s characters. Shorten it.",
            limit=f"{MAX_LENGTH:,}",
        )
        return [(message, "error")]
    try:
        tree = _ENVIRONMENT.parse(template)
        found: list[tuple[Message, Severity]] = [
            (message, "warning") for message in sorted(_unknown(tree))
        ]
    except TemplateSyntaxError as error:
        message = gettext_noop(
            "The chat template does not parse: %(reason)s on line %(line)s of it.",
            reason=quoted(error.message or "it is not Jinja", 200),
            line=error.lineno,
        )
        return [(message, "error")]
    except ValueError:
        message = gettext_noop("The chat template does not parse: a number in it is too long.")
        return [(message, "error")]
    except RecursionError:
        message = gettext_noop("The chat template is nested too deeply to be parsed. Flatten it.")
        return [(message, "error")]
    if _GENERATION.search(template):
        message = gettext_noop(
            "Xinference's own reader of chat templates does not know the generation tag. "
            "Remove the opening and the closing tag, and keep the text between them."
        )
        found.append((message, "warning"))
    return found


def _unknown(tree: nodes.Template) -> Iterator[Message]:
    for used in tree.find_all(nodes.Filter):
        if used.name not in _ENVIRONMENT.filters:
            yield gettext_noop(
                "Servers do not know the filter %(name)s of the chat template.",
                name=quoted(used.name),
            )
    for test in tree.find_all(nodes.Test):
        if test.name not in _ENVIRONMENT.tests:
            yield gettext_noop(
                "Servers do not know the test %(name)s of the chat template.",
                name=quoted(test.name),
            )
