"""Making keys and replacing them: nothing that was signed or sealed is lost on the way."""

from __future__ import annotations

import io

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core import signing
from django.core.management import CommandError, call_command

from accounts import tokens, vault
from accounts.errors import BadToken
from accounts.models import OwnServer, Scope
from hub import env, new_key
from hub.models import AuditEntry
from models_registry.catalogue import signing as list_signing
from models_registry.catalogue.history import sign_again
from models_registry.models import CatalogueList
from tests.accounts.conftest import change_env  # noqa: F401 - a fixture
from tests.factories import a_model, a_user


@pytest.fixture
def kept(settings, tmp_path, change_env):  # noqa: F811
    """A hub that keeps its SECRET_KEY in its folder; returns what a new process makes of it."""
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    settings.SECRET_KEY = "of-this-hub-0123456789-abcdefghijklmnopqrst"
    (settings.VAR_DIR / "secret_key").write_text(settings.SECRET_KEY + "\n")
    change_env(vault_keys=[])

    def restart() -> None:
        read = env.read({}, tmp_path)
        settings.SECRET_KEY = read.secret_key
        settings.SECRET_KEY_FALLBACKS = read.secret_key_fallbacks

    return restart


def run(name: str, *arguments: str) -> str:
    output = io.StringIO()
    call_command(name, *arguments, stdout=output)
    return output.getvalue()


@pytest.mark.django_db
def test_a_new_secret_key_signs_nobody_out_and_opens_what_the_former_one_sealed(
    kept, settings, client
):
    ada = a_user("ada")
    client.force_login(ada)
    server = OwnServer.objects.create(
        user=ada, address="http://gpu.example.org:9997", sealed_key=vault.seal("k")
    )
    former, signed = settings.SECRET_KEY, signing.dumps("link")
    assert "Restart all processes" in run("rotate_secret_key")
    with pytest.raises(CommandError, match="--finish first"):
        run("rotate_secret_key")
    kept()
    assert settings.SECRET_KEY != former
    assert client.get("/user-center").status_code == 200
    assert signing.loads(signed) == "link"
    assert "former key is removed" in run("rotate_secret_key", "--finish")
    kept()
    assert settings.SECRET_KEY_FALLBACKS == []
    server.refresh_from_db()
    assert vault.unseal(server.sealed_key) == "k"
    assert {path.stat().st_mode & 0o777 for path in settings.VAR_DIR.glob("secret*")} == {0o600}


@pytest.mark.django_db
def test_a_key_in_the_environment_is_replaced_by_hand(kept, settings):
    settings.SECRET_KEY = "from-the-environment-0123456789-abcdefghijk"
    said = run("rotate_secret_key")
    assert "SECRET_KEY_FALLBACKS" in said
    env.read({"SECRET_KEY": said.splitlines()[1]}, settings.VAR_DIR)
    assert settings.SECRET_KEY not in said


def test_keys_are_made_without_settings(capsys, tmp_path):
    assert new_key.main(["secret"]) == new_key.main(["vault"]) == new_key.main(["token"]) == 0
    secret, vault_key, token = capsys.readouterr().out.splitlines()
    read = {"SECRET_KEY": secret, "HUB_VAULT_KEYS": vault_key, "HUB_METRICS_TOKEN": token}
    assert env.read(read, tmp_path).metrics_token == token
    assert Fernet(vault_key)
    assert new_key.main(["word"]) == 2


@pytest.mark.django_db
def test_a_new_signing_key_signs_all_lists_again(change_env, capsys, tmp_path):  # noqa: F811
    a_model("tiny", owner=a_user("ada"))
    for name in ("old.pem", "new.pem"):
        path = tmp_path / name
        assert new_key.main(["signing", str(path)]) == 0
        assert path.stat().st_mode & 0o777 == 0o600
        public = load_pem_public_key(capsys.readouterr().out.encode())
        change_env(signing_key=str(path))
        assert sign_again() > 0
        for row in CatalogueList.objects.exclude(revision=0):
            statement = list_signing.statement(row.model_type, row.revision, row.sha256)
            assert list_signing.is_signed(public, bytes(row.signature), statement)
    assert new_key.main(["signing", str(tmp_path / "new.pem")]) == 1


@pytest.mark.django_db
def test_tokens_of_one_person_or_of_all_are_revoked():
    ada, bob = a_user("ada"), a_user("bob")
    raw = {}
    for user in (ada, bob):
        raw[user] = tokens.issue(by=user, name="t", scope=Scope.READ, expires_at=None)[1]
    pair = tokens.sign_in(bob, ip_address=None, user_agent="x")
    assert "1 access tokens and 0" in run("revoke_tokens", "--user", "ada")
    with pytest.raises(BadToken):
        tokens.resolve(raw[ada])
    assert tokens.resolve(raw[bob])
    assert "1 access tokens and 1 API sign-ins" in run("revoke_tokens", "--all")
    for token in (raw[bob], pair.access):
        with pytest.raises(BadToken):
            tokens.resolve(token)
    entries = AuditEntry.objects.filter(tag="accounts:token:revoke", channel="revoke_tokens")
    assert entries.count() == 3
    with pytest.raises(CommandError, match="No account"):
        run("revoke_tokens", "--user", "carol")
