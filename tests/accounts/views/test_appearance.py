"""Theme and language."""

import pytest
from django.test import Client


class TestAppearance:
    """Theme and language."""

    def test_both_are_remembered(self, signed_in, ada):
        data = {"theme": "dark", "language": "zh-hans"}
        answer = signed_in.post("/user-center/appearance", data)
        assert answer.cookies["theme"].value == "dark"
        assert answer.cookies["django_language"].value == "zh-hans"
        ada.refresh_from_db()
        assert ada.language == "zh-hans"

    def test_the_theme_switch_works_without_an_account(self, client, db):
        answer = client.post("/theme", {"theme": "dark", "next": "/signin"})
        assert answer["Location"] == "/signin"
        assert b'data-theme="dark"' in client.get("/signin").content

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x"])
    def test_the_switch_sends_nobody_elsewhere(self, client, db, target):
        assert client.post("/theme", {"theme": "dark", "next": target})["Location"] == "/models"

    def test_an_unknown_theme_is_ignored(self, client, db):
        assert "theme" not in client.post("/theme", {"theme": '"><script>'}).cookies

    @pytest.mark.parametrize(
        ("address", "choice"),
        [("/theme", {"theme": "dark"}), ("/i18n/setlang/", {"language": "zh-hans"})],
    )
    def test_only_a_page_of_this_hub_chooses(self, db, address, choice):
        """Their forms have no token, so that pages are the same for everybody."""
        strict = Client(enforce_csrf_checks=True)
        own = strict.post(address, choice, headers={"Origin": "http://testserver"})
        assert own.status_code == 302
        assert own.cookies
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
            refused = strict.post(address, choice, headers=headers)
            assert refused.status_code == 403
            assert not {"theme", "django_language"} & refused.cookies.keys()
