"""Model Registration over HTTP: starting, writing, checking and submitting a draft."""

import json
import re

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from models_registry import drafts, use_cases
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.definitions.skeletons import empty_definition
from models_registry.models import Draft, ReadmeOrigin, RegisteredModel, RevisionState, Visibility
from tests.factories import a_model, a_user, llm_record, written
from tests.models_registry.xss_corpus import HOSTILE_DESCRIPTIONS, HOSTILE_NAMES

pytestmark = pytest.mark.django_db

START = "/model-registration"
ODD = '[\n  {"version": 2,   "x": 3.0, "model_name": "odd"}\n]\n'


def member(username, *groups):
    user = a_user(username)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def ada(client):
    """A registrar, signed in."""
    user = member("ada", "Registrars")
    client.force_login(user)
    return user


def a_draft(owner, definition=None, **fields):
    text = definition if definition is not None else written(llm_record())
    fields.setdefault("model_type", "llm")
    return Draft.objects.create(owner=owner, definition=text, **fields)


def address(draft, view="form"):
    return f"{START}/{draft.pk}/{view}"


def hidden(answer, name):
    """The value of a hidden field of a page."""
    match = re.search(rf'name="{name}"[^>]*value="([^"]*)"', answer.content.decode())
    return match.group(1)


def typed(client, draft, view, **sent):
    """What a page sends when it was just loaded and something was typed."""
    page = client.get(address(draft, view))
    own = {"base": hidden(page, "base"), "writer": hidden(page, "writer"), "turn": "0"}
    if view == "form":
        own["shape"] = hidden(page, "shape")
    return own | sent


def post(client, draft, view, htmx=False, **sent):
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(address(draft, view), typed(client, draft, view, **sent), headers=headers)


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


# --- Submitting -------------------------------------------------------------------------------


def test_a_private_model_is_registered_at_once_and_the_draft_is_gone(client, ada):
    draft = a_draft(ada)
    answer = post(client, draft, "check", message="First", submit="1")
    model = RegisteredModel.objects.get()
    assert answer.url == model.get_absolute_url()
    assert (model.visibility, model.owner) == (Visibility.PRIVATE, ada)
    assert model.published_revision.message == "First"
    assert model.published_revision.readme_origin == ReadmeOrigin.GENERATED
    assert not Draft.objects.exists()


def test_a_public_model_of_a_registrar_waits_for_review(client, ada):
    draft = a_draft(ada)
    page = post(client, draft, "check", htmx=True, message="", public="1")
    assert "A reviewer looks at it first" in page.content.decode()
    post(client, draft, "check", message="", public="1", submit="1")
    assert RegisteredModel.objects.get().revisions.get().state == RevisionState.PROPOSED


def test_a_public_registrar_reads_that_it_goes_out_at_once(client):
    user = member("pam", "Registrars", "Public registrars")
    client.force_login(user)
    draft = a_draft(user, visibility=Visibility.PUBLIC)
    page = client.get(address(draft, "check")).content.decode()
    assert "published at once, without review" in page
    assert "xorbitsai/inference" in page
    post(client, draft, "check", message="", public="1", submit="1")
    assert RegisteredModel.objects.get().published_revision is not None


def test_enterprise_counts_only_with_public_and_only_with_the_right(client, ada):
    draft = a_draft(ada)
    post(client, draft, "check", message="", enterprise="1")
    draft.refresh_from_db()
    assert draft.visibility == Visibility.PRIVATE
    post(client, draft, "check", message="", public="1", enterprise="1")
    answer = post(client, draft, "check", message="", public="1", enterprise="1", submit="1")
    assert answer.status_code == 403
    assert "enterprise" in answer.content.decode()
    assert not RegisteredModel.objects.exists()


def test_all_errors_are_shown_at_once_with_their_places(client, ada):
    record = llm_record(model_name="-bad-", context_length="long", model_ability=["fly"])
    draft = a_draft(ada, written(record))
    answer = post(client, draft, "check", message="", submit="1")
    assert answer.status_code == 422
    page = answer.content.decode()
    for anchor in ("at-0-model_name", "at-0-context_length", "at-0-model_ability"):
        assert f'href="{address(draft)}#{anchor}"' in page
    assert f"{address(draft, 'json')}#line-4" in page
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_a_finding_is_mended_by_its_button_and_nothing_else_changes(client, ada):
    text = written(llm_record())
    draft = a_draft(ada, text.replace('"0_6"', '"0.6"'))
    page = client.get(address(draft, "check")).content.decode()
    key = re.search(r'name="fix" value="([^"]*model_size_in_billions)"', page).group(1)
    post(client, draft, "check", message="", fix=key)
    draft.refresh_from_db()
    assert draft.definition == text
    answer = client.get(post(client, draft, "check", message="", fix=key).url)
    assert "nothing left to mend" in answer.content.decode()


