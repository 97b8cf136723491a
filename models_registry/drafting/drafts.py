"""Drafts: what somebody is writing, kept step by step until it is submitted.

The definition's text is the draft; form and JSON are two views of it. Every save says which text
its page was made of, so that a second window can't overwrite the first one unseen.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from models_registry import policy, use_cases
from models_registry.definitions import text as definition_text
from models_registry.definitions.facts import derive
from models_registry.definitions.form.changes import apply
from models_registry.definitions.form.nodes import Form
from models_registry.definitions.form.tree import form_of
from models_registry.definitions.form.values import canonical, taken_over
from models_registry.definitions.kinds import MODEL_TYPES, record_name
from models_registry.definitions.merge import Conflict, Side, merge
from models_registry.definitions.problems import DefinitionTextError, Problem
from models_registry.errors import InvalidModelType, InvalidParameter, NotAllowed, StaleState
from models_registry.models import Draft, ReadmeOrigin, RegisteredModel, Revision, Visibility
from models_registry.policy import ModelVerb, Outcome
from models_registry.readme.generate import generate

MAX_DRAFTS = 100

_NAME = re.compile(r'"model_(?:name|family)"\s*:\s*"([A-Za-z0-9._-]{1,250})"')


@dataclass(frozen=True, slots=True)
class Page:
    """The page that a save comes from.

    `base` is the version of the text that it showed, `shape` that of the form's lists, `writer` a
    word that tells one opened page from another, and `turn` counts what the page has sent, so that
    a request that was overtaken does no harm. `forced` overwrites what another page saved.
    """

    base: str
    writer: str = ""
    shape: str = ""
    turn: int = 0
    forced: bool = False


def version(text: str) -> str:
    """What tells one text from another in a hidden field."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def shape(form: Form) -> str:
    """What tells forms apart whose lists are not the same, so that pointers mean other values."""
    return version("\n".join(field.pointer for field in form.fields()))


def start(
    model_type: str,
    *,
    by: User,
    definition: str,
    readme: str = "",
    readme_origin: ReadmeOrigin = ReadmeOrigin.WRITTEN,
    guessed: Mapping[str, str] | None = None,
) -> Draft:
    """Begin a new model with a text, parsed or not.

    `guessed` says why values were filled in: pointer → sentence. Raises NotAllowed,
    InvalidModelType and InvalidParameter (too large, too many drafts).
    """
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    if not any(policy.may_register(by, one) for one in Visibility.values):
        raise NotAllowed("You may not register models.")
    if Draft.objects.filter(owner=by).count() >= MAX_DRAFTS:
        raise InvalidParameter(f"You have {MAX_DRAFTS} drafts. Submit or discard some first.")
    return Draft.objects.create(
        owner=by,
        model_type=model_type,
        definition=_storable(definition, "definition", definition_text.MAX_BYTES),
        readme=_storable(readme, "README", use_cases.MAX_README_BYTES),
        readme_origin=readme_origin,
        choices={"guessed": _with_values(definition, guessed or {})},
    )


def open_for(model: RegisteredModel, *, by: User) -> Draft:
    """The person's draft of a change to a model: the one that is there, else a new one.

    A new one holds the revision that an edit starts from. Raises NotAllowed.
    """
    if not policy.verbs(by, model) & {ModelVerb.EDIT, ModelVerb.PROPOSE}:
        raise NotAllowed("You may not change this model.")
    current = use_cases.current_revision(model, by=by)
    draft, _ = Draft.objects.get_or_create(
        owner=by,
        model=model,
        defaults={
            "model_type": model.model_type,
            "definition": current.definition,
            "readme": current.readme,
            "readme_origin": current.readme_origin,
            "visibility": current.visibility,
            "base_revision": current,
        },
    )
    return draft


def save_form(
    draft: Draft,
    submitted: Mapping[str, Sequence[str]],
    operation: str,
    *,
    page: Page,
) -> list[Problem]:
    """Save what a form was changed to; out: why it could not be, and then nothing was.

    Raises StaleState where another page saved meanwhile, and DefinitionTextError where the
    draft's text is no definition.
    """
    with transaction.atomic():
        draft = _locked(draft)
        if _is_overtaken(draft, page):
            return []
        if page.base != version(draft.definition):
            same_lists = page.shape == shape(_form(draft))
            if operation or not same_lists or not _is_last_writer(draft, page):
                raise _moved(draft)
        text, problems = apply(draft.definition, draft.model_type, submitted, operation)
        if not problems:
            _write(draft, page, definition=text)
        return problems


