"""The page of the design system: in debug mode only, with every token."""

import re

import pytest
from django.urls import NoReverseMatch, reverse

from hub import design_page
from hub.urls import urlpatterns as addresses
from tests.environment import ROOT

urlpatterns = [*addresses, *design_page.urlpatterns]


def test_it_does_not_exist_on_a_hub_that_people_use(client, db):
    with pytest.raises(NoReverseMatch):
        reverse("design")
    assert client.get("/design").status_code == 404


@pytest.mark.urls(__name__)
def test_it_shows_every_token_and_what_a_wrong_field_looks_like(client, db):
    page = client.get("/design").content.decode()
    rules = client.get("/design.css").content.decode()
    sheet = (ROOT / "static/css/tokens.css").read_text()
    for name in ("bg", "accent-fill-hover", "star", "t-2xl", "s9", "r-full"):
        assert f"--{name}:" in sheet
        assert f"sample-{name}" in page
        assert f"var(--{name})" in rules
    assert len(re.findall(r"design-swatch", page)) == len(design_page.tokens("color")) > 25
    assert "Enter a whole number." in page
