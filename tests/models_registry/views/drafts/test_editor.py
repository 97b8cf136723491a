"""The pages of a draft: form, JSON and README, and two windows on one draft."""

import json
import re

import pytest

from models_registry.drafting import drafts
from models_registry.errors import StaleState
from models_registry.models import Draft, ReadmeOrigin, RegisteredModel
from tests.factories import a_user, llm_record, written
from tests.forms import form_fields
from tests.models_registry.drafting.forms import (
    ODD,
    START,
    a_draft,
    address,
    hidden,
    post,
    typed,
)
from tests.models_registry.xss_corpus import HOSTILE_DESCRIPTIONS, HOSTILE_NAMES

pytestmark = pytest.mark.django_db


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
    # "Save this one" overwrites what was there then, and not what comes after it.
    over = late | {"force": hidden(answer, "force")}
    post(client, draft, "json", text=ODD.replace("odd", "later"))
    again = client.post(address(draft, "json"), over)
    assert again.status_code == 409
    draft.refresh_from_db()
    assert "later" in draft.definition
    client.post(address(draft, "json"), over | {"force": hidden(again, "force")})
    draft.refresh_from_db()
    assert 'late"' in draft.definition


def test_of_two_windows_each_overwrites_what_it_has_touched(client, ada):
    draft = a_draft(ada)
    page = client.get(address(draft)).content.decode()
    fields = form_fields(page, f"/model-registration/{draft.pk}/form")
    late = fields | {"integer:/0/context_length": "4096"}
    [kind] = [name for name in fields if name.endswith(":/0/model_description")]
    post(client, draft, "form", **{kind: "Written in the first window."})
    answer = client.post(address(draft), late)
    assert answer.status_code == 409
    refused = form_fields(answer.content.decode(), f"/model-registration/{draft.pk}/form")
    assert refused["shown"] == fields["shown"]
    client.post(address(draft), refused | {"force": hidden(answer, "force")})
    draft.refresh_from_db()
    [record] = json.loads(draft.definition)
    assert record["context_length"] == 4096
    assert record["model_description"] == "Written in the first window."


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


def test_a_page_that_did_not_hear_of_its_own_save_can_take_it_back(client, ada):
    draft = a_draft(ada)
    page = client.get(address(draft)).content.decode()
    sent = form_fields(page, f"/model-registration/{draft.pk}/form")
    before = sent["integer:/0/context_length"]
    client.post(address(draft), sent | {"integer:/0/context_length": "4096", "turn": "1"})
    client.post(address(draft), sent | {"turn": "2"})
    draft.refresh_from_db()
    assert json.loads(draft.definition)[0]["context_length"] == int(before)


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


def test_the_editor_is_told_what_can_be_completed(client):
    answer = client.get(f"{START}/completions/llm.json")
    keys = answer.json()["item"]["keys"]
    assert keys["model_specs"]["item"]["keys"]["model_format"]["values"][0] == "pytorch"
    assert keys["model_name"]["required"] is True
    assert client.get(f"{START}/completions/car.json").status_code == 404
