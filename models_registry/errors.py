"""The registry's refusals."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.errors import DomainError as DomainError
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.definitions.problems import Problem, quoted


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
        super().__init__(
            "This model is not public. Send an access token of somebody who may see it."
        )


class HeldBack(DomainError):
    """A server that fetched this name would not start again: see `selection.names_held_back`."""

    error_code = "MODEL_HELD_BACK"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Xinference ships {quoted(name)} without updated_at, and a server that fetches a "
            "model of this name does not start again. Servers have it already; to read the "
            "definition, leave include_readme out."
        )


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
            f"There is no model type {quoted(model_type)}. The types are {', '.join(MODEL_TYPES)}.",
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


class SourceNotFound(DomainError):
    """The source has no such file or repository; `said` is how it answered, for programs alone."""

    error_code = "SOURCE_NOT_FOUND"
    status = 404

    def __init__(self, message: str, *, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class SourceRefused(DomainError):
    """The source does not show this to the hub: private, gated, or behind a sign-in.

    `said` is how it answered, for programs alone.
    """

    error_code = "SOURCE_REFUSED"
    status = 403

    def __init__(self, message: str, *, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class SourceBusy(DomainError):
    """The source asks to wait; `retry_after` says for how many seconds, where it said so."""

    error_code = "SOURCE_BUSY"
    status = 429


class SourceTooLarge(DomainError):
    """What the source sends is larger than the hub takes."""

    error_code = "SOURCE_TOO_LARGE"
    status = 422


class StaleState(DomainError):
    """Somebody else was quicker: the object is no longer in the state that the action needs.

    Where an edit was based on an older revision, `current_revision` in the details is today's.
    """

    error_code = "STALE_REVISION"
    status = 409


class InvalidDefinition(DomainError):
    """The definition can't be accepted; `errors` in the details lists everything that is wrong."""

    error_code = "INVALID_DEFINITION"
    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        count = len(self.problems)
        said = "one error" if count == 1 else f"{count} errors"
        super().__init__(
            f"The definition has {said}. The first: line {self.problems[0].line}, "
            f"column {self.problems[0].column}: {self.problems[0].message}",
            errors=[problem.as_dict() for problem in self.problems],
        )


class NameTaken(DomainError):
    """Another model of the type has this name, or one that differs in case alone."""

    error_code = "NAME_TAKEN"
    status = 409

    def __init__(self, model_type: str, name: str) -> None:
        super().__init__(
            f"The name {quoted(name)} is taken among the {model_type} models, "
            "if not in this spelling. Choose another one."
        )


class NotAllowed(DomainError):
    """The person may see the object but may not do this to it."""

    error_code = "NOT_ALLOWED"
    status = 403


class NothingChanged(DomainError):
    """The edit would publish what is published already."""

    error_code = "NOTHING_CHANGED"
    status = 400

    def __init__(self) -> None:
        super().__init__("Nothing is changed: definition, README and visibility are as they were.")
