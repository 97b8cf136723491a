"""The API of proposals: those that wait for the caller's review, and the caller's own."""

from __future__ import annotations

from typing import Any, Literal

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from accounts.authentication import require_reader
from models_registry.api.paging import PageNumber, PageSize, link_pages, slice_of
from models_registry.api.parameters import ModelTypeName, known_type
from models_registry.definitions.compare.lines import unified_diff
from models_registry.labels import translated
from reviews.api.decisions import ReviewError
from reviews.api.router import router
from reviews.errors import ProposalNotFound
from reviews.lookup import own_proposals, readable, readable_proposal
from reviews.models import OPEN, Comment, Proposal, ProposalQuerySet
from reviews.reading import Round, check_report, read

ERRORS: dict[Any, Any] = dict.fromkeys((400, 401), ReviewError)
ProposalState = Literal[
    "open", "proposed", "changes_requested", "published", "rejected", "withdrawn"
]


class ProposalSummary(Schema):
    """A proposal in lists, by its newest round."""

    id: int = Field(description="The same for all rounds")
    model_id: int
    model_type: ModelTypeName
    model_name: str
    revision: int = Field(description="Of the newest round; a verdict names it")
    state: str = Field(description="`superseded` if it was published, and replaced since")
    visibility: str = Field(description="What the model gets when it is approved")
    author: str
    message: str
    created_at: str
    url: str


class ProposalsAnswer(Schema):
    """One page of proposals, newest first."""

    data: list[ProposalSummary]
    total: int
    page: int
    pageSize: int


class ProposalChange(Schema):
    """One change of the definition, against `compared_with`."""

    kind: str
    pointer: str = Field(description="RFC 6901, in the proposed definition")
    line: int
    message: str


class ProposalFinding(Schema):
    """What an automatic check says."""

    level: str = Field(description="`error`, `risk`, `warning`, `info` or `good`")
    about: str
    text: str
    line: int | None


class RoundComment(Schema):
    """A comment on a round, or on one line of its definition or README."""

    author: str
    text: str
    part: str
    line: int | None
    created_at: str


class RoundVerdict(Schema):
    """What a reviewer decided."""

    decision: str
    feedback: str
    reviewer: str
    created_at: str


class ProposalRound(Schema):
    """One submission of a proposal."""

    round: int
    revision: int
    state: str
    author: str
    message: str
    created_at: str
    verdict: RoundVerdict | None
    comments: list[RoundComment]


class ProposalDetail(ProposalSummary):
    """Everything about a proposal that its review page shows."""

    definition: str
    readme: str
    readme_zh: str = Field(description="The README in Chinese; empty without one")
    compared_with: int | None = Field(
        description="The revision that changes and diffs are against; null for a new model"
    )
    changes: list[ProposalChange]
    definition_diff: str = Field(description="The hunks of a unified diff")
    readme_diff: str
    readme_zh_diff: str
    checks: list[ProposalFinding] = Field(description="The most severe first")
    rounds: list[ProposalRound] = Field(description="Newest first")
    verbs: list[str] = Field(description="What the caller may do now, such as `approve`")


class ProposalAnswer(Schema):
    """One proposal."""

    data: ProposalDetail


@router.get("/proposals", summary="Proposals", response={200: ProposalsAnswer, **ERRORS})
def proposals(
    request: HttpRequest,
    response: HttpResponse,
    state: ProposalState | None = None,
    mine: bool = False,
    model_type: ModelTypeName | None = None,
    page: PageNumber = 1,
    pageSize: PageSize = 20,
) -> ProposalsAnswer:
    """Newest first: the proposals that the caller may read as a reviewer, and their own. With
    `mine`, only those that they have written, or whose model they own. `open` are those that wait
    for a reviewer (`proposed`) or for the author (`changes_requested`)."""
    user = require_reader(request)
    rows = own_proposals(user) if mine else readable(user)
    if state is not None:
        rows = _in_state(rows, state)
    if model_type is not None:
        rows = rows.filter(model__model_type=known_type(model_type))
    total = rows.count()
    link_pages(request, response, page, pageSize, total)
    newest = rows.order_by("-created_at", "-pk").defer("definition", "readme", "readme_zh")
    return ProposalsAnswer(
        data=[ProposalSummary(**_summary(each)) for each in newest[slice_of(page, pageSize)]],
        total=total,
        page=page,
        pageSize=pageSize,
    )


@router.get(
    "/proposals/{int:proposal_id}",
    summary="One proposal",
    response={200: ProposalAnswer, **ERRORS, 404: ReviewError},
)
def proposal_detail(request: HttpRequest, proposal_id: int) -> ProposalAnswer:
    """The newest round with its texts, what it changes, what the checks say, and all rounds with
    verdicts and comments."""
    user = require_reader(request)
    proposal = readable_proposal(user, proposal_id) if proposal_id < 2**63 else None
    if proposal is None:
        raise ProposalNotFound
    reading = read(user, proposal)
    base = reading.base.revision if reading.base is not None else None
    return ProposalAnswer(
        data=ProposalDetail(
            **_summary(proposal),
            definition=proposal.definition,
            readme=proposal.readme,
            readme_zh=proposal.readme_zh,
            compared_with=base.number if base is not None else None,
            changes=[
                ProposalChange(
                    kind=change.kind,
                    pointer=change.new_pointer,
                    line=line,
                    message=translated(change.label),
                )
                for change, line in reading.changes
            ],
            definition_diff=unified_diff(base.definition, proposal.definition) if base else "",
            readme_diff=unified_diff(base.readme, proposal.readme) if base else "",
            readme_zh_diff=unified_diff(base.readme_zh, proposal.readme_zh) if base else "",
            checks=[
                ProposalFinding(**finding.as_dict())
                for finding in check_report(user, proposal).findings
            ],
            rounds=[_round(each) for each in reading.rounds],
            verbs=sorted(reading.verbs),
        )
    )


def _in_state(rows: ProposalQuerySet, state: ProposalState) -> ProposalQuerySet:
    if state == "open":
        return rows.filter(state__in=OPEN)
    # What was approved may have been replaced by something newer since.
    wanted = Q(published_at__isnull=False) if state == "published" else Q(state=state)
    return rows.filter(wanted)


def _summary(proposal: Proposal) -> dict[str, Any]:
    model = proposal.model
    return {
        "id": proposal.proposal_id or proposal.pk,
        "model_id": model.pk,
        "model_type": model.model_type,
        "model_name": model.name,
        "revision": proposal.number,
        "state": str(proposal.state),
        "visibility": str(proposal.visibility),
        "author": proposal.author_name,
        "message": proposal.message,
        "created_at": proposal.created_at.isoformat(),
        "url": settings.SITE_URL + proposal.get_absolute_url(),
    }


def _round(round_: Round) -> ProposalRound:
    revision, review = round_.revision, round_.review
    return ProposalRound(
        round=round_.number,
        revision=revision.number,
        state=str(revision.state),
        author=revision.author_name,
        message=revision.message,
        created_at=revision.created_at.isoformat(),
        verdict=RoundVerdict(
            decision=str(review.decision),
            feedback=review.feedback,
            reviewer=review.reviewer_name,
            created_at=review.created_at.isoformat(),
        )
        if review is not None
        else None,
        comments=[_comment(comment) for comment, _quoted in round_.comments],
    )


def _comment(comment: Comment) -> RoundComment:
    return RoundComment(
        author=comment.author_name,
        text=comment.text,
        part=str(comment.part),
        line=comment.line,
        created_at=comment.created_at.isoformat(),
    )
