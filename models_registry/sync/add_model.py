"""Adds one model, from the source or from a pasted definition, after a preview."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from accounts.form_version import version
from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, revision_messages
from models_registry.actions.register import register
from models_registry.actions.submission import Submission, checked
from models_registry.changes import changing
from models_registry.definitions.facts.kinds import MODEL_TYPES, name_key, record_name
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.problems import DefinitionTextError, quoted
from models_registry.definitions.upstream_files.layouts import (
    UpstreamModel,
    read_tree,
    split_path,
)
from models_registry.errors import (
    InvalidDefinition,
    InvalidModelType,
    InvalidParameter,
    NameTaken,
    NotAllowed,
    SourceNotFound,
)
from models_registry.models import ReadmeOrigin, RegisteredModel, Visibility
from models_registry.permissions import Right
from models_registry.policy import Outcome
from models_registry.readme.generate import NOTE
from models_registry.servers import access, commands
from models_registry.sync.merge_bases import remember_source
from models_registry.sync.source_publication import publish_source_model
from models_registry.sync.sources.hub import fetch_model, suggest_names
from models_registry.sync.sources.reader import read_source


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may be added; `source` is empty for a definition that a person pasted.

    `visibility` is the one at the source; what is not public there never becomes public here.
    """

    model_type: str
    name: str
    text: str
    readme: str = ""
    source: str = ""
    visibility: str = "public"

    @property
    def version(self) -> str:
        """The version in the form that adds it: another window may have looked up another model."""
        return version(candidate=sorted(self.as_dict().items()))

    def as_dict(self) -> dict[str, Any]:
        """The candidate as it is stored in a session."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to add a candidate."""

    visibility: Visibility
    outcome: Outcome


def look_up(name_or_address: str, *, model_type: str = "", token: str = "") -> Candidate:
    """Look a model up at the source, by its exact name or the address of its page there.

    `model_type` is needed if several types have that name; `token` is an access token of the
    source. Raises InvalidParameter, SourceNotFound, SourceRefused, SourceUnavailable and what
    `fetch` raises.
    """
    name_or_address = name_or_address.strip()
    source = settings.ENV.hub_source
    kind, _colon, address = source.partition(":")
    if not name_or_address:
        raise InvalidParameter("no_model_given")
    if kind == "hub":
        hub_model = fetch_model(address, name_or_address, model_type=model_type, token=token)
        model = hub_model.model
        visibility = hub_model.visibility or "public"
        return Candidate(
            model.model_type, model.name, model.text, hub_model.readme, source, visibility
        )
    if kind not in {"dir", "file"}:
        raise InvalidParameter("source_has_no_single_models", source=source)
    models = read_tree(read_source(source).files).models
    for model in models:
        if model.name == name_or_address and model_type in ("", model.model_type):
            return Candidate(model.model_type, model.name, model.text, "", source)
    raise SourceNotFound("source_has_no_such_model", source=source, name=quoted(name_or_address))


def suggestions(text: str, *, token: str = "") -> list[tuple[str, str]]:
    """(name, type) of models at the source whose names contain a text; empty if the source has no
    search."""
    kind, _colon, address = str(settings.ENV.hub_source).partition(":")
    if kind != "hub" or len(text.strip()) < 2:
        return []
    return suggest_names(address, text.strip()[:100], token=token)


def from_text(model_type: str, text: str) -> Candidate:
    """Read a pasted definition; a single record is put into an array.

    Raises InvalidModelType, and InvalidDefinition with every error.
    """
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    try:
        text = definition_text.as_array(text)
    except DefinitionTextError as error:
        raise InvalidDefinition(error.problems) from error
    definition = checked(model_type, text)
    return Candidate(model_type, record_name(definition.records[0]) or "", text)


def ways(user: User, candidate: Candidate) -> list[Way]:
    """The ways in which the user may add a candidate, the most visible first."""
    possible = []
    for visibility in (Visibility.PUBLIC, Visibility.ENTERPRISE, Visibility.PRIVATE):
        is_public = visibility == Visibility.PUBLIC
        if is_public and candidate.visibility != "public":
            continue
        outcome = policy.may_register(user, visibility)
        if is_public and candidate.source:
            may = policy.holds(user, Right.UPDATE_CATALOGUE)
            outcome = Outcome.PUBLISHED if may else None
        if outcome is not None:
            possible.append(Way(visibility, outcome))
    return possible


def add(candidate: Candidate, *, by: User, visibility: str) -> RegisteredModel:
    """Add a candidate that was previewed.

    Raises NotAllowed, NameTaken, and what `register` raises.
    """
    way = next((way for way in ways(by, candidate) if way.visibility == visibility), None)
    if way is None:
        raise NotAllowed("may_not_add_with_this_visibility", name=quoted(candidate.name))
    if candidate.source and way.visibility == Visibility.PUBLIC:
        return _add_public(candidate, by=by)
    origin = ReadmeOrigin.FETCHED if candidate.source else ReadmeOrigin.WRITTEN
    if candidate.readme.startswith(NOTE):
        origin = ReadmeOrigin.GENERATED
    submission = Submission(
        definition=candidate.text,
        readme=candidate.readme,
        readme_origin=origin,
        visibility=way.visibility,
        message=(
            revision_messages.ADDED_FROM % {"source": candidate.source}
            if candidate.source
            else revision_messages.ADDED
        ),
    )
    revision = register(candidate.model_type, submission, by=by)
    return RegisteredModel.objects.get(pk=revision.model_id)


def make_known_to_servers(model: RegisteredModel, *, by: User) -> list[str]:
    """Make the model known to the servers that the user may use; one message for each server.

    Models that are not public are sent only to the user's own server.
    """
    messages = [
        commands.make_known(model, server, by=by)
        for server in access.servers_of(by)
        if server.whose == access.Whose.OWN or model.visibility == Visibility.PUBLIC
    ]
    return [message for message in messages if message]


def _add_public(candidate: Candidate, *, by: User) -> RegisteredModel:
    """Publish exactly the source's definition, as an update would."""
    definition = checked(candidate.model_type, candidate.text)
    path = split_path(candidate.model_type, candidate.name)
    source_model = UpstreamModel(
        candidate.model_type, candidate.name, candidate.text, path, "split"
    )
    with changing() as change:
        model, is_new = RegisteredModel.objects.get_or_create(
            model_type=candidate.model_type,
            name_key=name_key(candidate.name),
            visibility=Visibility.PUBLIC,
            defaults={"name": candidate.name},
        )
        if not is_new:
            raise NameTaken(candidate.model_type, candidate.name)
        publish_source_model(
            model, source_model, definition, candidate.source, readme=candidate.readme
        )
        remember_source(
            model, definition, (source_model.layout, source_model.path), source=candidate.source
        )
        change.touch_list(model)
        record(
            Tag.CATALOGUE_UPDATE,
            by=by,
            target=model,
            source=candidate.source,
            model_type=candidate.model_type,
            new=[candidate.name],
        )
    return RegisteredModel.objects.get(pk=model.pk)
