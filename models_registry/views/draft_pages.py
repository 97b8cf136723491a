"""What the pages of a draft show."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from models_registry.definitions.form.tree import element_id
from models_registry.definitions.kinds import record_name
from models_registry.drafting import drafts
from models_registry.drafting.checks import Findings, check_draft
from models_registry.models import Draft, ModelType, Revision, RevisionState, Visibility
from models_registry.policy import Outcome


@dataclass(frozen=True, slots=True)
class Choice:
    """What a visibility would mean for a submission: whether it may be, and what follows."""

    visibility: str
    allowed: bool
    text: str
    outcome: str = ""


def context(request: HttpRequest, draft: Draft, view: str) -> dict[str, Any]:
    """All that the page of a view needs."""
    findings = check_draft(draft)
    edited = draft.readme if view == "readme" else draft.definition
    found: dict[str, Any] = {
        "draft": draft,
        "view": view,
        "findings": findings,
        "type_label": ModelType(draft.model_type).label,
        "name": _name(draft, findings),
        "base": drafts.version(edited),
        "writer": request.POST.get("writer") or secrets.token_urlsafe(12),
        "typed": edited,
        "saved_at": draft.changed_at,
        "last": f"{draft.choices.get('writer', '')}:{draft.choices.get('turn', 0)}",
    }
    return found | _CONTENTS[view](draft, findings)


def _name(draft: Draft, findings: Findings) -> str:
    if findings.form is None:
        return drafts.name_in(draft.definition)
    return record_name(findings.form.definition.records[0]) or ""


def _form(draft: Draft, findings: Findings) -> dict[str, Any]:
    if findings.form is None:
        return {}
    findings.form.mark_guessed(drafts.guessed_values(draft, findings.form))
    return {"form": findings.form, "shape": drafts.shape(findings.form)}


def _json(draft: Draft, findings: Findings) -> dict[str, Any]:
    return {}


def _readme(draft: Draft, findings: Findings) -> dict[str, Any]:
    return {"offer": draft.choices.get("readme_offer")}


def _check(draft: Draft, findings: Findings) -> dict[str, Any]:
    choices = {one: choice(draft, one) for one in Visibility.values}
    public = choices["public"].allowed or choices["enterprise"].allowed
    return {
        "chosen": choices[draft.visibility],
        "choices": choices,
        "may_go_public": public,
        "why_not_public": "" if public else choices["public"].text,
        "readme_words": len(draft.readme.split()),
    }


_CONTENTS: Mapping[str, Callable[[Draft, Findings], dict[str, Any]]] = {
    "form": _form,
    "json": _json,
    "readme": _readme,
    "check": _check,
}


def choice(draft: Draft, visibility: str) -> Choice:
    """What a submission with a visibility would mean, in words."""
    outcome = drafts.outcome(draft, visibility)
    if outcome is None:
        return Choice(visibility, False, _refused(draft, visibility))
    return Choice(visibility, True, _follows(draft, visibility, outcome), outcome.value)


def _refused(draft: Draft, visibility: str) -> str:
    if draft.model is not None and draft.model.visibility != visibility:
        return _("You may not change whose this model is.")
    if visibility == Visibility.ENTERPRISE:
        return _("Enterprise models need the right “Can register enterprise models”.")
    return _("You may not register models of this kind.")


def _follows(draft: Draft, visibility: str, outcome: Outcome) -> str:
    if outcome is Outcome.PRIVATE:
        return _("Only you see it, at once. Nobody reviews it, and it is in no download.")
    if outcome is Outcome.REVIEW:
        after = (
            _("then it is in everybody's downloads, and a pull request brings it to upstream.")
            if visibility == Visibility.PUBLIC
            else _("then authorised users see it.")
        )
        return _("A reviewer looks at it first; %(after)s") % {"after": after}
    if visibility == Visibility.ENTERPRISE:
        return _(
            "Authorised users see it at once. It is never in the open downloads, and no pull "
            "request is made."
        )
    return _(
        "It is published at once, without review: it goes into everybody's downloads, and a pull "
        "request brings it to upstream."
    )


def said_after(revision: Revision) -> str:
    """What the person reads after a submission."""
    if revision.state == RevisionState.PUBLISHED:
        return _("Revision %(number)s is published.") % {"number": revision.number}
    return _("Revision %(number)s waits for review. You are told what the reviewer says.") % {
        "number": revision.number
    }


def anchor_after(operation: str) -> str:
    """Where the page shall be after a change of its structure: at the list that was changed."""
    verb, _colon, pointer = operation.partition(":")
    return element_id(pointer if verb == "add" else pointer.rpartition("/")[0])
