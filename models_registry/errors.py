"""The registry's refusals."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.errors import DomainError
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.definitions.problems import quoted


class ModelNotFound(DomainError):
    """There is no such model, or the caller may not know of it: both look alike."""

    error_code = "MODEL_NOT_FOUND"
    status = 404

    def __init__(self, asked_for: object) -> None:
        super().__init__(f"There is no model {quoted(str(asked_for))} here, or you may not see it.")


class ModelPrivate(DomainError):
    """Asked for by number without a token: clients offer to sign in, whether it exists or not."""

    error_code = "MODEL_PRIVATE"
    status = 403

    def __init__(self) -> None:
        super().__init__("This model is not public. Send an access token of somebody who may see it.")


class AmbiguousName(DomainError):
    """Models of several types have this name."""

    error_code = "AMBIGUOUS_NAME"
    status = 409

    def __init__(self, name: str, model_types: Iterable[str]) -> None:
        found = sorted(model_types)
        super().__init__(
            f"Models of several types are named {quoted(name)}: {', '.join(found)}. "
            "Say which one with model_type.",
            model_types=found,
        )


class InvalidModelType(DomainError):
    """The type is none of the seven."""

    error_code = "INVALID_MODEL_TYPE"
    status = 400

    def __init__(self, model_type: str) -> None:
        super().__init__(
            f"There is no model type {quoted(model_type)}. "
            f"The types are {', '.join(MODEL_TYPES)}.",
            model_types=list(MODEL_TYPES),
        )


class InvalidParameter(DomainError):
    """A parameter of the request is missing or can't be used."""

    error_code = "INVALID_PARAMETER"
    status = 400


class SourceUnavailable(DomainError):
    """A catalogue's source can't be read: not found, no network, not a catalogue."""

    error_code = "SOURCE_UNAVAILABLE"
    status = 502


class StaleState(DomainError):
    """Somebody else was quicker: the object is no longer in the state that the action needs."""

    error_code = "STALE_REVISION"
    status = 409
