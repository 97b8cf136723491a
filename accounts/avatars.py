"""Pictures of people: uploaded and encoded again from the pixels, or drawn from the name."""

from __future__ import annotations

import hashlib
import io
import struct
import threading
from html import escape
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.errors import AvatarRefused

MAX_BYTES = 2 * 1024 * 1024
# A baseline JPEG is scaled down while it is decoded. Everything else is decoded whole, with 4 bytes
# a pixel and more, so it may have fewer pixels.
MAX_JPEG_PIXELS = 64_000_000
MAX_PIXELS = 9_000_000
SIDE = 256
WAIT_SECONDS = 5
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_making = threading.Lock()
# What Pillow raises for truncated or damaged files.
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
    """The bytes of a square WebP picture of 256 × 256 pixels, made only of the upload's pixels.

    Metadata, colour profiles, further frames and everything else in the upload are dropped. Raises
    AvatarRefused for another type (SVG among them), more than 2 MB, too many pixels, a damaged
    file, and if other pictures are still being made after WAIT_SECONDS.
    """
    if size > MAX_BYTES:
        raise AvatarRefused("avatar_too_large")
    # SECURITY: one at a time in a process, so that many uploads at once can't exhaust the memory.
    if not _making.acquire(timeout=WAIT_SECONDS):
        raise AvatarRefused("avatar_busy")
    try:
        square = _square(file)
    except UnidentifiedImageError:
        raise AvatarRefused("avatar_wrong_format") from None
    except Image.DecompressionBombError:
        raise AvatarRefused(
            "avatar_too_many_pixels", jpeg=MAX_JPEG_PIXELS // 1000000, other=MAX_PIXELS // 1000000
        ) from None
    except _DAMAGE:
        raise AvatarRefused("avatar_damaged") from None
    finally:
        _making.release()
    out = io.BytesIO()
    # A new image, so that none of the upload's metadata is copied.
    clean = Image.frombytes(square.mode, square.size, square.tobytes())
    clean.save(out, format="WEBP", quality=85, method=4)
    return out.getvalue()


def _square(file: IO[bytes]) -> Image.Image:
    """The picture upright and cropped to a square; scaled down as early as its format allows."""
    with Image.open(file, formats=FORMATS) as image:
        # SECURITY: only the header is read so far, so a decompression bomb is refused before it is
        # decoded. A progressive JPEG
        # keeps the coefficients of all its pixels while it is decoded.
        shrinks = image.format == "JPEG" and "progressive" not in image.info
        if image.width * image.height > (MAX_JPEG_PIXELS if shrinks else MAX_PIXELS):
            raise Image.DecompressionBombError
        image.draft("RGB", (2 * SIDE, 2 * SIDE))
        image.load()
        transparent = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
        factor = max(1, min(image.size) // (2 * SIDE))
        # Palette and one-bit pictures can't be resampled.
        plain = image if image.mode in {"L", "LA", "RGB", "RGBA"} else _in_colours(image)
        small = ImageOps.exif_transpose(plain.reduce(factor))
        return ImageOps.fit(small.convert("RGBA" if transparent else "RGB"), (SIDE, SIDE))


def _in_colours(image: Image.Image) -> Image.Image:
    return image.convert("RGBA" if "transparency" in image.info else "RGB")


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
