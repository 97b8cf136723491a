"""READMEs, facts, files and existence of repositories, read as from the real hubs."""

from __future__ import annotations

import time

import pytest

from models_registry.definitions.checks.schema import validate
from models_registry.definitions.json_text.document import parse
from models_registry.definitions.prefill.repository import definition_from
from models_registry.errors import (
    DomainError,
    InvalidParameter,
    SourceBusy,
    SourceNotFound,
    SourceRefused,
    SourceTooLarge,
    SourceUnavailable,
)
from models_registry.repositories.answers import read_object
from models_registry.repositories.repository import (
    files,
    look_up,
    read_readme,
    repository_exists,
)
from tests.standins.model_hubs import (
    SHA,
    ModelHubs,
    Repository,
    drips_body,
    fails,
    redirects_to,
    send,
    send_json,
    sends_forever,
)

README = "---\nlicense: apache-2.0\nlanguage:\n- en\n- zh\n---\n\n# Qwen3\n\nIt thinks.\n"
CONFIG = {"architectures": ["Qwen3ForCausalLM"], "max_position_embeddings": 40960}
BOTH = pytest.mark.parametrize("hub", ["huggingface", "modelscope"])


@pytest.fixture
def qwen3(hubs):
    """Qwen/Qwen3-0.6B on both hubs."""
    content = {
        ".gitattributes": "*.safetensors filter=lfs\n",
        "README.md": README,
        "config.json": CONFIG,
        "generation_config.json": {"eos_token_id": [151645, 151643]},
        "tokenizer_config.json": {"chat_template": "{{ messages }}", "eos_token": "<|im_end|>"},
        "model.safetensors": 1_503_300_328,
        "figures/a.png": 2_000,
    }
    hubs.hugging_face["Qwen/Qwen3-0.6B"] = Repository(
        content,
        {
            "pipeline_tag": "text-generation",
            "library_name": "transformers",
            "tags": ["transformers", "safetensors", "qwen3", "license:apache-2.0"],
            "cardData": {"license": "apache-2.0"},
            "safetensors": {"parameters": {"BF16": 751632384}, "total": 751632384},
        },
    )
    hubs.modelscope["Qwen/Qwen3-0.6B"] = Repository(
        content,
        {
            "License": "Apache License 2.0",
            "Tasks": [{"Name": "text-generation", "ChineseName": "文本生成"}],
            "Tags": ["qwen3"],
            "Libraries": ["pytorch", "safetensors"],
        },
    )
    return "Qwen/Qwen3-0.6B"


@BOTH
def test_a_readme_is_read_whole(hubs, qwen3, hub):
    assert read_readme(hub, qwen3) == README


def test_readmes_are_fetched_where_the_contract_says(hubs, qwen3):
    read_readme("huggingface", qwen3)
    read_readme("modelscope", qwen3)
    assert hubs.paths == [
        "/Qwen/Qwen3-0.6B/raw/main/README.md",
        "/models/Qwen/Qwen3-0.6B/resolve/master/README.md",
    ]


def test_a_readme_of_a_commit_can_be_asked_for(hubs, qwen3):
    assert read_readme("huggingface", qwen3, SHA) == README
    assert hubs.paths == [f"/Qwen/Qwen3-0.6B/raw/{SHA}/README.md"]


def test_a_long_readme_comes_compressed(hubs, qwen3):
    hubs.hugging_face[qwen3].files["README.md"] = "# 模型\n" * 10_000
    assert read_readme("huggingface", qwen3) == "# 模型\n" * 10_000


def test_a_byte_order_mark_is_dropped(hubs, qwen3):
    hubs.hugging_face[qwen3].files["README.md"] = b"\xef\xbb\xbf# Title"
    assert read_readme("huggingface", qwen3) == "# Title"


def test_a_renamed_repository_is_found_under_its_old_name(hubs, qwen3):
    hubs.renamed["qwen/qwen3-small"] = qwen3
    assert read_readme("huggingface", "qwen/qwen3-small") == README
    assert look_up("huggingface", "qwen/qwen3-small").model_id == qwen3


