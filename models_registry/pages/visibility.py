"""The consequences of a change of a model's visibility, shown before it is made."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from hub.sentences import together
from models_registry import policy, publication
from models_registry.models import RegisteredModel, Revision, Visibility
from models_registry.policy import ModelVerb, Outcome

ICONS = {Visibility.PRIVATE: "lock", Visibility.PUBLIC: "globe", Visibility.ENTERPRISE: "building"}


@dataclass(frozen=True, slots=True)
class VisibilityChoice:
    """One visibility: its consequences, or why it can't be chosen."""

    value: str
    label: str
    icon: str
    is_current: bool
    is_allowed: bool
    text: str


def visibility_choices(user: User, model: RegisteredModel) -> list[VisibilityChoice]:
    """All three visibilities, with their consequences for this person and this model."""
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
        text = _("This change is already waiting for review.")
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
        return _("Visible to its owner and the maintainers of the hub only.")
    if model.published_revision_id is None:
        return _("It becomes visible after a reviewer approves it.")
    if visibility == Visibility.PUBLIC:
        return _("Visible to everybody, and Xinference servers download it.")
    return _("Visible to authorised users only; their servers download it with a token.")


def _refusal(user: User, model: RegisteredModel, visibility: Visibility) -> str:
    allowed = policy.verbs(user, model)
    if not allowed & {ModelVerb.EDIT, ModelVerb.PROPOSE}:
        return _("This needs the right to change the model.")
    if model.visibility == Visibility.PRIVATE and model.owner_id != user.pk:
        return _("Only the owner can make a private model visible to others.")
    if model.visibility != Visibility.PRIVATE and ModelVerb.DELETE not in allowed:
        return _(
            "This hides the model from people who can see it now, which needs the right to delete."
        )
    return {
        Visibility.PRIVATE: _("This needs the right to register models."),
        Visibility.PUBLIC: _("This needs the right to register public models."),
        Visibility.ENTERPRISE: _("This needs the right to register enterprise models."),
    }[visibility]


def _consequence(model: RegisteredModel, visibility: Visibility, outcome: Outcome) -> str:
    if outcome is Outcome.REVIEW:
        return _("This is sent for review. Nothing changes until a reviewer approves it.")
    leaves_public = is_listed(model)
    leaving = _("The model is removed from the public list and from downloads immediately.")
    leaving = together(leaving, older_revisions())
    if visibility == Visibility.PRIVATE:
        text = _("It will be visible to its owner and the maintainers of the hub only.")
        return together(leaving, text) if leaves_public else text
    if visibility == Visibility.ENTERPRISE:
        text = _("It will be visible to authorised users only, and it is never proposed upstream.")
        return together(leaving, text) if leaves_public else text
    return _(
        "It becomes visible to everybody immediately, servers download it, and a pull request adds "
        "it to %(repo)s."
    ) % {"repo": settings.ENV.upstream_repo}


def older_revisions() -> str:
    """What remains of a model that leaves the public list."""
    return _(
        "Older revisions of the list still contain it. Anybody can download them by number until "
        "a maintainer deletes them."
    )


def is_listed(model: RegisteredModel) -> bool:
    """True if the model is public now, so that a change removes it from the list."""
    is_published = model.published_revision_id is not None
    return model.visibility == Visibility.PUBLIC and is_published and not model.is_expired()


def was_public(model: RegisteredModel) -> bool:
    """True if the model has left the public list, and older revisions may still contain it."""
    once = model.revisions.filter(visibility=Visibility.PUBLIC, published_at__isnull=False)
    return not is_listed(model) and once.exists()
