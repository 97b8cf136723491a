"""`manage.py backup` and `restore`: everything comes back, also into another database."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from models_registry.catalogue_changes import TABLE
from tests.environment import ROOT
from tests.factories import llm_record, written
from tests.journeys.processes import installation, manage

FILL = """
from django.core.files.base import ContentFile
from allauth.mfa.totp.internal.auth import TOTP
from accounts.models import User
from accounts import tokens
from django.contrib.auth.models import Group
from hub import audit
ada = User.objects.create_user('ada', email='ada@example.org', password='correct horse battery')
ada.groups.add(Group.objects.get(name='Reviewers'))
ada.avatar.save('ada.png', ContentFile(bytes(range(256))))
TOTP.activate(ada, 'JBSWY3DPEHPK3PXP')
audit.record(audit.Tag.PROFILE_CHANGE, by=ada, text='\\u2028 \\ud83d\\ude00', number=1.5, none=None)
print('token', tokens.sign_in(ada, ip_address=None, user_agent='x').access)
"""
WRITE = """
import sys
from hub import audit
for number in range(100_000):
    audit.record(audit.Tag.PROFILE_CHANGE, by=None, number=number)
    if number == 0:
        print('writing', flush=True)
"""
# Written by the processes that back up and restore.
TRANSIENT = {"hub_cache", "django_migrations", "sqlite_sequence"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory, prepared_var) -> dict[str, str]:
    """A hub with lists, a person, a picture, sealed secrets and an audit log."""
    folder = tmp_path_factory.mktemp("filled")
    environment = installation(folder, prepared_var)
    models = folder / "catalogue/xinference/model/llm/models"
    models.mkdir(parents=True)
    for name in ("tiny", "small"):
        (models / f"{name}.json").write_text(written(llm_record(name)))
    done = manage(environment, "import_catalogue", f"dir:{folder / 'catalogue'}")
    assert done.returncode == 0, done.stderr
    done = manage(environment, "shell", "-v", "0", "-c", FILL)
    assert "token " in done.stdout, done.stderr
    return environment


def rows_of(environment: dict[str, str]) -> dict[str, list]:
    """Every row of every table of a hub on SQLite, as SQLite stores it."""
    with sqlite3.connect(Path(environment["HUB_VAR_DIR"]) / "hub.sqlite3") as database:
        names = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            name: sorted(database.execute(f"SELECT * FROM {name}"), key=repr)
            for name in names
            if name not in TRANSIENT and not name.startswith("models_registry_searchindex_")
        }


def test_everything_comes_back_although_the_hub_went_on_writing(filled, tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", WRITE],
        cwd=ROOT, env=filled, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    file = tmp_path / "hub.backup"
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("a long passphrase\n")
    try:
        assert writer.stdout.readline() == "writing\n"
        sealed = ("--keys", "--passphrase-file", str(passphrase))
        done = manage(filled, "backup", str(file), *sealed)
    finally:
        writer.kill()
        writer.wait()
    assert done.returncode == 0, done.stderr
    assert " and 1 files are in" in done.stdout
    assert file.stat().st_mode & 0o777 == 0o600

    (tmp_path / "second").mkdir()
    second = installation(tmp_path / "second")
    done = manage(second, "restore", str(file), *sealed)
    assert done.returncode == 0, done.stderr
    assert "all are the same" in done.stdout
    assert "don't open" not in done.stdout

    # The first hub wrote on: what the backup has is the beginning of its audit log.
    there, here = rows_of(filled), rows_of(second)
    assert set(there) == set(here)
    # What processes follow, and no data: triggers write it.
    del there[TABLE], here[TABLE]
    log, restored_log = there.pop("hub_auditentry"), here.pop("hub_auditentry")
    assert 0 < len(restored_log) < len(log)
    assert set(restored_log) < set(log)
    assert {name: rows for name, rows in there.items() if rows != here[name]} == {}
    pictures = [path for path in (tmp_path / "second/var/media").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in pictures] == [bytes(range(256))]
    keys = (tmp_path / "second/var/restored_keys.env").read_text()
    assert keys.startswith("SECRET_KEY=for-tests-only")
    assert (tmp_path / "second/var/restored_keys.env").stat().st_mode & 0o777 == 0o600

    # Into a hub that is in use only on request; and keys that don't fit are named.
    done = manage(second, "restore", str(file))
    assert "This hub is not empty" in done.stderr
    other = {"SECRET_KEY": "another-key-0123456789-abcdefghijklmnop"}
    done = manage(second, "restore", str(file), "--replace", **other)
    assert done.returncode == 0, done.stderr
    assert "keys don't open 1 of the stored secrets" in done.stdout


def test_a_backup_of_an_earlier_version_is_restored_and_upgraded(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    first, second = installation(tmp_path / "first"), installation(tmp_path / "second")
    with sqlite3.connect(Path(first["HUB_VAR_DIR"]) / "hub.sqlite3") as database:
        database.executescript((ROOT / "tests/data/upgrade/sqlite.sql").read_text())
        counts = {
            name: database.execute(f"SELECT count(*) FROM {name}").fetchone()
            for name in ("accounts_user", "models_registry_revision", "hub_auditentry")
        }
    assert manage(first, "backup", str(tmp_path / "old")).returncode == 0
    done = manage(second, "restore", str(tmp_path / "old"))
    assert done.returncode == 0, done.stderr
    restored = rows_of(second)
    assert {name: (len(restored[name]),) for name in counts} == counts
    assert "hub_doctorreport" in restored, "the tables are those of this version"


@pytest.mark.database
@pytest.mark.skipif(
    not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="needs PostgreSQL"
)
def test_from_sqlite_into_postgresql_and_back(filled, tmp_path):
    server, _, _name = os.environ["DATABASE_URL"].rpartition("/")
    name = f"hub_restored_{os.getpid()}"
    _execute(os.environ["DATABASE_URL"], f"CREATE DATABASE {name}")
    try:
        for folder in ("second", "third"):
            (tmp_path / folder).mkdir()
        second = {**installation(tmp_path / "second"), "DATABASE_URL": f"{server}/{name}"}
        third = installation(tmp_path / "third")
        assert manage(filled, "backup", str(tmp_path / "one")).returncode == 0
        done = manage(second, "restore", str(tmp_path / "one"))
        assert done.returncode == 0, done.stderr
        assert "all are the same" in done.stdout
        done = manage(second, "prepare")
        assert done.returncode == 0, done.stderr
        assert manage(second, "backup", str(tmp_path / "two")).returncode == 0
        done = manage(third, "restore", str(tmp_path / "two"))
        assert done.returncode == 0, done.stderr
    finally:
        _execute(os.environ["DATABASE_URL"], f"DROP DATABASE {name} WITH (FORCE)")
    there, here = rows_of(filled), rows_of(third)
    changed = {table for table, rows in there.items() if len(rows) != len(here[table])} - {TABLE}
    assert changed <= {"django_content_type", "auth_permission", "models_registry_listrevision"}
    shutil.rmtree(tmp_path)


def _execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    connection.cursor().execute(statement)
    connection.close()
