"""The folder of all state: who may read it, and whose it is."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from hub import var_folder
from tests.environment import ROOT
from tests.journeys.processes import installation, manage, wait_until


def modes(folder) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): oct(stat.S_IMODE(path.lstat().st_mode))
        for path in [folder, *folder.rglob("*")]
        if not path.is_symlink()
    }


@pytest.fixture
def folder(tmp_path):
    """A folder as an earlier version has left it."""
    made = tmp_path / "var"
    (made / "mail").mkdir(parents=True)
    (made / "mail/reset.log").write_text("https://hub/reset/key")
    (made / "hub.sqlite3").write_text("")
    (made / "elsewhere").symlink_to(ROOT / "manage.py")
    for path in (made, made / "mail"):
        path.chmod(0o755)
    for path in (made / "mail/reset.log", made / "hub.sqlite3"):
        path.chmod(0o644)
    return made


def test_what_is_open_is_closed_and_new_files_begin_closed(folder):
    other = stat.S_IMODE((ROOT / "manage.py").stat().st_mode)
    before = os.umask(0o022)
    try:
        assert var_folder.make_private(folder) == 4
        (folder / "new").write_text("")
    finally:
        os.umask(before)
    assert modes(folder) == {
        ".": "0o700", "mail": "0o700", "mail/reset.log": "0o600", "hub.sqlite3": "0o600",
        "new": "0o600",
    }  # fmt: skip
    assert stat.S_IMODE((ROOT / "manage.py").stat().st_mode) == other, "links are not followed"
    assert var_folder.make_private(folder) == 0


def test_each_start_of_any_process_closes_the_folder(tmp_path):
    environment = installation(tmp_path)
    var = tmp_path / "var"
    var.chmod(0o755)
    assert manage(environment, "check").returncode == 0
    assert modes(var)["."] == "0o700"
    assert modes(var)["media"] == "0o700"


def test_the_lock_ends_with_its_process_however_that_dies(folder):
    code = (
        "import sys, time; from pathlib import Path; from hub import var_folder;"
        "var_folder.lock(Path(sys.argv[1]), 'process 7, http://127.0.0.1:8000');"
        "print('locked', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(var_folder.FolderInUse, match="process 7"):
            var_folder.lock(folder, "process 8")
    finally:
        holder.kill()
        holder.wait()
    os.close(var_folder.lock(folder, "process 9"))


def test_a_folder_of_others_is_refused_and_stays_as_it_is(tmp_path):
    """Somebody may have named /srv, /tmp or their home."""
    (tmp_path / "www").mkdir()
    tmp_path.chmod(0o755)
    with pytest.raises(ImproperlyConfigured, match=f"{tmp_path}, where other things are"):
        var_folder.open_folder(tmp_path)
    assert modes(tmp_path)["."] == "0o755"
    environment = {**installation(tmp_path), "HUB_VAR_DIR": str(tmp_path)}
    done = manage(environment, "check", SECRET_KEY="for-tests-only-0123456789-abcdefghijklm")
    assert (done.returncode, "chmod 700" in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr
    assert modes(tmp_path)["."] == "0o755"
    assert not (tmp_path / "media").exists()
    tmp_path.chmod(0o700)
    var_folder.open_folder(tmp_path)


@pytest.mark.parametrize("name", ["", "lost+found", "hub.sqlite3", "secret_key"])
def test_an_empty_folder_and_one_of_a_hub_are_closed(tmp_path, name):
    if name:
        (tmp_path / name).touch()
    tmp_path.chmod(0o755)
    var_folder.open_folder(tmp_path)
    assert modes(tmp_path)["."] == "0o700"


def test_nothing_is_restored_beside_a_single_process_and_none_starts_meanwhile(tmp_path):
    """`serve --only` replaces itself with another program, which keeps the lock."""
    environment = installation(tmp_path)
    var = tmp_path / "var"
    command = [sys.executable, "manage.py", "serve", "--only", "beat"]
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    try:
        # It is written by beat, after the exec.
        wait_until(lambda: list(var.glob("celerybeat-schedule*")))
        processes.pop().kill()
        with pytest.raises(var_folder.FolderInUse, match="serve --only"):
            var_folder.lock_alone(var, "process 7")
    finally:
        for process in processes:
            process.kill()
            process.wait()
    other = tmp_path / "other"
    other.mkdir()
    var_folder.lock_alone(other, "process 8")
    with pytest.raises(var_folder.FolderInUse, match="restores a backup"):
        var_folder.share(other)
