"""What people have a server do: update, register, launch, stop. Each leaves its audit entry.

A server fetches what it updates from model.xinference.io, whatever this hub's address is. What is
not there (private and enterprise models, and this hub's own where it is another) is registered as a
custom model, with the definition itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.errors import DomainError
from accounts.models import User
from hub.audit import Tag, record
from models_registry.catalogue.selection import names_held_back
from models_registry.definitions import text as definition_text
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.errors import InvalidModelType, NotAllowed
from models_registry.launch import client, registrations
from models_registry.launch.asking import ServerRefused
from models_registry.launch.custom import NO_FAMILIES, Custom, Families, custom_model
from models_registry.launch.servers import Server, may_register, servers_of
from models_registry.models import RegisteredModel, Visibility

# What 3.x, which can't fetch single models, and 4.x, where its source has no such name, answer.
_LACKS_CALL: Final = frozenset({404, 405})
_NOT_AT_SOURCE: Final = frozenset({400, 422, 502})
_TAKEN: Final = ("already registered", "conflicts with existing model")


class BuiltInThere(DomainError):
    """The server has a model of this name built in, which no custom one can replace."""

    error_code = "BUILT_IN_THERE"
    status = 409


def update_type(server: Server, model_type: str, *, by: User | None) -> str:
    """Have the server fetch a type's list anew; what came of it. None: the hub itself asks.

    Raises NotAllowed, InvalidModelType, ServerUnavailable and ServerRefused.
    """
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    _need(server, by)
    client.update_type(server, model_type)
    _note(Tag.SERVER_UPDATE, server, by, model_type=model_type)
    return _(
        "The Xinference server at %(address)s was told to fetch its list anew from "
        "model.xinference.io."
    ) % {"address": server.address}


def tell_of(model: RegisteredModel, server: Server, *, by: User) -> str:
    """Have the server learn of a model that is new here; what came of it. Raises nothing of it.

    A public model is fetched, where the server can do that and finds it; all else is registered.
    """
    try:
        if model.visibility == Visibility.PUBLIC and (said := _fetched(server, model, by=by)):
            return said
        if not may_register(by, server, model):
            return ""
        return register(server, model, by=by)
    except DomainError as error:
        return error.message


def register(server: Server, model: RegisteredModel, *, by: User) -> str:
    """Hand a model's published definition, which the person sees, to the server; what came of it.

    An earlier custom model of this name is replaced, and put back where the new one is refused.
    Raises NotAllowed, CannotRegister, BuiltInThere, ServerUnavailable and ServerRefused.
    """
    _need(server, by)
    if not may_register(by, server, model):
        raise NotAllowed(
            _("Only public models and your own go to the hub's server, which others use too.")
        )
    custom = _custom(server, model)
    try:
        client.register(server, model.model_type, custom.model)
        text = _("%(name)s is registered at %(address)s.")
    except ServerRefused as refusal:
        if not any(one in refusal.said for one in _TAKEN):
            raise
        _replace(server, model, custom, refusal)
        text = _("%(name)s was registered at %(address)s before; it has this definition now.")
    _note(Tag.SERVER_REGISTER, server, by, model)
    return " ".join([text % {"name": model.name, "address": server.address}, *custom.notes])


def launch(server: Server, model: RegisteredModel, payload: Mapping[str, Any], *, by: User) -> str:
    """Launch a model there; out: its uid. Raises NotAllowed, ServerUnavailable, ServerRefused."""
    _need(server, by)
    uid = client.launch(server, payload)
    _note(Tag.SERVER_LAUNCH, server, by, model, uid=uid)
    return uid


def stop(server: Server, uid: str, *, by: User) -> None:
    """Stop a model that runs there. Raises NotAllowed, ServerUnavailable and ServerRefused."""
    _need(server, by)
    client.stop(server, uid)
    _note(Tag.SERVER_STOP, server, by, uid=uid)


def cancel(server: Server, uid: str, *, by: User) -> bool:
    """Break off a launch; out: whether it is over already, see `client.cancel`.

    Raises NotAllowed, ServerUnavailable and ServerRefused.
    """
    _need(server, by)
    is_over = client.cancel(server, uid)
    _note(Tag.SERVER_CANCEL, server, by, uid=uid)
    return is_over


def _fetched(server: Server, model: RegisteredModel, *, by: User) -> str:
    """Have the server fetch the model; empty where its source does not have it.

    A server that ships the name without updated_at can't load its list with a fetched one in it,
    and does not start again (seen with Xinference 4.1.0), so it is never told to.
    """
    _need(server, by)
    if _is_held_back(model):
        return _(
            "The Xinference server at %(address)s was not told of it: Xinference itself ships "
            "%(name)s without updated_at, and a server that fetches it alone can't load its list "
            "any more. A pull request that adds updated_at upstream mends this."
        ) % {"address": server.address, "name": model.name}
    try:
        client.update_spec(server, model.model_type, model.name)
    except ServerRefused as refusal:
        if refusal.answered in _LACKS_CALL:
            return _fetched_with_list(server, model, by=by)
        if refusal.answered in _NOT_AT_SOURCE:
            return ""
        raise
    _note(Tag.SERVER_UPDATE, server, by, model)
    return _(
        "The Xinference server at %(address)s was told to fetch it from model.xinference.io."
    ) % {"address": server.address}


def _fetched_with_list(server: Server, model: RegisteredModel, *, by: User) -> str:
    """Have a server of 3.x fetch the whole list, and look whether the model is in it."""
    try:
        client.update_type(server, model.model_type)
    except ServerRefused:
        return ""
    _note(Tag.SERVER_UPDATE, server, by, model_type=model.model_type)
    known = registrations.look(server, model.model_type).known
    if model.name not in known:
        return ""
    return _("The Xinference server at %(address)s fetched its list anew, and knows it now.") % {
        "address": server.address
    }


def _custom(server: Server, model: RegisteredModel) -> Custom:
    revision = model.published_revision
    records = definition_text.parse(revision.definition).records if revision else []
    families = _families(server) if model.model_type == "llm" else NO_FAMILIES
    return custom_model(model.model_type, records, families)


def _families(server: Server) -> Families:
    """What the server has built in; nothing where it does not tell."""
    try:
        return Families(client.families(server), client.registrations(server, "llm"))
    except DomainError:
        return NO_FAMILIES


def _replace(
    server: Server, model: RegisteredModel, custom: Custom, refusal: ServerRefused
) -> None:
    kind, name = model.model_type, model.name
    known = client.registrations(server, kind)
    there = next((one for one in known if one.get("model_name") == name), {})
    if there.get("is_builtin") is not False:
        text = _("The server has %(name)s built in, and a custom model can't take its place.")
        advice = _("Have the server update its list instead.")
        if _is_held_back(model):
            advice = _("It gets a newer definition with a newer release of Xinference alone.")
        raise BuiltInThere(f"{text % {'name': name}} {advice}") from refusal
    earlier = client.registration(server, kind, name)
    client.unregister(server, kind, name)
    try:
        client.register(server, kind, custom.model)
    except DomainError:
        if earlier:
            client.register(server, kind, earlier)
        raise


def _is_held_back(model: RegisteredModel) -> bool:
    return model.name_key in names_held_back(model.model_type)


def _need(server: Server, by: User | None) -> None:
    if by is not None and server not in servers_of(by):
        raise NotAllowed(_("You may not use this Xinference server."))


def _note(
    tag: Tag, server: Server, by: User | None, target: RegisteredModel | None = None, **data: Any
) -> None:
    registrations.forget(server)
    record(tag, by=by, target=target, server=server.address, whose=str(server.whose), **data)