@BOTH
def test_a_repository_that_is_not_there_is_named(hubs, hub):
    with pytest.raises(SourceNotFound, match=r"Qwen/Qwen9.*private"):
        read_readme(hub, "Qwen/Qwen9")
    with pytest.raises(SourceNotFound, match=r"no repository Qwen/Qwen9, or it is private"):
        look_up(hub, "Qwen/Qwen9")
    with pytest.raises(SourceNotFound, match="no repository Qwen/Qwen9"):
        files(hub, "Qwen/Qwen9")
    assert repository_exists(hub, "Qwen/Qwen9") is False


@BOTH
def test_a_repository_without_a_readme_says_so(hubs, qwen3, hub):
    del hubs.hugging_face[qwen3].files["README.md"]
    with pytest.raises(SourceNotFound, match=r"has no README\.md of Qwen/Qwen3-0\.6B"):
        read_readme(hub, qwen3)


def test_a_gated_repository_says_so(hubs, qwen3):
    hubs.hugging_face[qwen3].gated = True
    with pytest.raises(SourceRefused, match="is gated"):
        read_readme("huggingface", qwen3)
    assert repository_exists("huggingface", qwen3) is True


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b"PK\x03\x04\x00\x00", "not text"),
        (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "web page"),
        (b"<!-- x -->\n<HTML lang=en>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
    ],
)
def test_what_is_not_markdown_is_refused_with_the_reason(hubs, qwen3, body, message):
    hubs.hugging_face[qwen3].files["README.md"] = body
    with pytest.raises(DomainError, match=message):
        read_readme("huggingface", qwen3)


@pytest.mark.parametrize("readme", ["<div align=center>\n\n# A\n</div>", "<header>x</header>"])
def test_markdown_that_begins_with_html_is_markdown(hubs, qwen3, readme):
    hubs.hugging_face[qwen3].files["README.md"] = readme
    assert read_readme("huggingface", qwen3) == readme


def test_a_readme_beyond_one_megabyte_is_refused(hubs, qwen3):
    hubs.misbehave(f"/{qwen3}/raw/main/README.md", sends_forever)
    with pytest.raises(SourceTooLarge, match="1,048,576 bytes"):
        read_readme("huggingface", qwen3)


def test_a_busy_hub_says_when_to_come_back(hubs, qwen3):
    hubs.misbehave(f"/{qwen3}/raw/main/README.md", fails(9, 429, **{"Retry-After": "120"}))
    with pytest.raises(SourceBusy, match="in 120 seconds"):
        read_readme("huggingface", qwen3)


def test_a_readme_is_not_fetched_from_a_private_address(hubs, qwen3):
    secret = ModelHubs()
    try:
        hubs.misbehave(f"/{qwen3}/raw/main/README.md", redirects_to(f"{secret.url}/admin"))
        with pytest.raises(SourceUnavailable, match="not an address that the hub may fetch from"):
            read_readme("huggingface", qwen3)
        assert secret.requests == []
    finally:
        secret.stop()


@pytest.mark.parametrize(
    "model_id",
    [
        "",
        "gpt2",
        "a/b/c",
        "/a",
        "a/",
        "../a",
        "a/..",
        "a/b..c",
        "a/b--c",
        "a/.b",
        "a/b.",
        "a/b?x=1",
        "a/b#c",
        "a/b%2e",
        "a/b c",
        "a/b\n",
        "a\\b",
        "@evil.org/b",
        "a/b{quantization}",
        "ä/b",
        "a/" + "b" * 97,
    ],
)
@BOTH
def test_what_is_not_an_id_never_becomes_an_address(hubs, hub, model_id):
    for ask in (read_readme, look_up, files, repository_exists):
        with pytest.raises(InvalidParameter, match="not a repository id"):
            ask(hub, model_id)
    assert hubs.requests == []


@pytest.mark.parametrize("revision", ["", "../main", "a b", "a?b", "-x", "ä", "a" * 201])
def test_what_is_not_a_revision_never_becomes_an_address(hubs, qwen3, revision):
    for ask in (read_readme, look_up, files):
        with pytest.raises(InvalidParameter, match="not a revision"):
            ask("huggingface", qwen3, revision)
    assert hubs.requests == []


