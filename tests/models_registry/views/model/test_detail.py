"""A model's tabs: README, definition, specs."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command

from models_registry import publication
from models_registry.definitions.facts.kinds import name_key
from models_registry.models import RegisteredModel
from models_registry.pages import model_page
from models_registry.publication import Content
from tests.factories import a_model, a_user, llm_record, written

pytestmark = pytest.mark.django_db


URL = "/models/detail"


def page(client, address):
    response = client.get(f"{URL}/{address}")
    assert response.status_code == 200, address
    return response.content.decode()


def test_the_readme_is_what_a_page_shows_first(client):
    a_model(readme="# Hello\n\nSome **bold** text.\n\n## Use\n\n## Limits\n")
    shown = page(client, "tiny-llm")
    assert "<strong>bold</strong>" in shown
    assert 'href="#readme-use">Use</a>' in shown
    assert page(client, "tiny-llm?tab=nonsense").count("<strong>bold</strong>") == 1


def test_the_lone_first_heading_is_not_in_the_table_of_contents(client):
    a_model(readme="# Hello\n\n## Use\n\n### Deep\n\n## Limits\n")
    toc = client.get(f"{URL}/tiny-llm").context["toc"]
    assert [entry.title for entry in toc] == ["Use", "Deep", "Limits"]


def test_a_generated_readme_says_that_it_is_generated_once(client, released_catalogue):
    call_command("import_catalogue", f"dir:{released_catalogue}", types=["rerank"], verbosity=0)
    shown = page(client, "bge-reranker-v2-m3")
    assert shown.count("enerated from the") == 1


def test_a_readme_is_rendered_once_and_again_when_its_revision_changes(client):
    model = a_model(readme="first")
    revision = model.published_revision
    rendered = model_page.rendered_readme(model, revision)
    assert model_page.rendered_readme(model, revision) == rendered
    assert "first" in page(client, "tiny-llm")
    publication.publish(model, Content(definition=revision.definition, readme="second"), by=None)
    assert "second" in page(client, "tiny-llm")


def test_relative_pictures_of_a_readme_come_from_the_source_repository(client):
    a_model(readme="![chart](images/chart.png)\n")
    shown = page(client, "tiny-llm")
    assert "https://huggingface.co/example/tiny-llm/resolve/main/images/chart.png" in shown


def test_the_definition_tab_shows_numbered_lines_and_offers_the_file(client):
    model = a_model()
    shown = page(client, "tiny-llm?tab=definition")
    assert 'id="L1"' in shown
    assert f'href="{URL}/{model.pk}/definition.json"' in shown


def test_the_downloaded_definition_is_the_exact_text(client):
    text = '[{"model_name":"odd",  "version":2, "b":3.0, "a":"模型"}]'
    model = a_model("odd", definition=text)
    response = client.get(f"{URL}/{model.pk}/definition.json")
    assert response.content.decode() == text
    assert response.headers["Content-Disposition"] == 'attachment; filename="odd.json"'
    assert response.headers["Content-Type"].startswith("application/json")


def test_the_specs_tab_lists_every_variant_once_with_its_repositories(client):
    record = llm_record("many")
    record["model_specs"] = [
        {
            "model_format": "ggufv2",
            "model_size_in_billions": 30,
            "activated_size_in_billions": 3,
            "model_src": {
                "huggingface": {"quantizations": ["Q4_K_M", "Q8_0"], "model_id": "org/many-GGUF"},
                "modelscope": {"quantizations": ["Q4_K_M", "Q8_0"], "model_id": "Org/many-GGUF"},
            },
        },
        {
            "model_format": "mlx",
            "model_size_in_billions": 30,
            "model_src": {
                "huggingface": {
                    "quantizations": ["4bit", "8bit"],
                    "model_id": "mlx/many-{quantization}",
                }
            },
        },
    ]
    record["virtualenv"] = {"packages": ["transformers>=5"]}
    record["chat_template"] = "{% for m in messages %}\n{{ m }}\n{% endfor %}"
    a_model("many", definition=written(record))
    shown = page(client, "many?tab=specs")
    assert shown.count(">Q4_K_M<") == 1
    assert "30B" in shown
    assert "3B active" in shown
    for link in (
        "https://huggingface.co/org/many-GGUF",
        "https://www.modelscope.cn/models/Org/many-GGUF",
        "https://huggingface.co/mlx/many-4bit",
    ):
        assert f'href="{link}"' in shown
    assert "transformers&gt;=5" in shown
    assert "{% for m in messages %}" in shown


def test_several_records_are_told_apart_by_engine(client):
    base = {
        "version": 2,
        "model_family": "whisper",
        "multilingual": True,
        "model_ability": ["audio2text"],
        "updated_at": 1,
    }
    records = [
        base | {"model_name": "ear", "engine": "PyTorch", "model_format": "pytorch", "x": "one"},
        base | {"model_name": "ear", "engine": "MLX", "model_format": "mlx", "x": "two"},
    ]
    a_model("ear", model_type="audio", definition=written(*records))
    shown = page(client, "ear?tab=specs")
    assert "<h2>PyTorch · pytorch</h2>" in shown
    assert "<h2>MLX · mlx</h2>" in shown


def test_the_launch_command_stands_on_one_line(client):
    a_model()
    shown = page(client, "tiny-llm")
    command = re.search(r'<code id="launch-command"[^>]*>(.*?)</code>', shown, re.DOTALL)[1]
    assert command.startswith("xinference launch --model-name tiny-llm --model-type LLM")
    assert "\n" not in command
    assert "\\" not in command


def test_the_head_names_canonical_address_description_and_preview(client, settings):
    a_model("tiny-llm")
    for address, tab in (("tiny-llm", ""), ("TINY-LLM?tab=specs", "?tab=specs")):
        shown = page(client, address)
        assert f'rel="canonical" href="{settings.SITE_URL}{URL}/tiny-llm{tab}"' in shown
        assert 'property="og:title" content="tiny-llm"' in shown
        assert 'name="description" content="tiny-llm is a small language model."' in shown
        assert "noindex" not in shown


def test_a_proposal_is_shown_to_its_author_and_marked(client):
    author = a_user()
    model = RegisteredModel.objects.create(
        model_type="llm",
        name="draft",
        name_key=name_key("draft"),
        visibility="public",
        owner=author,
    )
    content = Content(definition=written(llm_record("draft")), readme="A draft.")
    publication.propose(model, content, visibility="public", by=author)
    assert client.get(f"{URL}/draft").status_code == 404
    client.force_login(author)
    shown = page(client, "draft")
    assert "A draft." in shown
    assert "Not published" in shown
    assert "noindex" in shown
