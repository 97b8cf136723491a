"""The API of models by type and name: reading one, and declaring what it must be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import register_converter
from django.utils.http import parse_etags
from ninja import Field, Query, Schema, Status

from accounts.authentication import require_write
from models_registry import policy
from models_registry.actions.declare import (
    DeclaredModel,
    DeclaredOutcome,
    DeclaredResult,
    Precondition,
    declare,
    declared_model,
    etag_of,
)
from models_registry.actions.edit import current_revision
from models_registry.actions.submission import Submission
from models_registry.api.definitions import placed_as_sent, text_of
from models_registry.api.parameters import MAX_REVISION, ModelTypeName
from models_registry.api.router import router
from models_registry.api.schemas import (
    ErrorAnswer,
    InvalidDefinitionAnswer,
    ModelStatus,
    StaleAnswer,
)
from models_registry.catalogue import serve
from models_registry.definitions.checks.advice import Advice, lint
from models_registry.definitions.checks.run import check
from models_registry.definitions.compare.changes import changes
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.problems import Problem
from models_registry.errors import ModelNotFound
from models_registry.labels import translated
from models_registry.models import Revision, Visibility

VisibilityName = Literal["private", "public", "enterprise"]
DryRun = Annotated[bool, Query(description="Say what would happen, and change nothing")]
ERRORS: dict[Any, Any] = {
    400: ErrorAnswer,
    401: ErrorAnswer,
    403: ErrorAnswer,
    404: ErrorAnswer,
    409: StaleAnswer,
    412: StaleAnswer,
    422: InvalidDefinitionAnswer,
    429: ErrorAnswer,
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of the revision that the change is based on",
}


class ModelTypeConverter:
    """A model type in an address, in any letter case, so that a model may be named "expiry"."""

    regex = f"(?i:{'|'.join(MODEL_TYPES)})"

    def to_python(self, value: str) -> str:
        """The type in lower case."""
        return value.lower()

    def to_url(self, value: str) -> str:
        """The type as it is."""
        return value


register_converter(ModelTypeConverter, "modeltype")


class ModelDeclaration(Schema):
    """What a model must be; missing members stay unchanged."""

    definition: list[Any] | dict[str, Any] | str | None = Field(
        None, description="The array of records, or its exact text. A new model needs it"
    )
    readme: str | None = None
    readme_zh: str | None = Field(None, description='The README in Chinese; "" removes it')
    visibility: VisibilityName | None = Field(None, description="A new model is private without it")
    message: str = Field("", max_length=500)
    base_revision: int | None = Field(
        None, ge=0, le=MAX_REVISION, description="As If-Match, by number"
    )


class DeclaredChange(Schema):
    """One change of the definition."""

    kind: str = Field(description="`added`, `removed`, `changed` or `moved`")
    pointer: str = Field(description="RFC 6901, in the new definition")
    message: str


class DefinitionHint(Schema):
    """What the checks say of a definition that was accepted."""

    severity: str = Field(description="`warning` or `info`")
    code: str
    pointer: str = Field(description="RFC 6901")
    line: int
    column: int
    message: str


class DeclaredStatus(ModelStatus):
    """What became of a model, or would with `dry_run`."""

    id: int | None = Field(description="null if a dry run would create it")  # type: ignore[assignment]
    result: DeclaredResult
    outcome: DeclaredOutcome = Field(
        description="`published`; `pull_request`: published, and on its way to upstream; `review`; "
        "`unchanged`"
    )
    dry_run: bool
    changes: list[DeclaredChange] = Field(description="Of the definition, without `updated_at`")
    readme_changed: bool
    checks: list[DefinitionHint]


class DeclaredAnswer(Schema):
    """What became of a model, or would with `dry_run`."""

    data: DeclaredStatus


class ModelText(ModelStatus):
    """A model's texts, as somebody who may change it goes on from them."""

    definition: str
    readme: str
    readme_zh: str = Field(description="The README in Chinese; empty without one")
    readme_origin: str = Field(description="`written`, `fetched` or `generated`")
    message: str
    author: str
    created_at: str
    expires_at: str | None


class ModelTextAnswer(Schema):
    """A model's texts."""

    data: ModelText


@router.get(
    "/models/{modeltype:model_type}/{name}",
    summary="A model's texts, by type and name",
    response={200: ModelTextAnswer, 400: ErrorAnswer, 401: ErrorAnswer, 404: ErrorAnswer},
)
def get_declared(
    request: HttpRequest,
    response: HttpResponse,
    model_type: ModelTypeName,
    name: str,
    visibility: VisibilityName | None = None,
) -> ModelTextAnswer:
    """The exact definition and the README: of the open proposal for those who would go on with it,
    else as published. Also of one's own models that have expired or were not approved yet. The
    `ETag` is what `If-Match` takes.

    A name stands for one's own private model, else the enterprise model that one may see, else the
    public one; `visibility` chooses among them. A model that was renamed answers to its former name
    for a time, under its present one; `Sunset` says until when."""
    user = request.auth  # type: ignore[attr-defined]
    wanted = Visibility(visibility) if visibility else None
    model = declared_model(user, model_type, _clean(name), wanted)
    if model is None:
        model = next(iter(serve.formerly_named(user, _clean(name), model_type)), None)
        if model is not None:
            serve.mark_former_name(response, model, _clean(name))
    if model is None or (wanted is not None and model.visibility != wanted):
        raise ModelNotFound(name)
    may_change = bool(policy.verbs(user, model)) or policy.may_suggest(user, model)
    revision = current_revision(model, by=user) if may_change else model.published_revision
    if revision is None:
        raise ModelNotFound(name)
    response.headers["ETag"] = etag_of(revision)
    return ModelTextAnswer(
        data=ModelText(
            **_status(revision),
            definition=revision.definition,
            readme=revision.readme,
            readme_zh=revision.readme_zh,
            readme_origin=str(revision.readme_origin),
            message=revision.message,
            author=revision.author_name,
            created_at=revision.created_at.isoformat(),
            expires_at=model.expires_at.isoformat() if model.expires_at else None,
        )
    )


