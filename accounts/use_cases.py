"""Use cases of accounts that allauth does not cover."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import IO, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from accounts import avatars, github, github_quota, tokens, vault
from accounts.errors import AvatarRefused, DomainError, GitHubUnreachable
from accounts.form_version import require, version
from accounts.models import AccessToken, GitHubToken, Scope, User
from hub import audit

# How long a page waits for other requests of the same GitHub account.
_PATIENCE = timedelta(seconds=5)
SHOWN_FIELDS = ("display_name", "organisation", "bio", "links")
PROFILE_FIELDS = (*SHOWN_FIELDS, "language", "time_zone")

logger = logging.getLogger(__name__)


def profile_version(user: User) -> str:
    """The version that the form of the profile carries."""
    return version(**{name: getattr(user, name) for name in SHOWN_FIELDS})


def change_profile(changes: Mapping[str, Any], *, by: User, seen: str = "") -> None:
    """Set fields of the person's own profile, those named in PROFILE_FIELDS only.

    `seen` is the `profile_version` that the form carries. Raises ValidationError for an
    invalid value, KeyError for any other field, and StaleState if the profile was changed
    meanwhile.
    """
    require(seen, profile_version(by))
    before = {name: getattr(by, name) for name in PROFILE_FIELDS}
    for name, value in changes.items():
        if name not in before:
            raise KeyError(name)
        setattr(by, name, value)
    by.clean_fields(exclude=[f.name for f in by._meta.fields if f.name not in changes])
    after = {name: getattr(by, name) for name in PROFILE_FIELDS}
    changed = [name for name in PROFILE_FIELDS if before[name] != after[name]]
    if not changed:
        return
    with transaction.atomic():
        by.save(update_fields=changed)
        audit.record(
            audit.Tag.PROFILE_CHANGE,
            by=by,
            target=by,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )


def set_avatar(file: IO[bytes], size: int, *, by: User) -> None:
    """Make the uploaded picture the person's own. Raises AvatarRefused."""
    picture = avatars.from_upload(file, size)
    _replace_avatar(by, ContentFile(picture, name=f"{secrets.token_hex(12)}.webp"))


def avatar_version(user: User) -> str:
    """The version that the form that removes the picture carries."""
    return version(avatar=user.avatar.name)


def remove_avatar(*, by: User, seen: str = "") -> None:
    """Go back to the picture drawn from the name. Raises StaleState if another was uploaded."""
    require(seen, avatar_version(by))
    if by.avatar:
        _replace_avatar(by, None)


def _replace_avatar(user: User, file: ContentFile[bytes] | None) -> None:
    old, storage = user.avatar.name, user.avatar.storage
    # Before the transaction: the storage may be another machine.
    try:
        name = storage.save(f"avatars/{file.name}", file) if file is not None else ""
    except OSError as error:
        logger.warning("A picture can't be stored.", exc_info=True)
        raise AvatarRefused("avatar_storage_away") from error
    with transaction.atomic():
        user.avatar.name = name
        user.save(update_fields=["avatar"])
        audit.record(audit.Tag.AVATAR_CHANGE, by=user, target=user, uploaded=file is not None)
        if old:
            # What can't be deleted now, `hub.tidy` deletes.
            transaction.on_commit(lambda: storage.delete(old), robust=True)


def save_github_token(token: str, *, by: User) -> GitHubToken:
    """Check the token with GitHub and save it sealed, in place of an earlier one.

    Raises GitHubTokenRefused and GitHubUnreachable; then the earlier token stays.
    """
    try:
        with github_quota.turn(github_quota.known_owner(token), writes=False, patience=_PATIENCE):
            facts = github.check_token(token)
    except github_quota.RateLimited:
        raise GitHubUnreachable("github_token_check_rate_limited") from None
    github_quota.remember_owner(token, facts.login, facts.github_id)
    with transaction.atomic():
        saved, _created = GitHubToken.objects.update_or_create(
            user=by,
            defaults={
                "sealed": vault.seal(token),
                "last4": token[-4:],
                "login": facts.login,
                "github_id": facts.github_id,
                "scopes": facts.scopes,
                "expires_at": facts.expires_at,
                "saved_at": timezone.now(),
            },
        )
        audit.record(
            audit.Tag.GITHUB_TOKEN_SAVE,
            by=by,
            target=by,
            login=facts.login,
            scopes=facts.scopes,
            expires_at=facts.expires_at.isoformat() if facts.expires_at else None,
        )
    return saved


def github_token_version(token: GitHubToken | None) -> str:
    """The version that the form that removes the GitHub token carries."""
    return version(github_token=(token.login, token.last4, token.saved_at) if token else None)


def forget_github_token(*, by: User, seen: str = "") -> None:
    """Delete the person's GitHub token, if there is one.

    `seen` is the `github_token_version` that the form carries. Raises StaleState if another token
    was saved meanwhile.
    """
    with transaction.atomic():
        token = GitHubToken.objects.select_for_update().filter(user=by).first()
        if token is None:
            return
        require(seen, github_token_version(token))
        github_quota.forget_owner(by)
        deleted, _rows = GitHubToken.objects.filter(user=by).delete()
        if deleted:
            audit.record(audit.Tag.GITHUB_TOKEN_FORGET, by=by, target=by)


def create_access_token(
    *, by: User, name: str, scope: Scope, days: int | None
) -> tuple[AccessToken, str]:
    """Make a personal access token that lasts this many days (None: until it is revoked).

    Returns its row and the raw token. Raises DomainError if the person has too many already.
    """
    if AccessToken.objects.personal().filter(user=by).count() >= tokens.MAX_PERSONAL_TOKENS:
        raise DomainError("too_many_access_tokens", count=tokens.MAX_PERSONAL_TOKENS)
    expires_at = timezone.now() + timedelta(days=days) if days is not None else None
    return tokens.issue(by=by, name=name, scope=scope, expires_at=expires_at)
