"""A person decides between a model here and the source's version of it."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from hub.models import AuditEntry
from models_registry.conflict_sides import field_of, is_whole
from models_registry.errors import InvalidDefinition, InvalidParameter, NotAllowed, StaleState
from models_registry.models import (
    CatalogueList,
    RegisteredModel,
    SourceMark,
    UpstreamChange,
    UpstreamFile,
)
from models_registry.policy import grant_maintainer
from models_registry.sync import conflicts
from tests.factories import a_model, a_person, llm_record, written
from tests.models_registry.sync.source_conflicts import (
    BEGIN,
    OURS,
    SOURCE,
    THEIRS,
    decide,
    edit,
    form,
    record_of,
    update,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper():
    return a_person("keeper", "update_catalogue", "change_public_model", "expire_public_model")


@pytest.fixture
def model(keeper) -> RegisteredModel:
    """In conflict with the source at two values; a third value was changed only at the source."""
    update(BEGIN)
    model = RegisteredModel.objects.get(name="alpha")
    edit(model, keeper, **OURS)
    update({**BEGIN, **THEIRS})
    return RegisteredModel.objects.get(name="alpha")


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
    shown = conflicts.difference(model)
    posted = form(model, context_length="ours", model_description="theirs")
    edit(model, keeper, model_description="Ours, again.")
    with pytest.raises(StaleState, match="changed since this page"):
        decide(model, posted, keeper, version=shown.version)
    assert record_of(model)["model_description"] == "Ours, again."
    # The choice at the value that is as it was is still there, the other one is not.
    model.refresh_from_db()
    assert list(conflicts.difference(model).choices(posted).values()) == ["ours"]


def test_a_source_that_changed_since_the_page_was_shown_is_not_decided(model, keeper):
    shown = conflicts.difference(model)
    update({**BEGIN, **THEIRS, "context_length": 4000})
    with pytest.raises(StaleState):
        decide(model, {"all": "theirs"}, keeper, version=shown.version)
    assert record_of(model)["context_length"] == 2000


def test_a_conflict_is_decided_once(model, keeper):
    version = conflicts.difference(model).version
    decide(model, {"all": "ours"}, keeper)
    with pytest.raises(StaleState, match="No decision is needed"):
        decide(model, {"all": "theirs"}, keeper, version=version)


def test_what_fits_together_since_an_edit_is_joined(model, keeper):
    edit(model, keeper, context_length=3000, model_description="Theirs.")
    model.refresh_from_db()
    assert conflicts.difference(model).places() == []
    decide(model, {}, keeper)
    assert record_of(model)["model_lang"] == ["en", "zh", "fr"]
    assert not SourceMark.objects.exists()


def test_what_was_registered_here_is_chosen_as_a_whole(keeper):
    model = a_model("alpha", definition=written({**BEGIN, "context_length": 1}))
    update(BEGIN)
    model.refresh_from_db()
    difference = conflicts.difference(model)
    (place,) = difference.places()
    assert is_whole([place])
    posted = {field_of(place): "ours"}
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
    assert "do not form a valid definition together" in mark.reason_text
    model.refresh_from_db()
    (place,) = conflicts.difference(model).places()
    assert is_whole([place])
    decide(model, {field_of(place): "theirs"}, keeper)
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
    (place,) = conflicts.difference(model).places()
    assert place.pointer == "/0/model_specs/0/model_src/huggingface"
    with pytest.raises(InvalidDefinition, match="model_file_name_template"):
        decide(model, {field_of(place): "theirs"}, keeper)
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
        assert not conflicts.may_resolve(person, model), name
        assert not SourceMark.objects.for_maintainer(person).exists(), name
        with pytest.raises(NotAllowed):
            decide(model, {"all": "theirs"}, person)
        with pytest.raises(NotAllowed):
            conflicts.keep(model, by=person)


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
        assert listed == conflicts.may_resolve(person, model), (visibility, person)


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
    conflicts.keep(model, by=keeper)
    assert not SourceMark.objects.undecided().exists()
    assert AuditEntry.objects.get(tag="registry:source:decide").target_label
    assert update(llm_record("beta")).removed == []
    with pytest.raises(StaleState):
        conflicts.keep(model, by=keeper)
    update(BEGIN, llm_record("beta"))
    assert not SourceMark.objects.exists()
    assert update(llm_record("beta")).removed == ["alpha"], "it went once more"


def test_a_conflict_with_what_is_gone_meanwhile_leaves_that_it_is_gone(model, keeper):
    SourceMark.objects.update(missing_since=timezone.now())
    decide(model, {"all": "ours"}, keeper)
    mark = SourceMark.objects.get()
    assert (mark.is_gone, mark.their_text) == (True, "")
