"""The schemas of requests and answers, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema

from models_registry.api.parameters import MAX_REVISION, GpuName, ModelTypeName


class ErrorAnswer(Schema):
    """An error: a code for programs and a sentence for people."""

    error_code: str = Field(examples=["MODEL_NOT_FOUND"])
    message: str


class MemoryNeed(Schema):
    """The smallest need of memory of a model's variants, in bytes."""

    bytes: int = Field(description="Weights, KV cache and the overhead of a process")
    fits: list[GpuName] = Field(description="GB of the GPUs that hold it; 160 is 2 × 80")
    format: str
    size: str
    quantization: str
    weights: int
    cache: int
    context: int = Field(description="The tokens that the cache holds; 0 for other types")


class RecentUses(Schema):
    """How often a model was used on this hub in the last 30 days."""

    views: int
    downloads: int
    launches: int


class ModelSummary(Schema):
    """A model in lists."""

    id: int
    model_name: str
    model_type: ModelTypeName
    visibility: str
    featured: bool
    updated_at: int | None = Field(description="Unix seconds, as in the definition")
    abilities: list[str]
    languages: list[str]
    formats: list[str]
    engines: list[str]
    sizes_in_billions: list[float]
    context_length: int | None
    memory: MemoryNeed | None = Field(description="null if it is not known")
    uses_30_days: RecentUses | None = Field(description="null if this hub does not count them")
    description: str
    url: str = Field(description="The model's page")


class ReleaseReasonAnswer(Schema):
    """Why some releases can't use a model."""

    releases: str = Field(description="As people write them: `1.13.0 to 1.17.1`")
    reason: str
    stops_servers: bool = Field(
        description="True if their servers would not start again; else they refuse the model"
    )


class WorksWithAnswer(Schema):
    """Which releases of Xinference can use a model, of those that the hub supports."""

    since: str = Field(description="The oldest one; empty if none can")
    but: str = Field(description="Later ones that can't, as people write them")
    reasons: list[ReleaseReasonAnswer]


class ModelDetail(ModelSummary):
    """Everything that the hub knows about a model, besides its records."""

    revision: int
    owner: str | None
    expires_at: str | None = Field(description="ISO 8601 with zone")
    readme_languages: list[Literal["en", "zh"]] = Field(
        description="In which languages its page has a README; the one in English may be generated"
    )
    facts: dict[str, Any]
    works_with: WorksWithAnswer
    held_back: bool = Field(description="True if servers must not fetch this model from the hub")


class ModelAnswer(Schema):
    """One model."""

    data: ModelDetail


class UnderstoodWords(Schema):
    """A value of a filter that was found in the text of a search."""

    kind: str = Field(
        description="`type`, `ability`, `language`, `format`, `engine`, `size`, `context`, `maker`"
    )
    value: str
    label: str
    query_without: str = Field(description="The text of the search without these words")


class ModelListAnswer(Schema):
    """One page of models."""

    data: list[ModelSummary]
    total: int = Field(description="At most 400 in a search: the best ones")
    page: int
    pageSize: int
    understood: list[UnderstoodWords] = Field(
        default=[], description="What the text of the search names"
    )
    corrected: str = Field(
        default="",
        description="The text without probable typing errors, if no name fits it as it is",
    )
    match: Literal["all", "corrected", "near"] = Field(
        default="all",
        description="`corrected`: the models fit the corrected text. `near`: no model fits all "
        "words, and these fit most of them",
    )


class NewModel(Schema):
    """A model to register."""

    model_type: ModelTypeName
    definition: list[Any] | dict[str, Any] | str = Field(
        description="The array of records, or its exact text, which is kept byte for byte"
    )
    readme: str = ""
    readme_zh: str = Field("", description="The README in Chinese, beside the one in English")
    visibility: Literal["private", "public", "enterprise"] = "private"
    message: str = Field("", max_length=500)


class ModelEdit(Schema):
    """What to change; missing members stay unchanged."""

    definition: list[Any] | dict[str, Any] | str | None = None
    readme: str | None = None
    readme_zh: str | None = None
    visibility: Literal["private", "public", "enterprise"] | None = None
    message: str = Field("", max_length=500)
    base_revision: int | None = Field(
        None,
        ge=0,
        le=MAX_REVISION,
        description="The revision that the edit is based on; not needed with `If-Match`",
    )


class Expiry(Schema):
    """When a model expires."""

    expires_at: datetime | None = Field(
        description="ISO 8601 with zone; a time in the past expires at once, null restores"
    )
    reason: str = Field(
        "",
        max_length=500,
        description="for upstream's maintainers, if a public model expires at once",
    )


class ModelStatus(Schema):
    """A model's state after a write."""

    id: int
    model_type: ModelTypeName
    model_name: str
    visibility: str
    revision: int
    state: str


class ModelStatusAnswer(Schema):
    """A model's state after a write."""

    data: ModelStatus


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
    total: int
    page: int
    pageSize: int


class Flaw(Schema):
    """One error of a definition; line and column count from 1 in the text that was sent."""

    pointer: str = Field(description="RFC 6901")
    line: int
    column: int
    message: str


class InvalidDefinitionAnswer(ErrorAnswer):
    """All errors of a definition."""

    errors: list[Flaw]


class StaleAnswer(ErrorAnswer):
    """Somebody else has changed the model."""

    current_revision: int | None = None
