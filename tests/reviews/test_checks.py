"""What the hub finds by itself: risks, duplicates, sizes, README, sources, sample chats."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import time

import pytest

from accounts.models import User
from models_registry.definitions.text import parse
from models_registry.models import RegisteredModel
from reviews import chat_samples, checks, source_check, tasks
from reviews.chat_samples import render, samples
from reviews.findings import Finding, Level
from reviews.models import SourceCheck
from reviews.risks import risks
from tests.factories import a_model, a_user, llm_record, written
from tests.reviews.conftest import a_proposal
from tests.standins.model_hubs import ModelHubs, Repository


def definition(**changes):
    return parse(written(llm_record(**changes)))


def found(old, new) -> list[tuple[str, str]]:
    return [(finding.level, finding.about) for finding in risks(old, new)]


# --- Risks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("package", "level"),
    [
        ("transformers>=4.51", None),
        ('#system_numpy# ; #engine# == "vllm"', None),
        ("torch ; python_version >= '3.10'", None),
        ("git+https://github.com/x/y", "risk"),
        ("y @ git+https://github.com/x/y.git@main", "risk"),
        ("GIT+HTTPS://github.com/x/y", "risk"),
        ("y @ hg+https://example.org/y", "risk"),
        ("y @ https://example.org/y.whl", "risk"),
        ("http://example.org/y.whl", "risk"),
        ("--index-url https://evil.example/simple", "risk"),
        ("-e .", "risk"),
        ("y --no-deps", "risk"),
    ],
)
def test_packages_from_elsewhere_are_risks(package, level):
    new = definition(virtualenv={"packages": [package]})
    levels = [finding.level for finding in risks(definition(), new) if finding.about == "Packages"]
    assert levels == ([level] if level else [])


def test_a_package_that_was_there_before_is_no_news():
    same = definition(virtualenv={"packages": ["git+https://github.com/x/y"]})
    assert found(same, same) == []


def test_a_repository_without_a_commit_is_said_to_be_open():
    pinned = 'y @ git+https://github.com/x/y@0123456789abcdef0123 ; #engine# == "vllm"'
    open_ended = "y @ git+https://github.com/x/y@main"
    (one,) = risks(definition(), definition(virtualenv={"packages": [pinned]}))
    (other,) = risks(definition(), definition(virtualenv={"packages": [open_ended]}))
    assert "no commit" not in one.text
    assert "no commit" in other.text
    assert (
        one.line
        == definition(virtualenv={"packages": [pinned]}).locate("/0/virtualenv/packages/0").line
    )


@pytest.mark.parametrize(
    "option",
    [
        {"index_url": "https://evil.example/simple"},
        {"extra_index_url": ["https://evil.example/simple"]},
        {"find_links": "https://evil.example/"},
        {"trusted_host": "evil.example"},
        {"no_build_isolation": True},
    ],
)
def test_options_of_pip_are_risks(option):
    new = definition(virtualenv={"packages": ["torch"], **option})
    assert found(definition(), new) == [("risk", "Packages")]
    harmless = {"packages": ["torch"], **dict.fromkeys(option, None)}
    assert found(definition(), definition(virtualenv=harmless)) == []


def moved(owner: str, revision: str = "main"):
    record = llm_record()
    record["model_specs"][0]["model_src"]["huggingface"].update(
        model_id=f"{owner}/tiny-llm", model_revision=revision
    )
    return parse(written(record))


def test_a_source_that_moves_to_another_owner_is_a_risk():
    risk = next(one for one in risks(definition(), moved("evil")) if one.level == Level.RISK)
    assert risk.about == "Owner of a source"
    assert "now belongs to evil; until now: example" in risk.text


def test_a_new_model_has_no_owner_to_change():
    assert "Owner of a source" not in dict(found(None, moved("evil"))).values()


def test_sources_without_a_commit_are_named():
    assert found(None, moved("example", "main")) == [("warning", "Revision of a source")]
    assert found(None, moved("example", "c1899de289a04d12100db370d81485cdf75e47ca")) == []


def test_another_chat_template_is_a_risk_and_a_first_one_is_not():
    old, new = definition(chat_template="{{ a }}"), definition(chat_template="{{ b }}")
    assert ("risk", "Chat template") in found(old, new)
    assert ("risk", "Chat template") not in found(None, new)
    assert found(old, old) == []


def test_definitions_that_make_no_sense_raise_nothing():
    odd = [{"model_specs": 3, "virtualenv": []}, {"model_specs": [7, {"model_src": {"x": 1}}]}]
    odd += [{"virtualenv": {"packages": [1, None, "x"]}, "chat_template": 9}]
    text = parse(json.dumps(odd))
    assert risks(text, text) == []
    assert isinstance(risks(None, text), list)


# --- The report -------------------------------------------------------------------------------


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
        ("tiny-0.6B", "0_6", "agree"),
        ("tiny-0_6b", "0_6", "agree"),
        ("tiny-600M", "0_6", "agree"),
        ("tiny-7B", "0_6", "is 0.6 billion"),
        ("tiny-7b-instruct", 8, "agree"),
        ("qwen2.5-72B-Instruct", 7, "is 7 billion"),
        ("no-number", 7, None),
        ("tiny-4bit", 7, None),
        ("v2.5-A3B-30B", 30, "agree"),
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
    assert ("There is a model named tiny-llm already." in said) == is_near


def test_shared_sources_are_found_across_types(author):
    a_model("elder")
    record = llm_record("elder")
    proposal = a_proposal(author, "heir", model_specs=record["model_specs"])
    assert texts(proposal, "Duplicates") == ["elder has the same source: example/elder."]


@pytest.mark.parametrize(
    ("readme", "says"),
    [
        ("", "There is no README."),
        ("# Hello\n", "The README names no licence."),
        ("---\nlicense: mit\n---\n", "The README names a licence."),
        ("## Licence\n", "The README names a licence."),
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


# --- Sources ----------------------------------------------------------------------------------


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
    (finding,) = [Finding.from_dict(one) for one in check.findings]
    assert (finding.level, finding.text) == (
        "good",
        "example/tiny-llm is on Hugging Face (1 file).",
    )
    assert (
        finding.line
        == parse(proposal.definition).locate("/0/model_specs/0/model_src/huggingface/model_id").line
    )


def test_a_repository_that_is_not_there_is_an_error(author, hubs):
    (finding,) = source_check.findings(a_proposal(author))
    assert finding.level == "error"
    assert "is not on Hugging Face" in finding.text


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


# --- Sample chats -----------------------------------------------------------------------------

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def test_a_template_is_rendered_as_the_servers_do():
    first, talk, tool = render(CHATML)
    assert first["text"] == (
        "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert talk["text"].count("<|im_start|>") == 5
    assert "18 °C" in tool["text"]


def test_what_transformers_offers_is_there():
    template = (
        "{% generation %}{{ tools | tojson if tools else 'none' }}{% endgeneration %}"
        "{% for m in messages %}{% break %}{% endfor %}{{ strftime_now('%Y') }}{{ bos_token }}"
        "{{ raise_exception('Only one') if messages | length > 1 and not tools }}"
    )
    first, talk, tool = render(template)
    assert first["text"] == "none2026<s>"
    assert "Only one" in talk["error"]
    assert '"get_weather"' in tool["text"]


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ messages.append(1) }}",
        "{% for i in range(10**9) %}x{% endfor %}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ 'x' * 10**10 }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% if %}",
        "{{ nothing.at.all }}",
    ],
)
def test_templates_that_reach_for_more_fail_in_words(template):
    for answer in render(template):
        assert set(answer) == {"error"}
        assert "root:" not in str(answer)


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{{ (9**9)**(9**9) }}",
    ],
)
def test_a_template_without_end_is_stopped(template):
    begun = time.monotonic()
    answers = render(template)
    assert time.monotonic() - begun < chat_samples.SECONDS + 5
    assert all("too long" in answer["error"] for answer in answers)


def test_long_output_is_cut():
    (first, *_others) = render("{% for i in range(9999) %}0123456789{% endfor %}")
    assert len(first["text"]) == 20_000


def test_a_template_leaves_no_trace_in_files():
    done = subprocess.run(
        [chat_samples.sys.executable, "-I", str(chat_samples.SANDBOX)],
        input=json.dumps({"template": CHATML, "chats": [{"messages": []}]}).encode(),
        capture_output=True,
        check=True,
        env={},
    )
    assert done.stderr == b""


def test_before_and_after_are_compared():
    old = definition(chat_template=CHATML)
    new = definition(chat_template=CHATML.replace("<|im_end|>", "<|end|>"))
    itself, first, *_rest = samples(old, new)
    assert itself.name == "The template itself"
    assert (first.comparison.added, first.comparison.gone) == (1, 1)
    assert samples(new, new) == []
    assert samples(old, definition()) == []
    assert [one.before for one in samples(None, new)] == [None] * 3
