"""Pictures of people: an uploaded one made anew from its pixels, else one drawn from the name."""

from __future__ import annotations

import hashlib
import io
import struct
from html import escape
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.errors import AvatarRefused

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 25_000_000
SIDE = 256
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
# What Pillow raises for files that are cut off or garbled.
_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    TypeError,
    OverflowError,
    struct.error,
)


def from_upload(file: IO[bytes], size: int) -> bytes:
    """A square WebP picture of 256 × 256 pixels, made of the upload's pixels alone.

    In: the uploaded file and its size in bytes. Out: the bytes of the new file; metadata, colour
    profiles, further frames and whatever else the upload carried are gone. Raises AvatarRefused for
    another type (SVG among them), more than 2 MB or 25 million pixels, and a damaged file.
    """
    if size > MAX_BYTES:
        raise AvatarRefused(_("The picture has more than 2 MB. Choose a smaller one."))
    try:
        with Image.open(file, formats=FORMATS) as image:
            # Only the header was read so far: a bomb is refused before it unpacks.
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            image.draft("RGB", (SIDE, SIDE))
            image.load()
            upright = ImageOps.exif_transpose(image)
            transparent = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
            square = ImageOps.fit(upright.convert("RGBA" if transparent else "RGB"), (SIDE, SIDE))
    except UnidentifiedImageError:
        raise AvatarRefused(_("This is no PNG, JPEG, WebP or GIF picture.")) from None
    except Image.DecompressionBombError:
        raise AvatarRefused(
            _("The picture has more than 25 million pixels. Choose a smaller one.")
        ) from None
    except _DAMAGE:
        raise AvatarRefused(_("The picture is damaged. Choose another one.")) from None
    out = io.BytesIO()
    # A fresh image, so that nothing of the upload's metadata is carried along.
    clean = Image.frombytes(square.mode, square.size, square.tobytes())
    clean.save(out, format="WEBP", quality=85, method=4)
    return out.getvalue()


def drawn(name: str) -> str:
    """An SVG picture with the name's initials, always the same one for the same name."""
    hue = int.from_bytes(hashlib.sha256(name.encode()).digest()[:2]) % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">'
        f'<rect width="64" height="64" fill="hsl({hue},42%,36%)"/>'
        '<text x="32" y="33" fill="#fff" font-family="system-ui,sans-serif" font-size="26" '
        'font-weight="600" text-anchor="middle" dominant-baseline="central">'
        f"{escape(initials(name))}</text></svg>"
    )


def initials(name: str) -> str:
    """The first letters of the first and the last word: "Ada Lovelace" is AL, "grace" is G."""
    words = [
        word
        for part in name.replace("_", " ").replace("-", " ").replace(".", " ").split()
        if (word := "".join(character for character in part if character.isalnum()))
    ]
    ends = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in ends).upper()[:2] or "?"
