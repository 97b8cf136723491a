"""The picture of a model for other sites."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from models_registry.pages.link_picture import HEIGHT, WIDTH, draw
from tests.factories import a_model

pytestmark = pytest.mark.django_db


def test_a_public_model_has_a_picture_that_may_be_kept(client):
    model = a_model("Qwen3-Next-80B")
    answer = client.get(f"/models/detail/{model.pk}/picture.png")
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "public, max-age=3600"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (WIDTH, HEIGHT)
    assert client.get(f"/models/detail/{model.pk}/picture.png").content == answer.content
    other = a_model("another-name")
    assert client.get(f"/models/detail/{other.pk}/picture.png").content != answer.content


@pytest.mark.parametrize("name", ["x" * 300, "模型-七", "a b\tc", "W" * 40])
def test_any_name_can_be_drawn(name):
    assert draw(name, "Language", ["7B", "128K", "对话"], "Hub").startswith(b"\x89PNG")
