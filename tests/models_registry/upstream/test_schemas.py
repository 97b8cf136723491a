"""A key that upstream adds to its schemas locks no model here."""

from __future__ import annotations

import json

import pytest

from models_registry.definitions.checks import schema
from models_registry.definitions.checks.schema import SCHEMA_DIR
from models_registry.errors import InvalidDefinition
from models_registry.models import Draft, UnreadableFile, UpstreamSchema
from models_registry.sync.follow_upstream import follow_upstream
from tests.factories import llm_record, written
from tests.models_registry.drafting.forms import address, post
from tests.models_registry.drafting.forms import edit as begin_edit
from tests.models_registry.upstream.deliveries import edit, send, the_model
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]

FOLDER = "xinference/model/schemas"


def schemas(**extra_keys) -> dict[str, str]:
    """Upstream's schemas with more keys in the records of language models."""
    texts = {f"{FOLDER}/{path.name}": path.read_text() for path in SCHEMA_DIR.glob("*.schema.json")}
    llm = json.loads(texts[f"{FOLDER}/llm.schema.json"])
    llm["$defs"]["record"]["properties"].update(extra_keys)
    texts[f"{FOLDER}/llm.schema.json"] = json.dumps(llm)
    return texts


def test_what_the_published_text_has_already_is_not_a_new_error(github, maintainer):
    github.commit({path("alpha"): written(llm_record("alpha", brand_new=True))})
    follow_upstream()
    edit("alpha", maintainer, context_length=4096)
    with pytest.raises(InvalidDefinition, match="another_new"):
        edit("alpha", maintainer, context_length=2048, another_new=1)
    send()
    (record,) = json.loads(github.file(path("alpha"), github.pulls[0]["head"]["sha"]))
    assert (record["context_length"], record["brand_new"]) == (4096, True)


def test_a_key_of_upstreams_newer_schema_may_be_used_and_the_schema_is_named(github, maintainer):
    with pytest.raises(InvalidDefinition, match="brand_new"):
        edit("alpha", maintainer, brand_new=True)
    assert schema.current().label == "Xinference 4.1.0"
    commit = github.commit(schemas(brand_new={"type": "boolean"}))
    follow_upstream()
    assert schema.current().label == f"upstream {commit[:12]}"
    edit("alpha", maintainer, brand_new=True)
    with pytest.raises(InvalidDefinition, match="Expected true or false"):
        edit("alpha", maintainer, brand_new="yes")
    github.log.clear()
    github.commit({path("beta"): written(llm_record("beta", context_length=5))})
    follow_upstream()
    assert len([address for _, address in github.log if "/blobs/" in address]) == 1


def test_schemas_that_are_the_same_or_older_leave_the_hubs_own(github):
    github.commit(schemas())
    follow_upstream()
    assert schema.current() is schema.vendored()
    assert UpstreamSchema.objects.count() == 8
    older = schemas()
    llm = json.loads(older[f"{FOLDER}/llm.schema.json"])
    del llm["$defs"]["record"]["properties"]["model_family"]
    github.commit({f"{FOLDER}/llm.schema.json": json.dumps(llm)})
    follow_upstream()
    assert schema.current() is schema.vendored()


LLM = f"{FOLDER}/llm.schema.json"
BROKEN = {
    "no JSON": {LLM: '{"type": '},
    "no text": {LLM: b"\xff\xfe"},
    "no object": {LLM: "[]"},
    "no schema": {LLM: '{"type": "nonsense"}'},
    "a dead reference": {LLM: '{"$ref": "#/$defs/nothing"}'},
    "a circle": {LLM: '{"$ref": "#/$defs/a", "additionalProperties": false,'
                      ' "$defs": {"a": {"$ref": "#"}}}'},
    "elsewhere": {LLM: '{"$ref": "https://example.org/x.json"}'},
    "missing": {LLM: None},
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_schemas_that_cannot_be_used_are_named_and_the_last_good_ones_stay(
    github, maintainer, kind
):
    good = schemas(brand_new={"type": "boolean"})
    github.commit(good)
    follow_upstream()
    label = schema.current().label
    github.commit({**BROKEN[kind], path("beta"): written(llm_record("beta", context_length=5))})
    assert follow_upstream().updated == ["llm/beta"]
    assert UnreadableFile.objects.get().path == LLM
    assert schema.current().label == label
    edit("alpha", maintainer, brand_new=True)
    github.commit({LLM: good[LLM]})
    follow_upstream()
    assert not UnreadableFile.objects.exists()
    assert "brand_new" in the_model("alpha").published_revision.definition


def test_the_form_saves_a_model_with_a_key_that_only_upstream_knows(client, github, maintainer):
    github.commit({path("alpha"): written(llm_record("alpha", brand_new={"deep": [1.0]}))})
    follow_upstream()
    client.force_login(maintainer)
    draft = begin_edit(client, the_model("alpha"))
    text = draft.definition.replace("32768", "4096")
    post(client, draft, "json", text=text)
    page = client.get(address(draft, "check")).content.decode()
    assert "brand_new" in page, "it is a warning"
    answer = post(client, draft, "check", message="More", public="1", submit="1")
    assert answer.status_code == 302
    assert not Draft.objects.exists()
    (record,) = json.loads(the_model("alpha").published_revision.definition)
    assert (record["context_length"], record["brand_new"]) == (4096, {"deep": [1.0]})
