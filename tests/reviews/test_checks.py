"""What the hub finds by itself: sizes, near names, shared sources, README, what servers refuse."""

from __future__ import annotations

import pytest

from accounts.models import User
from models_registry import publication
from models_registry.definitions.json_text.document import parse
from models_registry.models import RegisteredModel, Visibility
from reviews import checks
from reviews.findings import Level
from tests.factories import a_model, a_user, image_record, llm_record, written
from tests.reviews.conftest import a_proposal


def report(proposal, user=None):
    visible = RegisteredModel.objects.visible_to(user or a_user("eve"))
    published = proposal.model.published_revision
    old = parse(published.definition) if published else None
    return checks.report(proposal, old, parse(proposal.definition), visible)


def texts(proposal, about: str) -> list[str]:
    return [one.text for one in report(proposal).findings if one.about == about]


@pytest.mark.parametrize(
    ("name", "size", "says"),
    [
        ("tiny-0.6B", "0_6", "match"),
        ("tiny-0_6b", "0_6", "match"),
        ("tiny-600M", "0_6", "match"),
        ("tiny-7B", "0_6", "is 0.6B"),
        ("tiny-7b-instruct", 8, "match"),
        ("qwen2.5-72B-Instruct", 7, "is 7B"),
        ("no-number", 7, None),
        ("tiny-4bit", 7, None),
        ("v2.5-A3B-30B", 30, "match"),
    ],
)
def test_sizes_are_compared_with_names(author, name, size, says):
    record = llm_record("sized")
    spec = record["model_specs"][0]
    spec["model_size_in_billions"] = size
    spec["model_src"]["huggingface"]["model_id"] = f"example/{name}"
    proposal = a_proposal(author, "sized", model_specs=record["model_specs"])
    said = texts(proposal, "Sizes")
    assert (says is None and said == []) or (says is not None and says in said[0])


@pytest.mark.parametrize(
    ("name", "is_near"),
    [
        ("tinyllm", True),
        ("tiny.llm", True),
        ("tiny-lllm", True),
        ("tiny-llm-2", False),
        ("huge-model", False),
    ],
)
def test_near_names_are_found(author, name, is_near):
    a_model("tiny-llm", definition=written(llm_record("tiny-llm", model_specs=[])))
    proposal = a_proposal(author, name)
    said = " ".join(texts(proposal, "Duplicates"))
    assert ("A model named tiny-llm already exists." in said) == is_near


def test_shared_sources_are_found_across_types(author):
    a_model("elder")
    record = llm_record("elder")
    proposal = a_proposal(author, "heir", model_specs=record["model_specs"])
    assert texts(proposal, "Duplicates") == ["elder has the same source: example/elder."]


@pytest.mark.parametrize(
    ("readme", "says"),
    [
        ("", "There is no README."),
        ("# Hello\n", "The README does not mention a licence."),
        ("---\nlicense: mit\n---\n", "The README mentions a licence."),
        ("## Licence\n", "The README mentions a licence."),
    ],
)
def test_the_readme_is_looked_at(author, readme, says):
    assert texts(a_proposal(author, readme=readme), "README") == [says]


def test_the_heaviest_findings_come_first(author):
    proposal = a_proposal(author, virtualenv={"packages": ["git+https://example.org/x"]})
    levels = [list(Level).index(one.level) for one in report(proposal).findings]
    assert levels == sorted(levels)
    assert report(proposal, User.objects.get(username="eve")).risks == 1


def test_what_servers_would_refuse_is_an_error(author):
    proposal = a_proposal(author)
    problem = {"message": "No specs.", "line": 3}
    proposal.loading_problems = [problem]
    found = report(proposal)
    assert (found.errors, found.findings[0].text, found.findings[0].line) == (1, "No specs.", 3)


def test_what_older_releases_refuse_is_told_to_the_reviewer(author):
    index = {"packages": ["a"], "extra_index_url": ["https://example.org/simple"]}
    told = texts(a_proposal(author, virtualenv=index), "Definition")
    assert not any("every released server loads it" in text for text in told)
    [refusal] = [text for text in told if "placed at the end of the list" in text]
    assert "1.13.0" in refusal
    assert "2.0.0" not in refusal


def test_a_change_that_stops_older_servers_is_a_risk(author):
    source = {"model_id": "a/b", "model_revision": "master"}
    old, new = (
        written(image_record("speaker", multilingual=True, model_src={hub: source}))
        for hub in ("huggingface", "modelscope")
    )
    a_model("speaker", model_type="audio", owner=author, definition=old)
    model = RegisteredModel.objects.get(name="speaker")
    content = publication.Content(definition=new, readme="# A model\n")
    proposal = publication.propose(model, content, by=author, visibility=Visibility.PUBLIC)
    told = {
        each.level: each.text for each in report(proposal).findings if each.about == "Definition"
    }
    assert "1.13.0 to 3.1.0 can use the model now, and could not any more" in told[Level.RISK]
    assert "1.13.0 to 3.1.0 fail to start" in told[Level.WARNING]


def test_a_model_with_which_some_releases_take_no_list_is_told_to_the_reviewer(author):
    a_model("scan", model_type="image", owner=author)
    model = RegisteredModel.objects.get(name="scan")
    record = image_record("scan")
    source = record.pop("model_src")
    record["model_specs"] = [{"model_format": "pytorch", "model_src": source}]
    content = publication.Content(definition=written(record), readme="# A model\n")
    proposal = publication.propose(model, content, by=author, visibility=Visibility.PUBLIC)
    told = [each.text for each in report(proposal).findings]
    [ending] = [text for text in told if "takes nothing of a list with it" in text]
    assert "1.13.0 to 1.16.0" in ending
    assert not any("placed at the end of the list" in text for text in told)


def test_what_every_release_loads_is_told_to_the_reviewer(author):
    told = texts(a_proposal(author), "Definition")
    assert any("every released server loads it" in text for text in told)


def test_a_change_that_takes_the_model_from_older_servers_is_a_risk(author):
    a_model("narrowed", owner=author)
    model = RegisteredModel.objects.get(name="narrowed")
    index = {"packages": ["a"], "extra_index_url": ["https://example.org/simple"]}
    definition = written(llm_record("narrowed", virtualenv=index))
    content = publication.Content(definition=definition, readme="# A model\n")
    proposal = publication.propose(model, content, by=author, visibility=Visibility.PUBLIC)
    [finding] = [
        each for each in report(proposal).findings
        if each.level == Level.RISK and each.about == "Definition"
    ]  # fmt: skip
    assert "1.13.0 to 1.17.1" in finding.text
    assert "could not any more" in finding.text
