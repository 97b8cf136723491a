"""Model Registration over HTTP: starting, writing, checking and submitting a draft."""

import dataclasses
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from models_registry.definitions.form.skeletons import empty_definition
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.drafting import drafts
from models_registry.errors import StaleState
from models_registry.models import Draft, ReadmeOrigin, RegisteredModel
from tests.factories import a_model, a_user, llm_record, written
from tests.models_registry.drafting import START, a_draft, address, member, post, typed
from tests.models_registry.xss_corpus import HOSTILE_DESCRIPTIONS, HOSTILE_NAMES
from tests.standins.model_hubs import SHA, ModelHubs, Repository

pytestmark = pytest.mark.django_db

ODD = '[\n  {"version": 2,   "x": 3.0, "model_name": "odd"}\n]\n'


@pytest.fixture
def ada(client):
    """A registrar, signed in."""
    user = member("ada", "Registrars")
    client.force_login(user)
    return user


@pytest.fixture
def hubs(settings):
    """Hugging Face and ModelScope on loopback, with a small model in the first."""
    found = ModelHubs()
    settings.ENV = dataclasses.replace(
        settings.ENV, hf_endpoint=found.url, modelscope_endpoint=found.url
    )
    config = {"architectures": ["Qwen3ForCausalLM"], "max_position_embeddings": 40960}
    found.hugging_face["Qwen/Qwen3-0.6B"] = Repository(
        {
            "README.md": "---\nlicense: apache-2.0\n---\n# Fetched\n",
            "config.json": config,
            "tokenizer_config.json": {"chat_template": "{{ messages }}"},
            "model.safetensors": 1_503_300_328,
        }
    )
    yield found
    found.stop()


# --- Who may ----------------------------------------------------------------------------------


def test_visitors_are_asked_to_sign_in(client):
    draft = a_draft(a_user("ada"))
    for path in (START, f"{START}/names", f"{START}/{draft.pk}", address(draft, "json")):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.url.startswith("/signin?next=/model-registration")


def test_who_may_not_register_reads_which_right_is_missing(client):
    client.force_login(a_user("eve"))
    answer = client.get(START)
    assert answer.status_code == 403
    assert "Can register private models" in answer.content.decode()
    client.post(START, {"model_type": "llm", "start": "empty"})
    assert not Draft.objects.exists()


@pytest.mark.parametrize("view", ["", "/form", "/json", "/readme", "/check", "/merge"])
def test_drafts_of_others_do_not_exist(client, ada, view):
    draft = a_draft(a_user("bob"))
    path = f"{START}/{draft.pk}{view}"
    assert client.get(path).status_code == 404
    assert client.post(path, {"discard": "1"}).status_code == 404
    assert client.post(f"{START}/{draft.pk}/preview", {"text": "x"}).status_code == 404
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_even_a_superuser_does_not_read_what_somebody_is_writing(client):
    draft = a_draft(a_user("bob"))
    client.force_login(a_user("root", is_superuser=True))
    assert client.get(f"{START}/{draft.pk}").status_code == 404


def test_models_that_may_not_be_seen_can_neither_be_edited_nor_copied(client, ada):
    model = a_model("hidden", visibility="private", owner=a_user("bob"))
    assert client.get(f"/models/detail/{model.pk}/edit").status_code == 404
    answer = client.post(START, {"model_type": "llm", "start": "copy", "copy_of": "hidden"})
    assert answer.status_code == 400
    assert "There is no Language model" in answer.content.decode()
    assert "hidden" not in client.get(f"{START}/names?copy_of=hid").content.decode()


def test_a_model_that_may_be_seen_but_not_changed_has_no_editor(client, ada):
    model = a_model("others", owner=a_user("bob"))
    answer = client.get(f"/models/detail/{model.pk}/edit")
    assert answer.status_code == 403
    assert not Draft.objects.exists()


# --- Starting ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_each_type_can_be_started_empty_and_every_view_opens(client, ada, model_type):
    answer = client.post(START, {"model_type": model_type, "start": "empty"})
    draft = Draft.objects.get()
    assert answer.url == f"{START}/{draft.pk}"
    assert draft.definition == empty_definition(model_type)
    for view in ("form", "json", "readme", "check"):
        assert client.get(address(draft, view)).status_code == 200


def test_a_copy_has_another_name_and_is_the_same_otherwise(client, ada):
    model = a_model("tiny-llm", readme="# Tiny\n")
    client.post(START, {"model_type": "llm", "start": "copy", "copy_of": "TINY-llm"})
    draft = Draft.objects.get()
    before = model.published_revision.definition
    assert draft.definition == before.replace('"tiny-llm",', '"tiny-llm-copy",')


