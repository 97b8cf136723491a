"""The shapes of the API's answers, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema


class ErrorAnswer(Schema):
    """Every error: a code for programs and a sentence for people."""

    error_code: str = Field(examples=["MODEL_NOT_FOUND"])
    message: str


class ModelSummary(Schema):
    """What lists say of a model."""

    id: int
    model_name: str
    model_type: str
    visibility: str
    featured: bool
    updated_at: int | None = Field(description="Unix seconds, as in the definition")
    abilities: list[str]
    languages: list[str]
    formats: list[str]
    engines: list[str]
    sizes_in_billions: list[float]
    context_length: int | None
    description: str
    url: str = Field(description="The model's page")


class ModelDetail(ModelSummary):
    """All that the hub knows of a model, beside its records."""

    revision: int
    owner: str | None
    expires_at: str | None = Field(description="ISO 8601 with zone")
    facts: dict[str, Any]
    held_back: bool = Field(description="Whether servers must not fetch this name from the hub")


class ModelAnswer(Schema):
    """One model."""

    data: ModelDetail


class ModelListAnswer(Schema):
    """One page of models."""

    data: list[ModelSummary]
    total: int
    page: int
    pageSize: int


class NewModel(Schema):
    """A model to register."""

    model_type: str
    definition: list[Any] | str = Field(
        description="The array of records, or its exact text, which is kept byte for byte"
    )
    readme: str = ""
    visibility: Literal["private", "public", "enterprise"] = "private"
    message: str = Field("", max_length=500)


class ModelEdit(Schema):
    """What to change; what is left out stays as it is."""

    definition: list[Any] | str | None = None
    readme: str | None = None
    visibility: Literal["private", "public", "enterprise"] | None = None
    message: str = Field("", max_length=500)
    base_revision: int = Field(description="The revision that the edit started from")


class Expiry(Schema):
    """When a model expires."""

    expires_at: datetime | None = Field(
        description="ISO 8601 with zone; a past moment expires at once, null restores"
    )


class Standing(Schema):
    """Where a model stands after a write."""

    id: int
    model_type: str
    model_name: str
    visibility: str
    revision: int
    state: str


class StandingAnswer(Schema):
    """Where a model stands after a write."""

    data: Standing


class RevisionSummary(Schema):
    """One revision of a model."""

    revision: int
    state: str
    visibility: str
    author: str
    message: str
    created_at: str
    published_at: str | None


class RevisionsAnswer(Schema):
    """A model's revisions, newest first."""

    data: list[RevisionSummary]


class Flaw(Schema):
    """One error of a definition; line and column count from 1 in the text as it was sent."""

    pointer: str = Field(description="RFC 6901")
    line: int
    column: int
    message: str


class InvalidDefinitionAnswer(ErrorAnswer):
    """Everything that is wrong with a definition."""

    errors: list[Flaw]


class StaleAnswer(ErrorAnswer):
    """Somebody else was quicker."""

    current_revision: int | None = None
