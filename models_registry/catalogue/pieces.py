"""The text of a list in pieces: the records of some models each, compressed, shared by revisions.

A change of one model writes one or two pieces again. A piece is a part of a stream of RFC 1951 that
ends on a byte, without references to what is before it, so a gzip file (RFC 1952) is the pieces
with stored blocks between them, and nothing is compressed for an answer. Which models share a piece
depends on their names and texts only: the same list always gives the same bytes.
"""

from __future__ import annotations

import hashlib
import struct
import sys
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from models_registry.definitions.json_text import document as definition_text
from models_registry.models import CatalogueList, ListEntry, ListPiece, ListRevision

# Lists of more bytes are stored in pieces only, and sent without being in memory as a whole.
MOST_WHOLE: Final = 8 * 1024 * 1024
# About the bytes of a piece. The list of language models has 3 % more bytes with gzip than as a
# whole; with a fourth of this, it would have 10 %.
_SIZE: Final = 512 * 1024
_LEVEL: Final = 8
_READ_AT_ONCE: Final = 8
# The most bytes of text that are sent at once: one model may be a piece of many megabytes.
_PART: Final = 256 * 1024

T = TypeVar("T")

_BEFORE, _BETWEEN, _AFTER, _NO_RECORDS = (
    text.encode()
    for text in (
        definition_text.BEFORE,
        definition_text.BETWEEN,
        definition_text.AFTER,
        definition_text.NO_RECORDS,
    )
)
# No flags, no time, and no system.
_GZIP_HEADER: Final = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_LAST_BLOCK: Final = b"\x03\0"


def most_whole(listing: CatalogueList) -> int:
    """The most bytes of a list that is stored as a whole."""
    is_for_all = listing.whole_until is not None and timezone.now() < listing.whole_until
    return sys.maxsize if is_for_all else MOST_WHOLE


class LostPieceError(Exception):
    """A piece of a list is not in the database."""


@dataclass(frozen=True, slots=True)
class Text:
    """The digest, bytes and checksum of a list's text, and the text itself, unless it is long."""

    sha256: str
    size: int
    crc32: int
    body: bytes | None


def in_parts(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """A sequence in parts of that size, and a shorter one at the end."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def opens(name_key: str, size: int) -> bool:
    """Whether a piece begins with a model of that name, whose records have so many bytes."""
    digest = hashlib.sha256(name_key.encode()).digest()
    return int.from_bytes(digest[:8]) * _SIZE < size << 64


def write(listing: CatalogueList, changed: Iterable[bytes]) -> list[str]:
    """Write the pieces of a list whose entries are up to date, and return their keys in order.

    Written again are only those with a place where an entry has `changed`, or came or went.
    """
    entries = ListEntry.objects.filter(model_type=listing.model_type, place__isnull=False)
    opening = entries.filter(opens=True).order_by("place").values_list("place", flat=True)
    # The first piece begins before all places.
    begins = [b"", *(bytes(place) for place in opening.iterator() if place)]
    before = _reusable(listing)
    places = sorted(changed)
    pieces = []
    for start, end in zip_longest(begins, begins[1:]):
        after = bisect_left(places, start)
        is_same = after == len(places) or (end is not None and places[after] >= end)
        span = (start.hex(), end.hex() if end is not None else None)
        if is_same and span in before:
            pieces.append([span[0], before[span]])
            continue
        within = entries.filter(place__gte=start)
        if end is not None:
            within = within.filter(place__lt=end)
        pieces.append([span[0], _write_piece(listing.model_type, within)])
    listing.pieces = pieces
    return keys_of(listing)


def keys_of(listing: CatalogueList) -> list[str]:
    """The keys of the pieces of a list's newest state, in order."""
    return [key for _start, key in listing.pieces if key is not None]


def _reusable(listing: CatalogueList) -> dict[tuple[str, str | None], str | None]:
    """The pieces of a list by where they begin and end, as far as they are stored."""
    pieces = ListPiece.objects.filter(model_type=listing.model_type)
    stored = {None, *pieces.values_list("key", flat=True)}
    ends = [*(start for start, _key in listing.pieces[1:]), None]
    return {
        (start, end): key
        for (start, key), end in zip(listing.pieces, ends, strict=False)
        if key in stored
    }


def _write_piece(model_type: str, entries: QuerySet[ListEntry]) -> str | None:
    texts = entries.order_by("place").values_list("revision__definition", flat=True)
    slices = [each for text in texts for each in definition_text.record_slices(text)]
    if not slices:
        return None
    body = definition_text.BETWEEN.join(slices).encode()
    piece, _ = ListPiece.objects.get_or_create(
        model_type=model_type,
        key=hashlib.sha256(body).hexdigest()[:32],
        defaults={"deflated": _deflated(body)},
    )
    return piece.key


def _inflated(deflated: bytes) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated)


