"""What people do with their accounts, beside what allauth does."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import IO, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import avatars, github, tokens, vault
from accounts.errors import DomainError
from accounts.models import AccessToken, GitHubToken, Scope, User
from hub import audit

PROFILE_FIELDS = ("display_name", "organisation", "bio", "links", "language")


def change_profile(changes: Mapping[str, Any], *, by: User) -> None:
    """Set fields of the person's own profile, those named in PROFILE_FIELDS only.

    Raises ValidationError where a value does not fit, and KeyError for any other field.
    """
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


def remove_avatar(*, by: User) -> None:
    """Go back to the picture that is drawn from the name."""
    if by.avatar:
        _replace_avatar(by, None)


def _replace_avatar(user: User, file: ContentFile[bytes] | None) -> None:
    old, storage = user.avatar.name, user.avatar.storage
    with transaction.atomic():
        user.avatar = file
        user.save(update_fields=["avatar"])
        audit.record(audit.Tag.AVATAR_CHANGE, by=user, target=user, uploaded=file is not None)
        if old:
            transaction.on_commit(lambda: storage.delete(old))


def save_github_token(token: str, *, by: User) -> GitHubToken:
    """Check the token with GitHub and keep it sealed, in place of an earlier one.

    Raises GitHubTokenRefused and GitHubUnreachable; then the earlier one stays.
    """
    facts = github.check_token(token)
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


def forget_github_token(*, by: User) -> None:
    """Delete the person's GitHub token; nothing happens where there is none."""
    with transaction.atomic():
        deleted, _rows = GitHubToken.objects.filter(user=by).delete()
        if deleted:
            audit.record(audit.Tag.GITHUB_TOKEN_FORGET, by=by, target=by)


def github_token_of(user: User) -> str | None:
    """The person's GitHub token in clear, to be used at once and never stored, logged or queued.

    None where there is none, where it has expired, or where no key of the vault opens it.
    """
    kept = GitHubToken.objects.filter(user=user).first()
    if kept is None or kept.is_expired():
        return None
    try:
        return vault.unseal(kept.sealed)
    except vault.VaultClosed:
        return None


def create_access_token(
    *, by: User, name: str, scope: Scope, days: int | None
) -> tuple[AccessToken, str]:
    """Make a personal access token that lasts that many days (None: until it is revoked).

    Out: its row and the raw token. Raises DomainError where the person has too many already.
    """
    if AccessToken.objects.personal().filter(user=by).count() >= tokens.MAX_PERSONAL_TOKENS:
        raise DomainError(
            _("You have %(count)d access tokens. Revoke one that you no longer need.")
            % {"count": tokens.MAX_PERSONAL_TOKENS}
        )
    expires_at = timezone.now() + timedelta(days=days) if days is not None else None
    return tokens.issue(by=by, name=name, scope=scope, expires_at=expires_at)