def test_one_record_without_brackets_is_taken(client, ada):
    client.post(START, {"model_type": "llm", "start": "json", "json": json.dumps(llm_record())})
    assert json.loads(Draft.objects.get().definition) == [llm_record()]


def test_an_uploaded_file_is_taken_byte_for_byte(client, ada):
    file = SimpleUploadedFile("m.json", ODD.encode())
    client.post(START, {"model_type": "llm", "start": "json", "file": file})
    assert Draft.objects.get().definition == ODD


def test_of_an_upstream_file_with_many_models_one_is_chosen(client, ada):
    text = written(llm_record("one"), llm_record("two"))
    answer = client.post(START, {"model_type": "llm", "start": "json", "json": text})
    assert b'value="two"' in answer.content
    client.post(START, {"model_type": "llm", "start": "json", "json": text, "pick": "two"})
    assert json.loads(Draft.objects.get().definition) == [llm_record("two")]


def test_json_that_cannot_be_read_is_kept_and_opens_in_the_editor(client, ada):
    client.post(START, {"model_type": "llm", "start": "json", "json": '[{"a": 1,]'})
    draft = Draft.objects.get()
    assert draft.definition == '[{"a": 1,]'
    answer = client.get(f"{START}/{draft.pk}", follow=True)
    assert answer.redirect_chain[-1][0] == address(draft, "json")
    assert 'data-line="1"' in answer.content.decode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"start": "json", "json": "  "}, "Paste JSON or choose a file."),
        ({"start": "json", "json": "x" * 4_300_000}, "larger than 4 MB"),
        ({"start": "nothing"}, "Choose what to start from."),
        ({"start": "empty", "model_type": "car"}, "There is no model type"),
        ({"start": "repository", "hub": "huggingface", "repository": "no id"}, "no id"),
        ({"start": "repository", "hub": "elsewhere", "repository": "a/b"}, "elsewhere"),
    ],
)
def test_a_start_that_fails_says_why_and_makes_no_draft(client, ada, sent, said):
    answer = client.post(START, {"model_type": "llm"} | sent)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Draft.objects.exists()


def test_the_number_of_drafts_is_limited(client, ada, monkeypatch):
    monkeypatch.setattr(drafts, "MAX_DRAFTS", 1)
    a_draft(ada)
    answer = client.post(START, {"model_type": "llm", "start": "empty"})
    assert "Submit or discard some first" in answer.content.decode()


@pytest.mark.parametrize("typed", ["Qwen/Qwen3-0.6B", "https://huggingface.co/Qwen/Qwen3-0.6B"])
def test_a_repository_fills_the_form_and_marks_what_it_guessed(client, ada, hubs, typed):
    sent = {"model_type": "llm", "start": "repository", "hub": "huggingface", "repository": typed}
    client.post(START, sent)
    draft = Draft.objects.get()
    record = json.loads(draft.definition)[0]
    source = record["model_specs"][0]["model_src"]["huggingface"]
    assert (record["context_length"], record["architectures"]) == (40960, ["Qwen3ForCausalLM"])
    assert (source["model_id"], source["model_revision"]) == ("Qwen/Qwen3-0.6B", SHA)
    page = client.get(address(draft)).content.decode()
    assert page.count("Guessed.") >= 1
    post(client, draft, "form", **{"text:/0/model_name": "another-name"})
    assert (
        client.get(address(draft)).content.decode().count("Guessed.") == page.count("Guessed.") - 1
    )


def test_a_repository_that_is_not_there_is_said_and_what_was_typed_stays(client, ada, hubs):
    sent = {"model_type": "llm", "start": "repository", "hub": "modelscope", "repository": "a/b"}
    answer = client.post(START, sent)
    assert answer.status_code == 404
    assert 'value="a/b"' in answer.content.decode()
    assert not Draft.objects.exists()


# --- Writing ----------------------------------------------------------------------------------


def test_switching_between_form_and_json_changes_nothing(client, ada):
    draft = a_draft(ada, ODD)
    page = client.get(address(draft))
    names = re.findall(
        r'name="((?:text|long|json):[^"]+)"[^>]*value="([^"]*)"', page.content.decode()
    )
    post(client, draft, "form", go="json", **dict(names))
    page = client.get(address(draft, "json"))
    assert ODD.replace('"', "&quot;") in page.content.decode()
    post(client, draft, "json", go="form", text=ODD.replace("\n", "\r\n"))
    draft.refresh_from_db()
    assert draft.definition == ODD


