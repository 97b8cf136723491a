"""Titles, notices and commit messages in the style of upstream's maintainers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models_registry.upstream.description import ChangeOrigin
from models_registry.upstream.description import body as body
from models_registry.upstream.github import MAX_BODY, MAX_TITLE, Signature
from models_registry.upstream.markup import code, one_line, size, unlinked
from models_registry.upstream.markup import plain_name as plain_name
from models_registry.upstream.plan import Plan

_MAX_LISTED = 40
_NAMES_IN_TITLE = 3
# An HTML comment, which GitHub does not show, marks the notice so that it can be found again.
_NOTICE_BEGINS, _NOTICE_ENDS = "<!-- held back -->", "<!-- /held back -->"
_NOTICE = re.compile(rf"\A{_NOTICE_BEGINS}.*?{_NOTICE_ENDS}\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ModelInConflict:
    """A model whose change is in conflict: the reason, as the end of a sentence, and the page where
    it is resolved (empty: no visible page)."""

    name: str
    model_type: str
    reason: str
    page: str


def title(plan: Plan, *, is_sync: bool = False) -> str:
    """Return the title of a pull request, in upstream's style."""
    changes = plan.changes
    if is_sync:
        types = ", ".join(sorted({result.item.model_type for result in changes}))
        return f"ENH: update models JSON [{types}]"
    names = [unlinked(one_line(result.item.name)) for result in changes]
    if len(changes) == 1:
        if former := changes[0].former_name:
            former = unlinked(one_line(former))
            return f'ENH: rename model "{former}" to "{names[0]}"'[:MAX_TITLE]
        return {
            "add": f"FEAT: [model] {names[0]} support",
            "remove": f"FEAT: [model] {names[0]} removed",
            "update": f'ENH: update model "{names[0]}" JSON',
        }[changes[0].kind][:MAX_TITLE]
    for shown in range(_NAMES_IN_TITLE, 0, -1):
        listed = ", ".join(f'"{name}"' for name in names[:shown])
        more = f", ... +{len(names) - shown} more" if len(names) > shown else ""
        text = f"ENH: update {len(names)} models JSON ({listed}{more})"
        if size(text) <= MAX_TITLE:
            return text
    return f"ENH: update {len(names)} models JSON"


def conflict_notice(models: Sequence[ModelInConflict], *, is_only: bool) -> str:
    """Return the notice at the top of a pull request while changes are in conflict; "" without one.

    `is_only`: the pull request has no other changes.
    """
    if not models:
        return ""
    paragraphs = []
    for model in models[:_MAX_LISTED]:
        page = f" Resolve the conflict [in the hub]({model.page})." if model.page else ""
        paragraphs.append(
            f"> The hub does not send the change of {code(model.name)} ({model.model_type}): "
            f"{model.reason}.{page}"
        )
    if len(models) > _MAX_LISTED:
        paragraphs.append(f"> … and the changes of {len(models) - _MAX_LISTED} more models.")
    if is_only:
        paragraphs.append(
            "> Until the conflict is resolved, the branch stays as it is: please do not merge it. "
            "The hub then removes this notice."
        )
    else:
        paragraphs.append(
            "> The changes below are not affected. The hub removes this notice when the conflict "
            "is resolved."
        )
    lines = "\n>\n".join(paragraphs)
    return f"{_NOTICE_BEGINS}\n> [!IMPORTANT]\n{lines}\n\n{_NOTICE_ENDS}\n\n"


def with_notice(body: str, notice: str) -> str:
    """Return the text of a pull request with this notice in place of an earlier one, if any.

    If the whole would be too long for GitHub, the notice is shortened.
    """
    rest = without_notice(body)
    if not notice or size(notice) + size(rest) <= MAX_BODY:
        return notice + rest
    brief = (
        f"{_NOTICE_BEGINS}\n> [!IMPORTANT]\n> Some changes are in conflict. Please look at the hub "
        f"before you merge.\n\n{_NOTICE_ENDS}\n\n"
    )
    return brief + rest if size(brief) + size(rest) <= MAX_BODY else rest


def without_notice(body: str) -> str:
    """Return the text of a pull request without the notice about conflicts."""
    return _NOTICE.sub("", body, count=1)


def commit_message(
    plan: Plan,
    origins: Mapping[tuple[str, str], ChangeOrigin],
    *,
    is_sync: bool,
    signed_off: Signature | None = None,
) -> str:
    """Return the title, the addresses of the models' pages, and perhaps a sign-off.

    SECURITY: git hosts act on "Fixes #1" in commit messages, so they contain no text from people.
    """
    pages = [
        origins[key].page
        for result in plan.changes
        if (key := (result.item.model_type, result.item.name)) in origins
    ]
    parts = [title(plan, is_sync=is_sync)]
    if listed := "\n".join(page for page in pages[:_MAX_LISTED] if page):
        parts.append(listed)
    if signed_off is not None:
        parts.append(f"Signed-off-by: {signed_off.name} <{signed_off.email}>")
    return "\n\n".join(parts) + "\n"
