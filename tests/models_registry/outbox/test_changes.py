"""The outbox: which changes of models leave the hub."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from models_registry.actions.delete import delete
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import (
    RegisteredModel,
    SourceText,
    UpstreamChange,
    UpstreamFile,
    Visibility,
)
from models_registry.outbox.changes import note_change
from tests.factories import llm_record, written
from tests.models_registry.sync.source_lists import first, update
from tests.models_registry.upstream.deliveries import edit, send, states, the_model
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.ENTERPRISE])
def test_models_that_are_not_public_never_leave_the_hub(github, maintainer, visibility):
    submission = Submission(definition=written(llm_record("secret")), visibility=visibility)
    register("llm", submission, by=maintainer)
    edit("secret", maintainer, context_length=1024)
    delete(the_model("secret"), by=maintainer)
    send()
    assert github.pulls == []
    assert not UpstreamChange.objects.exists()


def test_a_model_that_is_made_private_is_removed_upstream_without_its_new_text(github, maintainer):
    model = the_model("alpha")
    record = json.loads(model.published_revision.definition)[0] | {"model_description": "Secret."}
    submission = Submission(definition=written(record), visibility=Visibility.PRIVATE)
    edit_model(model, submission, by=maintainer, base_revision=model.published_revision.number)
    send()
    (pull,) = github.pulls
    assert pull["title"] == "FEAT: [model] alpha removed"
    assert "Secret" not in json.dumps(github.pulls)


def test_a_change_of_what_nobody_has_seen_upstream_waits_where_upstream_has_another(
    github, maintainer
):
    github.commit({path("gamma"): written(llm_record("gamma", context_length=7))})
    update(llm_record("gamma", context_length=65_536))
    edit("gamma", maintainer, model_description="Written here.")
    send()
    assert github.pulls == []
    assert states() == ["conflict"]
    here = first(the_model("gamma").published_revision.definition)
    assert here["context_length"] == 65_536


def test_a_change_of_what_nobody_has_seen_upstream_goes_out_where_it_is_so_there(
    github, maintainer
):
    github.commit({path("gamma"): written(llm_record("gamma"))})
    update(llm_record("gamma"))
    edit("gamma", maintainer, model_description="Written here.")
    send()
    (pull,) = github.pulls
    assert pull["title"] == 'ENH: update model "gamma" JSON'
    assert the_model("gamma").upstream_file.is_seen


def test_an_edit_of_a_model_that_the_source_alone_has_adds_it_upstream(github, maintainer):
    update(llm_record("gamma"))
    edit("gamma", maintainer, model_description="Written here.")
    send()
    (pull,) = github.pulls
    assert pull["title"] == "FEAT: [model] gamma support"
    assert states() == ["open"]


def test_enterprise_models_of_the_source_never_lead_to_a_change_upstream(github, maintainer):
    """Also where upstream has a public model of that name."""
    update(llm_record("alpha", context_length=1), visibility=Visibility.ENTERPRISE)
    model = RegisteredModel.objects.get(name="alpha", visibility=Visibility.ENTERPRISE)
    assert not UpstreamFile.objects.filter(model=model).exists()
    assert SourceText.objects.filter(model=model).exists()
    model.expires_at = timezone.now() - timedelta(hours=1)
    model.save()
    assert note_change(model, by=maintainer) is None
    delete(model, by=maintainer)
    assert not UpstreamChange.objects.exists()
