"""The body of a pull request: changes, reasons, old and new values, and checks.

GitHub refuses more than 65,536 characters, so a long text is shortened section by section.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from models_registry.definitions.checks.release_rules import RELEASES
from models_registry.definitions.checks.release_summary import WorksWith, works_with
from models_registry.definitions.checks.schema import validate
from models_registry.definitions.compare.changes import DefinitionChange, changes
from models_registry.definitions.facts.wording import key_title
from models_registry.definitions.json_text.document import parse
from models_registry.upstream.markup import code, link, one_line, size
from models_registry.upstream.plan import Plan, Result
from models_registry.upstream.risk_flags import flags
from models_registry.upstream.spec_table import spec_table

# Below GitHub's limit, so that a notice about conflicts fits in front.
BODY_LIMIT = 60_000
_DONE = {"add": "Adds", "update": "Updates", "remove": "Removes"}
# A reviewer must see removals even if nothing else fits.
_ORDER = {"remove": 0, "add": 1, "update": 2}
_MAX_CHECKS = 20
_MAX_RISKS = 12
_MAX_NAMES = 40
_LEFT_OUT_LIMIT = 4_000
_LABEL = 300
_EXCERPT = 160
_NEW_FACTS = ("model_description", "model_ability", "context_length", "model_lang", "dimensions",
              "max_tokens", "model_family")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remark:
    """What a person wrote about a change."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangeOrigin:
    """The origin of a model's changes: its pages in the hub, authors and reasons.

    `cause` is a sentence of the hub, as for a removal; `messages` are the authors', `verdicts` the
    reviewers'.
    """

    page: str
    author: str
    change_page: str = ""
    cause: str = ""
    messages: Sequence[Remark] = ()
    verdicts: Sequence[Remark] = ()


@dataclass(frozen=True, slots=True)
class _Detail:
    """The level of detail for each model."""

    rows: int
    lines: int
    words: int


_DETAILS = (_Detail(40, 40, 500), _Detail(12, 12, 500), _Detail(4, 6, 300), _Detail(0, 3, 120))


def body(
    plan: Plan,
    origins: Mapping[tuple[str, str], ChangeOrigin],
    *,
    hub: str,
    limit: int = BODY_LIMIT,
) -> str:
    """Return what maintainers read: changes, reasons, origins and checks.

    It has at most `limit` characters. Origins are keyed by (type, name); `hub` is the hub's
    address.
    """
    end = "\n\n".join([_checks(plan), _footer(hub)])
    results = sorted(plan.changes, key=lambda result: _ORDER[result.kind])
    room = limit - size(end) - 10
    return "\n\n".join([*_sections(results, origins, room), end]) + "\n"


def _sections(
    results: Sequence[Result], origins: Mapping[tuple[str, str], ChangeOrigin], room: int
) -> list[str]:
    """The sections of the models, in as much detail as fits."""
    for detail in _DETAILS:
        texts = _fitting(results, origins, detail, room)
        if len(texts) == len(results):
            return texts
    shown = _fitting(results, origins, _DETAILS[-1], room - _LEFT_OUT_LIMIT)
    return [*shown, _left_out(results[len(shown) :], origins)]


def _fitting(
    results: Sequence[Result],
    origins: Mapping[tuple[str, str], ChangeOrigin],
    detail: _Detail,
    room: int,
) -> list[str]:
    """The sections of the first models, as many as fit."""
    texts: list[str] = []
    for result in results:
        text = _section(result, _origin(result, origins), detail)
        room -= size(text) + 2
        if room < 0:
            break
        texts.append(text)
    return texts


def _left_out(results: Sequence[Result], origins: Mapping[tuple[str, str], ChangeOrigin]) -> str:
    """List the models that are not described, with links to their changes in the hub."""
    lines = [
        f"### And {len(results)} more models",
        "GitHub limits the length of this text, so these are not described here. "
        "“Files changed” has all of them.",
    ]
    names: list[str] = []
    room = _LEFT_OUT_LIMIT - 400
    for result in results:
        origin = _origin(result, origins)
        name = f"- {_done(result).lower()} {link(result.item.name, origin.change_page)}"
        room -= size(name) + 1
        if room < 0:
            break
        names.append(name)
    if len(names) < len(results):
        names.append(f"- … and {len(results) - len(names)} more")
    return "\n\n".join([*lines, "\n".join(names)])


def _done(result: Result) -> str:
    return "Renames" if result.former_name else _DONE[result.kind]


def _origin(result: Result, origins: Mapping[tuple[str, str], ChangeOrigin]) -> ChangeOrigin:
    return origins.get((result.item.model_type, result.item.name)) or ChangeOrigin("", "")


def _section(result: Result, origin: ChangeOrigin, detail: _Detail) -> str:
    item = result.item
    renamed = f"{code(result.former_name)} to " if result.former_name else ""
    parts = [f"### {_done(result)} {renamed}{code(item.name)} ({item.model_type})"]
    links = [
        f"[Page in the hub]({origin.page})" if origin.page else "",
        f"[this change]({origin.change_page})" if origin.change_page else "",
        f"by {code(origin.author)}" if origin.author else "",
    ]
    parts.append(", ".join(part for part in links if part))
    parts.append(_why(origin, detail.words))
    if result.kind == "update":
        parts.append(_summary(result, detail.lines, origin.change_page))
    elif result.kind == "add":
        parts.append(_facts(result.sent, detail.lines))
    parts.append(_risks(result.theirs or "", result.sent or ""))
    parts.append(_releases(item.model_type, result.theirs or "", result.sent or ""))
    parts.append(
        spec_table(result.theirs, result.sent, limit=detail.rows, more_at=origin.change_page)
    )
    return "\n\n".join(part for part in parts if part)


