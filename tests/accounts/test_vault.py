"""The vault: secrets can be read again with its keys, and with nothing else."""

import base64

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from accounts import vault


@pytest.fixture
def keys():
    return [Fernet.generate_key().decode() for _ in range(3)]


def test_what_is_sealed_comes_back_and_does_not_show_the_secret():
    sealed = vault.seal("ghp_secret")
    assert vault.unseal(sealed) == "ghp_secret"
    assert "ghp_secret" not in sealed
    assert b"ghp_secret" not in base64.urlsafe_b64decode(sealed)


def test_the_same_secret_is_sealed_differently_each_time():
    assert vault.seal("same") != vault.seal("same")


def test_the_first_key_seals_and_every_key_opens(change_env, keys):
    change_env(vault_keys=keys[:1])
    old = vault.seal("kept")
    change_env(vault_keys=[keys[1], keys[0]])
    new = vault.seal("kept")
    assert vault.unseal(old) == vault.unseal(new) == "kept"
    assert Fernet(keys[1]).decrypt(new.encode()) == b"kept"


def test_rotation_moves_a_secret_to_the_first_key(change_env, keys):
    change_env(vault_keys=keys[:1])
    sealed = vault.seal("kept")
    change_env(vault_keys=[keys[1], keys[0]])
    rotated = vault.rotate(sealed)
    change_env(vault_keys=[keys[1]])
    assert vault.unseal(rotated) == "kept"
    with pytest.raises(vault.VaultClosed):
        vault.unseal(sealed)


def test_a_hub_can_start_without_keys_and_get_them_later(change_env, keys):
    change_env(vault_keys=[])
    sealed = vault.seal("early")
    change_env(vault_keys=keys[:1])
    assert vault.unseal(sealed) == "early"
    assert Fernet(keys[0]).decrypt(vault.rotate(sealed).encode()) == b"early"


def test_without_keys_the_secret_key_of_the_hub_is_needed(change_env, settings):
    change_env(vault_keys=[])
    sealed = vault.seal("bound to this hub")
    settings.SECRET_KEY = "another secret key, of another hub, long enough to be one"
    with pytest.raises(vault.VaultClosed):
        vault.unseal(sealed)


@pytest.mark.parametrize("place", [5, 20, -8])
def test_a_changed_secret_is_refused(place):
    sealed = list(vault.seal("genuine"))
    sealed[place] = "A" if sealed[place] != "A" else "B"
    with pytest.raises(vault.VaultClosed):
        vault.unseal("".join(sealed))
    with pytest.raises(vault.VaultClosed):
        vault.rotate("".join(sealed))


@pytest.mark.parametrize(
    "wrong", ["short", base64.urlsafe_b64encode(b"sixteen bytes...").decode(), "é"]
)
def test_a_wrong_key_stops_the_start_and_is_not_repeated(change_env, keys, wrong):
    change_env(vault_keys=[keys[0], wrong])
    with pytest.raises(ImproperlyConfigured, match=r"HUB_VAULT_KEYS.*key 2 of 2") as refusal:
        vault.check_keys()
    assert wrong not in str(refusal.value)
    assert keys[0] not in str(refusal.value)
