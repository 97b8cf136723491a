"""Who is told what: rows for the bell, and mail that goes out after the transaction.

A notification that is to be mailed is its own outbox: a worker takes it as soon as the transaction
has ended, and a sweep every few minutes takes what a worker has lost.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.text import Truncator, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from kombu.exceptions import OperationalError

from accounts.models import User
from models_registry.models import RegisteredModel, Revision
from reviews.models import (
    Comment,
    Decision,
    Kind,
    Notification,
    NotificationChoice,
    Proposal,
    Review,
)

MAIL_TASK = "reviews.send_mail"
_EXCERPT = 500

logger = logging.getLogger(__name__)


def decided(review: Review) -> list[Notification]:
    """Tell the author and the owner of a verdict."""
    title = {
        Decision.APPROVE: _("{model} is approved and published"),
        Decision.REQUEST_CHANGES: _("{model}: changes are requested"),
        Decision.REJECT: _("{model} is rejected"),
    }[Decision(review.decision)]
    model = review.revision.model
    people = _authors(review.revision) - {review.reviewer_id}
    return tell(
        User.objects.filter(pk__in=people),
        Kind.DECISION,
        title=format_lazy(title, model=model.name),
        text=review.feedback,
        url=status_url(model),
    )


def commented(comment: Comment) -> list[Notification]:
    """Tell the authors, and the reviewers who took part, of a comment; each at his own page."""
    revision = comment.revision
    thread = Proposal.objects.thread_of(revision)
    authors = _authors(revision)
    took_part = set(thread.values_list("review__reviewer", flat=True))
    took_part |= set(thread.values_list("comments__author", flat=True))
    took_part |= set(thread.values_list("claim__reviewer", flat=True))
    status = status_url(revision.model)
    title = format_lazy(
        _("{person} commented on {model}"), person=comment.author_name, model=revision.model.name
    )
    anchor = f"#comment-{comment.pk}"
    own = User.objects.filter(pk__in=authors - {comment.author_id})
    others = User.objects.filter(pk__in=took_part - authors - {comment.author_id, None})
    # Whoever has lost the right to read it since is not told what it says.
    readers = [person for person in others if _may_read(person, revision)]
    page = reverse("reviews:proposal", args=[revision.pk])
    return [
        *tell(own, Kind.COMMENT, title=title, text=comment.text, url=status + anchor),
        *tell(readers, Kind.COMMENT, title=title, text=comment.text, url=page + anchor),
    ]


def tell(
    people: Iterable[User], kind: Kind, *, title: object, text: object, url: str, key: str = ""
) -> list[Notification]:
    """Tell each of the people, in his language and in the way that he chose.

    In: title and text (lazy strings are translated for each), a path of the hub's own, and a key
    where an event must be told once however often this runs. Out: the notifications that are new.
    Call it inside a transaction: mail goes out when that has ended.
    """
    people = [person for person in people if person.is_active]
    choices = {
        choice.user_id: choice
        for choice in NotificationChoice.objects.filter(kind=kind, user__in=people)
    }
    found = []
    for person in people:
        choice = choices.get(person.pk) or NotificationChoice(user=person, kind=kind)
        with override(person.language or settings.LANGUAGE_CODE):
            written = {
                "title": Truncator(" ".join(str(title).split())).chars(300),
                "text": Truncator(str(text)).chars(_EXCERPT * 4),
            }
        values = {
            **written,
            "url": url[:300],
            "on_bell": choice.on_bell,
            "by_mail": choice.by_mail and bool(person.email),
        }
        if key:
            row, is_new = Notification.objects.get_or_create(
                recipient=person, key=key, defaults={**values, "kind": kind}
            )
            found += [row] if is_new else []
        else:
            found.append(Notification.objects.create(recipient=person, kind=kind, **values))
    due = [notification.pk for notification in found if notification.by_mail]
    transaction.on_commit(lambda: _send(due))
    return found


def status_url(model: RegisteredModel) -> str:
    """The page on which an author follows his proposal."""
    return reverse("reviews:status", args=[model.pk])


def queue_url() -> str:
    """The review queue."""
    return reverse("reviews:queue")


def choose(user: User, chosen: dict[Kind, tuple[bool, bool]]) -> None:
    """Keep how a person wants to be told: kind → (on the bell, by mail)."""
    with transaction.atomic():
        for kind, (on_bell, by_mail) in chosen.items():
            NotificationChoice.objects.update_or_create(
                user=user, kind=kind, defaults={"on_bell": on_bell, "by_mail": by_mail}
            )


def reviewers() -> Iterable[User]:
    """The active people who may see the queue and decide, through whatever group or right."""
    needed = ("view_review_list", "review_model")
    holders = [
        Q(
            user_permissions__codename=codename,
            user_permissions__content_type__app_label="models_registry",
        )
        | Q(
            groups__permissions__codename=codename,
            groups__permissions__content_type__app_label="models_registry",
        )
        for codename in needed
    ]
    people = User.objects.filter(is_active=True)
    first, second = (set(people.filter(holds).values_list("pk", flat=True)) for holds in holders)
    return people.filter(Q(pk__in=first & second) | Q(is_superuser=True)).order_by("pk")


def _may_read(person: User, revision: Revision) -> bool:
    visible = RegisteredModel.objects.visible_to(person)
    return Proposal.objects.reviewable_by(person, visible).filter(pk=revision.pk).exists()


def _authors(revision: Revision) -> set[int]:
    """The person who wrote the round, and the model's owner."""
    return {pk for pk in (revision.author_id, revision.model.owner_id) if pk is not None}


def _send(due: list[int]) -> None:
    for pk in due:
        try:
            current_app.send_task(MAIL_TASK, [pk])
        except OperationalError:
            logger.warning("The broker does not answer; the sweep will mail notification %d.", pk)
