"""Forms of reviewers and authors."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.models import RegisteredModel
from reviews import owner_requests
from reviews import use_cases as reviews
from reviews.models import (
    Claim,
    Comment,
    Endorsement,
    Notification,
    NotificationKind,
    OwnerRequest,
    Proposal,
    Review,
    SavedReply,
)
from tests.factories import a_model
from tests.reviews.conftest import a_next_round, a_proposal, a_reviewer, an_author
from tests.stale.plan import STALE, Plan, World, row


def of_review(world: World, action: str, told: str, **more: Any) -> tuple[Proposal, User, Plan]:
    author = an_author("ada")
    proposal = a_proposal(author)
    world.client.force_login(a_reviewer())
    return proposal, author, Plan(
        page=f"/admin/reviews/{proposal.pk}/",
        action=f"/admin/reviews/{proposal.pk}/{action}",
        change=lambda: a_next_round(proposal, author),
        state=lambda: (Review.objects.count(), Claim.objects.count(), Comment.objects.count()),
        told=told, **more,
    )  # fmt: skip


@row("admin/reviews/<int:pk>/decide")
def approving_a_round_that_is_not_the_newest(world: World) -> Plan:
    return of_review(
        world, "decide", "which you have read",
        typed={"decision": "approve", "feedback": "Fine by me."}, kept="Fine by me.",
    )[2]  # fmt: skip


@row("admin/reviews/<int:pk>/decide")
def a_verdict_that_was_not_filled_in_for_an_older_round(world: World) -> Plan:
    plan = of_review(world, "decide", "which you have read", typed={"feedback": "So so."})[2]
    plan.kept, plan.status = "So so.", (400,)
    plan.typed["decision"] = "nothing"
    return plan


def of_suggestion(world: World, action: str, **more: Any) -> Plan:
    author, model = an_author("ada"), a_model(owner=world.root)
    first = a_next_round(Proposal(model=model), author)
    return Plan(
        page=f"/models/detail/{model.pk}/review",
        action=f"/models/detail/{model.pk}/review/{action}",
        change=lambda: a_next_round(first, author, context_length=2048),
        state=lambda: (Endorsement.objects.count(), Comment.objects.count()),
        told="which you have read", **more,
    )  # fmt: skip


@row("models/detail/<int:pk>/review/endorse")
def agreeing_to_a_round_that_is_not_the_newest(world: World) -> Plan:
    return of_suggestion(world, "endorse")


@row("models/detail/<int:pk>/review/decline")
def declining_a_round_that_is_not_the_newest(world: World) -> Plan:
    return of_suggestion(world, "decline", typed={"reason": "Not so."}, kept="Not so.")


def of_request(world: World) -> tuple[OwnerRequest, Plan]:
    author = an_author("ada")
    asked = owner_requests.ask(a_model(owner=author), "expire", reason="Old.", by=author)
    return asked, Plan(
        page=f"/admin/reviews/requests/{asked.pk}", action="",
        change=lambda: owner_requests.decide(
            asked, grants=False, by=world.other, feedback="Stay."
        ),
        state=lambda: (OwnerRequest.objects.get().state, RegisteredModel.objects.get().expires_at),
        told="decided or withdrawn meanwhile",
    )  # fmt: skip


@row("admin/reviews/requests/<int:pk>")
def granting_a_request_that_was_decided(world: World) -> Plan:
    _asked, plan = of_request(world)
    plan.typed = {"decision": "grant"}
    return plan


@row("models/detail/review/requests/<int:pk>/withdraw")
def withdrawing_a_request_that_was_decided(world: World) -> Plan:
    asked, plan = of_request(world)
    world.client.force_login(asked.asked_by)
    plan.page = f"/models/detail/{asked.model_id}/review"
    plan.action = f"/models/detail/review/requests/{asked.pk}/withdraw"
    return plan


@row("admin/reviews/<int:pk>/comment")
def commenting_on_a_line_of_an_older_round(world: World) -> Plan:
    return of_review(
        world, "comment", "which you have read",
        typed={"part": "definition", "line": "3", "text": "This line."}, kept="This line.",
    )[2]  # fmt: skip


@row("admin/reviews/<int:pk>/claim")
def claiming_an_older_round(world: World) -> Plan:
    return of_review(world, "claim", "which you have read")[2]


@row("admin/reviews/<int:pk>/release")
def releasing_a_claim_that_ran_out(world: World) -> Plan:
    proposal, _author, plan = of_review(world, "release", "You have not claimed")
    reviews.claim(proposal, by=User.objects.get(username="rita"))
    plan.change = lambda: Claim.objects.all().delete()
    return plan


@row("admin/reviews/bulk")
def approving_in_bulk_what_has_a_newer_round(world: World) -> Plan:
    author = an_author("ada")
    model = a_model(owner=author)
    readme = Submission(readme="# Another\n")
    revision = edit(model, readme, by=author, base_revision=1)
    proposal = Proposal.objects.get(pk=revision.pk)
    world.client.force_login(a_reviewer())
    return Plan(
        page="/admin/reviews/", action="/admin/reviews/bulk",
        typed={"proposal": [str(proposal.pk)]},
        change=lambda: a_next_round(proposal, author),
        state=Review.objects.count, told="1 of the selected updates was not approved",
    )  # fmt: skip


@row("models/detail/<int:pk>/review/comment")
def answering_about_a_line_of_an_older_round(world: World) -> Plan:
    author = an_author("ada")
    proposal = a_proposal(author)
    world.client.force_login(author)
    return Plan(
        page=f"/models/detail/{proposal.model_id}/review",
        action=f"/models/detail/{proposal.model_id}/review/comment",
        typed={"part": "definition", "line": "3", "text": "I meant this."}, kept="I meant this.",
        change=lambda: a_next_round(proposal, author),
        state=Comment.objects.count, told="which you have read",
    )  # fmt: skip


@row("models/detail/<int:pk>/review/withdraw")
def withdrawing_another_round(world: World) -> Plan:
    author = an_author("ada")
    proposal = a_proposal(author)
    world.client.force_login(author)
    return Plan(
        page=f"/models/detail/{proposal.model_id}/review",
        action=f"/models/detail/{proposal.model_id}/review/withdraw",
        change=lambda: a_next_round(proposal, author),
        state=lambda: Proposal.objects.filter(state="withdrawn").count(), told=STALE,
    )  # fmt: skip


def a_reply() -> SavedReply:
    return SavedReply.objects.create(title="Thanks", text="Thank you.")


@row("admin/reviews/replies/<int:pk>")
def changing_a_reply_that_somebody_changed(world: World) -> Plan:
    reply = a_reply()
    return Plan(
        page=f"/admin/reviews/replies/{reply.pk}", action="",
        typed={"title": "Thanks", "text": "Mine."}, kept="Mine.",
        change=lambda: SavedReply.objects.update(text="Theirs."),
        state=lambda: SavedReply.objects.get().text, told="the text",
    )  # fmt: skip


@row("admin/reviews/replies/<int:pk>/delete")
def deleting_a_reply_that_somebody_changed(world: World) -> Plan:
    reply = a_reply()
    return Plan(
        page="/admin/reviews/replies", action=f"/admin/reviews/replies/{reply.pk}/delete",
        change=lambda: SavedReply.objects.update(text="Theirs."),
        state=SavedReply.objects.count, told="the text",
    )  # fmt: skip


@row("notifications/read")
def reading_what_came_in_later(world: World) -> Plan:
    def note(title: str) -> None:
        Notification.objects.create(
            recipient=world.root, kind=NotificationKind.COMMENT, title=title, url="/", on_bell=True
        )

    def read(title: str) -> bool:
        return Notification.objects.filter(title=title, read_at__isnull=False).exists()

    note("Before")
    return Plan(
        page="/notifications", action="/notifications/read", change=lambda: note("Later"),
        state=lambda: read("Later"),
        control=lambda: read("Before"),
        told="Later",
    )  # fmt: skip
