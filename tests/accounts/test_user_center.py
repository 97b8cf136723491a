"""The User Center: profile, picture, appearance, sessions, addresses."""

import io
import random
import struct
import zlib

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import User
from hub.models import AuditEntry
from tests.accounts.conftest import PASSWORD, tags_of
from tests.factories import a_user

PAGES = ["/user-center", "/user-center/key", "/user-center/appearance", "/user-center/close"]


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture(kind="PNG", size=(300, 200), **options):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, format=kind, **options)
    return out.getvalue()


def upload(client, content, name="me.png"):
    file = SimpleUploadedFile(name, content, content_type="image/png")
    return client.post("/user-center/avatar", {"picture": file}, follow=True)


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


class TestPicture:
    """Uploaded pictures are made anew; everything else is refused."""

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
    def test_an_upload_becomes_a_small_square_webp(self, signed_in, ada, kind):
        upload(signed_in, picture(kind))
        answer = signed_in.get(User.objects.get().avatar_url)
        assert answer["Content-Type"] == "image/webp"
        image = Image.open(io.BytesIO(answer.content))
        assert (image.format, image.size) == ("WEBP", (256, 256))
        assert "accounts:avatar:change" in tags_of()

    def test_metadata_and_whatever_was_appended_are_gone(self, signed_in):
        exif = Image.Exif()
        exif[0x010E] = "taken at home, 51.5 N"
        upload(signed_in, picture("JPEG", exif=exif) + b"<?php secret ?>")
        content = signed_in.get("/avatars/ada").content
        assert b"taken at home" not in content
        assert b"<?php" not in content
        assert not Image.open(io.BytesIO(content)).getexif()

    def test_a_picture_that_lies_on_its_side_is_turned_upright(self, signed_in):
        image = Image.new("RGB", (200, 100), "red")
        image.paste("blue", (100, 0, 200, 100))
        exif = Image.Exif()
        exif[0x0112] = 6
        out = io.BytesIO()
        image.save(out, format="JPEG", exif=exif, quality=95)
        upload(signed_in, out.getvalue())
        turned = Image.open(io.BytesIO(signed_in.get("/avatars/ada").content)).convert("RGB")
        assert turned.getpixel((128, 20))[0] > 150
        assert turned.getpixel((128, 236))[2] > 150

    def test_transparency_is_kept(self, signed_in):
        out = io.BytesIO()
        Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, format="PNG")
        upload(signed_in, out.getvalue())
        image = Image.open(io.BytesIO(signed_in.get("/avatars/ada").content))
        assert image.convert("RGBA").getpixel((10, 10))[3] == 0

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", b"no PNG"),
            (b"<html><script>alert(1)</script></html>", b"no PNG"),
            (b"BM" + b"\0" * 100, b"no PNG"),
            (picture("TIFF"), b"no PNG"),
            (b"GIF89a<script>alert(1)</script>", b"picture"),
            (picture()[:120], b"damaged"),
            (picture("JPEG", (900, 900))[:2000], b"damaged"),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"picture"),
            (b"x" * (2 * 1024 * 1024 + 1), b"more than 2 MB"),
            (b"", b"no PNG"),
        ],
    )
    def test_what_is_no_sound_picture_is_refused(self, signed_in, content, why):
        answer = upload(signed_in, content)
        assert why in answer.content
        assert not User.objects.get().avatar

    @pytest.mark.parametrize("side", [5_001, 30_000, 2_000_000_000])
    def test_a_bomb_is_refused_before_it_unpacks(self, signed_in, side):
        png = bytearray(picture("PNG", (1, 1)))
        png[16:24] = struct.pack(">II", side, side)
        png[29:33] = struct.pack(">I", zlib.crc32(bytes(png[12:29])))
        assert b"25 million pixels" in upload(signed_in, bytes(png)).content

    def test_garbled_files_never_break_the_page(self, signed_in):
        chance = random.Random(7)
        for kind in ["PNG", "JPEG", "WEBP", "GIF"]:
            for _ in range(12):
                content = bytearray(picture(kind, (60, 60)))
                for _ in range(chance.randint(1, 12)):
                    content[chance.randrange(len(content))] = chance.randrange(256)
                assert upload(signed_in, bytes(content)).status_code == 200

    def test_a_new_picture_removes_the_old_file(
        self, signed_in, tmp_path, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            upload(signed_in, picture())
            upload(signed_in, picture())
        assert len(list(tmp_path.rglob("*.webp"))) == 1
        with django_capture_on_commit_callbacks(execute=True):
            signed_in.post("/user-center/avatar/remove")
        assert list(tmp_path.rglob("*.webp")) == []
        assert signed_in.get("/avatars/ada")["Content-Type"] == "image/svg+xml"

    def test_a_drawn_picture_is_the_same_each_time_and_shows_initials(self, signed_in, ada):
        first, second = signed_in.get("/avatars/ada"), signed_in.get("/avatars/ada")
        assert first.content == second.content
        assert b">A<" in first.content
        assert b"style" not in first.content

    @pytest.mark.django_db
    def test_pictures_do_not_tell_which_accounts_exist(self, client):
        unknown = client.get("/avatars/ada").content
        a_user("ada")
        assert client.get("/avatars/ada").content == unknown

    def test_a_browser_that_has_the_picture_does_not_get_it_again(self, signed_in):
        etag = signed_in.get("/avatars/ada")["ETag"]
        answer = signed_in.get("/avatars/ada", headers={"if-none-match": etag})
        assert (answer.status_code, answer.content) == (304, b"")


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


class TestSessions:
    """See and end them."""

    @pytest.fixture
    def browsers(self, ada, client):
        found = [client, type(client)(headers={"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/1"})]
        for browser in found:
            browser.post("/signin", {"login": "ada", "password": PASSWORD})
        return found

    def test_one_session_can_be_ended_from_another(self, browsers, ada):
        first, second = browsers
        assert b"Firefox, Linux" in first.get("/accounts/sessions/").content
        other = UserSession.objects.filter(user=ada).latest("pk")
        first.post(f"/user-center/session/{other.pk}/end")
        assert second.get("/user-center").status_code == 302
        assert first.get("/user-center").status_code == 200

    def test_all_others_can_be_ended_at_once(self, browsers):
        first, second = browsers
        first.post("/accounts/sessions/")
        assert second.get("/user-center").status_code == 302
        assert first.get("/user-center").status_code == 200

    def test_sessions_of_others_can_not_be_ended(self, browsers):
        stranger = type(browsers[0])()
        stranger.force_login(a_user("eve"))
        session = UserSession.objects.latest("pk")
        assert stranger.post(f"/user-center/session/{session.pk}/end").status_code == 404
        assert browsers[1].get("/user-center").status_code == 200


class TestAddresses:
    """Several addresses, one of which mail goes to."""

    @pytest.fixture
    def confident(self, signed_in, ada):
        """A browser that has just given the password again."""
        EmailAddress.objects.create(user=ada, email=ada.email, primary=True, verified=True)
        signed_in.post("/accounts/reauthenticate/", {"password": PASSWORD})
        return signed_in

    def test_adding_one_asks_for_the_password_first(self, signed_in, ada):
        answer = signed_in.post("/accounts/email/", {"action_add": "", "email": "b@example.org"})
        assert answer["Location"].startswith("/accounts/reauthenticate/")

    def test_an_added_address_gets_a_mail_and_waits(self, confident, ada, mailoutbox):
        confident.post("/accounts/email/", {"action_add": "", "email": "b@example.org"})
        assert mailoutbox[-1].to == ["b@example.org"]
        assert not EmailAddress.objects.get(email="b@example.org").verified
        assert "accounts:email:add" in tags_of(ada)

    def test_an_unconfirmed_address_does_not_become_the_main_one(self, confident, ada):
        a_user("victim", email="victim@example.org")
        EmailAddress.objects.update(verified=False)
        EmailAddress.objects.create(user=ada, email="victim@example.org")
        data = {"action_primary": "", "email": "victim@example.org"}
        answer = confident.post("/accounts/email/", data, follow=True)
        assert b"Confirm this address first" in answer.content
        ada.refresh_from_db()
        assert ada.email == "ada@example.org"

    def test_another_confirmed_address_becomes_the_main_one(self, confident, ada, mailoutbox):
        EmailAddress.objects.create(user=ada, email="b@example.org", verified=True)
        confident.post("/accounts/email/", {"action_primary": "", "email": "b@example.org"})
        ada.refresh_from_db()
        assert ada.email == "b@example.org"
        assert mailoutbox[-1].to == ["ada@example.org"]
        assert "accounts:email:change" in tags_of(ada)

    def test_an_address_of_somebody_else_can_be_added_without_learning_of_it(self, confident):
        a_user("known", email="known@example.org")
        data = {"action_add": "", "email": "known@example.org"}
        assert confident.post("/accounts/email/", data).status_code == 302
