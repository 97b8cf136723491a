"""This hub's models beside a server's: which record a row is, and the variants of worlds."""

from __future__ import annotations

import json

import pytest

from models_registry.models import RegisteredModel
from models_registry.servers import inventory
from models_registry.servers.comparison import ServerModelStatus, compare
from tests.factories import a_model, image_record, written

pytestmark = pytest.mark.django_db
NOW = 1_780_000_000


def audio_record(name, engine, repository, stamp, **changes):
    """A variant of an audio model, as Breeze-TTS-2 has them."""
    return image_record(
        name,
        engine=engine,
        model_family=name,
        model_ability=["text2audio"],
        multilingual=True,
        model_src={
            "huggingface": {"model_id": repository, "model_revision": "main"},
            "modelscope": {"model_id": f"ms/{repository}", "model_revision": "master"},
        },
        updated_at=stamp,
        **changes,
    )


def row(record, hub="huggingface"):
    """The server's row: the fields of the variant that stands for the name."""
    plain = {key: value for key, value in record.items() if key != "model_src"}
    return {**plain, **record["model_src"][hub], "model_hub": hub, "is_builtin": True}


def stamps(model):
    revision = RegisteredModel.objects.get(pk=model.pk).published_revision
    return [record.get("updated_at") for record in json.loads(revision.definition)]


@pytest.fixture
def voice():
    records = [
        audio_record("voice", "PyTorch", "x/voice", NOW),
        audio_record("voice", "MLX", "x/voice-mlx", NOW + 900, model_format="mlx"),
    ]
    model = a_model("voice", model_type="audio", definition=written(*records))
    # Publication stamps what it changes; these are published as they stand.
    assert stamps(model) == [NOW, NOW + 900]
    return model, records


def status(used, model):
    inventory.forget(used)
    (row,) = compare([RegisteredModel.objects.get(pk=model.pk)],
                       inventory.read(used, model.model_type)).rows  # fmt: skip
    return row.status


@pytest.mark.parametrize(
    ("which", "hub", "change", "expected"),
    [
        (0, "huggingface", 0, ServerModelStatus.SAME),
        (0, "modelscope", 0, ServerModelStatus.SAME),
        (1, "huggingface", 0, ServerModelStatus.SAME),
        (0, "huggingface", -1, ServerModelStatus.OLDER),
        (1, "huggingface", -1, ServerModelStatus.OLDER),
        (0, "huggingface", 1, ServerModelStatus.NEWER),
    ],
)
def test_a_row_is_compared_with_the_record_that_it_is(
    there, used, voice, which, hub, change, expected
):
    model, records = voice
    there.known["audio"] = [
        row(records[which] | {"updated_at": stamps(model)[which] + change}, hub)
    ]
    assert status(used, model) == expected


def test_a_row_that_is_no_record_of_ours_is_compared_with_the_newest(there, used, voice):
    model, records = voice
    moved = records[0] | {"model_src": {"huggingface": {"model_id": "x/moved"}}}
    there.known["audio"] = [row(moved)]
    assert status(used, model) == ServerModelStatus.OLDER


def test_a_plain_list_tells_no_date(there, used, voice):
    there.known["audio"] = [{"model_name": "voice", "is_builtin": True}]
    assert status(used, voice[0]) == ServerModelStatus.UNSURE


def test_a_world_model_is_known_by_any_of_its_variants(there, used):
    specs = [
        {"model_name": f"world-{size}", "model_src": {"huggingface": {"model_id": f"x/{size}"}}}
        for size in ("14B", "1.3B")
    ]
    record = image_record("world", model_family="world", model_ability=["image2world"],
                          model_format="pytorch", model_specs=specs, model_src=...,
                          model_name=..., updated_at=NOW)  # fmt: skip
    model = a_model("world", model_type="world", definition=written(record))
    there.known["world"] = [
        {"model_name": "world-1.3B", "is_builtin": True, "updated_at": NOW},
        {"model_name": "Astra", "is_builtin": True, "updated_at": NOW},
    ]
    there.models["w"] = {"model_name": "world-14B", "model_type": "world"}
    comparison = compare([model], inventory.read(used, "world"))
    assert [(row.status, row.server_model.name) for row in comparison.rows] == [
        (ServerModelStatus.SAME, "world-1.3B")
    ]
    assert [model.uid for model in comparison.rows[0].running] == ["w"]
    assert [model.name for model in comparison.only_on_server] == ["Astra"]
    offer = inventory.engines(used, "world", "world", variants=["world-14B", "world-1.3B"])
    assert offer.is_known
    assert not inventory.engines(used, "world", "world").is_known


def test_definitions_are_read_for_types_with_variants_alone(there, used, voice):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    models = [a_model(f"llm-{number}") for number in range(3)]
    stored = list(RegisteredModel.objects.filter(pk__in=[model.pk for model in models]))
    known_models = inventory.read(used, "llm")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        compare(stored, known_models)
    assert len(queries) == 0
    many = [voice[0], *(a_model(f"v-{n}", model_type="audio", definition=written(
        audio_record(f"v-{n}", "PyTorch", f"x/{n}", NOW))) for n in range(3))]  # fmt: skip
    many = list(RegisteredModel.objects.filter(pk__in=[model.pk for model in many]))
    known_models = inventory.read(used, "audio")
    with CaptureQueriesContext(connection) as queries:
        compare(many, known_models)
    assert len(queries) == 1
