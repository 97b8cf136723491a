"""Importing a catalogue through the command, on the real definitions and on broken ones."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from hub.models import AuditEntry
from models_registry import publication
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.models import CatalogueList, RegisteredModel, UpstreamFile
from tests.factories import a_user, llm_record, written
from tests.models_registry.sync.imports import LLM_DIR, last_line, run
from tests.upstream_data import of_all

pytestmark = pytest.mark.django_db

AGGREGATE_LLM = "xinference/model/llm/llm_family.json"


def test_the_released_catalogue_is_imported_whole_and_byte_for_byte(released_catalogue):
    out, _ = run(f"dir:{released_catalogue}")
    files = sorted((released_catalogue / "xinference/model").glob("*/models/*.json"))
    count = len(files)
    assert count >= of_all(386)
    assert last_line(out) == (
        f"imported {count} models: {count} added, 0 updated, 0 unchanged, 0 with warnings, 0 failed"
    )
    assert RegisteredModel.objects.count() == count
    kept = {
        (m.model_type, m.name): (m.published_revision.definition, m.upstream_file.text)
        for m in RegisteredModel.objects.select_related("published_revision", "upstream_file")
    }
    for file in files:
        text = file.read_bytes().decode("utf-8")
        assert kept[file.parent.parent.name, file.stem] == (text, text), file


def test_importing_again_changes_nothing(released_catalogue):
    run(f"dir:{released_catalogue}", "--type", "rerank", "--type", "world")
    before = list(CatalogueList.objects.order_by("pk").values("model_type", "etag", "changed_at"))
    out, _ = run(f"dir:{released_catalogue}", "--type", "rerank", "--type", "world")
    count = RegisteredModel.objects.count()
    assert count >= of_all(21)
    assert last_line(out) == (
        f"imported {count} models: 0 added, 0 updated, {count} unchanged, 0 with warnings, 0 failed"
    )
    assert (
        list(CatalogueList.objects.order_by("pk").values("model_type", "etag", "changed_at"))
        == before
    )


def test_the_aggregate_layout_is_imported_with_the_same_records(aggregate_catalogue):
    # The aggregate of the language models is imported in tests/models_registry/catalogue.
    types = [model_type for model_type in MODEL_TYPES if model_type not in ("llm", "world")]
    out, _ = run(
        f"dir:{aggregate_catalogue}",
        *[part for model_type in types for part in ("--type", model_type)],
    )
    count = RegisteredModel.objects.count()
    assert count >= of_all(150)
    start = f"imported {count} models: {count} added, 0 updated, 0 unchanged, "
    assert last_line(out).startswith(start)
    assert last_line(out).endswith(" 0 failed")
    for path in sorted(aggregate_catalogue.glob("xinference/model/*/model_spec.json")):
        by_name: dict[str, list[dict]] = {}
        for record in json.loads(path.read_text(encoding="utf-8")):
            by_name.setdefault(record["model_name"], []).append(record)
        for name, records in by_name.items():
            model = RegisteredModel.objects.get(model_type=path.parent.name, name=name)
            assert json.dumps(json.loads(model.published_revision.definition)) == json.dumps(
                records
            )


def test_one_broken_file_is_reported_with_its_place_and_stops_nothing_else(folder):
    broken = folder / LLM_DIR / "broken.json"
    broken.write_text('[\n  {\n    "model_name": "broken",\n  }\n]\n', encoding="utf-8")
    out, err = run(f"dir:{folder}")
    assert last_line(out) == (
        "imported 2 models: 2 added, 0 updated, 0 unchanged, 0 with warnings, 1 failed"
    )
    assert f"failed: {LLM_DIR}/broken.json:3:27: Remove the comma" in err
    assert set(RegisteredModel.objects.values_list("name", flat=True)) == {"alpha", "beta"}


def test_one_broken_record_of_an_aggregate_is_reported_and_the_others_are_imported(tmp_path):
    path = tmp_path / AGGREGATE_LLM
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps([llm_record("good"), {"version": 2}, llm_record("fine")], indent=2))
    out, err = run(f"dir:{tmp_path}")
    assert last_line(out).startswith("imported 2 models: 2 added")
    assert f"failed: {AGGREGATE_LLM}:" in err


def test_a_definition_that_breaks_the_schema_is_imported_with_a_warning(folder):
    odd = llm_record("odd", prompt_style_name="legacy")
    (folder / LLM_DIR / "odd.json").write_text(written(odd), encoding="utf-8")
    out, err = run(f"dir:{folder}")
    assert last_line(out) == (
        "imported 3 models: 3 added, 0 updated, 0 unchanged, 1 with warnings, 0 failed"
    )
    assert "prompt_style_name" in err
    assert RegisteredModel.objects.public().filter(name="odd").exists()


def test_a_changed_file_becomes_a_new_revision_and_the_old_one_stays(folder):
    run(f"dir:{folder}")
    changed = written(llm_record("alpha", context_length=65536, updated_at=1_790_000_000))
    (folder / LLM_DIR / "alpha.json").write_text(changed, encoding="utf-8")
    out, _ = run(f"dir:{folder}")
    assert last_line(out) == (
        "imported 2 models: 0 added, 1 updated, 1 unchanged, 0 with warnings, 0 failed"
    )
    model = RegisteredModel.objects.get(name="alpha")
    assert model.published_revision.definition == changed
    assert model.context_length == 65536
    assert list(model.revisions.values_list("number", "state")) == [
        (2, "published"),
        (1, "superseded"),
    ]


def test_a_model_that_was_edited_here_is_never_overwritten(folder):
    run(f"dir:{folder}")
    model = RegisteredModel.objects.get(name="alpha")
    ours = written(llm_record("alpha", context_length=131072))
    publication.publish(model, publication.Content(definition=ours, readme=""), by=a_user())
    theirs = written(llm_record("alpha", context_length=8192))
    (folder / LLM_DIR / "alpha.json").write_text(theirs, encoding="utf-8")
    out, err = run(f"dir:{folder}")
    model.refresh_from_db()
    assert model.published_revision.definition == ours
    assert "llm/alpha was edited here since its last import and is kept" in err
    assert "1 with warnings, 0 failed" in last_line(out)
    assert UpstreamFile.objects.get(model=model).text == written(llm_record("alpha"))


def test_names_that_differ_in_case_alone_do_not_become_two_models(folder):
    run(f"dir:{folder}")
    other = folder / "other"
    (other / LLM_DIR).mkdir(parents=True)
    (other / LLM_DIR / "Alpha.json").write_text(written(llm_record("Alpha")), encoding="utf-8")
    out, err = run(f"dir:{other}")
    assert last_line(out).endswith("1 failed")
    assert "differ only in case" in err
    assert RegisteredModel.objects.filter(name_key="alpha").count() == 1


def test_every_imported_model_has_a_readme_that_says_it_was_generated(folder):
    run(f"dir:{folder}")
    for model in RegisteredModel.objects.all():
        assert "generated" in model.published_revision.readme.splitlines()[0]
        assert "xinference launch" in model.published_revision.readme


def test_an_import_leaves_an_entry_in_the_audit_log(folder):
    run(f"dir:{folder}")
    entry = AuditEntry.objects.get(tag="registry:catalogue:import")
    assert entry.channel == "import_catalogue"
    assert entry.data["added"] == ["llm/alpha", "llm/beta"]


def test_links_in_a_folder_are_not_followed(folder, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text(written(llm_record("gamma")))
    (folder / LLM_DIR / "gamma.json").symlink_to(secret)
    out, err = run(f"dir:{folder}")
    assert "gamma.json: It is a link, not a file." in err
    assert last_line(out).endswith("1 failed")


def test_what_was_imported_can_be_written_out_again_to_the_byte(released_catalogue, tmp_path):

    run(f"dir:{released_catalogue}", "--type", "audio")
    target = tmp_path / "audio"
    target.mkdir()
    for model in RegisteredModel.objects.select_related("published_revision"):
        text = model.published_revision.definition
        (target / f"{model.name}.json").write_text(text, encoding="utf-8", newline="")
    original = released_catalogue / "xinference/model/audio/models"
    assert shutil.which("diff")
    assert subprocess.run(["diff", "-r", original, target], check=False).returncode == 0


def test_upstreams_model_takes_the_name_that_somebody_proposed(folder):
    ada = a_user("ada")
    model = RegisteredModel.objects.create(
        model_type="llm", name="ALPHA", name_key="alpha", visibility="public", owner=ada
    )
    content = publication.Content(definition=written(llm_record("ALPHA")), readme="")
    proposal = publication.propose(model, content, by=ada, visibility="public")
    out, _ = run(f"dir:{folder}")
    assert last_line(out).startswith("imported 2 models: 2 added")
    model.refresh_from_db()
    proposal.refresh_from_db()
    assert (model.name, model.owner, proposal.state) == ("alpha", None, "withdrawn")
    assert model.published_revision.author_name == "upstream"


def test_a_model_that_left_the_public_here_does_not_come_back(folder):
    run(f"dir:{folder}")
    RegisteredModel.objects.filter(name="alpha").update(visibility="enterprise")
    out, err = run(f"dir:{folder}")
    assert "llm/alpha is no longer public here" in err
    assert RegisteredModel.objects.filter(name="alpha").count() == 1
    assert last_line(out).startswith("imported 2 models: 0 added, 0 updated, 2 unchanged")
