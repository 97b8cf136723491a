"""`manage.py rotate_vault`: everything sealed moves to the first key."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from accounts import use_cases, vault
from accounts.models import GitHubToken
from models_registry.upstream.tokens import tokens_for
from tests.accounts.conftest import GITHUB_TOKEN

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def secrets(ada, github_api, change_env):
    """A GitHub token, an authenticator app and recovery codes, sealed with the old key."""
    change_env(vault_keys=[OLD])
    github_api.knows(GITHUB_TOKEN)
    use_cases.save_github_token(GITHUB_TOKEN, by=ada)
    TOTP.activate(ada, "JBSWY3DPEHPK3PXP")
    return RecoveryCodes.activate(ada).get_unused_codes()


def test_everything_opens_with_the_new_key_alone(ada, secrets, change_env, capsys):
    change_env(vault_keys=[NEW, OLD])
    call_command("rotate_vault")
    assert "Sealed 3 secrets" in capsys.readouterr().out
    change_env(vault_keys=[NEW])
    assert [token.secret for token in tokens_for(ada)] == [GITHUB_TOKEN]
    totp = Authenticator.objects.get(user=ada, type="totp")
    assert vault.unseal(totp.data["secret"]) == "JBSWY3DPEHPK3PXP"
    codes = Authenticator.objects.get(user=ada, type="recovery_codes")
    assert codes.wrap().get_unused_codes() == secrets


def test_what_no_key_opens_is_named_and_left_as_it_is(ada, secrets, change_env):
    before = GitHubToken.objects.get().sealed
    change_env(vault_keys=[NEW])
    with pytest.raises(CommandError, match="No key opens 3 secrets: GitHub token of ada"):
        call_command("rotate_vault")
    assert GitHubToken.objects.get().sealed == before


def test_the_seed_of_a_second_factor_is_not_stored_in_clear(ada, secrets):
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert "JBSWY3DPEHPK3PXP" not in stored
    assert secrets[0] not in stored
