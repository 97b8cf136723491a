"""What is kept for how long: one rule for each table and folder that would grow for ever.

The other tables are bounded by what they describe (models, people, types of lists), or prune
themselves: `BOUNDED` says how, and docs/guides/operate.md lists everything for operators.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from allauth.account import app_settings
from allauth.account.models import EmailConfirmation
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.models import AccessToken, ApiSession, Invitation, User
from hub import bucket_owner
from hub.audit import Tag
from hub.models import AuditEntry, WebhookDelivery
from models_registry import catalogue_changes
from models_registry.models import (
    ANSWERS_KEPT,
    DRAFTS_KEPT,
    RegisteredModel,
    Revision,
    StoredAnswer,
    SubmittedDraft,
    UpdateRun,
    UpstreamChange,
    UpstreamRemoval,
)
from reviews.models import Comment, Endorsement, Notification, OwnerRequest, Review

BATCH: Final = 500
# Where names of people stand beside what they did: table, column, and the key of their account,
# which is empty once that is closed.
SOMEBODY: Final = "somebody"
_NAMES: Final[tuple[tuple[type[models.Model], str, str | None], ...]] = (
    (Revision, "author_name", "author"),
    (UpstreamChange, "author_name", "created_by"),
    (UpstreamChange, "reviewer_name", None),
    (Review, "reviewer_name", "reviewer"),
    (Comment, "author_name", "author"),
    (Endorsement, "owner_name", "owner"),
    (OwnerRequest, "asked_by_name", "asked_by"),
    (OwnerRequest, "decided_by_name", None),
    (RegisteredModel, "expiry_by", None),
    (UpstreamRemoval, "expiry_by_before", None),
)
_TOKENS: Final = timedelta(days=30)
_WEBHOOKS: Final = timedelta(days=30)
_UNREADABLE_SECONDS: Final = 30 * 86_400
_MAIL_SECONDS: Final = 30 * 86_400
_PARTIAL_SECONDS: Final = 86_400
_PICTURES: Final = "avatars"

# Table → why it needs no rule here.
BOUNDED: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "auth.Permission", "auth.Group", "auth.Group_permissions", "contenttypes.ContentType",
            "socialaccount.SocialApp", "accounts.User_groups", "accounts.User_user_permissions",
            "accounts.Invitation_groups",
        ),
        "a few rows for each right and group",
    ),
    **dict.fromkeys(
        (
            "account.EmailAddress", "mfa.Authenticator", "socialaccount.SocialAccount",
            "socialaccount.SocialToken", "accounts.User", "accounts.GitHubToken",
            "accounts.GitHubTokenOwner", "accounts.GitHubQuota", "accounts.OwnServer",
            "reviews.NotificationChoice", "reviews.Digest", "reviews.SavedReply", "hub.Webhook",
        ),
        "a few rows for each person",
    ),
    **dict.fromkeys(
        (
            "guardian.UserObjectPermission", "guardian.GroupObjectPermission",
            "models_registry.RegisteredModelUserObjectPermission",
            "models_registry.RegisteredModelGroupObjectPermission",
            "models_registry.RegisteredModel", "models_registry.SmallestNeed",
            "models_registry.ListingFigures", "models_registry.Facet",
            "models_registry.SearchDocument", "models_registry.ModelSource",
            "models_registry.SourceSummary", "models_registry.SourceText",
            "models_registry.SourceMark", "models_registry.UpstreamFile",
            "models_registry.UpstreamRemoval", "models_registry.OwnershipOffer",
            "models_registry.FormerName", "models_registry.ListEntry",
        ),
        "a few rows for each model",
    ),
    **dict.fromkeys(
        (
            "models_registry.CatalogueList", "models_registry.ReleaseList",
            "models_registry.SourceList",
            "models_registry.ShippedName", "models_registry.VisitedHub",
            "models_registry.UpstreamPath", "models_registry.UnreadableFile",
            "models_registry.UpstreamSchema",
        ),
        "a few rows for each type, release, file upstream or model hub",
    ),
    **dict.fromkeys(
        (
            "models_registry.Revision", "models_registry.PullRequest",
            "models_registry.UpstreamChange", "reviews.Review", "reviews.Comment",
            "reviews.Claim", "reviews.Endorsement", "reviews.SourceCheck",
            "reviews.OwnerRequest",
        ),
        "the history of a model, which is kept while the model exists",
    ),
    "models_registry.Draft": "at most 100 for each person",
    "models_registry.ListRevision": "HUB_KEEP_LIST_REVISIONS of each type",
    "models_registry.ListPiece": "the parts of these revisions, which share them",
    "models_registry.ReleaseListRevision": "models_registry.catalogue.release_history.KEPT of each",
    "models_registry.ServerList": "models_registry.prune_sightings",
    "models_registry.RepositoryRecord": "models_registry.prune_sightings",
    "models_registry.ModelUse": "models_registry.prune_uses",
    "hub.OutgoingMail": "hub.send_mail: delivered at once, given up after 5 days, kept 30 more",
    "hub.DoctorReport": "the last 30",
    "hub.Figure": "a few rows for each task",
}  # fmt: skip

logger = logging.getLogger(__name__)


def tidy() -> dict[str, int]:
    """Apply all rules; returns how many rows and files each has deleted or emptied.

    A rule that fails is logged, and the others are applied.
    """
    done = {}
    for rule in RULES:
        try:
            done[rule.__name__] = rule()
        # One table that is locked, or one folder without rights, must not keep the others.
        except Exception:
            logger.exception("The rule %s failed; it is applied again tomorrow.", rule.__name__)
    logger.info("Tidied up: %s", done)
    return done


def sessions() -> int:
    """Sessions of browsers that have expired."""
    count = _delete(Session, Q(expire_date__lt=timezone.now()))
    live = Session.objects.filter(session_key=OuterRef("session_key"))
    return count + _delete(UserSession, ~Q(Exists(live)))


def email_confirmations() -> int:
    """Links that confirm an address and have expired."""
    limit = timezone.now() - timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS)
    return _delete(EmailConfirmation, Q(sent__lt=limit) | Q(sent=None, created__lt=limit))


def tokens() -> int:
    """Sign-ins of programs and tokens that ended 30 days ago."""
    limit = timezone.now() - _TOKENS
    ended = Q(expires_at__lt=limit) | Q(revoked_at__lt=limit)
    return _delete(ApiSession, ended) + _delete(AccessToken, ended)


def closed_accounts() -> int:
    """Names of accounts that were closed, beside what they did (HUB_KEEP_PERSONAL_DAYS).

    Whose names they are is known from the audit log, so it comes before that is shortened. Names of
    programs and of accounts that exist stay.
    """
    days = settings.ENV.keep_personal_days
    if not days:
        return 0
    limit = timezone.now() - timedelta(days=min(days, settings.ENV.keep_audit_days or days))
    closings = AuditEntry._base_manager.filter(tag=Tag.ACCOUNT_CLOSE.value, created_at__lt=limit)
    names = set(closings.exclude(target_label="").values_list("target_label", flat=True))
    names -= set(User.objects.filter(username__in=names).values_list("username", flat=True))
    count = 0
    for model, column, account in _NAMES:
        found = Q(**{f"{column}__in": names}) & (Q(**{account: None}) if account else Q())
        # Who decided on an expiry is told from nobody by a name.
        nobody = SOMEBODY if account is None else ""
        count += model._base_manager.filter(found).update(**{column: nobody})
    return count


def invitations() -> int:
    """Invitations that ended 30 days ago, with their addresses."""
    limit = timezone.now() - _TOKENS
    ended = Q(expires_at__lt=limit) | Q(accepted_at__lt=limit) | Q(withdrawn_at__lt=limit)
    return _delete(Invitation, ended)


def audit_log() -> int:
    """Entries of the audit log, of the administration's own, and requests about models that are
    gone (HUB_KEEP_AUDIT_DAYS)."""
    if (limit := _limit(settings.ENV.keep_audit_days)) is None:
        return 0
    old_log = _delete(LogEntry, Q(action_time__lt=limit))
    # What owners of models that are gone asked for.
    old_log += _delete(OwnerRequest, Q(model=None, created_at__lt=limit))
    return old_log + _delete(AuditEntry, Q(created_at__lt=limit))


def personal_data() -> int:
    """Network addresses in the audit log, and there the addresses that were invited, and names and
    data of accounts that were closed (HUB_KEEP_PERSONAL_DAYS)."""
    if (limit := _limit(settings.ENV.keep_personal_days)) is None:
        return 0
    old = AuditEntry._base_manager.filter(created_at__lt=limit)
    count = old.exclude(ip_address=None).update(ip_address=None)
    # Entries of the hub itself have no actor either, and no name.
    count += old.filter(actor=None).exclude(actor_name="").update(actor_name="")
    invited = old.filter(target_type="accounts.invitation").exclude(target_label="")
    count += invited.update(target_label="")
    people = {str(pk) for pk in User.objects.values_list("pk", flat=True)}
    about = old.filter(target_type="accounts.user").exclude(target_label="")
    gone = [pk for pk, target in about.values_list("pk", "target_id") if target not in people]
    for start in range(0, len(gone), BATCH):
        rows = AuditEntry._base_manager.filter(pk__in=gone[start : start + BATCH])
        count += rows.update(target_label="", data={})
    return count


def notifications() -> int:
    """Old notifications (HUB_KEEP_NOTIFICATION_DAYS).

    Of events that are told once, an empty row stays, so that they are not told again.
    """
    if (limit := _limit(settings.ENV.keep_notification_days)) is None:
        return 0
    old = Notification.objects.filter(created_at__lt=limit)
    emptied = old.exclude(Q(key="") | Q(title="")).update(
        title="",
        text="",
        message=None,
        url="",
        on_bell=False,
        by_mail=False,
        read_at=F("created_at"),
    )
    return emptied + _delete(Notification, Q(created_at__lt=limit, key=""))


def update_runs() -> int:
    """Finished updates (HUB_KEEP_RUN_DAYS), but for the last one of each type and state."""
    if (limit := _limit(settings.ENV.keep_run_days)) is None:
        return 0
    newer = UpdateRun.objects.filter(
        model_type=OuterRef("model_type"), state=OuterRef("state"), pk__gt=OuterRef("pk")
    )
    return _delete(UpdateRun, Q(Exists(newer), finished_at__lt=limit))


def stored_answers() -> int:
    """Answers to requests with an Idempotency-Key, for people who have sent none since."""
    return _delete(StoredAnswer, Q(created_at__lt=timezone.now() - ANSWERS_KEPT))


def submitted_drafts() -> int:
    """What became of drafts that were submitted a month ago: no page of them is open any more."""
    return _delete(SubmittedDraft, Q(submitted_at__lt=timezone.now() - DRAFTS_KEPT))


def webhook_deliveries() -> int:
    """Deliveries of webhooks after 30 days, also those of a webhook that was stopped."""
    return _delete(WebhookDelivery, Q(created_at__lt=timezone.now() - _WEBHOOKS))


def changes_of_models() -> int:
    """Notes of which models have changed, which every process has read long ago."""
    return catalogue_changes.prune()


def pictures() -> int:
    """Pictures that no account has any more, and that could not be deleted at once."""
    try:
        names = [f"{_PICTURES}/{name}" for name in default_storage.listdir(_PICTURES)[1]]
    except FileNotFoundError:
        return 0
    if settings.ENV.s3_bucket:
        if bucket_owner.is_another_hub():
            logger.warning("No picture is deleted: another hub uses the bucket (see the doctor).")
            return 0
        bucket_owner.claim()
    used = set(User.objects.exclude(avatar="").values_list("avatar", flat=True))
    # One that has just been stored is named by its account a moment later.
    limit = timezone.now() - timedelta(seconds=_PARTIAL_SECONDS)
    count = 0
    for name in names:
        if name not in used and default_storage.get_modified_time(name) < limit:
            default_storage.delete(name)
            count += 1
    return count


def folders() -> int:
    """Messages that the broker could not use, and mail that is kept in files without EMAIL_URL."""
    var: Path = settings.VAR_DIR
    count = 0
    for pattern, seconds in (
        ("broker/*/unreadable/*", _UNREADABLE_SECONDS),
        ("broker/*/writing/*", _PARTIAL_SECONDS),
        ("mail/*", _MAIL_SECONDS),
    ):
        for path in _older_than(var.glob(pattern), seconds):
            path.unlink(missing_ok=True)
            count += 1
    return count


RULES: Final[tuple[Callable[[], int], ...]] = (
    closed_accounts,
    sessions,
    email_confirmations,
    tokens,
    invitations,
    audit_log,
    personal_data,
    notifications,
    update_runs,
    stored_answers,
    submitted_drafts,
    webhook_deliveries,
    changes_of_models,
    pictures,
    folders,
)
# The tables that the rules keep small.
RULED: Final = frozenset(
    model._meta.label
    for model in (
        Session, UserSession, EmailConfirmation, ApiSession, AccessToken, Invitation, LogEntry,
        AuditEntry,
        Notification, UpdateRun, StoredAnswer, SubmittedDraft, WebhookDelivery,
    )
)  # fmt: skip


def _limit(days: int) -> datetime | None:
    return timezone.now() - timedelta(days=days) if days else None


def _delete(model: type[models.Model], which: Q) -> int:
    """Delete rows in small transactions, so that nobody waits for long; returns how many."""
    # The audit log refuses deletions by everybody else.
    rows: models.QuerySet[Any] = model._base_manager.filter(which)
    count = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        count += model._base_manager.filter(pk__in=keys).delete()[1].get(model._meta.label, 0)
    return count


def _older_than(paths: Iterator[Path], seconds: int) -> Iterator[Path]:
    limit = time.time() - seconds
    for path in paths:
        try:
            if path.is_file() and path.stat().st_mtime < limit:
                yield path
        except FileNotFoundError:
            continue
