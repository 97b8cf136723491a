"""An update from a source whose key is trusted: signed lists come in, others change nothing."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from models_registry.catalogue import history
from models_registry.models import RegisteredModel, SourceList, UpdateRun
from models_registry.sync import update
from tests.factories import a_person, llm_record, written
from tests.standins.hub import SourceHub, signed_with

pytestmark = pytest.mark.django_db
KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def source(settings, tmp_path):
    hub = SourceHub()
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(public)
    settings.ENV = dataclasses.replace(
        settings.ENV, hub_source=f"hub:{hub.url}", hub_source_key=str(tmp_path / "key.pem")
    )
    hub.lists["llm"] = written(llm_record("alpha"))
    hub.says = signed_with(KEY)
    yield hub
    hub.stop()


def updated() -> UpdateRun:
    keeper = a_person(f"keeper-{UpdateRun.objects.count()}", "update_catalogue")
    run = update.update_type("llm", by=keeper)
    update.run(run.pk)
    run.refresh_from_db()
    return run


def test_a_signed_list_comes_in(source):
    run = updated()
    assert run.state == "done", run.error_text
    assert RegisteredModel.objects.filter(name="alpha").exists()


def test_a_list_of_another_signer_changes_nothing_and_the_old_one_stays(source):
    updated()
    before = history.newest("llm").sha256
    source.lists["llm"] = written(llm_record("alpha"), llm_record("planted"))
    source.says = signed_with(Ed25519PrivateKey.generate(), revision=8)
    run = updated()
    assert run.state == "failed"
    assert "is not signed by the key of" in run.error_text
    assert not RegisteredModel.objects.filter(name="planted").exists()
    assert history.newest("llm").sha256 == before
    source.says = signed_with(KEY, revision=8)
    assert updated().state == "done"
    assert RegisteredModel.objects.filter(name="planted").exists()


def test_a_list_from_before_the_key_does_not_pass_for_the_signed_one(source):
    """It may have come under the same ETag from somebody on the way."""
    updated()
    planted = written(llm_record("alpha"), llm_record("planted")).encode()
    SourceList.objects.update(**SourceList.packed(planted))
    assert updated().state == "done"
    assert not RegisteredModel.objects.filter(name="planted").exists()
    assert SourceList.objects.get().read_body(10_000) == source.lists["llm"].encode()


def test_what_a_token_is_shown_must_be_signed_too(source, settings):
    settings.ENV = dataclasses.replace(settings.ENV, hub_source_token=source.token)
    source.restricted["llm"] = written(llm_record("alpha"), llm_record("company"))
    assert updated().state == "done"
    assert RegisteredModel.objects.get(name="company").visibility == "enterprise"
