"""A generated README says what the definition says, and nothing that it holds gets active."""

import ast
import html
import json
import re
import shlex

import pytest

from models_registry.definitions.facts.facts import derive
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.launch.quoting import one_line
from models_registry.readme.generate import NOTE, generate, generate_for_page
from models_registry.readme.render import render
from tests.models_registry.readme.markup_checks import problems_in
from tests.models_registry.xss_corpus import HOSTILE_DESCRIPTIONS, HOSTILE_NAMES
from tests.upstream_data import of_all

LAUNCH_OPTIONS = {
    "--model-name",
    "--model-type",
    "--model-engine",
    "--size-in-billions",
    "--model-format",
    "--quantization",
}


def llm(**changes):
    record = {
        "version": 2,
        "model_name": "tiny",
        "model_description": "A tiny model.",
        "model_lang": ["en"],
        "model_ability": ["chat"],
        "context_length": 8192,
        "model_specs": [
            {
                "model_format": "pytorch",
                "model_size_in_billions": "0_6",
                "model_src": {
                    "huggingface": {"model_id": "a/tiny", "quantizations": ["none"]},
                    "modelscope": {"model_id": "b/tiny", "quantizations": ["none"]},
                },
            }
        ],
    }
    return record | changes


def written(model_type, records, name=None):
    facts = derive(model_type, records)
    return generate(model_type, name or facts.name or "unnamed", facts, records)


def fences(text, language):
    return re.findall(rf"^(`{{3,}}){language}\n(.*?)\n\1$", text, re.DOTALL | re.MULTILINE)


def words_of(command):
    """Split like a shell; shlex does not join continued lines."""
    return shlex.split(command.replace(" \\\n  ", " "))


def launch_options(text):
    words = words_of(fences(text, "bash")[0][1])
    assert words[:2] == ["xinference", "launch"]
    options, rest = {}, words[2:]
    while rest:
        option = rest.pop(0)
        if "=" in option:
            option, value = option.split("=", 1)
        else:
            value = rest.pop(0)
        options[option] = value
    return options


def test_readme_is_marked_as_generated_in_its_first_line():
    assert written("llm", [llm()]).split("\n")[0] == NOTE


def test_readme_has_description_facts_and_sources():
    text = written("llm", [llm()])
    assert "# tiny\n\nA tiny model.\n" in text
    assert "| Context length | 8,192 tokens |" in text
    assert "| Sizes | 0.6B |" in text
    assert "Hugging Face: [a/tiny](<https://huggingface.co/a/tiny>)" in text
    assert "ModelScope: [b/tiny](<https://www.modelscope.cn/models/b/tiny>)" in text


def test_the_page_cuts_long_lists_and_drops_empty_columns_but_what_is_stored_is_whole():
    record = llm()
    [spec] = record["model_specs"]
    spec["model_src"]["huggingface"] = {
        "model_id": "a/tiny-{quantization}",
        "quantizations": [f"Q{number}" for number in range(1, 10)],
    }
    del spec["model_src"]["modelscope"]
    page = generate_for_page("llm", "tiny", derive("llm", [record]), [record])
    assert "| Format | Size | Quantizations | Sources |" in page
    assert "Q1, Q2, Q3, Q4, Q5, Q6, +3" in page
    assert "a/tiny-Q2" in page
    assert "a/tiny-Q3" not in page
    assert ", +7 |" in page
    stored = written("llm", [record])
    assert "| Engine |" in stored
    assert "Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8, Q9" in stored
    assert "a/tiny-Q9" in stored


def test_model_without_description_gets_one_honest_sentence():
    text = written("llm", [llm(model_description="", model_family="tiny-family")])
    assert "tiny is a large language model of the tiny-family family. It can do: chat.\n" in text


def test_launch_command_takes_its_values_from_a_spec():
    assert launch_options(written("llm", [llm()])) == {
        "--model-name": "tiny",
        "--model-type": "LLM",
        "--model-engine": "Transformers",
        "--size-in-billions": "0_6",
        "--model-format": "pytorch",
        "--quantization": "none",
    }


