"""Drafts: definitions and READMEs in progress, saved step by step until they are submitted.

The definition's text is the draft; form and JSON are two views of it. Every save names the version
of the text that its page has shown, so that two windows can't overwrite each other (lost update).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.form_version import version as version_of
from accounts.models import User
from models_registry import policy
from models_registry.actions.edit import current_revision, edit
from models_registry.actions.register import register
from models_registry.actions.submission import MAX_README_BYTES, Submission
from models_registry.definitions.compare.merge import Conflict, Side, merge
from models_registry.definitions.facts.facts import derive
from models_registry.definitions.facts.kinds import MODEL_TYPES, record_name
from models_registry.definitions.facts.naming import with_name
from models_registry.definitions.form.changes import apply, digests, touched
from models_registry.definitions.form.nodes import Form
from models_registry.definitions.form.tree import form_of
from models_registry.definitions.form.values import canonical, taken_over
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.problems import DefinitionTextError, Problem
from models_registry.drafting.versions import require_any, require_whole, version, whole_version
from models_registry.errors import InvalidModelType, InvalidParameter, NotAllowed, StaleState
from models_registry.models import (
    Draft,
    ReadmeOrigin,
    RegisteredModel,
    Revision,
    SubmittedDraft,
    Visibility,
)
from models_registry.policy import ModelVerb, Outcome
from models_registry.readme.generate import generate

MAX_DRAFTS = 100

_NAME = re.compile(r'"model_(?:name|family)"\s*:\s*"([A-Za-z0-9._-]{1,250})"')


@dataclass(frozen=True, slots=True)
class DraftPage:
    """The page that a save comes from.

    `base` is the version of the text that it showed, `shape` the version of the form's lists,
    `writer` identifies the opened page, and `turn` counts its requests, so that a request that
    arrives late is ignored. `over` is the version that another page saved, if the person has seen
    it and wants to overwrite it. `shown` has digests of the values that the form showed, as JSON:
    of two pages, each overwrites only the fields that it has touched.
    """

    base: str
    writer: str = ""
    shape: str = ""
    turn: int = 0
    over: str = ""
    shown: str = ""


def shape(form: Form) -> str:
    """A version that differs if the form's lists differ, so that pointers mean other values."""
    return version("\n".join(field.pointer for field in form.fields()))


def start(
    model_type: str,
    *,
    by: User,
    definition: str,
    readme: str = "",
    readme_origin: ReadmeOrigin = ReadmeOrigin.WRITTEN,
    readme_zh: str = "",
    guessed: Mapping[str, str] | None = None,
) -> Draft:
    """Start a draft of a new model with a text, parsed or not.

    `guessed` has the reasons why values were filled in: pointer → sentence. Raises NotAllowed,
    InvalidModelType and InvalidParameter (too large, too many drafts).
    """
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    if not any(policy.may_register(by, visibility) for visibility in Visibility.values):
        raise NotAllowed("may_not_register_models")
    _require_room(by)
    return Draft.objects.create(
        owner=by,
        model_type=model_type,
        definition=_storable(definition, "definition", definition_text.MAX_BYTES),
        readme=_storable(readme, "README", MAX_README_BYTES),
        readme_origin=readme_origin,
        readme_zh=_storable(readme_zh, "README", MAX_README_BYTES),
        choices={"guessed": _with_values(definition, guessed or {})},
    )


def may_open_for(model: RegisteredModel, *, by: User) -> bool:
    """True if the person may have a draft of a change to the model."""
    works_with_it = policy.verbs(by, model) & {ModelVerb.EDIT, ModelVerb.PROPOSE}
    return bool(works_with_it) or policy.may_suggest(by, model)


def open_for(model: RegisteredModel, *, by: User) -> Draft:
    """The person's draft of a change to a model: the existing one, else a new one.

    A new one starts from the revision that an edit is based on. Raises NotAllowed, and
    InvalidParameter if the person has too many drafts.
    """
    if not may_open_for(model, by=by):
        raise NotAllowed("may_not_change_model")
    existing = Draft.objects.filter(owner=by, model=model).first()
    if existing is not None:
        return existing
    _require_room(by)
    current = current_revision(model, by=by)
    draft, _created = Draft.objects.get_or_create(
        owner=by,
        model=model,
        defaults={
            "model_type": model.model_type,
            "definition": with_name(current.definition, model.name),
            "readme": current.readme,
            "readme_origin": current.readme_origin,
            "readme_zh": current.readme_zh,
            "visibility": current.visibility,
            "base_revision": current,
        },
    )
    return draft


