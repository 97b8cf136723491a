"""Files of backups: whole or refused, and keys only for whoever has the passphrase."""

from __future__ import annotations

import tarfile
import tempfile
import time
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from hub import heartbeat
from hub.backup import archive, keys
from hub.backup import restore as restoring
from hub.backup.rows import DamagedBackup


@pytest.fixture
def whole(tmp_path):
    path = tmp_path / "hub.backup"
    with archive.writing(path) as writer:
        writer.add_lines("tables/t.jsonl", (b"[%d]\n" % number for number in range(2000)))
        writer.add_bytes(archive.KEYS, keys.sealed_keys("a long passphrase"))
        writer.finish({"version": "1", "created_at": "now", "database": "sqlite"})
    return path


def test_a_whole_file_is_said_to_be_complete(whole, capsys):
    call_command("restore", "--check", str(whole))
    assert "is complete" in capsys.readouterr().out
    assert whole.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in whole.parent.iterdir()] == ["hub.backup"]


@pytest.mark.parametrize("damage", ["cut off", "no archive", "empty", "changed"])
def test_a_damaged_file_is_refused(whole, damage):
    body = whole.read_bytes()
    whole.write_bytes(
        {
            "cut off": body[:-2000],
            "no archive": b"hello",
            "empty": b"",
            "changed": body[:300] + bytes([body[300] ^ 1]) + body[301:],
        }[damage]
    )
    with pytest.raises(CommandError):
        call_command("restore", "--check", str(whole))


def test_a_member_that_was_replaced_or_leads_elsewhere_is_refused(whole, tmp_path):
    elsewhere = ("media/../../x", "media//etc/x", "media/./x", "/x")
    for name, body in {"tables/t.jsonl": b"[7]\n", **dict.fromkeys(elsewhere, b"x")}.items():
        path = tmp_path / "other"
        path.unlink(missing_ok=True)
        with archive.writing(path) as writer:
            writer.add_bytes(name, body)
            if name.startswith("tables"):
                writer.digests[name] = "0" * 64
            writer.finish({"version": "1", "created_at": "now", "database": "sqlite"})
        with pytest.raises(DamagedBackup), archive.reading(path, tmp_path):
            pass


def test_a_backup_that_fails_leaves_nothing_and_none_is_overwritten(whole, tmp_path):
    with pytest.raises(RuntimeError), archive.writing(tmp_path / "second"):
        raise RuntimeError
    with pytest.raises(FileExistsError), archive.writing(whole):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["hub.backup"]


def test_media_are_written_below_their_folder_only(whole, tmp_path):
    """SECURITY: also if a name slips through the check."""
    with archive.reading(whole, tmp_path) as backup:
        for name in ("media//etc/x", "media/../x"):
            backup.media = [name]
            backup.read = lambda name: b"x"
            with pytest.raises(DamagedBackup, match="contains a file"):
                backup.extract_media(tmp_path / "media")


def test_a_link_in_the_folder_of_backups_leads_nowhere(tmp_path):
    """SECURITY: in /tmp anybody may have put one there."""
    other = tmp_path / "other"
    other.write_text("theirs")
    (tmp_path / "new.backup.partial").symlink_to(other)
    with archive.writing(tmp_path / "new.backup") as writer:
        writer.finish({})
    assert other.read_text() == "theirs"


def test_nothing_is_unpacked_into_the_temporary_folder(whole, tmp_path, monkeypatch):
    """In a container it is memory."""
    monkeypatch.setattr(archive, "_IN_MEMORY", 10)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with archive.writing(tmp_path / "new.backup") as writer:
        assert writer.add_lines("tables/t.jsonl", [b"[1]\n"] * 20) == 20
        writer.finish({})
    with archive.reading(whole, tmp_path) as backup:
        assert len(list(backup.lines("tables/t.jsonl"))) == 2000


class _Broken(Exception):
    pass


