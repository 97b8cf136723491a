"""Pages of a draft that was submitted meanwhile, and what the check says of small things."""

from __future__ import annotations

import json

import pytest

from models_registry.drafting import drafts
from models_registry.models import Draft, RegisteredModel, SubmittedDraft
from tests.factories import a_user, llm_record, written
from tests.models_registry.drafting.forms import a_draft, address, typed
from tests.standins.model_hubs import Repository

pytestmark = pytest.mark.django_db


def submitted(ada) -> Draft:
    """A draft that its other window has submitted; the object keeps its number."""
    draft = a_draft(ada)
    pk = draft.pk
    drafts.submit(draft, by=ada)
    draft.pk = pk
    return draft


@pytest.mark.parametrize("view", ["form", "json", "readme", "check"])
def test_back_leads_to_what_became_of_the_draft(client, ada, view):
    draft = submitted(ada)
    answer = client.get(address(draft, view), follow=True)
    model = RegisteredModel.objects.get()
    assert answer.redirect_chain[-1][0] == model.get_absolute_url()
    assert "This draft was submitted as revision 1." in answer.content.decode()
    client.force_login(a_user("eve"))
    assert client.get(address(draft, view)).status_code == 404


def test_pressing_submit_again_makes_nothing(client, ada):
    draft = a_draft(ada)
    fields = typed(client, draft, "check", submit="1", message="")
    client.post(address(draft, "check"), fields)
    answer = client.post(address(draft, "check"), fields, follow=True)
    assert "This draft was submitted as revision 1." in answer.content.decode()
    assert not Draft.objects.exists()
    assert RegisteredModel.objects.count() == 1


@pytest.mark.parametrize(
    ("view", "sent"),
    [
        ("form", {"integer:/0/context_length": "4096"}),
        ("json", {"text": written(llm_record(context_length=4096))}),
        ("readme", {"text": "# Typed in the second window"}),
    ],
)
def test_what_a_second_window_has_typed_is_kept_in_a_new_draft(client, ada, view, sent):
    draft = a_draft(ada)
    fields = typed(client, draft, view, **sent)
    drafts.submit(Draft.objects.get(), by=ada)
    in_background = client.post(address(draft, view), fields, headers={"HX-Request": "true"})
    assert in_background.status_code == 409
    assert "submitted as revision 1" in in_background.content.decode()
    assert not Draft.objects.exists()
    answer = client.post(address(draft, view), fields, follow=True)
    kept = Draft.objects.get()
    assert kept.model == RegisteredModel.objects.get()
    assert kept.base_revision.number == 1
    assert "What you have typed since is in this new draft." in answer.content.decode()
    if view == "readme":
        assert kept.readme == "# Typed in the second window"
    else:
        assert json.loads(kept.definition)[0]["context_length"] == 4096


def test_typed_text_never_replaces_another_draft_of_the_model(client, ada):
    draft = a_draft(ada)
    text = written(llm_record(context_length=4096))
    fields = typed(client, draft, "json", text=text)
    drafts.submit(Draft.objects.get(), by=ada)
    other = drafts.open_for(RegisteredModel.objects.get(), by=ada)
    client.post(address(draft, "json"), fields)
    assert Draft.objects.get(pk=other.pk).definition == other.definition
    assert Draft.objects.exclude(pk=other.pk).get().definition == text


def test_what_is_remembered_goes_with_the_model(ada):
    submitted(ada)
    model = RegisteredModel.objects.get()
    RegisteredModel.objects.update(published_revision=None)
    model.delete()
    assert not SubmittedDraft.objects.exists()


def test_registering_privately_is_not_called_publishing(client, ada):
    draft = a_draft(ada)
    fields = typed(client, draft, "check", submit="1", message="")
    answer = client.post(address(draft, "check"), fields, follow=True)
    page = answer.content.decode()
    assert "Revision 1 has been saved. Only you can see the model." in page
    assert "has been published" not in page


def test_a_chat_model_without_a_template_is_told_so(client, ada):
    draft = a_draft(ada)
    note = "has the ability chat, but no chat template"
    assert note in client.get(address(draft, "check")).content.decode()
    Draft.objects.update(definition=written(llm_record(chat_template="{{ messages }}")))
    assert note not in client.get(address(draft, "check")).content.decode()


def test_broken_json_in_a_field_is_told_with_its_line(client, ada):
    draft = a_draft(ada)
    broken = '{\n  "packages": ["a",]\n}'
    fields = typed(client, draft, "form", **{"json:/0/virtualenv": broken})
    client.post(address(draft, "form"), fields)
    draft.refresh_from_db()
    record = json.loads(draft.definition)[0] | {"virtualenv": broken}
    Draft.objects.update(definition=written(record))
    page = client.get(address(draft, "check")).content.decode()
    assert "This is not valid JSON. Line 2 of the field, column" in page


def test_a_source_on_modelscope_is_added_only_if_it_is_there(client, ada, hubs):
    record = llm_record()
    record["model_specs"][0]["model_src"]["huggingface"]["model_id"] = "Qwen/Qwen3-0.6B"
    draft = a_draft(ada, written(record))
    fix = "no-twin/0/model_specs/0/model_src/huggingface"
    page = client.get(address(draft, "check")).content.decode()
    assert fix in page
    fields = typed(client, draft, "form", fix=fix)
    answer = client.post(address(draft, "form"), fields, follow=True)
    assert "ModelScope has no repository Qwen/Qwen3-0.6B." in answer.content.decode()
    draft.refresh_from_db()
    assert "modelscope" not in draft.definition
    hubs.modelscope["Qwen/Qwen3-0.6B"] = Repository({"README.md": "# Q"})
    client.post(address(draft, "form"), typed(client, draft, "form", fix=fix))
    draft.refresh_from_db()
    assert "modelscope" in draft.definition