def test_a_changed_field_is_spliced_in_and_saved(client, ada):
    draft = a_draft(ada, ODD)
    answer = post(client, draft, "form", htmx=True, **{"text:/0/model_name": "even"})
    draft.refresh_from_db()
    assert draft.definition == ODD.replace('"odd"', '"even"')
    assert "Saved" in answer.content.decode()
    assert 'hx-swap-oob="true"' in answer.content.decode()


def test_buttons_of_the_form_work_without_javascript(client, ada):
    draft = a_draft(ada)
    answer = post(client, draft, "form", op="copy:/0/model_specs/0")
    assert answer.url == address(draft) + "#at-0-model_specs"
    answer = post(client, draft, "form", op="add:/0/model_specs/1/model_src/modelscope")
    draft.refresh_from_db()
    specs = json.loads(draft.definition)[0]["model_specs"]
    assert [list(spec["model_src"]) for spec in specs] == [
        ["huggingface"],
        ["huggingface", "modelscope"],
    ]


def test_json_that_does_not_parse_is_saved_and_stays_in_the_editor(client, ada):
    draft = a_draft(ada)
    answer = post(client, draft, "json", go="form", text='[{"model_name": "x"')
    draft.refresh_from_db()
    assert draft.definition == '[{"model_name": "x"'
    assert client.get(answer.url).url == address(draft, "json")


def test_a_second_window_cannot_overwrite_the_first_unseen(client, ada):
    draft = a_draft(ada, ODD)
    late = typed(client, draft, "json", text=ODD.replace("odd", "late"))
    post(client, draft, "json", text=ODD.replace("odd", "early"))
    answer = client.post(address(draft, "json"), late)
    assert answer.status_code == 409
    assert "changed in another window" in answer.content.decode()
    assert "late" in answer.content.decode(), "what was typed is still there"
    draft.refresh_from_db()
    assert "early" in draft.definition
    client.post(address(draft, "json"), late | {"force": "1"})
    draft.refresh_from_db()
    assert "late" in draft.definition


def test_a_form_whose_lists_are_no_longer_the_same_is_not_applied(client, ada):
    draft = a_draft(ada)
    late = typed(client, draft, "form", force="1", **{"text:/0/model_name": "late"})
    post(client, draft, "form", op="add:/0/model_specs")
    assert client.post(address(draft), late).status_code == 409
    draft.refresh_from_db()
    assert "late" not in draft.definition


def test_a_page_that_did_not_hear_of_its_own_save_can_go_on(client, ada):
    draft = a_draft(ada, ODD)
    sent = typed(client, draft, "form", **{"text:/0/model_name": "one"})
    client.post(address(draft), sent | {"turn": "1"})
    answer = client.post(address(draft), sent | {"text:/0/model_name": "two", "turn": "2"})
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert '"two"' in draft.definition


def test_a_request_that_was_overtaken_does_not_take_back_the_later_one(client, ada):
    draft = a_draft(ada, ODD)
    sent = typed(client, draft, "form")
    client.post(address(draft), sent | {"text:/0/model_name": "new", "turn": "2"})
    client.post(address(draft), sent | {"text:/0/model_name": "old", "turn": "1"})
    draft.refresh_from_db()
    assert '"new"' in draft.definition


def test_a_session_that_ended_gives_back_what_was_typed(client, ada):
    draft = a_draft(ada)
    sent = typed(client, draft, "json", text="half a <b>thought")
    client.logout()
    answer = client.post(address(draft, "json"), sent)
    assert answer.status_code == 401
    assert "half a &lt;b&gt;thought" in answer.content.decode()
    background = client.post(address(draft, "json"), sent, headers={"HX-Request": "true"})
    assert background.status_code == 401


@pytest.mark.parametrize("view", ["json", "readme"])
def test_a_text_that_is_too_large_is_refused_and_given_back(client, ada, view):
    draft = a_draft(ada)
    answer = post(client, draft, view, text="ä" * 600_000)
    assert answer.status_code == 400
    assert "at most 1,048,576 are allowed" in answer.content.decode()
    assert "ä" * 600_000 in answer.content.decode()


def test_nul_and_odd_characters_reach_the_database_as_something_it_takes(client, ada):
    draft = a_draft(ada)
    post(client, draft, "json", text="a\x00b")
    post(client, draft, "readme", text="c\x00d")
    draft.refresh_from_db()
    assert (draft.definition, draft.readme) == ("a\ufffdb", "c\ufffdd")


