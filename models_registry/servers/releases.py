"""Which release a server is, and what lists and models do to it."""

from __future__ import annotations

from contextlib import suppress

from accounts.errors import DomainError
from models_registry.catalogue.list_effects import Effect, ListEffect, effect_of_served
from models_registry.definitions.checks import release_rules
from models_registry.definitions.checks.release_loading import verdict
from models_registry.definitions.json_text import document as definition_text
from models_registry.labels import translated
from models_registry.models import RegisteredModel
from models_registry.servers import inventory
from models_registry.servers.access import Server
from models_registry.servers.requests import ServerRefused


class ListStopsServer(DomainError):
    """The server would not start again with the list that it was to be told to fetch."""

    error_code = "LIST_STOPS_SERVER"
    status = 409


def version_of(server: Server) -> str:
    """The version that a server reports; empty if it does not."""
    try:
        return inventory.about(server).version
    except DomainError:
        return ""


def effect_on(server: Server, model_type: str) -> ListEffect | None:
    """What the served list does to a server; None if that is not known."""
    return effect_of_served(model_type, version_of(server))


def require_start(server: Server, model_type: str) -> ListEffect | None:
    """What the served list does to a server, whose version is asked again: it may have been
    replaced by an older one. Raises ListStopsServer, and ServerUnavailable if it can't be asked."""
    inventory.forget(server)
    with suppress(ServerRefused):
        inventory.about(server)
    effect = effect_on(server, model_type)
    if effect is not None and effect.effect == Effect.STOPS:
        raise ListStopsServer(
            "list_stops_server",
            address=server.address,
            release=effect.release,
            model_type=model_type,
            names=", ".join(effect.stopping),
        )
    return effect


def why_unusable(server: Server, model: RegisteredModel) -> str:
    """Why a server can't use a published model, in words; empty if it can, or nobody knows."""
    release = release_rules.known_release(version_of(server))
    revision = model.published_revision
    if release is None or release == release_rules.LATER or revision is None:
        return ""
    records = definition_text.parse(revision.definition).records
    judged = verdict(release, model.model_type, records)
    reason = judged.refusal or judged.stop
    return translated(reason) if reason is not None else ""
