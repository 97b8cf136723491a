"""Parameters that several endpoints share."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from django.http import HttpRequest
from ninja import Field

from hub.stated_version import HEADER
from models_registry.catalogue import release_lists
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.errors import InvalidModelType

MAX_PAGE_SIZE: Final = 100
MAX_HISTORY: Final = 500
MAX_REVISION: Final = 2_000_000_000

# Any letter case is accepted, as older clients send it; the document lists lower case only.
ModelTypeName = Annotated[str, Field(json_schema_extra={"enum": list(MODEL_TYPES)})]
# The keys of `launch.needs.GPUS`; a test compares them.
GpuName = Literal["8", "16", "24", "48", "80", "160"]
HistoryPageSize = Annotated[int, Field(ge=1, le=MAX_HISTORY)]
RevisionNumber = Annotated[int, Field(ge=1, le=MAX_REVISION)]

ServerVersion = Annotated[
    str, Field(max_length=60, description="Of the servers that the answer is for, as 3.5.0")
]


def asked_release(request: HttpRequest, version: str) -> str | None:
    """The release of the version that the parameter states, or the header X-Xinference-Version.

    None without either. Raises InvalidParameter for a version that the hub knows nothing of.
    """
    stated = version or request.headers.get(HEADER, "")
    return release_lists.stated_release(stated) if stated.strip() else None


def known_type(model_type: str) -> str:
    """A type in lower case. Raises InvalidModelType."""
    lower = model_type.lower()
    if lower not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    return lower
