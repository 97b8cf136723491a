"""The shapes of the API's answers, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any

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


class ModelAnswer(Schema):
    """One model."""

    data: ModelDetail


class ModelListAnswer(Schema):
    """One page of models."""

    data: list[ModelSummary]
    total: int
    page: int
    pageSize: int  # noqa: N815 - the name that clients know
