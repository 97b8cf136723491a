"""The template context of a draft's pages."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from models_registry import policy
from models_registry.definitions.facts.kinds import record_name
from models_registry.definitions.form.tree import element_id
from models_registry.drafting import drafts
from models_registry.drafting.checks import Findings, check_draft
from models_registry.drafting.versions import version, whole_version
from models_registry.models import Draft, ModelType, Revision, RevisionState, Visibility
from models_registry.policy import Outcome


@dataclass(frozen=True, slots=True)
class VisibilityPreview:
    """The consequences of a visibility for a submission, or why it is not allowed."""

    visibility: str
    allowed: bool
    text: str
    outcome: str = ""


def context(request: HttpRequest, draft: Draft, view: str) -> dict[str, Any]:
    """The template context of a view's page."""
    findings = check_draft(draft)
    edited = {"readme": draft.readme, "readme-zh": draft.readme_zh}.get(view, draft.definition)
    base = whole_version(draft) if view == "check" else version(edited)
    shared: dict[str, Any] = {
        "draft": draft,
        "view": view,
        "findings": findings,
        "type_label": ModelType(draft.model_type).label,
        "name": _name(draft, findings),
        "base": base,
        # "Save this one" overwrites only the present version, not a later one.
        "over": version(edited),
        "writer": request.POST.get("writer") or secrets.token_urlsafe(12),
        "typed": edited,
        "saved_at": draft.changed_at,
        "last": f"{draft.choices.get('writer', '')}:{draft.choices.get('turn', 0)}",
    }
    return shared | _CONTENTS[view](draft, findings)


def _name(draft: Draft, findings: Findings) -> str:
    if findings.form is None:
        return drafts.name_in(draft.definition)
    return record_name(findings.form.definition.records[0]) or ""


def _form(draft: Draft, findings: Findings) -> dict[str, Any]:
    if findings.form is None:
        return {}
    findings.form.mark_guessed(drafts.guessed_values(draft, findings.form))
    return {
        "form": findings.form,
        "shape": drafts.shape(findings.form),
        "shown": drafts.shown_values(findings.form),
    }


def _json(draft: Draft, findings: Findings) -> dict[str, Any]:
    return {}


def _readme(draft: Draft, findings: Findings) -> dict[str, Any]:
    offer = draft.choices.get("readme_offer")
    return {"offer": offer, "offer_seen": version(offer["text"]) if offer else ""}


def _check(draft: Draft, findings: Findings) -> dict[str, Any]:
    choices = {visibility: choice(draft, visibility) for visibility in Visibility.values}
    public = choices["public"].allowed or choices["enterprise"].allowed
    return {
        "chosen": choices[draft.visibility],
        "choices": choices,
        "suggests": suggests(draft),
        "may_go_public": public,
        "why_not_public": "" if public else choices["public"].text,
        "readme_words": len(draft.readme.split()),
    }


_CONTENTS: Mapping[str, Callable[[Draft, Findings], dict[str, Any]]] = {
    "form": _form,
    "json": _json,
    "readme": _readme,
    "readme-zh": _json,
    "check": _check,
}


def choice(draft: Draft, visibility: str) -> VisibilityPreview:
    """The consequences of a submission with this visibility, as a sentence."""
    outcome = drafts.outcome(draft, visibility)
    if outcome is None:
        return VisibilityPreview(visibility, False, _refused(draft, visibility))
    return VisibilityPreview(visibility, True, _follows(draft, visibility, outcome), outcome.value)


def _refused(draft: Draft, visibility: str) -> str:
    if draft.model is not None and draft.model.visibility != visibility:
        return _("You may not change who can see this model.")
    if visibility == Visibility.ENTERPRISE:
        return _("Enterprise models need the right “Can register enterprise models”.")
    return _("You may not register models of this kind.")


def suggests(draft: Draft) -> bool:
    """True for the change of a public model that is not the person's."""
    return draft.model is not None and policy.may_suggest(draft.owner, draft.model)


def _follows(draft: Draft, visibility: str, outcome: Outcome) -> str:
    if outcome is Outcome.PRIVATE:
        return _("Visible to you only, immediately. Not reviewed and not downloadable by others.")
    if outcome is Outcome.REVIEW:
        if suggests(draft):
            return _(
                "A reviewer decides, and the owner of the model is notified. Until then, the model "
                "stays as it is."
            )
        after = (
            _("then everybody can download it, and a pull request sends it to upstream.")
            if visibility == Visibility.PUBLIC
            else _("then authorised users can see it.")
        )
        return _("A reviewer checks it first; %(after)s") % {"after": after}
    if visibility == Visibility.ENTERPRISE:
        return _(
            "Visible to authorised users immediately. It is never in the public downloads, and no "
            "pull request is opened."
        )
    return _(
        "Published immediately, without review: everybody can download it, and a pull request "
        "sends it to upstream."
    )


def submitted_text(revision: Revision) -> str:
    """The message after a submission."""
    if revision.state == RevisionState.PUBLISHED and revision.visibility == Visibility.PRIVATE:
        return _("Revision %(number)s has been saved. Only you can see the model.") % {
            "number": revision.number
        }
    if revision.state == RevisionState.PUBLISHED:
        return _("Revision %(number)s has been published.") % {"number": revision.number}
    return _("Revision %(number)s waits for review. You will be notified of the decision.") % {
        "number": revision.number
    }


def anchor_after(operation: str) -> str:
    """The anchor to show after a change of the form's structure: the list that was changed."""
    verb, _colon, pointer = operation.partition(":")
    return element_id(pointer if verb == "add" else pointer.rpartition("/")[0])
