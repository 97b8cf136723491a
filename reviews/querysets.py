"""Which proposals somebody may review, and what waits for whom. Querysets never import models."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from hub.models import AppendOnly
from models_registry.querysets import holds_any

if TYPE_CHECKING:
    from accounts.models import User
    from models_registry.models import RegisteredModel
    from reviews.models import Proposal  # noqa: F401 - named in the base of ProposalQuerySet

OPEN = ("proposed", "changes_requested")
REVIEWING = ("view_review_list", "review_model")


def may_see_queue(user: User | AnonymousUser) -> bool:
    """Whether the review queue is open to the person."""
    return user.is_active and holds_any(user, ("view_review_list",))


def may_review(user: User | AnonymousUser) -> bool:
    """Whether single proposals are open to the person, to decide or to look at."""
    return user.is_active and holds_any(user, REVIEWING)


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Reads and adds; refuses everything else."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly("What was said in a review can't be changed.")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnly("What was said in a review can't be deleted.")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Revisions that were handed in; `models_registry.publication` alone changes their state."""

    def proposals(self) -> ProposalQuerySet:
        """Without the revisions that were published directly."""
        handed_in = Q(state__in=[*OPEN, "rejected", "withdrawn"]) | Q(review__isnull=False)
        earlier_round = Q(state="superseded", published_at__isnull=True)
        return self.filter(handed_in | earlier_round)

    def open(self) -> ProposalQuerySet:
        """Waiting for a reviewer or for the author."""
        return self.filter(state__in=OPEN)

    def waiting(self) -> ProposalQuerySet:
        """Waiting for a reviewer."""
        return self.filter(state="proposed")

    def reviewable_by(
        self, user: User | AnonymousUser, visible: models.QuerySet[RegisteredModel]
    ) -> ProposalQuerySet:
        """The newest rounds of proposals that a reviewer may read; none for everybody else.

        In: the models that he may see (`visible_to`). SECURITY: what wants to become public is open
        to every reviewer while it waits, also where the model is still its owner's alone; all else
        only where the model itself may be seen.
        """
        if not may_review(user):
            return self.none()
        wants_in = Q(state__in=OPEN, visibility="public")
        found = self.proposals().exclude(state="superseded", published_at__isnull=True)
        return found.filter(wants_in | Q(model__in=visible.values("pk")))

    def queue_for(
        self, reviewer: User | AnonymousUser, visible: models.QuerySet[RegisteredModel]
    ) -> ProposalQuerySet:
        """Open proposals that the reviewer may read, oldest first."""
        return self.reviewable_by(reviewer, visible).open().order_by("created_at", "pk")

    def thread_of(self, revision: models.Model) -> ProposalQuerySet:
        """All rounds of the proposal that a revision is a round of, oldest first."""
        root = getattr(revision, "proposal_id", None) or revision.pk
        return self.filter(Q(pk=root) | Q(proposal=root)).order_by("number")

    def claimed(self, *, now: datetime | None = None, **by: Any) -> ProposalQuerySet:
        """Proposals on which a claim stands, narrowed by lookups on the claim (reviewer=…)."""
        now = now or timezone.now()
        own = {f"claim__{key}": value for key, value in by.items()}
        root = {f"proposal__claim__{key}": value for key, value in by.items()}
        return self.filter(
            Q(claim__expires_at__gt=now, **own) | Q(proposal__claim__expires_at__gt=now, **root)
        )


class NotificationQuerySet(models.QuerySet[Any]):
    """Notifications of one person."""

    def on_bell_of(self, user: User | AnonymousUser) -> NotificationQuerySet:
        """What the bell shows to the person, newest first."""
        if user.pk is None:
            return self.none()
        return self.filter(recipient_id=user.pk, on_bell=True)

    def unread(self) -> NotificationQuerySet:
        """Not looked at yet."""
        return self.filter(read_at__isnull=True)

    def mail_due(self) -> NotificationQuerySet:
        """To be mailed, not mailed yet, and no worker is at it."""
        free = Q(mail_taken_until__isnull=True) | Q(mail_taken_until__lte=timezone.now())
        return self.filter(free, by_mail=True, mailed_at__isnull=True)