def test_a_name_that_is_taken_is_said_in_place_and_nothing_is_lost(client, ada):
    a_model("tiny-llm")
    draft = a_draft(ada, written(llm_record("Tiny-LLM")), visibility=Visibility.PUBLIC)
    answer = post(client, draft, "check", message="m", public="1", submit="1")
    assert answer.status_code in (409, 422)
    assert "taken" in answer.content.decode()
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_the_name_of_a_hidden_model_is_not_told_by_the_check(client, ada):
    a_model("secret-llm", visibility="enterprise")
    draft = a_draft(ada, written(llm_record("secret-llm")), visibility=Visibility.ENTERPRISE)
    assert "taken" not in client.get(address(draft, "check")).content.decode()


# --- Editing ----------------------------------------------------------------------------------


@pytest.fixture
def model(ada):
    return a_model("tiny-llm", visibility="private", owner=ada, readme="# One\n")


def edit(client, model):
    answer = client.get(f"/models/detail/{model.pk}/edit")
    assert answer.status_code == 302
    return Draft.objects.get(model=model)


def test_the_editor_of_a_model_opens_its_definition_and_readme(client, ada, model):
    draft = edit(client, model)
    assert draft.definition == model.published_revision.definition
    assert (draft.readme, draft.visibility) == ("# One\n", Visibility.PRIVATE)
    assert edit(client, model).pk == draft.pk


def test_an_edit_becomes_the_next_revision(client, ada, model):
    draft = edit(client, model)
    post(client, draft, "form", **{"integer:/0/context_length": "4096"})
    post(client, draft, "check", message="Shorter", submit="1")
    model.refresh_from_db()
    assert model.published_revision.number == 2
    assert json.loads(model.published_revision.definition)[0]["context_length"] == 4096


def test_nothing_changed_is_said_in_place(client, ada, model):
    answer = post(client, edit(client, model), "check", message="", submit="1")
    assert answer.status_code == 400
    assert "Nothing is changed" in answer.content.decode()


def quicker(model, by, **changes):
    """Somebody publishes a change of the model meanwhile."""
    record = json.loads(model.published_revision.definition)[0] | changes
    submission = use_cases.Submission(definition=written(record))
    use_cases.edit(model, submission, by=by, base_revision=1)


def test_changes_of_two_people_that_fit_are_joined(client, ada, model):
    draft = edit(client, model)
    post(client, draft, "form", **{"integer:/0/context_length": "4096"})
    quicker(model, ada, model_description="Better.")
    answer = post(client, draft, "check", message="", submit="1", follow=True)
    answer = client.get(answer.url)
    assert answer.url == address(draft, "check")
    draft.refresh_from_db()
    record = json.loads(draft.definition)[0]
    assert (record["context_length"], record["model_description"]) == (4096, "Better.")
    post(client, draft, "check", message="", submit="1")
    model.refresh_from_db()
    assert model.published_revision.number == 3


@pytest.mark.parametrize(("side", "length"), [("ours", 4096), ("theirs", 8192)])
def test_where_two_people_changed_one_thing_the_second_chooses(client, ada, model, side, length):
    draft = edit(client, model)
    post(client, draft, "form", **{"integer:/0/context_length": "4096"})
    quicker(model, ada, context_length=8192)
    merge = post(client, draft, "check", message="", submit="1").url
    page = client.get(merge)
    assert page.status_code == 200
    assert "4096" in page.content.decode()
    assert "8192" in page.content.decode()
    key = re.search(r'name="(side:[^"]+)"', page.content.decode()).group(1)
    assert client.post(merge, {key: "neither"}).status_code == 200
    assert client.post(merge, {key: side}).url == address(draft, "check")
    draft.refresh_from_db()
    assert json.loads(draft.definition)[0]["context_length"] == length
    assert draft.base_revision.number == 2


# --- Completion -------------------------------------------------------------------------------


def test_the_editor_is_told_what_can_be_completed(client):
    answer = client.get(f"{START}/completions/llm.json")
    keys = answer.json()["item"]["keys"]
    assert keys["model_specs"]["item"]["keys"]["model_format"]["values"][0] == "pytorch"
    assert keys["model_name"]["required"] is True
    assert client.get(f"{START}/completions/car.json").status_code == 404