def _deflated(body: bytes) -> bytes:
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush(zlib.Z_FULL_FLUSH)


def read(listing: CatalogueList) -> Text:
    """Read the text of a list's newest state once. Raises LostPieceError."""
    most = most_whole(listing)
    digest, crc32, size = hashlib.sha256(), 0, 0
    kept: list[bytes] | None = []
    for part in text_of(listing.model_type, keys_of(listing)):
        digest.update(part)
        crc32 = zlib.crc32(part, crc32)
        size += len(part)
        if kept is not None:
            kept.append(part)
        if size > most:
            kept = None
    body = b"".join(kept) if kept is not None else None
    return Text(digest.hexdigest(), size, crc32, body)


def text_of(model_type: str, keys: Sequence[str]) -> Iterator[bytes]:
    """The uncompressed text of a list, in parts. Raises LostPieceError."""
    glue = _BEFORE
    for deflated in _read(model_type, keys):
        yield glue
        text = _inflated(deflated)
        yield from (text[start : start + _PART] for start in range(0, len(text), _PART))
        glue = _BETWEEN
    yield _AFTER if keys else _NO_RECORDS


def records_of(model_type: str, keys: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The records of each of these pieces that is stored, as a JSON array, after its key."""
    for key, deflated in _stored_of(model_type, keys):
        if deflated is not None:
            yield key, b"[" + _inflated(deflated) + b"]"


def are_stored(model_type: str, keys: Sequence[str]) -> bool:
    """Whether no piece of a list is lost. It reads an index only."""
    stored = ListPiece.objects.filter(model_type=model_type).values_list("key", flat=True)
    return not keys or set(keys) <= set(stored)


def gzip_of(model_type: str, keys: Sequence[str], *, crc32: int, size: int) -> Iterator[bytes]:
    """A list compressed with gzip, in parts. Raises LostPieceError."""
    yield _GZIP_HEADER
    glue = _BEFORE
    for deflated in _read(model_type, keys):
        yield _stored(glue)
        yield deflated
        glue = _BETWEEN
    yield _stored(_AFTER if keys else _NO_RECORDS)
    yield _LAST_BLOCK + struct.pack("<II", crc32, size & 0xFFFFFFFF)


def _stored(text: bytes) -> bytes:
    """A block of RFC 1951 §3.2.4 that is not the last one."""
    return struct.pack("<BHH", 0, len(text), len(text) ^ 0xFFFF) + text


def _read(model_type: str, keys: Sequence[str]) -> Iterator[bytes]:
    for key, deflated in _stored_of(model_type, keys):
        if deflated is None:
            raise LostPieceError(key)
        yield deflated


def _stored_of(model_type: str, keys: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
    for some in in_parts(keys, _READ_AT_ONCE):
        pieces = ListPiece.objects.filter(model_type=model_type, key__in=some)
        stored = dict(pieces.values_list("key", "deflated"))
        for key in some:
            yield key, bytes(stored[key]) if key in stored else None


def delete_unused(listing: CatalogueList) -> None:
    """Delete the pieces that neither a list, whose row is locked, nor a revision of it has."""
    used = set(keys_of(listing))
    revisions = ListRevision.objects.filter(model_type=listing.model_type)
    for keys in revisions.values_list("pieces", flat=True).iterator():
        used.update(keys)
    stored = ListPiece.objects.filter(model_type=listing.model_type)
    unused = set(stored.values_list("key", flat=True)) - used
    stored.filter(key__in=unused).delete()
