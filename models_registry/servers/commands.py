"""Commands to a server: update, register, launch, stop. Each writes an audit entry.

A server fetches updates from model.xinference.io, whatever this hub's address is. Models that are
not there (private and enterprise models, and those of a hub at another address) are registered as
custom models with their definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.errors import DomainError
from accounts.form_version import require
from accounts.models import User
from hub.audit import Tag, record
from hub.sentences import together
from models_registry.catalogue.list_effects import Effect
from models_registry.catalogue.selection import is_unsafe_to_fetch
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.json_text import document as definition_text
from models_registry.errors import InvalidModelType, NotAllowed, StaleState
from models_registry.models import RegisteredModel, Visibility
from models_registry.servers import client, inventory, releases
from models_registry.servers.access import Server, may_register, servers_of
from models_registry.servers.custom_models import NO_FAMILIES, CustomModel, Families, custom_model
from models_registry.servers.requests import ServerRefused
from models_registry.stored_reasons import reason

# 3.x can't fetch single models and answers the first; 4.x answers the others if its source does
# not have the name.
_LACKS_CALL: Final = frozenset({404, 405})
_NOT_AT_SOURCE: Final = frozenset({400, 422, 502})
_NAME_TAKEN: Final = ("already registered", "conflicts with existing model")


class BuiltInThere(DomainError):
    """The server has a built-in model of this name, which a custom model can't replace."""

    error_code = "BUILT_IN_THERE"
    status = 409


def update_type(server: Server, model_type: str, *, by: User | None) -> str:
    """Make the server fetch a type's list again; a stored reason that says so. `by` is None for the
    hub itself.

    Raises NotAllowed, InvalidModelType, ListStopsServer, ServerUnavailable and ServerRefused.
    """
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    _require_access(server, by)
    effect = releases.require_start(server, model_type)
    client.update_type(server, model_type)
    _record(Tag.SERVER_UPDATE, server, by, model_type=model_type)
    if effect is not None and effect.effect == Effect.PART:
        return reason(
            "server_told_to_fetch_list_in_part",
            address=server.address,
            release=effect.release,
            taken=effect.taken,
            total=effect.total,
        )
    return reason("server_told_to_fetch_list", address=server.address)


def make_known(model: RegisteredModel, server: Server, *, by: User) -> str:
    """Make a new model known to the server; a message about the result.

    A public model is fetched if the server can do that and finds it; others are registered. Errors
    become part of the message.
    """
    try:
        if model.visibility == Visibility.PUBLIC and (message := _fetch(server, model, by=by)):
            return message
        if not may_register(by, server, model):
            return ""
        return register(server, model, by=by)
    except DomainError as error:
        return error.message


def register(server: Server, model: RegisteredModel, *, by: User) -> str:
    """Register the published definition of a model on the server; a message about the result.

    The user must be able to see the model. An earlier custom model of this name is replaced, and
    restored if the new one is refused. Raises NotAllowed, CannotRegister, BuiltInThere,
    ServerUnavailable and ServerRefused.
    """
    _require_access(server, by)
    if not may_register(by, server, model):
        raise NotAllowed("model_not_for_hub_server")
    custom = _custom(server, model)
    try:
        client.register(server, model.model_type, custom.model)
        text = _("%(name)s is registered at %(address)s.")
    except ServerRefused as refusal:
        if not any(phrase in refusal.said for phrase in _NAME_TAKEN):
            raise
        _replace(server, model, custom, refusal)
        text = _("%(name)s was registered at %(address)s before; it has this definition now.")
    _record(Tag.SERVER_REGISTER, server, by, model)
    return together(text % {"name": model.name, "address": server.address}, *custom.notes)


def launch(server: Server, model: RegisteredModel, payload: Mapping[str, Any], *, by: User) -> str:
    """Launch a model and return its uid. Raises NotAllowed, ServerUnavailable, ServerRefused."""
    _require_access(server, by)
    uid = client.launch(server, payload)
    _record(Tag.SERVER_LAUNCH, server, by, model, uid=uid)
    return uid


def stop(server: Server, uid: str, *, by: User, seen: str = "") -> None:
    """Stop a running model.

    `seen` is the `Running.version` in the form. Raises NotAllowed, StaleState if another model runs
    under this uid by now, ServerUnavailable and ServerRefused.
    """
    _require_access(server, by)
    if seen:
        running = [model for model in client.running(server) if model.uid == uid]
        if not running:
            raise StaleState("replica_not_running", uid=uid)
        require(seen, running[0].version, labels={"model": _("the model that runs as %s") % uid})
    client.stop(server, uid)
    _record(Tag.SERVER_STOP, server, by, uid=uid)