@pytest.mark.parametrize(
    ("model_type", "abilities", "call", "path"),
    [
        ("llm", ["chat", "vision"], "model.chat(", "/v1/chat/completions"),
        ("llm", ["generate"], "model.generate(", "/v1/completions"),
        ("embedding", [], "model.create_embedding(", "/v1/embeddings"),
        ("rerank", [], "model.rerank(", "/v1/rerank"),
        ("image", ["text2image"], "model.text_to_image(", "/v1/images/generations"),
        ("image", ["image2image"], "model.image_to_image(", "/v1/images/variations"),
        ("image", ["ocr"], "model.ocr(", "/v1/images/ocr"),
        ("audio", ["audio2text"], "model.transcriptions(", "/v1/audio/transcriptions"),
        ("audio", ["text2audio"], "model.speech(", "/v1/audio/speech"),
        ("video", ["text2video"], "model.text_to_video(", "/v1/video/generations"),
        ("video", ["firstlastframe2video"], "model.flf_to_video(", "/v1/video/generations/flf"),
        ("world", ["image2world"], "model.generate(", "/v1/worlds/generations"),
    ],
)
def test_usage_fits_type_and_ability(model_type, abilities, call, path):
    text = written(model_type, [{"model_name": "tiny", "model_ability": abilities}])
    assert call in text
    assert f"curl http://localhost:9997{path} " in text


def test_every_real_model_gets_a_readme_whose_commands_are_valid(released_catalogue):
    checked = 0
    for model_type in MODEL_TYPES:
        for path in sorted(released_catalogue.glob(f"xinference/model/{model_type}/models/*.json")):
            records = json.loads(path.read_text(encoding="utf-8"))
            text = written(model_type, records)
            options = launch_options(text)
            assert set(options) <= LAUNCH_OPTIONS
            assert options["--model-name"] == path.stem
            for _, code in fences(text, "python"):
                ast.parse(code)
            for _, command in fences(text, "bash"):
                assert words_of(command)[0] in {"xinference", "curl"}
            assert "Over HTTP" in text, path
            if model_type == "llm":
                assert_launchable(options, records)
            checked += 1
    assert checked >= of_all(300)


def assert_launchable(options, records):
    fitting = [
        spec
        for record in records
        for spec in record["model_specs"]
        if spec["model_format"] == options["--model-format"]
        and str(spec["model_size_in_billions"]) == options["--size-in-billions"]
        and any(
            options["--quantization"] in source.get("quantizations", [])
            for source in spec["model_src"].values()
        )
    ]
    assert fitting, options


def test_request_bodies_are_json_with_the_models_name():
    text = written("llm", [llm(model_name='it\'s "x"')])
    words = words_of(fences(text, "bash")[-1][1])
    assert json.loads(words[words.index("-d") + 1])["model"] == 'it\'s "x"'


@pytest.mark.parametrize("description", HOSTILE_DESCRIPTIONS + HOSTILE_NAMES)
def test_hostile_description_is_shown_as_text(description):
    rendered = render(written("llm", [llm(model_description=description)]))
    assert problems_in(rendered.html) == []
    shown = rendered.html.split("</h1>")[1].split("<h2")[0]
    assert "<" not in shown.replace('<p dir="auto">', "").replace("</p>", "")
    text = html.unescape(shown.replace('<p dir="auto">', "").replace("</p>", "")).strip()
    assert text == one_line(description)


@pytest.mark.parametrize("name", HOSTILE_NAMES + HOSTILE_DESCRIPTIONS)
def test_hostile_name_stays_one_argument_and_one_text(name):
    text = written("llm", [llm(model_name=name)], name=name)
    clean = one_line(name)
    assert launch_options(text)["--model-name"] == clean
    tree = ast.parse(fences(text, "python")[0][1])
    assert clean in [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    rendered = render(text)
    assert problems_in(rendered.html) == []
    assert rendered.toc[0].title == clean[:200].strip()


@pytest.mark.parametrize("hostile", HOSTILE_NAMES + HOSTILE_DESCRIPTIONS)
def test_hostile_values_anywhere_else_stay_text(hostile):
    record = llm(
        model_family=hostile,
        model_ability=[hostile],
        model_lang=[hostile],
        virtualenv={"packages": [hostile, f'x ; #engine# == "{hostile}"']},
    )
    spec = record["model_specs"][0]
    spec["model_size_in_billions"] = hostile
    spec["model_format"] = hostile
    spec["model_src"] = {hostile: {"model_id": hostile, "quantizations": [hostile]}}
    spec["model_src"]["huggingface"] = {"model_id": f"a/{hostile}", "quantizations": [hostile]}
    text = written("llm", [record])
    rendered = render(text)
    assert problems_in(rendered.html) == []
    assert set(launch_options(text)) <= LAUNCH_OPTIONS
    assert [entry.title for entry in rendered.toc] == [
        "tiny",
        "Overview",
        "Variants",
        "Packages",
        "Launch",
    ]


@pytest.mark.parametrize("records", [[], [{}], [{"model_specs": "x"}], [{"virtualenv": 3}]])
def test_odd_records_still_give_a_readme(records):
    for model_type in MODEL_TYPES:
        assert NOTE in written(model_type, records, name="odd")