def _require_room(by: User) -> None:
    if Draft.objects.filter(owner=by).count() >= MAX_DRAFTS:
        raise InvalidParameter("too_many_drafts", max_drafts=MAX_DRAFTS)


def save_form(
    draft: Draft,
    submitted: Mapping[str, Sequence[str]],
    operation: str,
    *,
    page: DraftPage,
) -> list[Problem]:
    """Save the changes of a form; returns the reasons if it could not, and then saves nothing.

    Raises StaleState if another page has saved meanwhile, and DefinitionTextError if the draft's
    text can't be parsed.
    """
    with transaction.atomic():
        draft = _locked(draft)
        if _is_overtaken(draft, page):
            return []
        if page.base != version(draft.definition):
            same_lists = page.shape == shape(_form(draft))
            if operation or not same_lists or not _may_overwrite(draft, page, draft.definition):
                raise _stale_draft(draft)
            # Otherwise the draft is as this very page has saved it.
            if page.over:
                submitted = touched(submitted, _digests_in(page.shown))
        text, problems = apply(draft.definition, draft.model_type, submitted, operation)
        if not problems:
            _write(draft, page, definition=text)
        return problems


def shown_values(form: Form) -> str:
    """The digests of what a form shows, for the page that sends it back."""
    return json.dumps(digests(form), separators=(",", ":"))


def _digests_in(text: str) -> dict[str, str]:
    try:
        values = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def save_json(draft: Draft, typed: str, *, page: DraftPage) -> None:
    """Save the text of the JSON editor, valid or not. Raises StaleState and InvalidParameter."""
    with transaction.atomic():
        draft = _locked(draft)
        if _is_overtaken(draft, page):
            return
        if page.base != version(draft.definition) and not _may_overwrite(
            draft, page, draft.definition
        ):
            raise _stale_draft(draft)
        # Some editors put a byte order mark in front of what is copied from them.
        text = taken_over(draft.definition, typed.removeprefix("\ufeff"))
        text = _storable(text, "definition", definition_text.MAX_BYTES)
        _write(draft, page, definition=text)


def save_readme(
    draft: Draft, typed: str, *, page: DraftPage, origin: ReadmeOrigin = ReadmeOrigin.WRITTEN
) -> None:
    """Save a README (typed, fetched or generated). Raises StaleState and InvalidParameter."""
    with transaction.atomic():
        draft = _locked(draft)
        if _is_overtaken(draft, page):
            return
        if page.base != version(draft.readme) and not _may_overwrite(draft, page, draft.readme):
            raise _stale_draft(draft)
        text = _storable(taken_over(draft.readme, typed), "README", MAX_README_BYTES)
        if text != draft.readme:
            draft.readme_origin = origin
        draft.choices.pop("readme_offer", None)
        _write(draft, page, readme=text)


def save_chinese_readme(draft: Draft, typed: str, *, page: DraftPage) -> None:
    """Save the README in Chinese. Raises StaleState and InvalidParameter."""
    with transaction.atomic():
        draft = _locked(draft)
        if _is_overtaken(draft, page):
            return
        text = draft.readme_zh
        if page.base != version(text) and not _may_overwrite(draft, page, text):
            raise _stale_draft(draft)
        _write(
            draft, page, readme_zh=_storable(taken_over(text, typed), "README", MAX_README_BYTES)
        )


def offer_readme(draft: Draft, text: str, origin: ReadmeOrigin, where: str) -> None:
    """Store a README beside the typed one, until the person chooses. Raises InvalidParameter."""
    with transaction.atomic():
        draft = _locked(draft)
        text = _storable(canonical(text), "README", MAX_README_BYTES)
        draft.choices["readme_offer"] = {"text": text, "origin": origin, "where": where}
        draft.save(update_fields=["choices", "changed_at"])


def drop_offer(draft: Draft) -> None:
    """Keep the typed README, and delete the offered one."""
    with transaction.atomic():
        draft = _locked(draft)
        draft.choices.pop("readme_offer", None)
        draft.save(update_fields=["choices", "changed_at"])


def save_options(
    draft: Draft, *, visibility: Visibility, message: str, page: DraftPage | None = None
) -> None:
    """Save the visibility and the message to the reviewer.

    Raises StaleState if the page shows another definition or README than the draft has now:
    otherwise the person would submit texts that they have not seen.
    """
    with transaction.atomic():
        draft = _locked(draft)
        require_whole(draft, page.base if page is not None else "")
        draft.visibility = visibility
        draft.message = message[:500].replace("\x00", "\ufffd")
        draft.save(update_fields=["visibility", "message", "changed_at"])


