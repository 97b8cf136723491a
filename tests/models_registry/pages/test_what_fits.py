"""What fits on a model's page: sizes × formats, with memory, engines and launch commands."""

from __future__ import annotations

import html
import json
import re

import pytest

from models_registry.models import RegisteredModel
from tests.factories import a_model, a_user, llm_record, written

pytestmark = pytest.mark.django_db
SHAPE = {
    "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "hidden_size": 4096,
    "num_hidden_layers": 32,
}  # fmt: skip


def a_family():
    specs = [
        {
            "model_format": model_format,
            "model_size_in_billions": size,
            "model_src": {
                "huggingface": {
                    "model_id": "example/m", "quantizations": quantizations,
                    "model_metadata": SHAPE, "model_file_name_template": "m-{quantization}.gguf",
                }
            },
        }
        for model_format, size, quantizations in [
            ("pytorch", "1_5", ["none"]),
            ("ggufv2", "1_5", ["Q4_K_M", "odd"]),
            ("pytorch", 8, ["none"]),
        ]
    ]  # fmt: skip
    record = llm_record("m", model_specs=specs, context_length=131072)
    return a_model("m", definition=written(record))


def matrix(client, query=""):
    response = client.get(f"/models/detail/m?tab=specs{query}")
    return response.context["fits"], response.content.decode()


def test_sizes_and_formats_make_a_matrix_with_memory_and_engines(client):
    a_family()
    fits, page = matrix(client)
    assert [(column.model_format, column.engines[0]) for column in fits.columns] == [
        ("pytorch", "Transformers"),
        ("ggufv2", "llama.cpp"),
    ]
    cells = {
        row.title: [[variant.need.quantization for variant in cell.shown] for cell in row.cells]
        for row in fits.rows
    }
    assert cells == {"1.5B": [["none"], ["Q4_K_M", "odd"]], "8B": [["none"], []]}
    unknown = fits.rows[0].cells[1].shown[1]
    assert (unknown.need.total, unknown.smallest_gpu, unknown.fits) == (None, "", False)
    assert "8.0 billion parameters" not in page
    assert "1.5 billion parameters · 16.00 bits / 8 = 2.8 GiB" in page


def test_many_variants_of_a_size_are_folded_but_all_are_there(client):
    a_family()
    model = RegisteredModel.objects.get(name="m")
    records = json.loads(model.published_revision.definition)
    source = records[0]["model_specs"][1]["model_src"]["huggingface"]
    source["quantizations"] = [f"Q{number}_K" for number in range(2, 12)]
    a_model("many", definition=written({**records[0], "model_name": "many"}))
    response = client.get("/models/detail/many?tab=specs")
    [_, cell] = response.context["fits"].rows[0].cells
    assert [len(cell.shown), len(cell.folded)] == [6, 4]
    assert "Show 4 more" in response.content.decode()


def test_a_variant_leads_to_its_own_launch_command(client):
    model = a_family()
    _fits, page = matrix(client)
    links = re.findall(rf'href="(/launch_model/{model.pk}/launch\?[^"]+)"', page)
    launch = client.get(html.unescape(links[1])).context["plan"]
    assert launch.payload == {
        "model_name": "m", "model_type": "LLM", "model_engine": "llama.cpp",
        "model_size_in_billions": "1_5", "model_format": "ggufv2", "quantization": "Q4_K_M",
        "context_length": 8192,
    }  # fmt: skip
    assert (
        f'href="/launch_model/{model.pk}/launch">'
        in client.get("/models/detail/m").content.decode()
    )


def test_a_longer_context_and_the_remembered_gpu_change_what_fits(client):
    a_family()
    client.cookies["gpu"] = "24"
    fits, page = matrix(client)
    assert fits.contexts == (8192, 32768, 131072)
    assert fits.rows[1].cells[0].shown[0].fits
    assert "Variants with a check mark fit in 24 GB." in page
    longer, _page = matrix(client, "&context=131072")
    assert not longer.rows[1].cells[0].shown[0].fits
    assert matrix(client, "&context=5")[0].context == 8192


def test_without_a_known_need_there_is_no_matrix_and_no_claim(client):
    a_model("m", model_type="image")
    fits, page = matrix(client)
    assert fits is None
    assert "What fits" not in page
    assert "Memory from" not in page


def test_a_model_that_is_not_published_has_no_launch_button(client):
    owner = a_user("owner")
    a_model("m", owner=owner)
    model = a_model("old", owner=owner, visibility="private", expires_at="2020-01-01T00:00Z")
    client.force_login(owner)
    assert "/launch_model/" in client.get("/models/detail/m").content.decode()
    page = client.get(f"/models/detail/{model.pk}").content.decode()
    assert f"/launch_model/{model.pk}/launch" not in page