def save_json(draft: Draft, typed: str, *, page: Page) -> None:
    """Save the text of the JSON editor, whatever it is. Raises StaleState and InvalidParameter."""
    with transaction.atomic():
        draft = _locked(draft)
        if _is_overtaken(draft, page):
            return
        if page.base != version(draft.definition) and not _is_last_writer(draft, page):
            raise _moved(draft)
        text = taken_over(draft.definition, typed)
        text = _storable(text, "definition", definition_text.MAX_BYTES)
        _write(draft, page, definition=text)


def save_readme(
    draft: Draft, typed: str, *, page: Page, origin: ReadmeOrigin = ReadmeOrigin.WRITTEN
) -> None:
    """Save a README that was typed, fetched or made. Raises StaleState and InvalidParameter."""
    with transaction.atomic():
        draft = _locked(draft)
        if _is_overtaken(draft, page):
            return
        if page.base != version(draft.readme) and not _is_last_writer(draft, page):
            raise _moved(draft)
        text = _storable(taken_over(draft.readme, typed), "README", use_cases.MAX_README_BYTES)
        if text != draft.readme:
            draft.readme_origin = origin
        draft.choices.pop("readme_offer", None)
        _write(draft, page, readme=text)


def offer_readme(draft: Draft, text: str, origin: ReadmeOrigin, where: str) -> None:
    """Keep a README beside the typed one, until its writer chooses. Raises InvalidParameter."""
    with transaction.atomic():
        draft = _locked(draft)
        text = _storable(canonical(text), "README", use_cases.MAX_README_BYTES)
        draft.choices["readme_offer"] = {"text": text, "origin": origin, "where": where}
        draft.save(update_fields=["choices", "changed_at"])


def drop_offer(draft: Draft) -> None:
    """Keep the typed README, and forget the one that was offered."""
    with transaction.atomic():
        draft = _locked(draft)
        draft.choices.pop("readme_offer", None)
        draft.save(update_fields=["choices", "changed_at"])


def save_wishes(draft: Draft, *, visibility: Visibility, message: str) -> None:
    """Save whose the model shall be and what the person says about the change."""
    with transaction.atomic():
        draft = _locked(draft)
        draft.visibility = visibility
        draft.message = message[:500].replace("\x00", "\ufffd")
        draft.save(update_fields=["visibility", "message", "changed_at"])


def replace_definition(draft: Draft, text: str, *, base: str) -> None:
    """Put a text in the place of the one of that version. Raises what `save_json` raises."""
    save_json(draft, text, page=Page(base=base))


def outcome(draft: Draft, visibility: str) -> Outcome | None:
    """What a submission with that visibility would become; None where the person may not."""
    if draft.model is None:
        return policy.may_register(draft.owner, visibility)
    return policy.may_change_to(draft.owner, draft.model, visibility)


def submit(draft: Draft, *, by: User) -> Revision:
    """Register the model or change it, and drop the draft.

    Without a README one is made of the definition. Raises what `use_cases.register` and
    `use_cases.edit` raise; then the draft stays.
    """
    with transaction.atomic():
        draft = _locked(draft)
        readme, origin = draft.readme, ReadmeOrigin(draft.readme_origin)
        if not readme.strip():
            readme, origin = generated_readme(draft), ReadmeOrigin.GENERATED
        submission = use_cases.Submission(
            definition=draft.definition,
            readme=readme,
            readme_origin=origin,
            visibility=Visibility(draft.visibility),
            message=draft.message,
        )
        if draft.model is None:
            revision = use_cases.register(draft.model_type, submission, by=by)
        else:
            base = draft.base_revision.number if draft.base_revision else 0
            revision = use_cases.edit(draft.model, submission, by=by, base_revision=base)
        draft.delete()
        return revision


def generated_readme(draft: Draft) -> str:
    """A README made of the definition; empty where that can't be read or has no name."""
    try:
        records = definition_text.parse(draft.definition).records
    except DefinitionTextError:
        return ""
    name = record_name(records[0])
    if not name:
        return ""
    return generate(draft.model_type, name, derive(draft.model_type, records), records)