def discard(draft: Draft, *, base: str) -> None:
    """Delete a draft as the page has shown it. Raises StaleState if it was changed meanwhile."""
    with transaction.atomic():
        draft = _locked(draft)
        require_any(draft, base)
        draft.delete()


def replace_definition(
    draft: Draft, text: str, *, base: str, guessed: Mapping[str, str] | None = None
) -> None:
    """Replace the text of this version by another one. Raises what `save_json` raises.

    `guessed` has the reasons why values were filled in, as for `start`.
    """
    with transaction.atomic():
        save_json(draft, text, page=DraftPage(base=base))
        if guessed is not None:
            draft = _locked(draft)
            draft.choices["guessed"] = _with_values(draft.definition, guessed)
            draft.save(update_fields=["choices"])


def outcome(draft: Draft, visibility: str) -> Outcome | None:
    """The outcome of a submission with this visibility; None if the person may not submit it."""
    if draft.model is None:
        return policy.may_register(draft.owner, visibility)
    return policy.may_change_to(draft.owner, draft.model, visibility)


@definition_text.scanned_once()
def submit(draft: Draft, *, by: User) -> Revision:
    """Register or change the model, and delete the draft.

    An empty README is generated from the definition. If `register` or `edit` raise an error, the
    draft stays.
    """
    with transaction.atomic():
        if draft.model_id is not None:
            # The model first and then its drafts, as when it is renamed: otherwise both deadlock.
            RegisteredModel.objects.select_for_update().filter(pk=draft.model_id).first()
        draft = _locked(draft)
        readme, origin = draft.readme, ReadmeOrigin(draft.readme_origin)
        if not readme.strip():
            readme, origin = generated_readme(draft), ReadmeOrigin.GENERATED
        submission = Submission(
            definition=draft.definition,
            readme=readme,
            readme_origin=origin,
            readme_zh=draft.readme_zh,
            visibility=Visibility(draft.visibility),
            message=draft.message,
        )
        if draft.model is None:
            revision = register(draft.model_type, submission, by=by)
        else:
            base = draft.base_revision.number if draft.base_revision else 0
            revision = edit(draft.model, submission, by=by, base_revision=base)
        # After a restore, a number of a draft that was submitted may come again.
        SubmittedDraft.objects.update_or_create(
            draft=draft.pk, defaults={"owner": draft.owner, "revision": revision}
        )
        draft.delete()
        return revision


def keep_typed(
    done: SubmittedDraft, view: str, posted: Mapping[str, Sequence[str]]
) -> Draft | None:
    """A new draft with what was typed into a page of a draft that was submitted meanwhile; None if
    it says nothing new.

    If the person has another draft of the model, this one is of a new model. Raises NotAllowed
    and InvalidParameter.
    """
    revision = done.revision
    definition, readme = revision.definition, revision.readme
    chinese = revision.readme_zh
    if view == "json" and "text" in posted:
        definition = taken_over(definition, posted["text"][-1])
    elif view == "readme" and "text" in posted:
        readme = taken_over(readme, posted["text"][-1])
    elif view == "readme-zh" and "text" in posted:
        chinese = taken_over(chinese, posted["text"][-1])
    elif view == "form":
        definition, _problems = apply(definition, revision.model.model_type, posted)
    if (definition, readme, chinese) == (
        revision.definition,
        revision.readme,
        revision.readme_zh,
    ):
        return None
    with transaction.atomic():
        is_free = not Draft.objects.filter(owner=done.owner, model=revision.model).exists()
        if is_free and may_open_for(revision.model, by=done.owner):
            draft = open_for(revision.model, by=done.owner)
            draft.base_revision = revision
        else:
            model_type = revision.model.model_type
            draft = start(model_type, by=done.owner, definition=definition, readme=readme)
        draft.definition = _storable(definition, "definition", definition_text.MAX_BYTES)
        if readme != draft.readme:
            draft.readme_origin = ReadmeOrigin.WRITTEN
        draft.readme = _storable(readme, "README", MAX_README_BYTES)
        draft.readme_zh = _storable(chinese, "README", MAX_README_BYTES)
        draft.save()
    return draft


def generated_readme(draft: Draft) -> str:
    """A README generated from the definition; "" if it can't be parsed or has no name."""
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
    """A draft merged with what somebody else has published meanwhile.

    `version` changes if one of the three texts changes.
    """

    current: Revision
    version: str
    definition: str
    conflicts: list[Conflict]
    readme: str
    readme_zh: str
    readme_differs: bool


