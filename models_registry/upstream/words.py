"""Titles, bodies and commit messages, as upstream's maintainers know them.

SECURITY: what people wrote stands in code spans, where GitHub reads no mention, no HTML and no
"Fixes #1"; what would end a span or begin a mention is taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models_registry.definitions.diff import changes
from models_registry.definitions.schema import validate
from models_registry.definitions.text import parse
from models_registry.upstream.plan import Plan, Result

_MAX_TITLE = 250
_MAX_SPECS = 40
_NAMES_IN_TITLE = 3
_DONE = {"add": "Adds", "update": "Updates", "remove": "Removes"}
# What GitHub does not show marks the note, so that it is found again.
_NOTE_BEGINS, _NOTE_ENDS = "<!-- held back -->", "<!-- /held back -->"
_NOTE = re.compile(rf"\A{_NOTE_BEGINS}.*?{_NOTE_ENDS}\s*", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a model's change comes from: its page in the hub and who made it."""

    page: str
    author: str


@dataclass(frozen=True, slots=True)
class Held:
    """A model whose change is held back: why, as the end of a sentence, and where that is decided
    (empty: nowhere that can be seen)."""

    name: str
    model_type: str
    reason: str
    page: str


def title(plan: Plan, *, is_sync: bool = False) -> str:
    """Return the title of a pull request, in the words that upstream knows."""
    changes = plan.changes
    if is_sync:
        types = ", ".join(sorted({one.item.model_type for one in changes}))
        return f"ENH: update models JSON [{types}]"
    if len(changes) == 1:
        name = changes[0].item.name
        return {
            "add": f"FEAT: [model] {name} support",
            "remove": f"FEAT: [model] {name} removed",
            "update": f'ENH: update model "{name}" JSON',
        }[changes[0].kind][:_MAX_TITLE]
    names = [f'"{one.item.name}"' for one in changes[:_NAMES_IN_TITLE]]
    more = len(changes) - len(names)
    listed = ", ".join(names) + (f", ... +{more} more" if more else "")
    return f"ENH: update {len(changes)} models JSON ({listed})"[:_MAX_TITLE]


def body(plan: Plan, origins: dict[tuple[str, str], Origin], *, hub: str) -> str:
    """Return what maintainers read: what changes, the specs, where it comes from, what was checked.

    In: the plan, (type, name) → origin, the hub's address.
    """
    parts = [
        _section(one, origins.get((one.item.model_type, one.item.name))) for one in plan.changes
    ]
    joined = [one.item.name for one in plan.changes if one.hub != one.item.wanted]
    checks = [
        *_validity(plan.changes),
        "- [x] nothing but these models is touched; the order and spelling of the rest is kept",
    ]
    if joined:
        names = ", ".join(code(name) for name in joined)
        checks.append(f"- [x] edits made here since are kept: joined with {names}")
    checks_text = "\n".join(checks)
    footer = (
        f"Opened by the [Xinference Models Hub]({hub}). Further changes of these models are added "
        "to this branch until it is merged or closed."
    )
    return "\n\n".join([*parts, f"**Checks**\n\n{checks_text}", footer]) + "\n"


def _validity(results: Sequence[Result]) -> list[str]:
    """What the schemas say of what is sent: older definitions may have errors of their own."""
    sent = [one for one in results if one.sent]
    if not sent:
        return []
    told = []
    for one in sent:
        found = validate(one.item.model_type, parse(one.sent))
        errors = [problem.message for problem in found if problem.severity == "error"]
        if errors:
            more = f" (+{len(errors) - 1} more)" if len(errors) > 1 else ""
            told.append(f"- [ ] {code(one.item.name)}: {code(errors[0], 300)}{more}")
    return told or ["- [x] every definition is valid against the JSON schema of its type"]


def held_note(held: Sequence[Held], *, is_alone: bool) -> str:
    """Return what stands at the top of a pull request while changes are held back; "" for none.

    `is_alone`: there is nothing else in the pull request.
    """
    if not held:
        return ""
    told = []
    for one in held[:_MAX_SPECS]:
        page = f" It is decided [in the hub]({one.page})." if one.page else ""
        told.append(
            f"> The hub holds the change of {code(one.name)} ({one.model_type}) back: "
            f"{one.reason}.{page}"
        )
    if len(held) > _MAX_SPECS:
        told.append(f"> … and those of {len(held) - _MAX_SPECS} more.")
    if is_alone:
        told.append(
            "> Until then the branch stays as it was: please do not merge it. "
            "This note goes when that is decided."
        )
    else:
        told.append("> All else below goes on. This note goes when that is decided.")
    lines = "\n>\n".join(told)
    return f"{_NOTE_BEGINS}\n> [!IMPORTANT]\n{lines}\n\n{_NOTE_ENDS}\n\n"


