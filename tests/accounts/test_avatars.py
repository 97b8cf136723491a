"""Pictures of people: uploaded and made small, or drawn from the name."""

import io
import random
import struct
import subprocess
import sys
import zlib

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts import avatars
from accounts.models import User
from tests.accounts.conftest import tags_of
from tests.factories import a_user


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


class TestPicture:
    """Uploaded pictures are encoded again; everything else is refused."""

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
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", b"Choose a PNG"),
            (b"<html><script>alert(1)</script></html>", b"Choose a PNG"),
            (b"BM" + b"\0" * 100, b"Choose a PNG"),
            (picture("TIFF"), b"Choose a PNG"),
            (b"GIF89a<script>alert(1)</script>", b"picture"),
            (picture()[:120], b"damaged"),
            (picture("JPEG", (900, 900))[:2000], b"damaged"),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"picture"),
            (b"x" * (2 * 1024 * 1024 + 1), b"larger than 2 MB"),
            (b"", b"Choose a PNG"),
        ],
    )
    def test_what_is_no_sound_picture_is_refused(self, signed_in, content, why):
        answer = upload(signed_in, content)
        assert why in answer.content
        assert not User.objects.get().avatar

    @pytest.mark.parametrize("side", [3_001, 5_000, 30_000, 2_000_000_000])
    def test_a_bomb_is_refused_before_it_unpacks(self, signed_in, side):
        png = bytearray(picture("PNG", (1, 1)))
        png[16:24] = struct.pack(">II", side, side)
        png[29:33] = struct.pack(">I", zlib.crc32(bytes(png[12:29])))
        assert b"9 million in others" in upload(signed_in, bytes(png)).content

    def test_a_large_photograph_is_reduced_while_it_is_decoded(self, signed_in, tmp_path):
        out = io.BytesIO()
        Image.new("RGB", (7_000, 7_000), "red").save(out, format="JPEG", quality=20)
        code = "import resource,sys; from accounts import avatars; a=open(sys.argv[1],'rb');"
        code += "b=resource.getrusage(0).ru_maxrss; avatars.from_upload(a,1);"
        code += "print((resource.getrusage(0).ru_maxrss-b)//1024)"
        path = tmp_path / "photograph.jpg"
        path.write_bytes(out.getvalue())
        run = [sys.executable, "-c", code, str(path)]
        cost = subprocess.run(run, capture_output=True, text=True, check=True)
        assert int(cost.stdout) < 60
        assert b"has been saved" in upload(signed_in, out.getvalue()).content

    def test_a_progressive_photograph_may_have_fewer_pixels(self, signed_in):
        for side, said in ((2_900, b"has been saved"), (3_100, b"9 million in others")):
            out = io.BytesIO()
            Image.new("RGB", (side, side)).save(out, format="JPEG", quality=20, progressive=True)
            assert said in upload(signed_in, out.getvalue()).content

    def test_pictures_are_made_one_at_a_time(self, signed_in, monkeypatch):
        monkeypatch.setattr(avatars, "WAIT_SECONDS", 0.1)
        with avatars._making:
            assert b"Other images are being processed" in upload(signed_in, picture()).content
        assert b"has been saved" in upload(signed_in, picture()).content

    def test_nobody_uploads_without_end(self, signed_in):
        for _ in range(20):
            assert b"has been saved" in upload(signed_in, picture()).content
        assert b"Too many uploads" in upload(signed_in, picture()).content

    def test_garbled_files_never_break_the_page(self, signed_in):
        chance = random.Random(7)
        for kind in ["PNG", "JPEG", "WEBP", "GIF"]:
            for _ in range(12):
                content = bytearray(picture(kind, (60, 60)))
                for _ in range(chance.randint(1, 12)):
                    content[chance.randrange(len(content))] = chance.randrange(256)
                cache.clear()
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
