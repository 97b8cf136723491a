"""Reads chat templates as servers do, without ever rendering one.

Only jinja2's parser is used: what somebody wrote into a template is never run here.
"""

import re
from collections.abc import Iterator
from typing import Final

from jinja2 import TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .problems import Found, quoted

MAX_LENGTH: Final = 200_000

_GENERATION = re.compile(r"\{%[-+]?\s*generation\b")

Path = tuple[str | int, ...]


class _GenerationTag(Extension):
    """Takes the `generation` block by which Hugging Face marks what a model said in training."""

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


def chat_template_problems(template: str, path: Path) -> Iterator[Found]:
    """Yield what keeps servers from using a chat template; `path` is where it stands."""
    for message, severity in _verdict(template):
        yield Found(path, "chat-template", message, "error" if severity else "warning")


def _verdict(template: str) -> tuple[tuple[str, bool], ...]:
    """Return sentences about a template, and whether each is an error."""
    if len(template) > MAX_LENGTH:
        message = f"The chat template has more than {MAX_LENGTH:,} characters. Shorten it."
        return ((message, True),)
    try:
        tree = _ENVIRONMENT.parse(template)
        unknown = sorted(_unknown(tree))
    except TemplateSyntaxError as error:
        reason = quoted(error.message or "it is not Jinja", 200)
        message = f"The chat template does not parse: {reason} on line {error.lineno} of it."
        return ((message, True),)
    except ValueError:
        return (("The chat template does not parse: a number in it is too long.", True),)
    except RecursionError:
        return (("The chat template is nested too deeply to be read. Flatten it.", True),)
    found = [(f"Servers do not know the {one} of the chat template.", False) for one in unknown]
    if _GENERATION.search(template):
        message = (
            "Xinference's own reader of chat templates does not know the generation tag. "
            "Remove the tag and its end; what stands between them can stay."
        )
        found.append((message, False))
    return tuple(found)


def _unknown(tree: nodes.Template) -> Iterator[str]:
    for one in tree.find_all(nodes.Filter):
        if one.name not in _ENVIRONMENT.filters:
            yield f"filter {quoted(one.name)}"
    for test in tree.find_all(nodes.Test):
        if test.name not in _ENVIRONMENT.tests:
            yield f"test {quoted(test.name)}"
