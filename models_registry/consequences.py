"""What a change of a model's visibility would cause, said before it is made."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from models_registry import policy, publication
from models_registry.models import RegisteredModel, Revision, Visibility
from models_registry.policy import ModelVerb, Outcome

ICONS = {Visibility.PRIVATE: "lock", Visibility.PUBLIC: "globe", Visibility.ENTERPRISE: "building"}


@dataclass(frozen=True, slots=True)
class VisibilityChoice:
    """One visibility that a model may have: what it would cause, or why it can't be chosen."""

    value: str
    label: str
    icon: str
    is_current: bool
    is_allowed: bool
    text: str


def visibility_choices(user: User, model: RegisteredModel) -> list[VisibilityChoice]:
    """All three visibilities, with what each would cause for this person and this model."""
    proposal = publication.open_proposal(model)
    return [_choice(user, model, visibility, proposal) for visibility in Visibility]


def _choice(
    user: User, model: RegisteredModel, visibility: Visibility, proposal: Revision | None
) -> VisibilityChoice:
    is_current = visibility == model.visibility
    outcome = policy.may_change_to(user, model, visibility)
    waits = proposal is not None and proposal.visibility == visibility
    if is_current:
        text = _now(model, visibility)
    elif waits:
        text = _("This change waits for review already.")
    elif outcome is None:
        text = _refusal(user, model, visibility)
    else:
        text = _consequence(model, visibility, outcome)
    return VisibilityChoice(
        value=visibility.value,
        label=str(visibility.label),
        icon=ICONS[visibility],
        is_current=is_current,
        is_allowed=outcome is not None and not is_current and not waits,
        text=text,
    )


def _now(model: RegisteredModel, visibility: Visibility) -> str:
    if visibility == Visibility.PRIVATE:
        return _("Only its owner and the maintainers of the hub see it.")
    if model.published_revision_id is None:
        return _("It becomes visible when a reviewer has approved it.")
    if visibility == Visibility.PUBLIC:
        return _("Everybody sees it, and Xinference servers download it.")
    return _("Only authorised users see it; their servers download it with a token.")


def _refusal(user: User, model: RegisteredModel, visibility: Visibility) -> str:
    allowed = policy.verbs(user, model)
    if not allowed & {ModelVerb.EDIT, ModelVerb.PROPOSE}:
        return _("This needs the right to change the model.")
    if model.visibility == Visibility.PRIVATE and model.owner_id != user.pk:
        return _("Only its owner can take a model out of the private.")
    if model.visibility != Visibility.PRIVATE and ModelVerb.DELETE not in allowed:
        return _("This takes the model from those who see it now, which needs the right to delete.")
    return {
        Visibility.PRIVATE: _("This needs the right to register models."),
        Visibility.PUBLIC: _("This needs the right to register public models."),
        Visibility.ENTERPRISE: _("This needs the right to register enterprise models."),
    }[visibility]


def _consequence(model: RegisteredModel, visibility: Visibility, outcome: Outcome) -> str:
    if outcome is Outcome.REVIEW:
        return _("Goes to review. Until a reviewer approves it, nothing changes for anybody.")
    leaves_public = (
        model.visibility == Visibility.PUBLIC and model.published_revision_id is not None
    )
    leaving = _("It leaves the public list and what servers download, at once.") + " "
    if visibility == Visibility.PRIVATE:
        text = _("Only its owner and the maintainers of the hub will see it.")
        return leaving + text if leaves_public else text
    if visibility == Visibility.ENTERPRISE:
        text = _("Only authorised users will see it; it is never proposed upstream.")
        return leaving + text if leaves_public else text
    return _(
        "Everybody sees it at once, servers download it, and a pull request adds it to %(repo)s."
    ) % {"repo": settings.ENV.upstream_repo}
