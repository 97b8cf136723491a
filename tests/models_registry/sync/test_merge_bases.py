"""The source is one thing, upstream another: what each was last seen to have is kept apart."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from models_registry.models import (
    PullRequest,
    SourceText,
    UpstreamChange,
    UpstreamFile,
    Visibility,
)
from models_registry.sync.follow_upstream import follow_upstream, record_leftovers
from models_registry.upstream.polling import poll_one
from tests.factories import llm_record, written
from tests.models_registry.sync.source_lists import SOURCE, first, update
from tests.models_registry.upstream.deliveries import edit, send, the_model
from tests.models_registry.upstream_fixtures import *  # noqa: F403
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


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
    assert record_leftovers() is None
    edit("gamma", maintainer, model_description="Written here.")
    assert [change.name for change in UpstreamChange.objects.all()] == ["gamma"]


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
    """The source's version is only a guess at upstream's."""
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
    poll_one(PullRequest.objects.get(number=pull["number"]))
    seen = the_model("gamma").upstream_file
    assert (seen.text, seen.is_seen) == (sent, True)


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
