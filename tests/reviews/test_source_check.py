"""Source repositories are asked by a worker, and the answer is kept."""

from __future__ import annotations

import dataclasses

import pytest

from models_registry.definitions.json_text.document import parse
from models_registry.models import RepositoryRecord
from reviews import source_check, tasks, use_cases
from reviews.findings import ReviewFinding
from reviews.models import SourceCheck
from tests.reviews.conftest import a_next_round, a_proposal, a_reviewer
from tests.standins.model_hubs import ModelHubs, Repository


@pytest.fixture
def hubs(settings):
    hubs = ModelHubs()
    settings.ENV = dataclasses.replace(
        settings.ENV, hf_endpoint=hubs.url, modelscope_endpoint=hubs.url
    )
    yield hubs
    hubs.stop()


def gguf(model_id: str, quantizations: list[str]) -> list[dict]:
    source = {
        "model_id": model_id,
        "model_revision": "main",
        "quantizations": quantizations,
        "model_file_name_template": "tiny-{quantization}.gguf",
    }
    return [
        {
            "model_format": "ggufv2",
            "model_size_in_billions": 1,
            "model_src": {"huggingface": source},
        }
    ]


def test_sources_are_asked_by_a_worker_and_the_answer_is_kept(author, hubs):
    hubs.hugging_face["example/tiny-llm"] = Repository({"config.json": "{}"})
    proposal = a_proposal(author)
    check = source_check.ask(proposal)
    assert check.state == "waiting"
    tasks.check_sources(check.pk)
    check.refresh_from_db()
    assert check.state == "done"
    (finding,) = [ReviewFinding.from_dict(one) for one in check.findings]
    assert (finding.level, finding.text) == (
        "good",
        "example/tiny-llm exists on Hugging Face (1 file).",
    )
    assert (
        finding.line
        == parse(proposal.definition).locate("/0/model_specs/0/model_src/huggingface/model_id").line
    )


def test_a_repository_that_is_not_there_is_an_error(author, hubs):
    (finding,) = source_check.findings(a_proposal(author))
    assert finding.level == "error"
    assert "does not exist on Hugging Face" in finding.text


def test_files_that_are_missing_are_named_and_parts_count(author, hubs):
    hubs.hugging_face["example/gguf"] = Repository(
        {"tiny-Q4_K_M.gguf": 10, "tiny-Q8_0-00001-of-00002.gguf": 10}
    )
    specs = gguf("example/gguf", ["Q4_K_M", "Q8_0", "Q2_K"])
    (finding,) = source_check.findings(a_proposal(author, model_specs=specs))
    assert finding.level == "error"
    assert finding.text == "example/gguf on Hugging Face has no file tiny-Q2_K.gguf."


def test_a_check_under_way_is_not_asked_again(author, hubs):
    proposal = a_proposal(author)
    check = source_check.ask(proposal)
    SourceCheck.objects.filter(pk=check.pk).update(state="running")
    assert source_check.ask(proposal).state == "running"
    source_check.run(check.pk)
    assert hubs.requests == []
    SourceCheck.objects.filter(pk=check.pk).update(state="done")
    assert source_check.ask(proposal).state == "waiting"


def test_a_hub_out_of_reach_is_no_error_of_the_model(author, settings):
    settings.ENV = dataclasses.replace(settings.ENV, hf_endpoint="http://127.0.0.1:9")
    (finding,) = source_check.findings(a_proposal(author))
    assert finding.level == "info"


def test_the_sources_of_a_new_proposal_are_checked_without_a_press(
    author, settings, django_capture_on_commit_callbacks
):
    proposal = a_proposal(author)
    settings.ENV = dataclasses.replace(settings.ENV, source_visits=False)
    tasks.ask_again_for_source_checks()
    assert not SourceCheck.objects.exists()
    settings.ENV = dataclasses.replace(settings.ENV, source_visits=True)
    for messages in (1, 0):
        with django_capture_on_commit_callbacks() as callbacks:
            tasks.ask_again_for_source_checks()
        assert len(callbacks) == messages
    assert SourceCheck.objects.get(revision=proposal).state == "waiting"


def test_the_licence_is_told_and_another_one_than_before_is_a_risk(author, hubs):
    hubs.hugging_face["example/tiny-llm"] = Repository(
        {"config.json": "{}"}, facts={"cardData": {"license": "apache-2.0"}}
    )
    proposal = a_proposal(author)
    licence = source_check.findings(proposal)[0]
    assert (licence.level, licence.about) == ("info", "Licence")
    assert licence.text == "example/tiny-llm (Hugging Face) has the licence apache-2.0."
    use_cases.approve(proposal, by=a_reviewer())
    RepositoryRecord.objects.update(licence="apache-2.0")
    source = {"model_id": "other/tiny-llm", "model_revision": "main", "quantizations": ["none"]}
    specs = [
        {
            "model_format": "pytorch",
            "model_size_in_billions": 1,
            "model_src": {"huggingface": source},
        }
    ]
    hubs.hugging_face["other/tiny-llm"] = Repository(
        {"config.json": "{}"}, facts={"cardData": {"license": "cc-by-nc-4.0"}}
    )
    update = a_next_round(proposal, author, model_specs=specs)
    licence = source_check.findings(update)[0]
    assert licence.level == "risk"
    assert licence.text.endswith("cc-by-nc-4.0. Until now it was apache-2.0.")