def with_note(body: str, note: str) -> str:
    """Return the text of a pull request with this note in place of an earlier one, if any."""
    return note + _NOTE.sub("", body, count=1)


def commit_message(plan: Plan, origins: dict[tuple[str, str], Origin], *, is_sync: bool) -> str:
    """Return the title, and the addresses of the models' pages."""
    pages = [
        origins[key].page
        for one in plan.changes
        if (key := (one.item.model_type, one.item.name)) in origins
    ]
    listed = "\n".join(page for page in pages[:_MAX_SPECS] if page)
    return title(plan, is_sync=is_sync) + (f"\n\n{listed}\n" if listed else "\n")


def code(text: Any, limit: int = 120) -> str:
    """Return a text of people as a code span on one line that can't end early or mention anyone."""
    plain = _CONTROL.sub(" ", str(text)).replace("`", "'").strip()
    plain = plain if len(plain) <= limit else plain[: limit - 1] + "…"
    # A zero-width space takes mentions, issue numbers and addresses apart.
    plain = re.sub(r"([@#])(?=\w)", "\\1\u200b", plain).replace("://", ":\u200b//")
    return f"`{plain or ' '}`"


def cell(text: Any) -> str:
    """Return a text of people as the content of a table's cell."""
    return code(text).replace("|", "\\|")


def plain_name(name: str) -> str:
    """Return a person's name as git takes it in a signature."""
    return _CONTROL.sub(" ", name).replace("<", "").replace(">", "").strip(" .,:;'\"")[:100]


def _section(result: Result, origin: Origin | None) -> str:
    item = result.item
    lines = [f"### {_DONE[result.kind]} {code(item.name)} ({item.model_type})"]
    if origin is not None and (origin.page or origin.author):
        page = f"[Page in the hub]({origin.page})" if origin.page else ""
        author = f"by {code(origin.author)}" if origin.author else ""
        lines.append(", ".join(part for part in (page, author) if part))
    if result.kind == "update":
        lines.append(_summary(result))
    table = _table(result.sent)
    if table:
        lines.append(table)
    return "\n\n".join(lines)


def _summary(result: Result) -> str:
    """What changes, one sentence a line; its words come from the definition, so they are code."""
    told = [
        change.label
        for change in changes(parse(result.theirs), parse(result.sent))
        if change.kind != "stamp"
    ]
    more = [f"- … and {len(told) - _MAX_SPECS} more"] if len(told) > _MAX_SPECS else []
    return "\n".join([*(f"- {code(label, 300)}" for label in told[:_MAX_SPECS]), *more])


def _table(definition: str) -> str:
    rows = _rows(definition) if definition else []
    if not rows:
        return ""
    head = ["| format | size | quantizations | source |", "| --- | --- | --- | --- |"]
    body = ["| " + " | ".join(cell(one) if one else "" for one in row) + " |" for row in rows]
    more = len(body) - _MAX_SPECS
    tail = [f"\n… and {more} more"] if more > 0 else []
    return "\n".join([*head, *body[:_MAX_SPECS], *tail])


def _rows(definition: str) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for record in parse(definition).records:
        specs = record.get("model_specs")
        for spec in specs if isinstance(specs, list) else [record]:
            if not isinstance(spec, dict):
                continue
            sources = spec.get("model_src")
            for hub, source in (sources if isinstance(sources, dict) else {}).items():
                if isinstance(source, dict):
                    rows.append(_row(spec, hub, source))
    return rows


def _row(spec: dict[str, Any], hub: str, source: dict[str, Any]) -> Sequence[str]:
    quantizations = source.get("quantizations")
    listed = ", ".join(str(one) for one in quantizations) if isinstance(quantizations, list) else ""
    format_ = spec.get("model_format") or spec.get("engine") or ""
    size = spec.get("model_size_in_billions", "")
    return (str(format_), str(size), listed, f"{hub}: {source.get('model_id', '')}")
