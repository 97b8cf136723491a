"""`manage.py import_catalogue`: its options, and what it says."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError

from hub.models import AuditEntry
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.models import RegisteredModel
from models_registry.sync.catalogue_import import import_catalogue
from models_registry.sync.sources.tree import SourceTree
from tests.factories import a_person, a_user, changed, llm_record, written
from tests.models_registry.sync.imports import last_line, run

pytestmark = pytest.mark.django_db


def test_a_dry_run_says_what_would_happen_and_keeps_nothing(folder):
    out, _ = run(f"dir:{folder}", "--dry-run")
    assert "nothing was changed" in out
    assert last_line(out).startswith("imported 2 models: 2 added")
    assert not RegisteredModel.objects.exists()
    assert not AuditEntry.objects.exists()


def test_new_models_belong_to_the_owner_that_was_named(folder):
    ada = a_user("ada")
    run(f"dir:{folder}", "--owner", "ada")
    assert set(RegisteredModel.objects.values_list("owner", flat=True)) == {ada.pk}
    with pytest.raises(CommandError, match="no user named 'nobody'"):
        run(f"dir:{folder}", "--owner", "nobody")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("dir:/nowhere/at/all", "does not exist"),
        ("ftp:x", "is not a source"),
        ("pypi:--index-url=http://x", "is not a package with an exact version"),
        ("pypi:xinference>=1", "is not a package with an exact version"),
    ],
)
def test_a_source_that_cannot_be_read_is_said_in_words(source, message):
    with pytest.raises(CommandError, match=message):
        run(source)


def stamps(model):
    records = json.loads(RegisteredModel.objects.get(name=model).published_revision.definition)
    return [record["updated_at"] for record in records]


def a_release(folder, name, stamp, **changes):
    """A catalogue with one model, as a release has it."""
    path = folder / "xinference/model/llm/models"
    path.mkdir(parents=True, exist_ok=True)
    (path / f"{name}.json").write_text(written(llm_record(name, updated_at=stamp, **changes)))
    return f"dir:{folder}"


def test_an_older_catalogue_does_not_roll_back_what_is_newer_here(tmp_path):
    """It says what it would roll back; where it may, servers must still take the older text."""
    new = a_release(tmp_path / "new", "alpha", 2_000, context_length=9)
    old = a_release(tmp_path / "old", "alpha", 1_000, context_length=5)
    run(new)
    out, err = run(old)
    assert "kept: llm/alpha is newer here" in err
    assert "1 models are newer here" in out
    assert last_line(out).startswith("imported 1 models: 0 added, 0 updated, 1 unchanged")
    model = RegisteredModel.objects.get(name="alpha")
    assert '"context_length": 9' in model.published_revision.definition
    out, err = run(old, "--roll-back")
    assert "rolled back: llm/alpha" in err
    model.refresh_from_db()
    assert '"context_length": 5' in model.published_revision.definition
    assert stamps("alpha") > [2_000]
    # Again changes nothing, and upwards again never gets an older time.
    before = stamps("alpha")
    out, _ = run(old, "--roll-back")
    assert last_line(out).startswith("imported 1 models: 0 added, 0 updated, 1 unchanged")
    run(new)
    model.refresh_from_db()
    assert '"context_length": 9' in model.published_revision.definition
    assert stamps("alpha") > before


def test_an_edit_is_kept_whatever_is_imported_over_it(tmp_path):
    new = a_release(tmp_path / "new", "alpha", 2_000, context_length=9)
    old = a_release(tmp_path / "old", "alpha", 1_000, context_length=5)
    root = a_person("root", "change_model", "change_public_model")
    run(new)
    model = RegisteredModel.objects.get(name="alpha")
    text = changed(model.published_revision, model_description="Ours.")
    edit(model, Submission(definition=text), by=root, base_revision=model.published_revision.number)
    for source, options in ((old, ()), (new, ()), (old, ("--roll-back",)), (new, ())):
        before = stamps("alpha")
        run(source, *options)
        model.refresh_from_db()
        assert "Ours." in model.published_revision.definition
        assert stamps("alpha") >= before


def test_on_a_terminal_the_command_asks(tmp_path, monkeypatch):
    run(a_release(tmp_path / "new", "alpha", 2_000, context_length=9))
    old = a_release(tmp_path / "old", "alpha", 1_000, context_length=5)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    for answer, length in (("n", 9), ("y", 5)):
        monkeypatch.setattr("builtins.input", lambda _, said=answer: said)
        run(old)
        model = RegisteredModel.objects.get(name="alpha")
        assert json.loads(model.published_revision.definition)[0]["context_length"] == length


def test_a_warning_names_the_model_and_the_line(tmp_path):
    source = a_release(tmp_path, "alpha", 2_000, model_ability=["telepathy"])
    _, err = run(source)
    assert "alpha.json:" in err
    assert "llm/alpha: " in err


def test_of_two_packages_with_the_same_time_the_later_release_is_newer(tmp_path):
    """Releases differ in content under the same `updated_at`."""
    catalogues = {}
    for release, length in (("4.1.0", 9), ("4.0.1", 5)):
        a_release(tmp_path / release, "alpha", 2_000, context_length=length)
        path = "xinference/model/llm/models/alpha.json"
        files = {path: (tmp_path / release / path).read_text()}
        catalogues[release] = SourceTree(label=f"pypi:xinference=={release}", files=files)
    import_catalogue(catalogues["4.1.0"], by=None)
    report = import_catalogue(catalogues["4.0.1"], by=None)
    assert (report.newer_here, report.updated) == (["llm/alpha"], [])
    report = import_catalogue(catalogues["4.0.1"], by=None, roll_back=True)
    assert report.rolled_back == ["llm/alpha"]
    before = stamps("alpha")
    assert before > [2_000]
    import_catalogue(catalogues["4.1.0"], by=None)
    model = RegisteredModel.objects.get(name="alpha")
    assert json.loads(model.published_revision.definition)[0]["context_length"] == 9
    assert stamps("alpha") >= before


@pytest.mark.parametrize("old_stamp", [1_000, ...])
def test_a_time_never_goes_back_after_an_old_package_was_rolled_back_to(tmp_path, old_stamp):
    """Old packages have models without `featured`, and without `updated_at`."""
    catalogues = {}
    for release, stamp, length in (("4.1.0", 2_000, 9), ("1.13.0", old_stamp, 5)):
        featured = False if release == "4.1.0" else ...
        a_release(tmp_path / release, "alpha", stamp, context_length=length, featured=featured)
        path = "xinference/model/llm/models/alpha.json"
        files = {path: (tmp_path / release / path).read_text()}
        catalogues[release] = SourceTree(label=f"pypi:xinference=={release}", files=files)
    import_catalogue(catalogues["4.1.0"], by=None)
    import_catalogue(catalogues["1.13.0"], by=None, roll_back=True)
    before = stamps("alpha")
    assert before > [2_000]
    report = import_catalogue(catalogues["1.13.0"], by=None, roll_back=True)
    assert (report.unchanged, stamps("alpha")) == (["llm/alpha"], before)
    import_catalogue(catalogues["4.1.0"], by=None)
    model = RegisteredModel.objects.get(name="alpha")
    assert json.loads(model.published_revision.definition)[0]["context_length"] == 9
    assert stamps("alpha") > before