@pytest.mark.parametrize("payload", [*HOSTILE_DESCRIPTIONS, *HOSTILE_NAMES])
def test_what_somebody_wrote_is_shown_as_text(client, ada, payload):
    # Neither the database nor a definition takes these two.
    payload = payload.replace("\x00", "").encode("utf-8", "ignore").decode()
    record = llm_record(model_description=payload, **{payload: payload}, stop=[payload])
    draft = a_draft(ada, written(record), readme=payload, message=payload[:400])
    for view in ("form", "json", "check", "readme"):
        page = client.get(address(draft, view)).content.decode()
        body = page[page.index("<main") : page.index("</main>")]
        assert "<script" not in body
        assert payload not in body or "<" not in payload


def test_a_draft_that_was_submitted_in_another_window_is_said_to_be_gone(ada):
    draft = a_draft(ada)
    drafts.submit(draft, by=ada)
    with pytest.raises(StaleState, match="submitted or discarded"):
        drafts.submit(draft, by=ada)
    assert RegisteredModel.objects.count() == 1


def test_discarding_takes_the_draft_away(client, ada):
    draft = a_draft(ada)
    client.post(address(draft, "check"), {"discard": "1"})
    assert not Draft.objects.exists()


# --- README -----------------------------------------------------------------------------------


def test_the_preview_is_the_renderer_of_the_page(client, ada):
    draft = a_draft(ada)
    text = "# Title\n\n<script>alert(1)</script>\n\n| a |\n|---|\n| 1 |\n"
    answer = client.post(
        f"{START}/{draft.pk}/preview", {"text": text}, headers={"HX-Request": "true"}
    )
    assert "<table" in answer.content.decode()
    assert "<script" not in answer.content.decode()


def test_the_readme_of_the_source_is_fetched_when_none_was_typed(client, ada, hubs):
    text = written(llm_record()).replace("example/tiny-llm", "Qwen/Qwen3-0.6B")
    draft = a_draft(ada, text)
    post(client, draft, "readme", text="", readme="get")
    draft.refresh_from_db()
    assert draft.readme == "---\nlicense: apache-2.0\n---\n# Fetched\n"
    assert draft.readme_origin == ReadmeOrigin.FETCHED


def test_a_source_without_readme_is_said_and_one_is_made(client, ada, hubs):
    hubs.hugging_face["example/tiny-llm"] = Repository({"config.json": {}})
    draft = a_draft(ada)
    answer = client.get(post(client, draft, "readme", text="", readme="get").url)
    assert "has no README.md of example/tiny-llm" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.readme_origin == ReadmeOrigin.GENERATED


def test_sources_are_asked_for_on_demand_and_missing_ones_are_no_error(client, ada, hubs):
    record = llm_record()
    record["model_specs"][0]["model_src"]["modelscope"] = {
        "model_id": "Qwen/Qwen3-0.6B",
        "quantizations": ["none"],
    }
    text = written(record).replace("example/tiny-llm", "Qwen/Qwen3-0.6B")
    draft = a_draft(ada, text)
    client.get(address(draft, "check"))
    assert hubs.paths == []
    answer = post(client, draft, "check", message="", sources="1")
    page = answer.content.decode()
    assert page.count("is there") == 1
    assert page.count("was not found") == 1
    assert "can be submitted" in page


def test_without_a_source_a_readme_is_made_of_the_definition(client, ada):
    record = llm_record(model_specs=[])
    draft = a_draft(ada, written(record))
    post(client, draft, "readme", text="", readme="get")
    draft.refresh_from_db()
    assert draft.readme_origin == ReadmeOrigin.GENERATED
    assert "# tiny-llm" in draft.readme


def test_a_typed_readme_is_not_replaced_without_asking(client, ada):
    draft = a_draft(ada, written(llm_record(model_specs=[])))
    post(client, draft, "readme", text="# Mine", readme="get")
    draft.refresh_from_db()
    assert draft.readme == "# Mine"
    assert "Replace mine" in client.get(address(draft, "readme")).content.decode()
    post(client, draft, "readme", readme="replace")
    draft.refresh_from_db()
    assert "# tiny-llm" in draft.readme
    assert "readme_offer" not in draft.choices


def test_an_offered_readme_can_be_declined(client, ada):
    draft = a_draft(ada, written(llm_record(model_specs=[])))
    post(client, draft, "readme", text="# Mine", readme="get")
    post(client, draft, "readme", readme="keep")
    draft.refresh_from_db()
    assert (draft.readme, draft.choices.get("readme_offer")) == ("# Mine", None)


# --- Completion -------------------------------------------------------------------------------


def test_the_editor_is_told_what_can_be_completed(client):
    answer = client.get(f"{START}/completions/llm.json")
    keys = answer.json()["item"]["keys"]
    assert keys["model_specs"]["item"]["keys"]["model_format"]["values"][0] == "pytorch"
    assert keys["model_name"]["required"] is True
    assert client.get(f"{START}/completions/car.json").status_code == 404
