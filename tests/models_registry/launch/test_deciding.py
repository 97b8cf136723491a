"""A person decides between a model here and the source's version of it."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from hub.models import AuditEntry
from models_registry import use_cases
from models_registry.errors import InvalidDefinition, InvalidParameter, NotAllowed, StaleState
from models_registry.launch import deciding
from models_registry.launch.merging import merge_list
from models_registry.models import CatalogueList, RegisteredModel, UpstreamFile
from models_registry.outbox_tables import UpstreamChange
from models_registry.policy import grant_maintainer
from models_registry.sources.hub import read_list
from models_registry.update_tables import SourceMark
from tests.factories import a_model, a_person, llm_record, written

pytestmark = pytest.mark.django_db

SOURCE = "hub:https://source.example"
BEGIN = llm_record("alpha", context_length=1000)
OURS = {"context_length": 2000, "model_description": "Ours."}
THEIRS = {
    "context_length": 3000, "model_description": "Theirs.", "model_lang": ["en", "zh", "fr"],
    "updated_at": 1_790_000_000,
}  # fmt: skip


@pytest.fixture
def keeper():
    return a_person("keeper", "update_catalogue", "change_public_model", "expire_public_model")


def update(*records, by=None):
    """What an update does with a list of these records."""
    models = read_list("https://source.example", "llm", written(*records).encode()).models
    return merge_list("llm", models, source=SOURCE, by=by)


def edit(model, keeper, **changes):
    model.refresh_from_db()
    published = model.published_revision
    text = written({**json.loads(published.definition)[0], **changes})
    submission = use_cases.Submission(definition=text)
    use_cases.edit(model, submission, by=keeper, base_revision=published.number)


@pytest.fixture
def model(keeper) -> RegisteredModel:
    """In conflict with the source at two values; a third one the source alone has changed."""
    update(BEGIN)
    model = RegisteredModel.objects.get(name="alpha")
    edit(model, keeper, **OURS)
    update({**BEGIN, **THEIRS})
    return RegisteredModel.objects.get(name="alpha")


def record_of(model) -> dict:
    return json.loads(RegisteredModel.objects.get(pk=model.pk).published_revision.definition)[0]


def form(model, **sides: str) -> dict[str, str]:
    """The fields of the page, with a side for each key."""
    found = deciding.difference(model)
    return {
        deciding.field_of(place): sides[place.pointer.rpartition("/")[2]]
        for place in found.places()
        if place.pointer.rpartition("/")[2] in sides
    }


def decide(model, posted, keeper, version=None):
    if version is None:
        version = deciding.difference(model).version
    return deciding.decide(model, posted, by=keeper, version=version)


def test_value_by_value_becomes_a_revision_of_that_person(model, keeper):
    posted = form(model, context_length="ours", model_description="theirs")
    revision = decide(model, posted, keeper)
    record = record_of(model)
    assert (record["context_length"], record["model_description"]) == (2000, "Theirs.")
    assert record["model_lang"] == ["en", "zh", "fr"], "what did not collide is joined"
    assert record["updated_at"] > 1_790_000_000
    assert (revision.author, revision.number) == (keeper, 3)
    assert not SourceMark.objects.exists()
    assert json.loads(UpstreamFile.objects.get(model=model).text)[0]["context_length"] == 3000
    served = json.loads(bytes(CatalogueList.objects.get(model_type="llm").body))
    assert served == [record]
    entry = AuditEntry.objects.filter(tag="registry:model:publish").first()
    assert (entry.actor, entry.data["revision"]) == (keeper, 3)
    assert entry.data["choices"] == {
        "/0/context_length": "ours", "/0/model_description": "theirs",
    }  # fmt: skip
    change = UpstreamChange.objects.order_by("-pk").first()
    assert json.loads(change.wanted) == [record]


def test_the_next_update_from_the_same_list_asks_no_more(model, keeper):
    decide(model, form(model, context_length="ours", model_description="theirs"), keeper)
    before = record_of(model)
    outcome = update({**BEGIN, **THEIRS})
    assert (outcome.kept, outcome.conflicts) == (["alpha"], [])
    assert record_of(model) == before


def test_all_of_the_sources_has_its_bytes_and_needs_no_pull_request(model, keeper):
    UpstreamChange.objects.all().delete()
    decide(model, {"all": "theirs"}, keeper)
    model.refresh_from_db()
    assert model.published_revision.definition == written({**BEGIN, **THEIRS})
    assert not UpstreamChange.objects.exists()
    assert update({**BEGIN, **THEIRS}).unchanged == ["alpha"]


def test_all_of_the_sources_calls_an_edit_back_that_is_on_its_way(model, keeper):
    assert UpstreamChange.objects.get().state == "waiting"
    decide(model, {"all": "theirs"}, keeper)
    newest = UpstreamChange.objects.order_by("-pk").first()
    assert newest.wanted == written({**BEGIN, **THEIRS})
    assert newest.base == written(BEGIN), "upstream itself has not been looked at"


def test_all_of_the_hubs_joins_the_rest_and_says_that_it_differs(model, keeper):
    decide(model, {"all": "ours"}, keeper)
    record = record_of(model)
    assert (record["context_length"], record["model_description"]) == (2000, "Ours.")
    assert record["model_lang"] == ["en", "zh", "fr"]
    assert json.loads(UpstreamChange.objects.order_by("-pk").first().wanted) == [record]


def test_a_place_without_a_choice_is_named_and_nothing_is_done(model, keeper):
    posted = form(model, context_length="ours") | {"side-nothing": "theirs"}
    with pytest.raises(InvalidParameter, match="/0/model_description"):
        decide(model, posted, keeper)
    assert record_of(model)["model_description"] == "Ours."
    assert SourceMark.objects.exists()


def test_a_side_that_is_none_is_no_choice(model, keeper):
    posted = form(model, context_length="both", model_description="")
    with pytest.raises(InvalidParameter):
        decide(model, posted, keeper)


def test_a_model_that_changed_since_the_page_was_shown_is_not_decided(model, keeper):
    shown = deciding.difference(model)
    posted = form(model, context_length="ours", model_description="theirs")
    edit(model, keeper, model_description="Ours, again.")
    with pytest.raises(StaleState, match="changed since this page"):
        decide(model, posted, keeper, version=shown.version)
    assert record_of(model)["model_description"] == "Ours, again."
    # The choice at the value that is as it was is still there, the other one is not.
    model.refresh_from_db()
    assert list(deciding.difference(model).choices(posted).values()) == ["ours"]


def test_a_source_that_changed_since_the_page_was_shown_is_not_decided(model, keeper):
    shown = deciding.difference(model)
    update({**BEGIN, **THEIRS, "context_length": 4000})
    with pytest.raises(StaleState):
        decide(model, {"all": "theirs"}, keeper, version=shown.version)
    assert record_of(model)["context_length"] == 2000


def test_a_conflict_is_decided_once(model, keeper):
    version = deciding.difference(model).version
    decide(model, {"all": "ours"}, keeper)
    with pytest.raises(StaleState, match="was decided"):
        decide(model, {"all": "theirs"}, keeper, version=version)


def test_what_fits_together_since_an_edit_is_joined(model, keeper):
    edit(model, keeper, context_length=3000, model_description="Theirs.")
    model.refresh_from_db()
    assert deciding.difference(model).places() == []
    decide(model, {}, keeper)
    assert record_of(model)["model_lang"] == ["en", "zh", "fr"]
    assert not SourceMark.objects.exists()


def test_what_was_registered_here_is_chosen_as_a_whole(keeper):
    model = a_model("alpha", definition=written({**BEGIN, "context_length": 1}))
    update(BEGIN)
    model.refresh_from_db()
    found = deciding.difference(model)
    (place,) = found.places()
    assert deciding.is_whole([place])
    posted = {deciding.field_of(place): "ours"}
    assert decide(model, posted, keeper) is None
    assert record_of(model)["context_length"] == 1
    assert not SourceMark.objects.exists()
    entry = AuditEntry.objects.get(tag="registry:source:decide")
    assert (entry.actor, entry.data["choices"]) == (keeper, {"/": "ours"})
    assert update(BEGIN).kept == ["alpha"], "from now on it is an edit made here"
    joined = update({**BEGIN, "model_description": "News."})
    assert joined.merged == ["alpha"]


def test_taking_a_whole_is_refused_where_no_server_would_load_it(model, keeper):
    SourceMark.objects.update(their_text=written(llm_record("alpha", version=3)))
    UpstreamFile.objects.all().delete()
    model = RegisteredModel.objects.get(pk=model.pk)
    with pytest.raises(InvalidDefinition, match="version"):
        decide(model, {"all": "theirs"}, keeper)
    assert SourceMark.objects.exists()
    assert record_of(model)["context_length"] == 2000


def test_what_would_be_invalid_together_is_chosen_as_a_whole(keeper):
    specs = llm_record("alpha")["model_specs"]
    template = {"model_file_name_template": "a-{quantization}.gguf"}
    source = specs[0]["model_src"]["huggingface"]
    with_template = {**specs[0], "model_src": {"huggingface": {**source, **template}}}
    update({**BEGIN, "model_specs": [with_template]})
    model = RegisteredModel.objects.get(name="alpha")
    edit(model, keeper, model_specs=[{**with_template, "model_format": "ggufv2"}])
    update({**BEGIN, "model_specs": specs})
    mark = SourceMark.objects.get()
    assert "no valid definition together" in mark.why
    model.refresh_from_db()
    (place,) = deciding.difference(model).places()
    assert deciding.is_whole([place])
    decide(model, {deciding.field_of(place): "theirs"}, keeper)
    assert record_of(model)["model_specs"] == specs


def test_choices_that_do_not_fit_together_are_refused(keeper):
    spec = llm_record("alpha")["model_specs"][0]
    source = spec["model_src"]["huggingface"]

    def with_template(name: str, model_format: str = "pytorch") -> dict:
        src = {"huggingface": {**source, "model_file_name_template": name}}
        return {**spec, "model_format": model_format, "model_src": src}

    update({**BEGIN, "model_specs": [with_template("a.gguf")]})
    model = RegisteredModel.objects.get(name="alpha")
    edit(model, keeper, model_specs=[with_template("b-{quantization}.gguf", "ggufv2")])
    update({**BEGIN, "model_specs": [spec]})
    model.refresh_from_db()
    before = record_of(model)
    (place,) = deciding.difference(model).places()
    assert place.pointer == "/0/model_specs/0/model_src/huggingface"
    with pytest.raises(InvalidDefinition, match="model_file_name_template"):
        decide(model, {deciding.field_of(place): "theirs"}, keeper)
    assert record_of(model) == before
    assert SourceMark.objects.exists()


def test_deciding_takes_the_right_to_update_and_the_right_to_edit(model):
    people = {
        "reader": [],
        "updater": ["update_catalogue"],
        "editor": ["change_public_model"],
    }
    for name, rights in people.items():
        person = a_person(name, *rights)
        assert not deciding.may_decide(person, model), name
        assert not SourceMark.objects.for_maintainer(person).exists(), name
        with pytest.raises(NotAllowed):
            decide(model, {"all": "theirs"}, person)
        with pytest.raises(NotAllowed):
            deciding.keep(model, by=person)


def test_a_right_on_this_one_model_is_enough_with_the_right_to_update(model):
    person = a_person("grace", "update_catalogue")
    grant_maintainer(person, model)
    assert list(SourceMark.objects.for_maintainer(person)) == [SourceMark.objects.get()]
    decide(model, {"all": "theirs"}, person)
    assert record_of(model)["context_length"] == 3000


@pytest.mark.parametrize("visibility", ["public", "enterprise", "private"])
def test_the_list_asks_what_the_policy_asks(model, visibility):
    RegisteredModel.objects.update(visibility=visibility)
    model = RegisteredModel.objects.get()
    rights = ["update_catalogue", "change_public_model", "change_enterprise_model"]
    people = [a_person(f"p{n}", *(r for i, r in enumerate(rights) if n >> i & 1)) for n in range(8)]
    granted = a_person("granted")
    grant_maintainer(granted, model)
    root = a_person("root")
    root.is_superuser = True
    root.save()
    for person in [*people, granted, root]:
        listed = SourceMark.objects.for_maintainer(person).exists()
        assert listed == deciding.may_decide(person, model), (visibility, person)


def test_an_enterprise_model_never_goes_to_upstream(keeper):
    model = a_model("alpha", visibility="enterprise", definition=written({**BEGIN, **OURS}))
    SourceMark.objects.create(model=model, their_text=written(BEGIN), source=SOURCE)
    person = a_person("eve", "change_enterprise_model")
    decide(model, {"all": "theirs"}, person)
    assert record_of(model)["context_length"] == 1000
    assert not UpstreamChange.objects.exists()
    assert not CatalogueList.objects.filter(body__contains=b"alpha").exists()


def test_what_is_gone_and_kept_is_not_told_again_until_it_is_back(keeper):
    update(BEGIN, llm_record("beta"))
    assert update(llm_record("beta")).removed == ["alpha"]
    model = RegisteredModel.objects.get(name="alpha")
    deciding.keep(model, by=keeper)
    assert not SourceMark.objects.undecided().exists()
    assert AuditEntry.objects.get(tag="registry:source:decide").target_label
    assert update(llm_record("beta")).removed == []
    with pytest.raises(StaleState):
        deciding.keep(model, by=keeper)
    update(BEGIN, llm_record("beta"))
    assert not SourceMark.objects.exists()
    assert update(llm_record("beta")).removed == ["alpha"], "it went once more"


def test_a_conflict_with_what_is_gone_meanwhile_leaves_that_it_is_gone(model, keeper):
    SourceMark.objects.update(missing_since=timezone.now())
    decide(model, {"all": "ours"}, keeper)
    mark = SourceMark.objects.get()
    assert (mark.is_gone, mark.their_text) == (True, "")


# --- The pages ----------------------------------------------------------------------------------


@pytest.fixture
def signed_in(client, keeper):
    client.force_login(keeper)
    return client


def test_the_page_shows_both_sides_and_a_post_decides(model, signed_in):
    page = signed_in.get(f"/launch_model/conflicts/{model.pk}").content.decode()
    for text in ("Ours.", "Theirs.", "2000", "3000", "1000", "/0/context_length"):
        assert text in page
    version = deciding.difference(model).version
    posted = form(model, context_length="ours", model_description="theirs")
    answer = signed_in.post(
        f"/launch_model/conflicts/{model.pk}", {**posted, "version": version}, follow=True
    )
    assert "is decided, and published as you chose" in answer.content.decode()
    assert record_of(model)["model_description"] == "Theirs."


def test_a_refused_decision_keeps_what_was_chosen(model, signed_in):
    posted = form(model, context_length="theirs")
    version = deciding.difference(model).version
    answer = signed_in.post(f"/launch_model/conflicts/{model.pk}", {**posted, "version": version})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Choose a side at each of these places: /0/model_description." in page
    (field,) = posted
    assert f'name="{field}" value="theirs" required checked' in page
    assert page.count("required checked") == 1


def test_a_stale_page_says_so_and_shows_what_is_there_now(model, signed_in, keeper):
    version = deciding.difference(model).version
    posted = form(model, context_length="theirs", model_description="ours")
    edit(model, keeper, model_description="Ours, again.")
    answer = signed_in.post(f"/launch_model/conflicts/{model.pk}", {**posted, "version": version})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "has changed since this page was shown" in page.replace("\n", " ")
    assert "Ours, again." in page
    assert page.count("required checked") == 1


def test_values_from_outside_are_text_on_the_page(keeper, signed_in):
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    update(BEGIN)
    model = RegisteredModel.objects.get(name="alpha")
    edit(model, keeper, model_description="Ours.")
    update({**BEGIN, "model_description": evil})
    for address in (f"/launch_model/conflicts/{model.pk}", "/launch_model/conflicts"):
        page = signed_in.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert (
        "&lt;script&gt;alert(1)"
        in signed_in.get(f"/launch_model/conflicts/{model.pk}").content.decode()
    )


def test_the_list_and_the_launch_page_lead_to_what_waits(model, signed_in, client):
    assert (
        "1 model differs from the source and waits"
        in signed_in.get("/launch_model/llm").content.decode()
    )
    address = f"/launch_model/conflicts/{model.pk}"
    for page in ("/launch_model/llm", "/launch_model/conflicts"):
        assert address in signed_in.get(page).content.decode()
    client.force_login(a_person("updater", "update_catalogue"))
    page = client.get("/launch_model/llm").content.decode()
    assert "Differs from the source" in page
    assert "/launch_model/conflicts" not in page
    assert "Nothing waits" in client.get("/launch_model/conflicts").content.decode()
    assert client.get(address).status_code == 404
    assert client.post(address, {"all": "theirs"}).status_code == 404
    assert client.post(f"{address}/keep").status_code == 404


def test_keeping_what_is_gone_is_one_click(keeper, signed_in):
    update(BEGIN, llm_record("beta"))
    update(llm_record("beta"))
    model = RegisteredModel.objects.get(name="alpha")
    page = signed_in.get("/launch_model/conflicts").content.decode()
    assert f"/models/detail/{model.pk}/settings#expiry" in page
    answer = signed_in.post(f"/launch_model/conflicts/{model.pk}/keep", follow=True)
    assert "alpha stays." in answer.content.decode()
    assert "Gone at the source" not in signed_in.get("/launch_model/llm").content.decode()


def test_a_model_that_is_decided_leads_on_to_the_list(model, signed_in, keeper):
    decide(model, {"all": "ours"}, keeper)
    answer = signed_in.get(f"/launch_model/conflicts/{model.pk}", follow=True)
    assert "does not differ from the source any more" in answer.content.decode()
