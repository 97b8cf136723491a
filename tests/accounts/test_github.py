"""What the hub asks GitHub about a token, and what it makes of the answers."""

from datetime import UTC, datetime

import pytest

from accounts import github, use_cases
from accounts.errors import GitHubTokenRefused, GitHubUnreachable
from accounts.models import GitHubToken
from models_registry.upstream.tokens import tokens_for
from tests.accounts.conftest import GITHUB_TOKEN


def test_login_rights_and_expiry_are_read(github_api):
    github_api.knows(GITHUB_TOKEN, "octocat", expires="2030-12-31 23:59:59 UTC")
    facts = github.check_token(GITHUB_TOKEN)
    assert (facts.login, facts.github_id) == ("octocat", 583231)
    assert facts.scopes == ["repo", "workflow"]
    assert facts.expires_at == datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert github_api.requests[0]["Authorization"] == f"Bearer {GITHUB_TOKEN}"
    assert github_api.requests[0]["path"] == "/user"


@pytest.mark.parametrize("number", [None, "583231", True, 0, -1, 2**63, 1.5])
def test_a_number_that_is_none_is_left_out(github_api, ada, number):
    github_api.answers[GITHUB_TOKEN] = (200, {}, {"login": "octocat", "id": number})
    use_cases.save_github_token(GITHUB_TOKEN, by=ada)
    kept = GitHubToken.objects.get()
    assert (kept.login, kept.github_id) == ("octocat", None)


def test_an_expiry_with_an_offset_is_read(github_api):
    github_api.knows(GITHUB_TOKEN, expires="2030-12-31 23:59:59 +0200")
    expires_at = github.check_token(GITHUB_TOKEN).expires_at
    assert expires_at == datetime(2030, 12, 31, 21, 59, 59, tzinfo=UTC)


def test_a_fine_grained_token_names_no_scopes(github_api):
    github_api.knows(GITHUB_TOKEN, scopes=None)
    assert github.check_token(GITHUB_TOKEN).scopes is None


def test_an_expiry_in_an_unknown_form_is_left_out(github_api):
    github_api.knows(GITHUB_TOKEN, expires="soon")
    assert github.check_token(GITHUB_TOKEN).expires_at is None


def test_a_wrong_token_is_refused_in_words(github_api):
    with pytest.raises(GitHubTokenRefused, match="does not accept"):
        github.check_token("ghp_" + "x" * 36)


@pytest.mark.parametrize(
    "nonsense", ["", "short", "ghp_with spaces in it and more", "ghp_" + "é" * 36, "a\r\nX: y" * 9]
)
def test_what_is_no_token_never_leaves_the_hub(github_api, nonsense):
    with pytest.raises(GitHubTokenRefused):
        github.check_token(nonsense)
    assert github_api.requests == []


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_other_answers_are_not_taken_for_a_verdict(github_api, status):
    github_api.answers[GITHUB_TOKEN] = (status, {}, {})
    with pytest.raises(GitHubUnreachable, match=str(status)):
        github.check_token(GITHUB_TOKEN)


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", '{"login": null}', '{"login": 5}'])
def test_an_answer_that_is_not_githubs_is_refused(github_api, body):
    github_api.answers[GITHUB_TOKEN] = (200, {}, body)
    with pytest.raises(GitHubUnreachable, match="could not be read"):
        github.check_token(GITHUB_TOKEN)


def test_a_redirect_does_not_carry_the_token_elsewhere(github_api):
    elsewhere = f"{github_api.url}/elsewhere"
    github_api.answers[GITHUB_TOKEN] = (302, {"Location": elsewhere}, {})
    with pytest.raises(GitHubUnreachable):
        github.check_token(GITHUB_TOKEN)
    assert len(github_api.requests) == 1


def test_without_network_the_refusal_says_so_and_hides_the_token(change_env):
    change_env(github_api_url="http://127.0.0.1:9")
    with pytest.raises(GitHubUnreachable, match="can't be reached") as refusal:
        github.check_token(GITHUB_TOKEN)
    assert refusal.value.__cause__ is None
    assert GITHUB_TOKEN not in str(refusal.value)


def test_an_expired_token_is_not_used(ada, github_api):
    github_api.knows(GITHUB_TOKEN, expires="2020-01-01 00:00:00 UTC")
    use_cases.save_github_token(GITHUB_TOKEN, by=ada)
    assert tokens_for(ada) == []


def test_a_token_whose_key_is_lost_is_not_used(ada, github_api, settings):
    github_api.knows(GITHUB_TOKEN)
    use_cases.save_github_token(GITHUB_TOKEN, by=ada)
    settings.SECRET_KEY = "another secret key, of another hub, long enough to be one"
    assert tokens_for(ada) == []


@pytest.mark.parametrize(
    ("scopes", "enough"), [("repo", True), ("public_repo", True), ("read:user", False), ("", False)]
)
def test_rights_that_are_too_few_for_a_pull_request_are_noticed(ada, github_api, scopes, enough):
    github_api.knows(GITHUB_TOKEN, scopes=scopes)
    saved = use_cases.save_github_token(GITHUB_TOKEN, by=ada)
    assert saved.may_open_pull_requests() is enough
