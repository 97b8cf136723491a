"""The source is one thing, upstream another: what each was last seen to have is kept apart."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from models_registry import use_cases
from models_registry.definitions.layouts import UpstreamModel, split_path
from models_registry.following import follow_upstream, note_leftovers
from models_registry.launch.merging import Outcome, merge_list
from models_registry.models import RegisteredModel, UpstreamFile, Visibility
from models_registry.outbox_tables import PullRequest, UpstreamChange
from models_registry.update_tables import SourceText
from models_registry.upstream.outgoing import note_change
from models_registry.upstream.pulls import look_at
from tests.factories import llm_record, written
from tests.models_registry.upstream.conftest import *  # noqa: F403
from tests.models_registry.upstream.conftest import path
from tests.models_registry.upstream.test_delivery import edit, send, states, the_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]
SOURCE = "hub:https://source.example.org"


def update(*records, visibility=Visibility.PUBLIC, is_whole=False) -> Outcome:
    """Merge the source's list."""
    models = [
        UpstreamModel(
            "llm", one["model_name"], written(one), split_path("llm", one["model_name"]), "split"
        )
        for one in records
    ]
    return merge_list(
        "llm", models, source=SOURCE, by=None, visibility=visibility, is_whole=is_whole
    )


def first(text: str) -> dict:
    return json.loads(text)[0]


def test_a_source_ahead_of_upstream_makes_no_older_value_come_back(github, maintainer):
    ahead = llm_record("alpha", context_length=65_536, updated_at=1_781_000_000)
    assert update(ahead).updated == ["alpha"]
    assert the_model("alpha").upstream_file.text == github.file(path("alpha"))
    edit("alpha", maintainer, model_description="Written here.")
    send()
    (pull,) = github.pulls
    sent = first(github.file(path("alpha"), pull["head"]["sha"]))
    assert (sent["context_length"], sent["model_description"]) == (65_536, "Written here.")
    here = first(the_model("alpha").published_revision.definition)
    assert (here["context_length"], here["model_description"]) == (65_536, "Written here.")


def test_what_the_source_has_next_is_joined_with_what_it_had_last(maintainer):
    update(llm_record("alpha", context_length=65_536, updated_at=1_781_000_000))
    edit("alpha", maintainer, model_description="Written here.")
    later = llm_record("alpha", context_length=131_072, updated_at=1_782_000_000)
    assert update(later).merged == ["alpha"]
    here = first(the_model("alpha").published_revision.definition)
    assert (here["context_length"], here["model_description"]) == (131_072, "Written here.")


def test_a_model_that_the_source_alone_has_is_not_gone_from_upstream(github):
    assert update(llm_record("gamma")).new == ["gamma"]
    github.commit({path("beta"): written(llm_record("beta", context_length=5))})
    follow_upstream()
    assert not the_model("gamma").is_expired()


def test_what_came_from_the_source_as_it_is_is_no_leftover_of_this_hub(maintainer):
    update(llm_record("alpha", context_length=65_536, updated_at=1_781_000_000))
    update(llm_record("gamma"))
    assert note_leftovers() is None
    edit("gamma", maintainer, model_description="Written here.")
    assert [one.name for one in UpstreamChange.objects.all()] == ["gamma"]


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


def test_a_guess_stays_one_when_the_source_moves_on_while_a_change_waits(github, maintainer):
    github.commit({path("gamma"): written(llm_record("gamma", context_length=7))})
    update(llm_record("gamma", context_length=65_536, updated_at=1_781_000_000))
    edit("gamma", maintainer, model_description="Written here.")
    later = llm_record(
        "gamma", context_length=65_536, model_lang=["en", "fr"], updated_at=1_782_000_000
    )
    assert update(later).merged == ["gamma"]
    send()
    assert github.pulls == []
    here = first(the_model("gamma").published_revision.definition)
    assert (here["context_length"], here["model_lang"]) == (65_536, ["en", "fr"])


def test_what_was_merged_goes_before_what_the_source_has_meanwhile(github, maintainer):
    """The source's version is no more than a guess at what upstream has."""
    update(llm_record("gamma", context_length=65_536, updated_at=1_781_000_000))
    edit("gamma", maintainer, model_description="Written here.")
    send()
    (pull,) = github.pulls
    sent = github.file(path("gamma"), pull["head"]["sha"])
    later = llm_record(
        "gamma", context_length=65_536, model_lang=["en", "fr"], updated_at=1_782_000_000
    )
    assert update(later).merged == ["gamma"]
    github.merge(pull["number"])
    look_at(PullRequest.objects.get(number=pull["number"]))
    seen = the_model("gamma").upstream_file
    assert (seen.text, seen.is_seen) == (sent, True)


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
    use_cases.delete(model, by=maintainer)
    assert not UpstreamChange.objects.exists()


def test_a_hub_from_before_tells_its_source_from_upstream():
    update(llm_record("gamma"))
    update(llm_record("delta"), visibility=Visibility.ENTERPRISE)
    enterprise = the_model("delta")
    SourceText.objects.all().delete()
    UpstreamFile.objects.create(
        model=enterprise, model_type="llm", name_key="delta", path="x", layout="split",
        text=written(llm_record("delta")), source=SOURCE,
    )  # fmt: skip
    UpstreamFile.objects.update(is_seen=True)
    import_module("models_registry.migrations.0008_source_texts").tell_apart(apps, None)
    assert set(SourceText.objects.values_list("model__name", flat=True)) == {"gamma", "delta"}
    assert not UpstreamFile.objects.filter(model=enterprise).exists()
    seen = dict(UpstreamFile.objects.values_list("name_key", "is_seen"))
    assert seen == {"alpha": True, "beta": True, "gamma": False}
