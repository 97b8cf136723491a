"""Access tokens: what they are, when they work, and when they don't any more."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.errors import BadToken
from accounts.models import AccessToken, ApiSession, Scope
from hub.models import AuditEntry
from tests.accounts.conftest import tags_of


def personal(user, *, scope=Scope.READ, expires_at=None):
    return tokens.issue(by=user, name="CI", scope=scope, expires_at=expires_at)


def opened(user):
    return tokens.sign_in(user, ip_address="192.0.2.1", user_agent="curl")


def test_a_token_has_the_known_prefix_and_240_random_bits(ada):
    raws = {personal(ada)[1] for _ in range(5)}
    assert len(raws) == 5
    assert all(re.fullmatch(r"xhub_[A-Za-z0-9_-]{40}", raw) for raw in raws)


def test_neither_the_database_nor_the_audit_log_holds_the_token(ada):
    token, raw = personal(ada)
    stored = str(AccessToken.objects.filter(pk=token.pk).values().get())
    assert raw not in stored
    assert raw[9:-4] not in stored
    assert raw[9:-4] not in str(list(AuditEntry.objects.values()))


def test_a_token_is_recognised_and_its_use_is_noted(ada):
    token, raw = personal(ada)
    user, found = tokens.resolve(raw)
    assert (user, found) == (ada, token)
    token.refresh_from_db()
    assert timezone.now() - token.last_used_at < timedelta(minutes=1)


def test_use_is_noted_at_most_once_a_minute(ada, django_assert_num_queries):
    _, raw = personal(ada)
    tokens.resolve(raw)
    with django_assert_num_queries(1):
        tokens.resolve(raw)


@pytest.mark.parametrize(
    "forged",
    ["", "xhub_", "xhub_" + "a" * 40, "xhub_" + "é" * 40, "x" * 10_000, "ghp_" + "a" * 40, "\x00"],
)
def test_a_forged_token_is_refused(db, forged):
    with pytest.raises(BadToken):
        tokens.resolve(forged)


def test_a_token_with_one_other_character_is_refused(ada):
    _, raw = personal(ada)
    other = raw[:-1] + ("A" if raw[-1] != "A" else "B")
    with pytest.raises(BadToken):
        tokens.resolve(other)


def test_an_expired_token_is_refused(ada):
    _, raw = personal(ada, expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(BadToken):
        tokens.resolve(raw)


def test_a_revoked_token_is_refused_and_revoking_is_noted_once(ada):
    token, raw = personal(ada)
    tokens.revoke(token, by=ada)
    tokens.revoke(token, by=ada)
    with pytest.raises(BadToken):
        tokens.resolve(raw)
    assert tags_of(ada) == ["accounts:token:create", "accounts:token:revoke"]


def test_a_token_of_an_inactive_account_is_refused(ada):
    _, raw = personal(ada)
    ada.is_active = False
    ada.save()
    with pytest.raises(BadToken):
        tokens.resolve(raw)


def test_a_refresh_token_opens_nothing_but_a_renewal(ada):
    pair = opened(ada)
    assert tokens.resolve(pair.access)[0] == ada
    with pytest.raises(BadToken):
        tokens.resolve(pair.refresh)
    with pytest.raises(BadToken):
        tokens.refresh(pair.access)


def test_renewal_gives_a_new_pair_and_ends_the_old_access_token(ada):
    first = opened(ada)
    second = tokens.refresh(first.refresh)
    assert tokens.resolve(second.access)[0] == ada
    assert second.refresh != first.refresh
    with pytest.raises(BadToken):
        tokens.resolve(first.access)


def test_a_refresh_token_that_comes_twice_ends_its_whole_sign_in(ada):
    first = opened(ada)
    second = tokens.refresh(first.refresh)
    with pytest.raises(BadToken, match="used before"):
        tokens.refresh(first.refresh)
    with pytest.raises(BadToken):
        tokens.resolve(second.access)
    with pytest.raises(BadToken):
        tokens.refresh(second.refresh)
    assert "accounts:token:reuse" in tags_of()


def test_one_sign_in_ending_leaves_the_others(ada):
    first, second = opened(ada), opened(ada)
    tokens.end_session(ApiSession.objects.earliest("pk"), by=ada)
    with pytest.raises(BadToken):
        tokens.resolve(first.access)
    assert tokens.resolve(second.access)[0] == ada


def test_an_access_token_lasts_an_hour_and_a_refresh_token_thirty_days(ada):
    assert opened(ada).expires_in == 3600
    lifetimes = {
        token.kind: token.expires_at - token.created_at for token in AccessToken.objects.all()
    }
    assert abs(lifetimes["access"] - timedelta(hours=1)) < timedelta(seconds=5)
    assert abs(lifetimes["refresh"] - timedelta(days=30)) < timedelta(seconds=5)


def test_sign_ins_that_are_long_over_are_forgotten_at_the_next(ada):
    opened(ada)
    ApiSession.objects.update(expires_at=timezone.now() - timedelta(days=1))
    opened(ada)
    assert ApiSession.objects.count() == 1
    assert AccessToken.objects.count() == 2