@router.put(
    "/models/{modeltype:model_type}/{name}",
    summary="Create or change a model, by type and name",
    response={200: DeclaredAnswer, 201: DeclaredAnswer, **ERRORS},
    openapi_extra={"parameters": [IF_MATCH]},
)
def put_declared(
    request: HttpRequest,
    response: HttpResponse,
    model_type: ModelTypeName,
    name: str,
    declaration: ModelDeclaration,
    dry_run: Annotated[
        bool, Query(description="Say what would happen, and change nothing")
    ] = False,
) -> Status[DeclaredAnswer]:
    """Makes the model what the body says: it is created (201), changed, or left as it is, with
    `result` "unchanged". `updated_at` is the hub's and does not count; `featured` stays as it is
    where the text does not name it. What a reviewer rejected is not submitted again as it was.

    With `visibility`, the model that has it is meant, or one of the caller's own that would get it.
    412 `PRECONDITION_FAILED` if the model has another revision than `If-Match`, or if there is
    one with `If-None-Match: *`."""
    user = require_write(request)
    text = None
    if declaration.definition is not None:
        text = text_of(request, declaration.definition)
    submission = Submission(
        definition=text,
        readme=declaration.readme,
        readme_zh=declaration.readme_zh,
        visibility=Visibility(declaration.visibility) if declaration.visibility else None,
        message=declaration.message,
    )
    with transaction.atomic():
        with placed_as_sent(request, declaration.definition):
            declared = declare(
                model_type,
                _clean(name),
                submission,
                by=user,
                is_data=isinstance(declaration.definition, list),
                when=precondition(request, declaration.base_revision),
            )
        answer = _declared_answer(declared, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
    is_new = declared.result is DeclaredResult.CREATED
    if not dry_run:
        response.headers["ETag"] = etag_of(declared.revision)
    return Status(201 if is_new and not dry_run else 200, answer)


def precondition(request: HttpRequest, base_revision: int | None) -> Precondition:
    """What the request's headers and body need the model to be."""
    sent = request.headers.get("If-Match")
    return Precondition(
        # A weak tag never matches: RFC 9110 §13.1.1.
        etags=None if sent is None else frozenset(parse_etags(sent)),
        is_absent=request.headers.get("If-None-Match", "").strip() == "*",
        base_revision=base_revision,
    )


def _declared_answer(declared: DeclaredModel, *, dry_run: bool) -> DeclaredAnswer:
    revision, before = declared.revision, declared.before
    is_new = declared.result is DeclaredResult.CREATED
    status = _status(revision)
    return DeclaredAnswer(
        data=DeclaredStatus(
            **{**status, "id": None if is_new and dry_run else status["id"]},
            result=declared.result,
            outcome=declared.outcome,
            dry_run=dry_run,
            changes=_changes(before, revision),
            readme_changed=_readmes(revision) != _readmes(before),
            checks=_hints(revision) if declared.result is not DeclaredResult.UNCHANGED else [],
        )
    )


def _readmes(revision: Revision | None) -> tuple[str, str]:
    return (revision.readme, revision.readme_zh) if revision is not None else ("", "")


def _changes(before: Revision | None, after: Revision) -> list[DeclaredChange]:
    if before is None or before.definition == after.definition:
        return []
    old, new = (definition_text.parse(each.definition) for each in (before, after))
    return [
        DeclaredChange(
            kind=change.kind, pointer=change.new_pointer, message=translated(change.label)
        )
        for change in changes(old, new)
        if change.kind != "stamp"
    ]


def _hints(revision: Revision) -> list[DefinitionHint]:
    """The warnings and the advice about a revision that was accepted, in the order of its text."""
    model_type = revision.model.model_type
    definition = definition_text.parse(revision.definition)
    is_public = revision.visibility == Visibility.PUBLIC
    found: list[Problem | Advice] = [
        *check(model_type, definition, is_public=is_public),
        *lint(model_type, definition),
    ]
    return [
        DefinitionHint(
            severity="info" if hint.severity == "info" else "warning",
            code=hint.code,
            pointer=hint.pointer,
            line=hint.line,
            column=hint.column,
            message=translated(hint.message),
        )
        for hint in sorted(found, key=lambda hint: (hint.line, hint.column))
    ]


def _status(revision: Revision) -> dict[str, Any]:
    model = revision.model
    return {
        "id": model.pk,
        "model_type": model.model_type,
        "model_name": model.name,
        "visibility": str(revision.visibility),
        "revision": revision.number,
        "state": str(revision.state),
    }


def _clean(name: str) -> str:
    """A name for a query: PostgreSQL refuses NUL, and no name contains it."""
    return name.replace("\x00", "\ufffd")
