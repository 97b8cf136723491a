"""The domain errors of the registry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accounts.errors import DomainError as DomainError
from accounts.errors import StaleState as StaleState
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.json_text.problems import Problem, quoted
from models_registry.labels import translated, translated_lazy


class ModelNotFound(DomainError):
    """There is no such model, or the caller may not know of it: both look the same."""

    error_code = "MODEL_NOT_FOUND"
    status = 404

    def __init__(self, asked_for: object) -> None:
        super().__init__("no_such_model", name=quoted(str(asked_for)))


class ModelPrivate(DomainError):
    """A model was requested by number without a token. Clients then offer to sign in; the answer
    does not depend on whether the model exists."""

    error_code = "MODEL_PRIVATE"
    status = 403

    def __init__(self) -> None:
        super().__init__("model_not_public")


class NameHeldBack(DomainError):
    """The model would break the list of a server that fetches it."""

    error_code = "NAME_HELD_BACK"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__("name_held_back", name=quoted(name))


class NotForRelease(DomainError):
    """Servers of the stated version can't use the model."""

    error_code = "NOT_FOR_RELEASE"
    status = 409

    def __init__(self, name: str, release: str, reason: str) -> None:
        super().__init__("not_for_release", name=quoted(name), release=release, reason=reason)


class AmbiguousName(DomainError):
    """Models of several types have this name."""

    error_code = "AMBIGUOUS_NAME"
    status = 409
    detail_names = frozenset({"model_types"})

    def __init__(self, name: str, model_types: Iterable[str]) -> None:
        types = sorted(model_types)
        super().__init__(
            "ambiguous_name", name=quoted(name), types=", ".join(types), model_types=types
        )


class InvalidModelType(DomainError):
    """The type is not one of the seven model types."""

    error_code = "INVALID_MODEL_TYPE"
    status = 400
    detail_names = frozenset({"model_types"})

    def __init__(self, model_type: str) -> None:
        super().__init__(
            "no_such_model_type",
            model_type=quoted(model_type),
            types=", ".join(MODEL_TYPES),
            model_types=list(MODEL_TYPES),
        )


class InvalidParameter(DomainError):
    """A parameter of the request is missing or invalid."""

    error_code = "INVALID_PARAMETER"
    status = 400


class RevisionNotFound(DomainError):
    """The list does not have this revision, or no longer has it; the details hold the available
    range."""

    error_code = "REVISION_NOT_FOUND"
    status = 404
    detail_names = frozenset({"oldest", "newest"})

    def __init__(
        self, model_type: str, number: int, *, oldest: int, newest: int, release: str = ""
    ) -> None:
        address = f"/api/models/lists/{model_type}"
        super().__init__(
            "list_has_no_such_revision" if newest else "list_has_no_revision_yet",
            model_type=model_type,
            number=number,
            oldest=oldest,
            newest=newest,
            address=address + (f"?xinference_version={release}" if release else ""),
        )


class NoSuchRevision(DomainError):
    """The model does not have this revision, or the caller may not know of it."""

    error_code = "REVISION_NOT_FOUND"
    status = 404

    def __init__(self, number: int) -> None:
        super().__init__("model_has_no_such_revision", number=number)


class SigningKeyNotFound(DomainError):
    """The hub has no signing key, so its lists are not signed."""

    error_code = "SIGNING_KEY_NOT_FOUND"
    status = 404


class SourceUnavailable(DomainError):
    """A catalogue's source can't be read: not found, no network, not a catalogue."""

    error_code = "SOURCE_UNAVAILABLE"
    status = 502


class SourceNotFound(DomainError):
    """The source has no such file or repository.

    `said` holds its answer for code that knows the source's error codes; it is not shown to people.
    """

    error_code = "SOURCE_NOT_FOUND"
    status = 404

    def __init__(self, key: str, /, *, said: str = "", **params: Any) -> None:
        super().__init__(key, **params)
        self.said = said


class SourceRefused(DomainError):
    """The source denies the hub access: private, gated, or behind a sign-in.

    `said` holds its answer for code that knows the source's error codes; it is not shown to people.
    """

    error_code = "SOURCE_REFUSED"
    status = 403

    def __init__(self, key: str, /, *, said: str = "", **params: Any) -> None:
        super().__init__(key, **params)
        self.said = said


class SourceBusy(DomainError):
    """The source asks to wait; `retry_after` is the number of seconds, if it named one."""

    error_code = "SOURCE_BUSY"
    status = 429
    detail_names = frozenset({"retry_after"})


class SourceTooLarge(DomainError):
    """The content that the source sends is larger than the hub accepts."""

    error_code = "SOURCE_TOO_LARGE"
    status = 422


class InvalidDefinition(DomainError):
    """The definition is invalid; `errors` in the details lists every problem."""

    error_code = "INVALID_DEFINITION"
    status = 422
    detail_names = frozenset({"errors"})

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        first = self.problems[0]
        super().__init__(
            "definition_has_one_error" if len(self.problems) == 1 else "definition_has_errors",
            count=len(self.problems),
            line=first.line,
            column=first.column,
            message=translated_lazy(first.message),
            errors=[
                {**problem.as_dict(), "message": translated(problem.message)}
                for problem in self.problems
            ],
        )


class NameTaken(DomainError):
    """Another model of the type has this name, or one that differs only in letter case, or answers
    to it since it was renamed.

    The details have its number and address if it was given: only to somebody who may see it.
    """

    error_code = "NAME_TAKEN"
    status = 409
    detail_names = frozenset({"model_id", "model_url"})

    def __init__(
        self,
        model_type: str,
        name: str,
        *,
        model_id: int | None = None,
        model_url: str = "",
        now_named: str = "",
    ) -> None:
        taken_by = {"model_id": model_id, "model_url": model_url} if model_id is not None else {}
        super().__init__(
            "name_is_former" if now_named else "name_taken",
            name=quoted(name),
            model_type=model_type,
            now_named=quoted(now_named),
            **taken_by,
        )


class PreconditionFailed(DomainError):
    """The model is not as the request's If-Match or If-None-Match needs it to be.

    `current_revision` and `etag` in the details are what the model has now, if there is one.
    """

    error_code = "PRECONDITION_FAILED"
    status = 412
    detail_names = frozenset({"current_revision", "etag"})


class IdempotencyKeyReused(DomainError):
    """The person has sent this Idempotency-Key with another request."""

    error_code = "IDEMPOTENCY_KEY_REUSED"
    status = 422

    def __init__(self) -> None:
        super().__init__("idempotency_key_reused")


class OfferNotFound(StaleState):
    """Nobody offers this model to the person, or not any more."""

    error_code = "OFFER_NOT_FOUND"
    status = 404

    def __init__(self) -> None:
        super().__init__("no_offer_any_more")


class DraftNotFound(DomainError):
    """The caller has no such draft."""

    error_code = "DRAFT_NOT_FOUND"
    status = 404

    def __init__(self) -> None:
        super().__init__("no_such_draft")


class ProposalOpen(DomainError):
    """Somebody else has proposed a change of the model, which waits for its decision."""

    error_code = "PROPOSAL_OPEN"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__("proposal_open", name=quoted(name))


class NotAllowed(DomainError):
    """The person may see the object but may not do this with it."""

    error_code = "NOT_ALLOWED"
    status = 403


class NothingChanged(DomainError):
    """The edit equals the published revision."""

    error_code = "NOTHING_CHANGED"
    status = 400

    def __init__(self) -> None:
        super().__init__("nothing_changed")