@lru_cache(maxsize=512)
def _risks(theirs: str, sent: str) -> str:
    """What somebody should look at twice; shown however little else fits."""
    if not sent:
        return ""
    found = flags(parse(theirs) if theirs else None, parse(sent))
    lines = [f"- {code(text, _LABEL)}" for text in found[:_MAX_RISKS]]
    if len(found) > _MAX_RISKS:
        lines.append(f"- … and {len(found) - _MAX_RISKS} more")
    return "\n".join(["**Look twice at**", *lines]) if lines else ""


# A body is written in several degrees of detail.
@lru_cache(maxsize=512)
def _releases(model_type: str, theirs: str, sent: str) -> str:
    """Which releases can use the model; nothing if all can, and could before."""
    if not sent:
        return ""
    works = works_with(model_type, parse(sent).records, RELEASES)
    before = parse(theirs).records if theirs else []
    could = works_with(model_type, before, RELEASES) if before else works
    if not works.has_limits and not could.has_limits:
        return ""
    lines = [f"**Works with Xinference** {_in_short(works)}"]
    if could.in_short() != works.in_short():
        lines[0] += f" (before: {_in_short(could)})"
    for reason in works.reasons:
        what = "do not start with it" if reason.stops else "can't load it"
        lines.append(f"- {reason.releases} {what}: {code(reason.message, _LABEL)}")
    return "\n".join(lines)


def _in_short(works: WorksWith) -> str:
    if not works.since:
        return "of no release"
    return f"from {works.since} on" + (f", not {works.but}" if works.but else "")


def _why(origin: ChangeOrigin, limit: int) -> str:
    lines = [f"**Why:** {origin.cause}"] if origin.cause else []
    for label, remarks in (("Why", origin.messages), ("Review", origin.verdicts)):
        for remark in remarks[-3:]:
            who = f" ({code(remark.who)})" if remark.who else ""
            lines.append(f"**{label}:** {code(remark.text, limit)}{who}")
    return "  \n".join(lines)


def _summary(result: Result, limit: int, page: str) -> str:
    """The changes, one sentence a line; text from the definition is formatted as code."""
    lines = [
        _change_line(change)
        for change in changes(parse(result.theirs), parse(result.sent))
        if change.kind != "stamp"
    ]
    more = len(lines) - limit
    rest = f"[and {more} more]({page})" if page else f"and {more} more"
    return "\n".join([*lines[:limit], *([f"- … {rest}"] if more > 0 else [])])


def _change_line(change: DefinitionChange) -> str:
    """One change; if its label lacks the values, their differing parts follow."""
    line = f"- {code(change.label, _LABEL)}"
    if change.kind != "changed" or "→" in change.label:
        return line
    old, new = _differing(_value(change.before), _value(change.after))
    return f"{line}: {code(old, _EXCERPT + 2)} → {code(new, _EXCERPT + 2)}"


def _value(value: Any) -> str:
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _differing(old: str, new: str) -> tuple[str, str]:
    """The parts of two texts around their difference."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    start = max(0, start - 30) if start > 40 else 0
    lead = "…" if start else ""
    return lead + old[start : start + _EXCERPT], lead + new[start : start + _EXCERPT]


def _facts(definition: str, limit: int) -> str:
    """The facts of a new model, from its first record."""
    record = parse(definition).records[0]
    lines = []
    for key in _NEW_FACTS:
        value = record.get(key)
        if isinstance(value, list):
            value = ", ".join(map(str, value))
        if value not in (None, ""):
            lines.append(f"- {key_title(key)}: {code(value, _LABEL)}")
    return "\n".join(lines[:limit])


def _checks(plan: Plan) -> str:
    names = [code(result.item.name) for result in plan.changes if _is_merged(result)]
    lines = [
        *_validity(plan.changes),
        "- [x] only these models are changed; the order and spelling of the rest stay as they were",
    ]
    if names:
        more = len(names) - _MAX_NAMES
        listed = ", ".join(names[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")
        lines.append(f"- [x] edits made here since are kept: merged with {listed}")
    return "**Checks**\n\n" + "\n".join(lines)


def _is_merged(result: Result) -> bool:
    return result.hub != result.item.wanted


def _validity(results: Sequence[Result]) -> list[str]:
    """The result of schema validation: older definitions may have had errors before."""
    sent = [result for result in results if result.sent]
    if not sent:
        return []
    lines = []
    for result in sent:
        problems = validate(result.item.model_type, parse(result.sent))
        errors = [problem.message for problem in problems if problem.severity == "error"]
        if errors:
            more = f" (+{len(errors) - 1} more)" if len(errors) > 1 else ""
            lines.append(f"- [ ] {code(result.item.name)}: {code(errors[0], _LABEL)}{more}")
    more_models = len(lines) - _MAX_CHECKS
    if more_models > 0:
        lines = [*lines[:_MAX_CHECKS], f"- [ ] … and {more_models} more models with errors"]
    return lines or ["- [x] every definition is valid against the JSON schema of its type"]


def _footer(hub: str) -> str:
    return (
        f"Opened by the [Xinference Models Hub]({hub}). Further changes of these models are added "
        "to this branch until it is merged or closed.\n\n"
        "<details><summary>How to stop the hub from changing something</summary>\n\n"
        "- **This change:** close the pull request. The hub does not offer it again until somebody "
        "changes the model in the hub.\n"
        "- **This branch:** push a commit to it. The hub does not push to it any more.\n"
        "- **Title and text:** edit them here. The hub keeps what you wrote.\n"
        "- **A model's file:** edit it on the main branch. The hub merges your edit into its "
        "own definition and does not undo it.\n\n"
        "</details>"
    )
