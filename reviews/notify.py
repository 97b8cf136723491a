"""Notifications: rows for the bell, and mail that is sent after the transaction.

A notification to mail is its own outbox row: a worker takes it right after the transaction, and a
scheduled task every few minutes takes those whose message was lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.text import Truncator

from accounts.models import User
from accounts.preferences import written_for
from hub.task_queue import ask_worker
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.models import RegisteredModel, Revision
from models_registry.permissions import Right
from models_registry.stored_reasons import StoredReason
from reviews import messages
from reviews.models import (
    Comment,
    Decision,
    Notification,
    NotificationChoice,
    NotificationKind,
    Proposal,
    Review,
)

MAIL_TASK = "reviews.send_mail"
_MOST_TEXT = 2000


def decided(review: Review) -> list[Notification]:
    """Notify the author and the owner of a verdict."""
    model = review.revision.model
    title = {
        Decision.APPROVE: gettext_noop("%(model)s was approved and published", model=model.name),
        Decision.REQUEST_CHANGES: gettext_noop("%(model)s: changes requested", model=model.name),
        Decision.REJECT: gettext_noop("%(model)s was rejected", model=model.name),
    }[Decision(review.decision)]
    people = _authors(review.revision) - {review.reviewer_id}
    return send(
        User.objects.filter(pk__in=people),
        NotificationKind.DECISION,
        title=title,
        text=[review.feedback],
        url=status_url(model),
    )


def commented(comment: Comment) -> list[Notification]:
    """Notify the authors, and the reviewers who took part, of a comment.

    Authors and reviewers get links to different pages.
    """
    revision = comment.revision
    thread = Proposal.objects.thread_of(revision)
    authors = _authors(revision)
    took_part = set(thread.values_list("review__reviewer", flat=True))
    took_part |= set(thread.values_list("comments__author", flat=True))
    took_part |= set(thread.values_list("claim__reviewer", flat=True))
    status = status_url(revision.model)
    title = gettext_noop(
        "%(person)s commented on %(model)s", person=comment.author_name, model=revision.model.name
    )
    text = [comment.text]
    anchor = f"#comment-{comment.pk}"
    writers = User.objects.filter(pk__in=authors - {comment.author_id})
    others = User.objects.filter(pk__in=took_part - authors - {comment.author_id, None})
    # SECURITY: whoever has lost the right to read the proposal does not get the comment.
    readers = [person for person in others if _may_read(person, revision)]
    page = reverse("reviews:proposal", args=[revision.pk])
    return [
        *send(writers, NotificationKind.COMMENT, title=title, text=text, url=status + anchor),
        *send(readers, NotificationKind.COMMENT, title=title, text=text, url=page + anchor),
    ]


def declined(reason: Comment) -> list[Notification]:
    """Notify the authors of a suggestion that the owner of the model has declined it."""
    model = reason.revision.model
    people = User.objects.filter(pk__in=_authors(reason.revision) - {reason.author_id})
    title = gettext_noop(
        "%(person)s has declined your suggestion for %(model)s",
        person=reason.author_name,
        model=model.name,
    )
    return send(
        people,
        NotificationKind.DECISION,
        title=title,
        text=[reason.text],
        url=f"{status_url(model)}#comment-{reason.pk}",
    )


def send(
    people: Iterable[User],
    kind: NotificationKind,
    *,
    title: str,
    text: str | Sequence[object],
    url: str,
    key: str = "",
) -> list[Notification]:
    """Notify each person in the way that they chose; returns the new rows.

    `title` and the lines of `text` are stored as `messages.stored` makes them, so that each reader
    gets them in their own language; `url` is a path of this hub. With a `key`, an event is notified
    once however often this runs. Call it inside a transaction: mail is sent after the commit.
    """
    people = [person for person in people if person.is_active]
    choices = {
        choice.user_id: choice
        for choice in NotificationChoice.objects.filter(kind=kind, user__in=people)
    }
    lines = [text] if isinstance(text, str) else text
    message = {
        "title": messages.stored(title),
        "text": [messages.stored(_shortened(line)) for line in lines],
    }
    created = []
    for person in people:
        choice = choices.get(person.pk) or NotificationChoice(user=person, kind=kind)
        with written_for(person):
            written = {
                "title": Truncator(messages.shown(message["title"])).chars(300),
                "text": Truncator(messages.shown_lines(message["text"])).chars(_MOST_TEXT),
            }
        values = {
            **written,
            "message": message,
            "url": url[:300],
            "on_bell": choice.on_bell,
            "by_mail": choice.by_mail and bool(person.email),
        }
        if key:
            row, is_new = Notification.objects.get_or_create(
                recipient=person, key=key, defaults={**values, "kind": kind}
            )
            created += [row] if is_new else []
        else:
            created.append(Notification.objects.create(recipient=person, kind=kind, **values))
    due = [notification.pk for notification in created if notification.by_mail]
    transaction.on_commit(lambda: _send(due))
    return created


def status_url(model: RegisteredModel) -> str:
    """The page on which authors follow their proposals."""
    return reverse("reviews:status", args=[model.pk])


def queue_url() -> str:
    """The address of the review queue."""
    return reverse("reviews:queue")


def choose(user: User, chosen: dict[NotificationKind, tuple[bool, bool]]) -> None:
    """Store how a person wants to be notified: kind → (on the bell, by mail)."""
    with transaction.atomic():
        for kind, (on_bell, by_mail) in chosen.items():
            NotificationChoice.objects.update_or_create(
                user=user, kind=kind, defaults={"on_bell": on_bell, "by_mail": by_mail}
            )


def reviewers() -> Iterable[User]:
    """The active people who may see the queue and decide, through any group or right."""
    return holders_of(Right.VIEW_REVIEW_LIST, Right.REVIEW_MODEL)


def holders_of(*codenames: str) -> Iterable[User]:
    """The active people with all these rights of the registry for all models."""
    people = User.objects.filter(is_active=True)
    holders_of_each = [
        set(
            people.filter(
                Q(
                    user_permissions__codename=codename,
                    user_permissions__content_type__app_label="models_registry",
                )
                | Q(
                    groups__permissions__codename=codename,
                    groups__permissions__content_type__app_label="models_registry",
                )
            ).values_list("pk", flat=True)
        )
        for codename in codenames
    ]
    holders = set.intersection(*holders_of_each)
    return people.filter(Q(pk__in=holders) | Q(is_superuser=True)).order_by("pk")


def _shortened(line: object) -> object:
    """A line of which what people wrote is not too long."""
    if isinstance(line, Message | StoredReason):
        return line
    return Truncator(str(line)).chars(_MOST_TEXT)


def _may_read(person: User, revision: Revision) -> bool:
    visible = RegisteredModel.objects.visible_to(person)
    return Proposal.objects.reviewable_by(person, visible).filter(pk=revision.pk).exists()


def _authors(revision: Revision) -> set[int]:
    """The authors of the proposal's rounds who may still see the model, and its owner."""
    owner = revision.model.owner_id
    authors = set(Proposal.objects.thread_of(revision).values_list("author", flat=True))
    # SECURITY: a model that is hidden now is not told of to those who suggested a change once.
    seen = {
        person.pk
        for person in User.objects.filter(pk__in=authors - {None, owner})
        if RegisteredModel.objects.visible_to(person).filter(pk=revision.model_id).exists()
    }
    return seen if owner is None else seen | {owner}


def _send(due: list[int]) -> None:
    for pk in due:
        ask_worker(MAIL_TASK, pk)
