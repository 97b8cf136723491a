"""Adds one model: looked up at the source, or given as a definition, previewed and confirmed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, use_cases
from models_registry.catalogue import build
from models_registry.definitions import text as definition_text
from models_registry.definitions.kinds import MODEL_TYPES, name_key, record_name
from models_registry.definitions.layouts import UpstreamModel, read_tree, split_path
from models_registry.definitions.problems import DefinitionTextError, quoted
from models_registry.errors import (
    InvalidDefinition,
    InvalidModelType,
    InvalidParameter,
    NameTaken,
    NotAllowed,
    SourceNotFound,
)
from models_registry.imports import publish_found
from models_registry.launch import servers, telling
from models_registry.launch.bases import remember_source
from models_registry.models import ReadmeOrigin, RegisteredModel, Visibility
from models_registry.policy import Outcome
from models_registry.sources.hub import fetch_model, suggest_names
from models_registry.sources.open import read_source


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may be added; `source` is empty for what somebody brought himself.

    `visibility` is what the source says of it; what is not public there is never made public here.
    """

    model_type: str
    name: str
    text: str
    readme: str = ""
    source: str = ""
    visibility: str = "public"

    def as_dict(self) -> dict[str, Any]:
        """The candidate as a session keeps it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that may become of a candidate."""

    visibility: Visibility
    outcome: Outcome


def look_up(asked: str, *, model_type: str = "", token: str = "") -> Candidate:
    """Look a model up at the source, by its exact name or its page's address there.

    In: what was typed, the type where several have that name, an access token of the source.
    Raises InvalidParameter, SourceNotFound, SourceRefused, SourceUnavailable and what `fetch`
    raises.
    """
    asked = asked.strip()
    source = settings.ENV.hub_source
    kind, _colon, address = source.partition(":")
    if not asked:
        raise InvalidParameter(_("Type the model's name, or the address of its page."))
    if kind == "hub":
        found = fetch_model(address, asked, model_type=model_type, token=token)
        model = found.model
        visibility = found.visibility or "public"
        return Candidate(model.model_type, model.name, model.text, found.readme, source, visibility)
    if kind not in {"dir", "file"}:
        raise InvalidParameter(
            _(
                "Single models can't be asked of %(source)s. Update their type, or paste a "
                "definition."
            )
            % {"source": source}
        )
    models = read_tree(read_source(source).files).models
    for model in models:
        if model.name == asked and model_type in ("", model.model_type):
            return Candidate(model.model_type, model.name, model.text, "", source)
    text = _("%(source)s has no model %(name)s. Names are case-sensitive.")
    raise SourceNotFound(text % {"source": source, "name": quoted(asked)})


def suggestions(text: str, *, token: str = "") -> list[tuple[str, str]]:
    """Names (with types) at the source in which a text occurs; none where it can't be asked."""
    kind, _colon, address = str(settings.ENV.hub_source).partition(":")
    if kind != "hub" or len(text.strip()) < 2:
        return []
    return suggest_names(address, text.strip()[:100], token=token)


def from_text(model_type: str, text: str) -> Candidate:
    """Read a definition that somebody brought; a lone record is put into an array.

    Raises InvalidModelType and InvalidDefinition with every error.
    """
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    try:
        text = definition_text.as_array(text)
    except DefinitionTextError as error:
        raise InvalidDefinition(error.problems) from error
    definition = use_cases.checked(model_type, text)
    return Candidate(model_type, record_name(definition.records[0]) or "", text)


def ways(user: User, candidate: Candidate) -> list[Way]:
    """What the person may make of a candidate, the most open first."""
    found = []
    for visibility in (Visibility.PUBLIC, Visibility.ENTERPRISE, Visibility.PRIVATE):
        is_public = visibility == Visibility.PUBLIC
        if is_public and candidate.visibility != "public":
            continue
        outcome = policy.may_register(user, visibility)
        if is_public and candidate.source:
            may = policy.holds(user, "update_catalogue")
            outcome = Outcome.PUBLISHED if may else None
        if outcome is not None:
            found.append(Way(visibility, outcome))
    return found


def add(candidate: Candidate, *, by: User, visibility: str) -> RegisteredModel:
    """Add a candidate that was previewed.

    Raises NotAllowed, NameTaken, and what `use_cases.register` raises.
    """
    way = next((one for one in ways(by, candidate) if one.visibility == visibility), None)
    if way is None:
        text = _("You may not add %(name)s with this visibility.")
        raise NotAllowed(text % {"name": quoted(candidate.name)})
    if candidate.source and way.visibility == Visibility.PUBLIC:
        return _add_public(candidate, by=by)
    origin = ReadmeOrigin.FETCHED if candidate.source else ReadmeOrigin.WRITTEN
    submission = use_cases.Submission(
        definition=candidate.text,
        readme=candidate.readme,
        readme_origin=origin,
        visibility=way.visibility,
        message=f"Added from {candidate.source}" if candidate.source else "Added",
    )
    revision = use_cases.register(candidate.model_type, submission, by=by)
    return RegisteredModel.objects.get(pk=revision.model_id)


def tell_servers(model: RegisteredModel, *, by: User) -> list[str]:
    """Have the servers that the person may use learn of a model; what came of it, by server.

    What is not public goes to the person's own server alone.
    """
    found = [
        telling.tell_of(model, server, by=by)
        for server in servers.servers_of(by)
        if server.whose == servers.Whose.OWN or model.visibility == Visibility.PUBLIC
    ]
    return [said for said in found if said]


def _add_public(candidate: Candidate, *, by: User) -> RegisteredModel:
    """Publish the source's definition with its very bytes, as an update would."""
    definition = use_cases.checked(candidate.model_type, candidate.text)
    path = split_path(candidate.model_type, candidate.name)
    found = UpstreamModel(candidate.model_type, candidate.name, candidate.text, path, "split")
    with transaction.atomic():
        model, is_new = RegisteredModel.objects.get_or_create(
            model_type=candidate.model_type,
            name_key=name_key(candidate.name),
            visibility=Visibility.PUBLIC,
            defaults={"name": candidate.name},
        )
        if not is_new:
            raise NameTaken(candidate.model_type, candidate.name)
        publish_found(model, found, definition, candidate.source, readme=candidate.readme)
        remember_source(model, definition, (found.layout, found.path), source=candidate.source)
        build.rebuild([candidate.model_type])
        record(
            Tag.CATALOGUE_UPDATE,
            by=by,
            target=model,
            source=candidate.source,
            model_type=candidate.model_type,
            new=[candidate.name],
        )
    return RegisteredModel.objects.get(pk=model.pk)
