"""The files of large lists: how many there are, and what becomes of them."""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub import body_files
from hub.body_files import MOST_FILES, BodyFiles


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def add(files: BodyFiles, *etags: str, body: bytes = b"[]") -> None:
    with ThreadPoolExecutor(4) as threads:

        async def all_at_once() -> None:
            await asyncio.gather(*(files.add(etag, body, threads) for etag in etags))

        asyncio.run(all_at_once())


def test_what_was_sent_longest_ago_goes_first(folder):
    files = BodyFiles()
    add(files, *(f"list-{number}" for number in range(MOST_FILES)))
    assert files.path("list-0") is not None
    add(files, "one-more")
    assert files.path("list-0") is not None
    assert files.path("list-1") is None
    assert len(list(folder.glob("*/*"))) == MOST_FILES


def test_files_take_a_bounded_place(folder, monkeypatch):
    monkeypatch.setattr(body_files, "_MOST_BYTES", 1_000)
    files = BodyFiles()
    for number in range(5):
        add(files, f"list-{number}", body=b"x" * 400)
    assert [bool(files.path(f"list-{number}")) for number in range(5)] == [False] * 3 + [True] * 2
    assert len(list(folder.glob("*/*"))) == 2


def test_two_who_write_the_same_at_once_leave_one_file(folder):
    files = BodyFiles()
    add(files, *["list"] * 8)
    assert [str(path) for path in folder.glob("*/*")] == [files.path("list")]
    files.close()
    assert not list(folder.iterdir())


def test_without_room_there_is_no_file(folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "missing"))
    files = BodyFiles()
    add(files, "list")
    assert files.path("list") is None


def test_nobody_else_can_write_there_and_all_goes_at_the_end(folder):
    files = BodyFiles()
    add(files, "list")
    path = Path(files.path("list"))
    assert path.parent.stat().st_mode & 0o777 == 0o700
    files.close()
    assert not list(folder.iterdir())
    assert files.path("list") is None
