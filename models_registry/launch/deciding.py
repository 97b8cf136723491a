"""What a person decides about models that differ from the source: value by value, or as a whole."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, publication
from models_registry.catalogue import build
from models_registry.definitions.kinds import record_name
from models_registry.definitions.layouts import Layout, split_path
from models_registry.definitions.loading import loading_problems
from models_registry.definitions.merge import Conflict, Side
from models_registry.definitions.reconcile import (
    WHOLE,
    Joint,
    Kind,
    decided,
    new_problems,
    places,
    reconcile,
)
from models_registry.definitions.text import parse
from models_registry.errors import InvalidDefinition, InvalidParameter, NotAllowed, StaleState
from models_registry.launch.bases import base_of, remember_source
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision, Visibility
from models_registry.policy import ModelVerb
from models_registry.update_tables import SourceMark
from models_registry.upstream.outgoing import note_change

MAX_TOLD: Final = 40


@dataclass(frozen=True)
class Difference:
    """A model and the source's version of it, as they are now."""

    model: RegisteredModel
    mark: SourceMark
    base: str
    ours: str
    theirs: str

    @property
    def version(self) -> str:
        """What tells this difference from the one that another moment had."""
        whole = "\x00".join((str(self.model.pk), self.base, self.ours, self.theirs))
        return _digest(whole)

    @cached_property
    def joint(self) -> Joint:
        """What an update would make of it now; something may have been edited since the last."""
        return reconcile(
            self.model.model_type, self.base, self.ours, self.theirs, now=int(time.time())
        )

    def places(self, choices: Mapping[str, Side] | None = None) -> list[Conflict]:
        """Where to choose; nowhere where the two fit together by now."""
        if self.joint.kind is not Kind.CONFLICT:
            return []
        return places(self.base, self.ours, self.theirs, choices)

    def choices(self, posted: Mapping[str, str]) -> dict[str, Side]:
        """What a form says: a side for each place under its `field_of`, or one of "all" for every
        place; what is neither side is no choice."""
        found: dict[str, Side] = {}
        while True:
            more: dict[str, Side] = {}
            for place in self.places(found):
                said = posted.get("all") or posted.get(field_of(place))
                if place.key not in found and said in ("ours", "theirs"):
                    more[place.key] = "ours" if said == "ours" else "theirs"
            if not more:
                return found
            found |= more


def field_of(place: Conflict) -> str:
    """The name of a place's field in a form: the same for the same values, so that a choice is
    still there when something else has changed."""
    sides = (place.key, place.base or "", place.ours or "", place.theirs or "")
    return "side-" + _digest("\x00".join(sides))


def may_decide(user: User | AnonymousUser, model: RegisteredModel) -> bool:
    """Whether the user may bring the source's version into a model: who may edit it, and for a
    public one holds the right to update, too."""
    if model.visibility == Visibility.PRIVATE or ModelVerb.EDIT not in policy.verbs(user, model):
        return False
    return model.visibility != Visibility.PUBLIC or policy.holds(user, "update_catalogue")


def difference(model: RegisteredModel) -> Difference | None:
    """How a model differs from the source since the last update, if somebody must decide it."""
    mark = SourceMark.objects.filter(model=model).exclude(their_text="").first()
    if mark is None or model.published_revision is None:
        return None
    ours = model.published_revision.definition
    return Difference(model, mark, base_of(model), ours, mark.their_text)


def decide(
    model: RegisteredModel, posted: Mapping[str, str], *, by: User, version: str
) -> Revision | None:
    """Make a model what was decided, and let the source's version count as known.

    In: the model, the form's fields (see `Difference.choices`), the person, the `version` of what
    he was shown. Out: the revision that was published; None where the model stays as it is. It goes
    on to upstream where it differs from that. Raises NotAllowed, StaleState where the model or the
    source's version is another one by now, InvalidParameter where a choice is lacking, and
    InvalidDefinition where what was chosen does not fit together.
    """
    with transaction.atomic():
        model = _locked(model)
        if not may_decide(by, model):
            raise NotAllowed(_("You may not decide between this model and the source's version."))
        found = difference(model)
        if found is None:
            raise StaleState(_("This model no longer differs from the source: it was decided."))
        if found.version != version:
            raise StaleState(
                _(
                    "The model here, or the source's version of it, has changed since this page "
                    "was shown. Look at it once more; what you chose is kept where nothing changed."
                )
            )
        choices = found.choices(posted)
        text = _decided(found, choices)
        revision = _published(found, text, by) if text != found.ours else None
        place: tuple[Layout, str] = ("split", split_path(model.model_type, model.name))
        remember_source(model, parse(found.theirs), place, source=found.mark.source)
        _settle(found.mark)
        model = _locked(model)
        if model.visibility == Visibility.PUBLIC:
            build.rebuild([model.model_type])
            note_change(model, by=by)
        _record(found, choices, revision, by)
    return revision


