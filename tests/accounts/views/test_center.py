"""The User Center: profile and pages."""

import pytest

from accounts.models import User
from hub.models import AuditEntry
from tests.accounts.conftest import tags_of

PAGES = ["/user-center", "/user-center/key", "/user-center/appearance", "/user-center/close"]


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_visitors_are_asked_to_sign_in(client, page):
    assert client.get(page)["Location"] == f"/signin?next={page}"


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_kept_by_no_cache(signed_in, page):
    answer = signed_in.get(page)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


class TestProfile:
    """Display name, organisation, text, links."""

    def save(self, client, **changes):
        data = {"display_name": "", "organisation": "", "bio": "", "links": ""}
        return client.post("/user-center", {**data, **changes})

    def test_the_profile_is_saved_and_noted_with_before_and_after(self, signed_in, ada):
        answer = self.save(
            signed_in,
            display_name="Ada Lovelace",
            bio="Line one\r\nLine two",
            links="https://example.org/ada\n\nhttp://example.org",
        )
        assert answer.status_code == 302
        ada.refresh_from_db()
        assert ada.label == "Ada Lovelace"
        assert ada.bio == "Line one\nLine two"
        assert ada.links == ["https://example.org/ada", "http://example.org"]
        entry = AuditEntry.objects.get(tag="accounts:profile:change")
        assert entry.data["before"]["display_name"] == ""
        assert entry.data["after"]["display_name"] == "Ada Lovelace"

    def test_saving_without_a_change_notes_nothing(self, signed_in):
        self.save(signed_in)
        assert "accounts:profile:change" not in tags_of()

    @pytest.mark.parametrize(
        "link",
        [
            "javascript:alert(1)",
            "data:text/html,x",
            "//example.org",
            "example.org",
            "https://",
            "https://user:pass@example.org",
            "https://exa mple.org",
            "https://example.org:99999",
            "http://[::1",
            'https://example.org/"onmouseover="x',
            "https://example.org/" + "x" * 300,
            "\n".join(f"https://example.org/{n}" for n in range(6)),
        ],
    )
    def test_a_link_that_is_no_plain_web_address_is_refused(self, signed_in, ada, link):
        assert self.save(signed_in, links=link).status_code == 200
        ada.refresh_from_db()
        assert ada.links == []

    @pytest.mark.parametrize("name", ["a\u202eb", "zero\u200bwidth", "two\nlines", "\x07bell"])
    def test_a_name_with_invisible_characters_is_refused(self, signed_in, ada, name):
        assert self.save(signed_in, display_name=name).status_code == 200
        ada.refresh_from_db()
        assert ada.display_name == ""

    @pytest.mark.parametrize("name", ["李华", "Zoë", "👩‍💻 Dev", "مریم"])
    def test_names_of_all_scripts_are_welcome(self, signed_in, ada, name):
        self.save(signed_in, display_name=name)
        ada.refresh_from_db()
        assert ada.display_name == name

    def test_markup_is_shown_as_text_wherever_the_profile_appears(self, signed_in, ada):
        evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
        User.objects.filter(pk=ada.pk).update(
            display_name=evil, organisation=evil, bio=evil, links=["https://example.org/<b>"]
        )
        for page in [*PAGES, "/accounts/email/", "/models"]:
            text = signed_in.get(page).content.decode()
            assert "<script>alert" not in text
            assert "<img src=x" not in text
        picture = signed_in.get("/avatars/ada")
        assert b"<script" not in picture.content
        assert picture["Content-Type"] == "image/svg+xml"

    def test_links_lend_no_reputation(self, signed_in, ada):
        self.save(signed_in, links="https://example.org/ada")
        text = signed_in.get("/user-center").content.decode()
        assert 'href="https://example.org/ada" rel="nofollow noopener ugc"' in text
