"""The tables of the registry: models, their lists, changes for upstream, updates from a source."""

from models_registry.models.catalogue import (
    CatalogueList,
    ListEntry,
    ListPiece,
    ListRevision,
    ReleaseList,
    ReleaseListRevision,
    ServerList,
    ShippedName,
)
from models_registry.models.former_names import FormerName
from models_registry.models.listing_figures import ListingFigures, ModelUse, SmallestNeed
from models_registry.models.ownership import OwnershipOffer
from models_registry.models.registry import (
    ModelType,
    RegisteredModel,
    RegisteredModelGroupObjectPermission,
    RegisteredModelQuerySet,
    RegisteredModelUserObjectPermission,
    Visibility,
)
from models_registry.models.requests import DRAFTS_KEPT, StoredAnswer, SubmittedDraft
from models_registry.models.requests import KEPT as ANSWERS_KEPT
from models_registry.models.revisions import (
    Draft,
    Facet,
    ReadmeOrigin,
    Revision,
    RevisionQuerySet,
    RevisionState,
)
from models_registry.models.search import SearchDocument
from models_registry.models.source_repositories import (
    ModelSource,
    RepositoryRecord,
    RepositoryRecordQuerySet,
    RepositoryStatus,
    SourceSummary,
    SourceTrouble,
    VisitedHub,
)
from models_registry.models.sync import (
    SourceList,
    SourceMark,
    SourceText,
    UpdateRun,
)
from models_registry.models.upstream import (
    LIVE_STATES,
    ChangeKind,
    ChangeState,
    PullRequest,
    PullRequestState,
    UpstreamChange,
    UpstreamFile,
    UpstreamPath,
)
from models_registry.models.upstream_state import (
    RemovalReason,
    RemovalState,
    UnreadableFile,
    UpstreamRemoval,
    UpstreamSchema,
)

__all__ = [
    "ANSWERS_KEPT",
    "DRAFTS_KEPT",
    "LIVE_STATES",
    "CatalogueList",
    "ChangeKind",
    "ChangeState",
    "Draft",
    "Facet",
    "FormerName",
    "ListEntry",
    "ListPiece",
    "ListRevision",
    "ListingFigures",
    "ModelSource",
    "ModelType",
    "ModelUse",
    "OwnershipOffer",
    "PullRequest",
    "PullRequestState",
    "ReadmeOrigin",
    "RegisteredModel",
    "RegisteredModelGroupObjectPermission",
    "RegisteredModelQuerySet",
    "RegisteredModelUserObjectPermission",
    "ReleaseList",
    "ReleaseListRevision",
    "RemovalReason",
    "RemovalState",
    "RepositoryRecord",
    "RepositoryRecordQuerySet",
    "RepositoryStatus",
    "Revision",
    "RevisionQuerySet",
    "RevisionState",
    "SearchDocument",
    "ServerList",
    "ShippedName",
    "SmallestNeed",
    "SourceList",
    "SourceMark",
    "SourceSummary",
    "SourceText",
    "SourceTrouble",
    "StoredAnswer",
    "SubmittedDraft",
    "UnreadableFile",
    "UpdateRun",
    "UpstreamChange",
    "UpstreamFile",
    "UpstreamPath",
    "UpstreamRemoval",
    "UpstreamSchema",
    "Visibility",
    "VisitedHub",
]