def rebase(draft: Draft, *, choices: Mapping[str, Side] | None = None) -> Rebase:
    """Merge the draft of a change with the model's present revision, without saving.

    `choices` has the chosen side for each conflict's key; "readme" stands for the READMEs in both
    languages, of which both sides have changed the same one. Raises
    StaleState if there is nothing to merge, and DefinitionTextError if the draft can't be parsed.
    """
    # SECURITY: the model may have been hidden from the draft's owner since.
    if draft.model is None or not may_open_for(draft.model, by=draft.owner):
        raise StaleState("draft_has_nothing_to_merge")
    choices = choices or {}
    current = current_revision(draft.model, by=draft.owner)
    base = draft.base_revision or current
    merged = merge(base.definition, draft.definition, current.definition, choices=choices)
    side = choices.get("readme")
    readme = _merged_readme(base.readme, draft.readme, current.readme, side)
    chinese = _merged_readme(base.readme_zh, draft.readme_zh, current.readme_zh, side)
    return Rebase(
        current=current,
        version=version_of(base=base.pk, current=current.pk, draft=whole_version(draft)),
        definition=merged.text,
        conflicts=merged.conflicts,
        readme=readme[0],
        readme_zh=chinese[0],
        readme_differs=readme[1] or chinese[1],
    )


def _merged_readme(base: str, ours: str, theirs: str, side: Side | None) -> tuple[str, bool]:
    """A README that two people may have changed, and whether both did."""
    both_changed = ours not in (base, theirs) and theirs != base
    takes_theirs = side == "theirs" if both_changed else ours == base
    return (theirs if takes_theirs else ours), both_changed


def apply_rebase(draft: Draft, result: Rebase) -> None:
    """Base the draft on the present revision, with the merged texts."""
    with transaction.atomic():
        draft = _locked(draft)
        draft.base_revision = result.current
        draft.definition = result.definition
        draft.readme = result.readme
        draft.readme_zh = result.readme_zh
        draft.save()


def _locked(draft: Draft) -> Draft:
    """The draft, locked. Raises StaleState if it was submitted or discarded meanwhile."""
    locked = Draft.objects.select_for_update().filter(pk=draft.pk, owner_id=draft.owner_id).first()
    if locked is None:
        raise StaleState("draft_is_gone")
    return locked


def _form(draft: Draft) -> Form:
    return form_of(definition_text.parse(draft.definition), draft.model_type)


def _may_overwrite(draft: Draft, page: DraftPage, text: str) -> bool:
    """True if the draft is as this page has saved it (although its answer was lost), or as the
    person has seen it when they chose to overwrite it."""
    if page.over:
        return page.over == version(text)
    return page.writer != "" and draft.choices.get("writer") == page.writer


def _is_overtaken(draft: Draft, page: DraftPage) -> bool:
    """True if a later request of the same page was handled first."""
    same_page = page.writer != "" and draft.choices.get("writer") == page.writer
    return same_page and page.turn < int(draft.choices.get("turn", 0))


def _stale_draft(draft: Draft) -> StaleState:
    return StaleState("draft_is_stale")


def _write(draft: Draft, page: DraftPage, **texts: str) -> None:
    for name, text in texts.items():
        setattr(draft, name, text)
    draft.choices["writer"] = page.writer
    draft.choices["turn"] = page.turn
    draft.save()


def _storable(text: str, subject: str, limit: int) -> str:
    """A text that the database accepts. Raises InvalidParameter if it is too large."""
    text = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    size = len(text.encode("utf-8"))
    if size > limit:
        raise InvalidParameter(
            "text_is_too_large", what=subject, size=f"{size:,}", limit=f"{limit:,}"
        )
    return text


def _with_values(definition: str, guessed: Mapping[str, str]) -> dict[str, list[str]]:
    """Reasons with the guessed value: they end when the value changes."""
    try:
        parsed = definition_text.parse(definition)
    except DefinitionTextError:
        return {}
    reasons = {}
    for pointer, reason in guessed.items():
        node, _, exists = parsed.find(pointer)
        if exists:
            reasons[pointer] = [reason, version(parsed.text[node.start : node.end])]
    return reasons


def name_in(text: str) -> str:
    """The first name in a draft's text, even if it can't be parsed; "" for none."""
    match = _NAME.search(text)
    return match.group(1) if match else ""


def guessed_values(draft: Draft, form: Form) -> dict[str, str]:
    """The reasons for values that the hub has filled in and nobody has changed since."""
    definition = form.definition
    still = {}
    for pointer, (reason, source) in draft.choices.get("guessed", {}).items():
        node, _, exists = definition.find(pointer)
        if exists and version(definition.text[node.start : node.end]) == source:
            still[pointer] = reason
    return still