def keep(model: RegisteredModel, *, by: User) -> None:
    """Let a model stay that the source no longer has, and say no more of it until it is back.

    Raises NotAllowed, and StaleState where the source has it.
    """
    with transaction.atomic():
        model = _locked(model)
        if not may_decide(by, model):
            raise NotAllowed(_("You may not decide what becomes of this model."))
        gone = SourceMark.objects.filter(model=model, missing_since__isnull=False)
        if not gone.filter(kept_since=None).update(kept_since=timezone.now()):
            raise StaleState(
                _("The source has this model, or it was decided already that it stays.")
            )
        record(Tag.SOURCE_DECIDE, by=by, target=model, decision="stays without the source")


def _decided(found: Difference, choices: Mapping[str, Side]) -> str:
    """The text that was decided on, checked. Raises InvalidParameter and InvalidDefinition."""
    model_type = found.model.model_type
    if found.joint.kind is not Kind.CONFLICT:
        return found.joint.here
    decision = decided(found.base, found.ours, found.theirs, choices, now=int(time.time()))
    if decision.undecided:
        named = ", ".join(one.pointer or "/" for one in decision.undecided[:MAX_TOLD])
        told = _("Choose a side at each of these places: %(places)s.")
        raise InvalidParameter(told % {"places": named})
    text = decision.text
    if text == found.ours:
        return text
    definition = parse(text)
    problems = new_problems(model_type, text, found.ours, found.theirs)
    # What no server loads is no gain for anybody, even where the source has it so.
    problems += loading_problems(model_type, definition.records, definition=definition)
    if problems:
        raise InvalidDefinition(problems)
    if any(record_name(one) != found.model.name for one in definition.records):
        told = _("The source's definition is not one of %(name)s.")
        raise InvalidParameter(told % {"name": found.model.name})
    return text


def _published(found: Difference, text: str, by: User) -> Revision:
    published = found.model.published_revision
    content = publication.Content(
        definition=text,
        readme=published.readme if published is not None else "",
        readme_origin=ReadmeOrigin(
            published.readme_origin if published is not None else ReadmeOrigin.GENERATED
        ),
        message="Taken from the source"
        if text == found.theirs
        else "Decided between the hub's and the source's changes",
    )
    return publication.publish(found.model, content, by=by)


def _settle(mark: SourceMark) -> None:
    if mark.missing_since is None:
        mark.delete()
        return
    mark.conflicts, mark.their_text, mark.why = [], "", ""
    mark.save(update_fields=["conflicts", "their_text", "why", "changed_at"])


def _record(
    found: Difference, choices: Mapping[str, Side], revision: Revision | None, by: User
) -> None:
    told = {one.pointer or "/": choices[one.key] for one in found.places(choices)[:MAX_TOLD]}
    before = found.model.published_revision
    if revision is None:
        data = {"source": found.mark.source, "choices": told}
        record(Tag.SOURCE_DECIDE, by=by, target=found.model, decision="kept as it is here", **data)
        return
    record(
        Tag.MODEL_PUBLISH,
        by=by,
        target=found.model,
        revision=revision.number,
        before=before.number if before is not None else None,
        visibility=str(found.model.visibility),
        message=revision.message,
        source=found.mark.source,
        choices=told,
    )


def _locked(model: RegisteredModel) -> RegisteredModel:
    locked = RegisteredModel.objects.select_for_update().filter(pk=model.pk).first()
    if locked is None:
        raise StaleState(_("This model was deleted meanwhile."))
    return locked


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def is_whole(found: list[Conflict]) -> bool:
    """Whether the model as a whole is to be chosen."""
    return [one.key for one in found] == [WHOLE]