def test_other_hubs_are_not_read(hubs):
    with pytest.raises(InvalidParameter, match="Choose huggingface or modelscope"):
        read_readme("openmind_hub", "a/b")


@BOTH
def test_files_are_listed_with_their_sizes_and_without_folders(hubs, qwen3, hub):
    listed = {file.path: file.size for file in files(hub, qwen3)}
    assert listed["model.safetensors"] == 1_503_300_328
    assert listed["figures/a.png"] == 2_000
    assert len(listed) == 7


@BOTH
def test_the_facts_of_a_repository_are_read(hubs, qwen3, hub):
    facts = look_up(hub, qwen3)
    assert (facts.hub, facts.model_id, facts.name) == (hub, qwen3, "Qwen3-0.6B")
    assert facts.config == CONFIG
    assert facts.generation_config == {"eos_token_id": [151645, 151643]}
    assert facts.tokenizer_config["eos_token"] == "<|im_end|>"
    assert facts.chat_template == "{{ messages }}"
    assert facts.card == {"license": "apache-2.0", "language": ["en", "zh"]}
    assert facts.card_text.startswith("# Qwen3")
    assert facts.task == "text-generation"
    assert "safetensors" in facts.tags
    assert facts.has_file("model.safetensors")
    assert facts.unread == {}


@BOTH
def test_what_is_read_makes_a_definition(hubs, qwen3, hub):
    definition = parse(definition_from(look_up(hub, qwen3), "llm").text)
    assert validate("llm", definition) == []
    (record,) = definition.records
    assert record["context_length"] == 40960
    assert record["model_lang"] == ["en", "zh"]
    assert record["model_specs"][0]["model_size_in_billions"] == "0_6"


def test_hugging_face_names_the_commit_and_everything_is_read_at_it(hubs, qwen3):
    facts = look_up("huggingface", qwen3)
    assert facts.revision == SHA
    assert facts.parameters == {"BF16": 751632384}
    assert facts.licence == "apache-2.0"
    assert f"/{qwen3}/resolve/{SHA}/config.json" in hubs.paths
    assert not any("/resolve/main/" in path for path in hubs.paths)


def test_modelscope_names_no_commit(hubs, qwen3):
    assert look_up("modelscope", qwen3).revision is None


def test_only_files_that_are_there_are_asked_for(hubs, qwen3):
    look_up("modelscope", qwen3)
    assert len(hubs.requests) == 6


def test_a_template_of_its_own_file_wins(hubs, qwen3):
    hubs.hugging_face[qwen3].files["chat_template.jinja"] = "{# from the file #}"
    hubs.hugging_face[qwen3].files["chat_template.json"] = {"chat_template": "{# older #}"}
    assert look_up("huggingface", qwen3).chat_template == "{# from the file #}"


def test_of_several_named_templates_the_default_is_taken(hubs, qwen3):
    named = [{"name": "tool_use", "template": "b"}, {"name": "default", "template": "a"}]
    hubs.hugging_face[qwen3].files["tokenizer_config.json"] = {"chat_template": named}
    assert look_up("huggingface", qwen3).chat_template == "a"


def test_of_a_gated_repository_the_facts_are_what_the_api_says(hubs, qwen3):
    repository = hubs.hugging_face[qwen3]
    repository.gated = True
    repository.facts["config"] = {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "tokenizer_config": {"chat_template": "{{ messages }}", "eos_token": "<|im_end|>"},
    }
    facts = look_up("huggingface", qwen3)
    assert facts.gated
    assert facts.config == {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}
    assert facts.chat_template == "{{ messages }}"
    assert (
        facts.unread["config.json"]
        == "config.json is only for people to whom the owner gave access."
    )


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[1]",
        b'{"a": ',
        b"\xff",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b"1" * 10_000 + b"}",
        b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}",
    ],
)
def test_a_broken_configuration_costs_nothing_else(hubs, qwen3, body):
    hubs.hugging_face[qwen3].files["config.json"] = body
    facts = look_up("huggingface", qwen3)
    assert facts.unread["config.json"].startswith("config.json is not a JSON object: ")
    assert facts.generation_config == {"eos_token_id": [151645, 151643]}