@pytest.fixture
def restorable(tmp_path, settings, monkeypatch):
    """A backup with a picture, of a hub with this database's migrations; its folder of media."""
    monkeypatch.setattr(restoring, "_migrate_to", lambda *_: None)
    monkeypatch.setattr(restoring.rows, "tables", lambda *_: [])
    # They last as long as the process, which is the tests' own here.
    monkeypatch.setattr("hub.var_folder.lock_alone", lambda *_: None)
    monkeypatch.setattr("hub.var_folder.make_private", lambda *_: 0)
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "a.png").write_bytes(b"before")
    path = tmp_path / "pictures.backup"
    with archive.writing(path) as writer:
        writer.add_bytes("media/a.png", b"after")
        writer.add_bytes("media/b/c.png", b"new")
        writer.finish(
            {"version": "1", "created_at": "now", "database": "x", "migrations": [], "tables": {}}
        )
    return path


@pytest.mark.django_db
def test_rows_that_fail_leave_the_media_as_they_were(restorable, settings, monkeypatch):
    def broken(*_):
        assert (settings.VAR_DIR / "media.restoring/b/c.png").exists(), "what can fail comes first"
        raise _Broken

    monkeypatch.setattr(restoring, "_load", broken)
    with archive.reading(restorable, settings.VAR_DIR) as backup, pytest.raises(_Broken):
        restoring.restore(backup, replace=True)
    assert [path.name for path in settings.MEDIA_ROOT.iterdir()] == ["a.png"]
    assert (settings.MEDIA_ROOT / "a.png").read_bytes() == b"before"
    assert not (settings.VAR_DIR / "media.restoring").exists()


@pytest.mark.django_db
def test_a_disk_that_is_full_of_pictures_changes_no_row(restorable, settings, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(restoring, "_load", lambda *_: pytest.fail("the rows were touched"))
    with (
        archive.reading(restorable, settings.VAR_DIR) as backup,
        pytest.raises(OSError, match="28"),
    ):
        restoring.restore(backup, replace=True)


@pytest.mark.django_db
def test_what_fails_after_the_rows_is_said_as_it_is(restorable, settings, monkeypatch):
    def broken(*_, **__):
        raise _Broken("no")

    monkeypatch.setattr(restoring, "call_command", broken)
    with pytest.raises(CommandError, match=r"All rows and pictures are restored, but .*prepare"):
        call_command("restore", "--replace", "--force", str(restorable))
    assert (settings.MEDIA_ROOT / "a.png").read_bytes() == b"after"
    assert (settings.MEDIA_ROOT / "b/c.png").read_bytes() == b"new"
    assert not (settings.VAR_DIR / "media.restoring").exists()


@pytest.mark.django_db
def test_a_hub_whose_workers_have_just_worked_is_not_replaced(restorable, monkeypatch):
    """They may be on another machine, or may have been started by another command."""
    people, background = heartbeat._KEYS.values()
    monkeypatch.setattr(restoring, "_load", lambda *_: 0)
    cache.set(people, time.time() - 500)
    cache.set(background, time.time() - 5)
    with pytest.raises(CommandError, match=r"worked \d seconds ago"):
        call_command("restore", "--replace", str(restorable))
    call_command("restore", "--replace", "--force", str(restorable))
    # The clock of the workers' machine is fast.
    cache.set(people, time.time() + 300)
    with pytest.raises(CommandError, match="worked 0 seconds ago"):
        call_command("restore", "--replace", str(restorable))
    cache.delete(people)
    cache.set(background, time.time() - 95)
    call_command("restore", "--replace", str(restorable))


def test_only_the_passphrase_opens_the_keys(whole, tmp_path, settings):
    with tarfile.open(whole) as packed:
        sealed = packed.extractfile(archive.KEYS).read()
    assert settings.SECRET_KEY.encode() not in sealed
    with pytest.raises(keys.WrongPassphrase):
        keys.write_keys(sealed, "another passphrase", tmp_path)
    (written,) = keys.write_keys(sealed, "a long passphrase", tmp_path)
    assert f"SECRET_KEY={settings.SECRET_KEY}\n" in written.read_text()
    assert written.stat().st_mode & 0o777 == 0o600


def test_a_passphrase_comes_from_a_file_and_is_long_enough(tmp_path):
    (tmp_path / "word").write_text("short")
    with pytest.raises(CommandError, match="12 or more"):
        call_command("backup", "--keys", "--passphrase-file", str(tmp_path / "word"), "x")
    with pytest.raises(CommandError, match="can't be read"):
        call_command("backup", "--keys", "--passphrase-file", str(tmp_path / "none"), "x")
