"""The pictures in docs/images, of the real pages: `make screenshots` takes them again.

`make test` does not collect this module. The models are those of a release of Xinference.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser

from accounts.models import User
from models_registry.models import RegisteredModel
from tests.browser.conftest import PHONE
from tests.environment import ROOT
from tests.reviews.conftest import a_next_round, a_proposal, a_reviewer, an_author
from tests.upstream_data import UPSTREAM

IMAGES = ROOT / "docs" / "images"
WIDE = {"width": 1280, "height": 800}
COLOURS = 128  # of the palette: the pages have few, and the files stay small
SHOWN, LARGE = "Qwen3-Embedding-0.6B", "codestral-v0.1"


@pytest.mark.django_db(transaction=True)
def test_take_the_pictures(browser: Browser, live_server) -> None:
    call_command("import_catalogue", f"dir:{UPSTREAM / 'catalogue-4.1.0'}", verbosity=0)
    assert RegisteredModel.objects.count() > 20
    ada, rita = an_author("ada", display_name="Ada"), a_reviewer("rita", display_name="Rita")
    proposal = a_next_round(a_proposal(ada, name="our-chat-7b"), ada, context_length=65536)
    IMAGES.mkdir(exist_ok=True)
    for name, path, user, size, language in (
        ("models", "/models", None, WIDE, "en"),
        ("model", f"/models/detail/{LARGE}?tab=specs", None, WIDE, "en"),
        ("review", f"/admin/reviews/{proposal.pk}/", rita, WIDE, "en"),
        ("models-zh", "/models", None, WIDE, "zh-CN"),
        ("phone", f"/models/detail/{SHOWN}", None, PHONE, "en"),
    ):
        page = _page_of(browser, live_server.url, user, size, language)
        answer = page.goto(path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, path
        page.screenshot(path=IMAGES / f"{name}.png")
        page.context.close()
        _make_small(IMAGES / f"{name}.png")


def _page_of(browser: Browser, address: str, user: User | None, size, language: str):
    context = browser.new_context(
        base_url=address, viewport=size, locale=language, color_scheme="light"
    )
    if user is not None:
        client = Client()
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
        context.add_cookies([cookie | {"url": address}])
    return context.new_page()


def _make_small(path: Path) -> None:
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