def test_what_programs_write_into_json_and_json_has_not_is_read():
    read = read_object(b'{"a": NaN, "b": -Infinity, "c": "x\\ud800", "d": "\\ud83d\\ude00"}')
    assert read == {"a": None, "b": None, "c": "x\ufffd", "d": "😀"}


def test_a_summary_that_is_not_json_is_reported(hubs, qwen3):
    hubs.misbehave(f"/api/models/{qwen3}", lambda request: send(request, 200, b"<html>"))
    with pytest.raises(SourceUnavailable, match="Hugging Face did not answer with JSON"):
        look_up("huggingface", qwen3)
    assert repository_exists("huggingface", qwen3) is None


@pytest.mark.parametrize(
    "answer",
    [
        {"siblings": 1, "tags": "x", "safetensors": [], "gguf": 1, "config": "x", "sha": 1},
        {"siblings": [1, {"rfilename": 1}, {"rfilename": ""}, {}], "tags": [1, None], "sha": "x"},
        {"cardData": [], "safetensors": {"parameters": {"BF16": "x", "F32": -1, "I8": True}}},
        {},
    ],
)
def test_a_strange_summary_is_read_as_far_as_it_makes_sense(hubs, qwen3, answer):
    hubs.misbehave(f"/api/models/{qwen3}", lambda request: send_json(request, 200, answer))
    facts = look_up("huggingface", qwen3)
    assert (facts.files, facts.parameters, facts.revision) == ((), {}, None)
    assert facts.model_id == qwen3


def test_an_error_in_modelscope_s_envelope_is_an_error_though_the_status_is_200(hubs, qwen3):
    def answers(code, message):
        envelope = {"Code": code, "Message": message, "Success": False, "Data": None}
        hubs.misbehave(f"/api/v1/models/{qwen3}", lambda request: send_json(request, 200, envelope))

    answers(10010205001, "获取模型信息失败，信息：record not found")
    with pytest.raises(SourceNotFound, match="no repository"):
        look_up("modelscope", qwen3)
    answers(10000000000, "something else")
    with pytest.raises(SourceUnavailable, match="ModelScope reports an error"):
        look_up("modelscope", qwen3)


def test_an_overloaded_modelscope_is_not_taken_for_a_missing_repository(hubs, qwen3):
    envelope = {
        "Code": 10010205001,
        "Message": "Error 1461: Can't create more than max_prepared_stmt_count statements",
        "Success": False,
    }
    hubs.misbehave(f"/api/v1/models/{qwen3}", lambda request: send_json(request, 404, envelope))
    assert repository_exists("modelscope", qwen3) is None
    with pytest.raises(SourceUnavailable, match="overloaded"):
        look_up("modelscope", qwen3)


@BOTH
def test_what_is_there_exists(hubs, qwen3, hub):
    assert repository_exists(hub, qwen3) is True


def test_a_modelscope_repository_without_access_exists(hubs, qwen3):
    hubs.modelscope[qwen3].gated = True
    assert repository_exists("modelscope", qwen3) is True
    with pytest.raises(SourceRefused):
        look_up("modelscope", qwen3)


@BOTH
def test_nobody_can_tell_whether_it_exists_while_the_hub_is_away(hubs, hub):
    hubs.stop()
    assert repository_exists(hub, "Qwen/Qwen3-0.6B") is None


def test_a_file_that_stalls_costs_its_own_time_and_no_other_file(hubs, qwen3, monkeypatch):
    monkeypatch.setattr("models_registry.repositories.repository.LOOK_UP_SECONDS", 3.0)
    hubs.misbehave(f"/{qwen3}/resolve/{SHA}/config.json", drips_body)
    started = time.monotonic()
    facts = look_up("huggingface", qwen3)
    assert time.monotonic() - started < 6
    assert "did not answer within" in facts.unread["config.json"]
    assert facts.tokenizer_config["eos_token"] == "<|im_end|>"