@dataclass(frozen=True, slots=True)
class Rebase:
    """A draft brought together with what somebody else published meanwhile."""

    current: Revision
    definition: str
    conflicts: list[Conflict]
    readme: str
    readme_differs: bool

    @property
    def is_clean(self) -> bool:
        """Whether nothing has to be chosen."""
        return not self.conflicts and not self.readme_differs


def rebase(draft: Draft, *, choices: Mapping[str, Side] | None = None) -> Rebase:
    """Bring the draft of a change and the model's present revision together; nothing is saved.

    `choices` say by the conflict's key (the README's is "readme") which side is right. Raises
    StaleState where there is nothing to bring together, and DefinitionTextError where the draft is
    no definition.
    """
    if draft.model is None:
        raise StaleState("This draft is a new model: there is nothing to bring together.")
    choices = choices or {}
    current = use_cases.current_revision(draft.model, by=draft.owner)
    base = draft.base_revision or current
    merged = merge(base.definition, draft.definition, current.definition, choices=choices)
    both = draft.readme not in (base.readme, current.readme) and current.readme != base.readme
    theirs = choices.get("readme") == "theirs" if both else draft.readme == base.readme
    return Rebase(
        current=current,
        definition=merged.text,
        conflicts=merged.conflicts,
        readme=current.readme if theirs else draft.readme,
        readme_differs=both,
    )


def take_over(draft: Draft, result: Rebase) -> None:
    """Go on from the present revision, with what was brought together."""
    with transaction.atomic():
        draft = _locked(draft)
        draft.base_revision = result.current
        draft.definition = result.definition
        draft.readme = result.readme
        draft.save()


def _locked(draft: Draft) -> Draft:
    """The draft, locked. Raises StaleState where it was submitted or discarded meanwhile."""
    mine = Draft.objects.select_for_update().filter(pk=draft.pk, owner_id=draft.owner_id).first()
    if mine is None:
        raise StaleState("This draft was submitted or discarded in another window.")
    return mine


def _form(draft: Draft) -> Form:
    return form_of(definition_text.parse(draft.definition), draft.model_type)


def _is_last_writer(draft: Draft, page: Page) -> bool:
    """Whether the draft stands as this page left it, though the page did not hear of that."""
    return page.forced or (page.writer != "" and draft.choices.get("writer") == page.writer)


def _is_overtaken(draft: Draft, page: Page) -> bool:
    """Whether a later request of the same page was there first."""
    same_page = page.writer != "" and draft.choices.get("writer") == page.writer
    return same_page and page.turn < int(draft.choices.get("turn", 0))


def _moved(draft: Draft) -> StaleState:
    return StaleState(
        "This draft was changed in another window meanwhile. What stands here is not saved."
    )


def _write(draft: Draft, page: Page, **texts: str) -> None:
    for name, text in texts.items():
        setattr(draft, name, text)
    draft.choices["writer"] = page.writer
    draft.choices["turn"] = page.turn
    draft.save()


def _storable(text: str, what: str, limit: int) -> str:
    """A text as the database takes it. Raises InvalidParameter where it is too large."""
    text = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    size = len(text.encode("utf-8"))
    if size > limit:
        raise InvalidParameter(f"The {what} has {size:,} bytes; at most {limit:,} are allowed.")
    return text


def _with_values(definition: str, guessed: Mapping[str, str]) -> dict[str, list[str]]:
    """Reasons with the source of the value that was guessed: they end when the value changes."""
    try:
        parsed = definition_text.parse(definition)
    except DefinitionTextError:
        return {}
    found = {}
    for pointer, reason in guessed.items():
        node, _, exists = parsed.find(pointer)
        if exists:
            found[pointer] = [reason, version(parsed.text[node.start : node.end])]
    return found


def name_in(text: str) -> str:
    """The first name in the text of a draft, whether that can be read or not; "" for none."""
    match = _NAME.search(text)
    return match.group(1) if match else ""


def guessed_values(draft: Draft, form: Form) -> dict[str, str]:
    """Why values are what they are, where the hub filled them in and nobody changed them since."""
    definition = form.definition
    still = {}
    for pointer, (reason, source) in draft.choices.get("guessed", {}).items():
        node, _, exists = definition.find(pointer)
        if exists and version(definition.text[node.start : node.end]) == source:
            still[pointer] = reason
    return still
