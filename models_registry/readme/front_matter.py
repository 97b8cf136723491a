"""Splits the YAML front matter off a model card and reads its simple entries.

Format: https://huggingface.co/docs/hub/model-cards, a YAML mapping between two `---` lines.
"""

import datetime
import re

import yaml

MAX_CHARACTERS = 32_768
MAX_FLOW_DEPTH = 40
OPENING = re.compile(r"\s{0,8}---[ \t]*\n")
CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
# A mapping begins with a key, in any script, or with the brace of the flow style.
KEY = r"['\"]?[^\W\d][\w .-]*['\"]?[ \t]*:(?:\s|$)"
MAPPING = re.compile(rf"(?:[ \t]*(?:#[^\n]*)?\n)*(?:{KEY}|\{{\s*(?:\}}|{KEY}))")

Scalar = str | int | float | bool | None
FrontMatter = dict[str, Scalar | list[Scalar]]


def split_front_matter(text: str) -> tuple[FrontMatter, str]:
    """Return the front matter's simple entries and the text that follows it.

    Scalars and lists of scalars are kept, deeper values are left out. Front matter that is huge,
    broken, or uses anchors or aliases is removed but read as empty. Text between two rules
    that is not a mapping stays in the text.
    """
    opening = OPENING.match(text)
    if not opening:
        return {}, text
    closing = CLOSING.search(text, opening.end())
    if not closing:
        return {}, text
    block = text[opening.end() : closing.start()]
    if block.strip() and not MAPPING.match(block):
        return {}, text
    return _read(block), text[closing.end() :].lstrip("\n")


def _read(block: str) -> FrontMatter:
    if len(block) > MAX_CHARACTERS or _flow_depth(block) > MAX_FLOW_DEPTH:
        return {}
    try:
        for event in yaml.parse(block, Loader=yaml.SafeLoader):
            if getattr(event, "anchor", None) is not None:
                return {}
        data = yaml.safe_load(block)
    # PyYAML also raises errors of int(), datetime and its own tables.
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
        return {}
    except RecursionError:
        return {}
    if not isinstance(data, dict):
        return {}
    simple = {str(key): _simple(value) for key, value in data.items() if _is_simple(value)}
    return simple


def _flow_depth(block: str) -> int:
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", block):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool | datetime.date)


def _is_simple(value: object) -> bool:
    return _is_scalar(value) or (isinstance(value, list) and all(map(_is_scalar, value)))


def _simple(value: object) -> Scalar | list[Scalar]:
    if isinstance(value, list):
        return [_scalar(item) for item in value]
    return _scalar(value)


def _scalar(value: object) -> Scalar:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