def cancel(server: Server, uid: str, *, by: User, seen: str = "") -> bool:
    """Cancel a launch; whether it has ended already, see `client.cancel`.

    `seen` is the `Instance.version` in the form. Raises NotAllowed, StaleState if this uid belongs
    to another launch by now, ServerUnavailable and ServerRefused.
    """
    _require_access(server, by)
    if seen and (launch_state := client.instance(server, uid)) is not None:
        require(seen, launch_state.version, labels={"launch": _("the launch of %s") % uid})
    is_over = client.cancel(server, uid)
    _record(Tag.SERVER_CANCEL, server, by, uid=uid)
    return is_over


def _fetch(server: Server, model: RegisteredModel, *, by: User) -> str:
    """Make the server fetch the model; empty if its source does not have it.

    A server that can't load its list with this model in it does not start again (seen with
    Xinference 4.1.0), so it is never told to fetch such a model.
    """
    _require_access(server, by)
    if is_unsafe_to_fetch(model):
        return _(
            "The Xinference server at %(address)s was not asked to fetch %(name)s: a server that "
            "fetches it can't load its list any more and does not start again. The model's page "
            "says why it is in no list."
        ) % {"address": server.address, "name": model.name}
    if why := releases.why_unusable(server, model):
        return _("The Xinference server at %(address)s can't use %(name)s: %(reason)s") % {
            "address": server.address,
            "name": model.name,
            "reason": why,
        }
    try:
        client.update_spec(server, model.model_type, model.name)
    except ServerRefused as refusal:
        if refusal.answered in _LACKS_CALL:
            return _fetch_with_list(server, model, by=by)
        if refusal.answered in _NOT_AT_SOURCE:
            return ""
        raise
    _record(Tag.SERVER_UPDATE, server, by, model)
    return _(
        "The Xinference server at %(address)s was told to fetch it from model.xinference.io."
    ) % {"address": server.address}


def _fetch_with_list(server: Server, model: RegisteredModel, *, by: User) -> str:
    """Make a server of 3.x fetch the whole list, then check whether it knows the model."""
    releases.require_start(server, model.model_type)
    try:
        client.update_type(server, model.model_type)
    except ServerRefused:
        return ""
    _record(Tag.SERVER_UPDATE, server, by, model_type=model.model_type)
    if model.name not in inventory.read(server, model.model_type).known:
        return ""
    return _(
        "The Xinference server at %(address)s fetched its list again and knows the model now."
    ) % {"address": server.address}


def _custom(server: Server, model: RegisteredModel) -> CustomModel:
    revision = model.published_revision
    records = definition_text.parse(revision.definition).records if revision else []
    families = _families(server) if model.model_type == "llm" else NO_FAMILIES
    return custom_model(model.model_type, records, families)


def _families(server: Server) -> Families:
    """The server's built-in models; empty if it does not report them."""
    try:
        return Families(client.families(server), client.registrations(server, "llm"))
    except DomainError:
        return NO_FAMILIES


def _replace(
    server: Server, model: RegisteredModel, custom: CustomModel, refusal: ServerRefused
) -> None:
    kind, name = model.model_type, model.name
    records = client.registrations(server, kind)
    existing = next((record for record in records if record.get("model_name") == name), {})
    if existing.get("is_builtin") is not False:
        text = _("The server has %(name)s built in, and a custom model can't take its place.")
        advice = _("Have the server update its list instead.")
        if is_unsafe_to_fetch(model):
            advice = _("It gets a newer definition only with a newer release of Xinference.")
        raise BuiltInThere(
            "custom_model_refused", text=text % {"name": name}, advice=advice
        ) from refusal
    earlier = client.registration(server, kind, name)
    client.unregister(server, kind, name)
    try:
        client.register(server, kind, custom.model)
    except DomainError:
        if earlier:
            client.register(server, kind, earlier)
        raise


def _require_access(server: Server, by: User | None) -> None:
    if by is not None and server not in servers_of(by):
        raise NotAllowed("may_not_use_server")


def _record(
    tag: Tag, server: Server, by: User | None, target: RegisteredModel | None = None, **data: Any
) -> None:
    inventory.forget(server)
    record(tag, by=by, target=target, server=server.address, whose=str(server.whose), **data)
