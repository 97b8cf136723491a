"""The Launch Model page in a real browser, with JavaScript and without."""

from __future__ import annotations

import dataclasses
import json
import threading
import time

import pytest
from django.db import connection
from playwright.sync_api import expect

from accounts.models import User
from accounts.own_servers import save_own_server
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.models import RegisteredModel, UpdateRun
from models_registry.sync import update as updating
from tests.browser.conftest import PHONE, overflow
from tests.factories import a_model, a_person, image_record, llm_record, written
from tests.standins.hub import as_source
from tests.standins.xinference import XinferenceServer, registered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source(settings):
    models = [llm_record("alpha"), llm_record("beta")]
    with as_source(settings, llm=models, image=[image_record("picture")]) as hub:
        yield hub


@pytest.fixture
def worker(monkeypatch):
    """A worker in a thread: it takes up updates, a moment later, and leaves other tasks alone."""

    def work(run_id: int) -> None:
        time.sleep(1.5)
        updating.run(run_id)
        connection.close()

    def send_task(name: str, args: list[int], **options: object) -> None:
        if name == updating.TASK:
            threading.Thread(target=work, args=args).start()

    monkeypatch.setattr("celery.current_app.send_task", send_task)


@pytest.fixture
def signed_in(context, client, live_server):
    """The browser of somebody who may update."""
    client.force_login(a_person("keeper", "update_catalogue", "Registrars"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([{**cookie, "url": live_server.url}])


def test_update_shows_its_progress_and_jumps_to_the_fresh_tab(page, signed_in, source, worker):
    page.goto("/launch_model/")
    page.get_by_label("Type Selection").select_option("image")
    page.get_by_role("button", name="Update").click()
    expect(page.get_by_role("heading", name="Updating the image list")).to_be_visible()
    expect(page.get_by_text("The image list is up to date.")).to_be_visible()
    assert page.url.partition("?")[0].endswith("/launch_model/image")
    expect(page.get_by_role("heading", name="picture")).to_be_visible()


def test_update_works_without_javascript(browser, client, live_server, source, worker):
    client.force_login(a_person("keeper", "update_catalogue"))
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([{**cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto("/launch_model/llm")
    page.get_by_role("button", name="Update").click()
    expect(page.get_by_role("heading", name="Updating the llm list")).to_be_visible()
    expect(page.get_by_text("The llm list is up to date.")).to_be_visible()
    assert UpdateRun.objects.get().state == "done"
    context.close()


def test_add_model_opens_a_dialog_suggests_names_and_ends_on_the_tab(page, signed_in, source):
    page.goto("/launch_model/image")
    page.get_by_role("link", name="Add Model").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Add Model")).to_be_visible()
    dialog.get_by_label("Model name").press_sequentially("alp")
    expect(dialog.locator("#source-names option")).to_have_count(1)
    dialog.get_by_label("Model name").fill("alpha")
    dialog.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", name="Add alpha?")).to_be_visible()
    page.get_by_role("button", name="Add Model").click()
    expect(page.get_by_text("alpha has been added.")).to_be_visible()
    expect(page.get_by_text("New", exact=True)).to_be_visible()
    assert RegisteredModel.objects.get(name="alpha").visibility == "public"


def test_adding_and_launching_work_without_javascript(browser, client, live_server, source):
    client.force_login(a_person("reader", "Registrars"))
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([{**cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto("/launch_model/llm")
    page.get_by_role("link", name="Add Model").click()
    page.get_by_label("Model name").fill("nothing-like-it")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("The source has no such model")).to_be_visible()
    assert page.get_by_label("Model name").input_value() == "nothing-like-it"
    page.get_by_label("Model name").fill("beta")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Add Model").click()
    expect(page.get_by_text("beta has been added.")).to_be_visible()
    page.get_by_role("link", name="Launch beta").click()
    page.get_by_label("Replicas").fill("2")
    page.get_by_role("button", name="Show the commands").click()
    expect(page.locator("#copy-text-1")).to_contain_text("--replica 2")
    context.close()


def test_the_drawer_changes_the_commands_with_the_choices(page, context):
    specs = llm_record("alpha")["model_specs"]
    gguf = {**specs[0], "model_format": "ggufv2"}
    gguf["model_src"] = {
        "huggingface": {
            "quantizations": ["Q4_K_M", "Q8_0"],
            "model_id": "example/alpha-gguf",
            "model_file_name_template": "alpha-{quantization}.gguf",
        }
    }
    a_model("alpha", definition=written(llm_record("alpha", model_specs=[*specs, gguf])))
    page.goto("/launch_model/llm")
    page.get_by_role("link", name="Launch alpha").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Format").select_option("ggufv2")
    expect(drawer.locator("#copy-text-1")).to_contain_text("--model-format ggufv2")
    drawer.get_by_label("Quantization").select_option("Q8_0")
    expect(drawer.locator("#copy-text-1")).to_contain_text("--quantization Q8_0")
    drawer.get_by_role("button", name="Copy").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("xinference launch")
    assert "--quantization Q8_0" in copied
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_a_launch_shows_its_progress_until_it_runs(page, signed_in, settings):
    server = XinferenceServer()
    settings.ENV = dataclasses.replace(settings.ENV, xinference_endpoint=server.url)
    a_model("alpha")
    page.goto("/launch_model/llm")
    page.get_by_role("link", name="Launch alpha").click()
    page.get_by_role("button", name="Launch on the server").click()
    expect(page.get_by_role("heading", name="Launching alpha")).to_be_visible()
    server.progress["alpha"] = 0.5
    expect(page.get_by_text("50 %")).to_be_visible()
    server.progress["alpha"] = 1.0
    expect(page.get_by_role("heading", name="Xinference server")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("alpha has been stopped.")).to_be_visible()
    server.stop()


def test_filters_narrow_the_cards_and_nothing_overflows_on_a_phone(page):
    page.set_viewport_size(PHONE)
    long = "a-model-with-a-very-long-name-" * 6 + "end"
    a_model(long)
    a_model("beta", definition=written(llm_record("beta", model_ability=["generate"])))
    page.goto("/launch_model/llm")
    expect(page.locator(".launch-card")).to_have_count(2)
    assert overflow(page) <= 0
    page.get_by_label("Ability").select_option("generate")
    expect(page.locator(".launch-card")).to_have_count(1)
    page.goto(f"/launch_model/{RegisteredModel.objects.get(name=long).pk}/launch")
    assert overflow(page) <= 0


def test_a_server_of_ones_own_from_the_user_center_to_a_launch(page, signed_in, there, source):
    a_model("alpha")
    a_model("beta")
    there.known["LLM"] = [registered(llm_record("alpha"), cached=True)]
    there.engines["alpha"] = {"SGLang": [{"model_format": "pytorch"}], "vLLM": "not installed"}
    page.goto("/user-center/key")
    card = page.locator("#own-server")
    card.get_by_label("Address").fill(there.url)
    card.get_by_label("API key").fill(there.key)
    card.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your Xinference server has been saved.")).to_be_visible()
    card.get_by_role("button", name="Test the connection").click()
    expect(
        card.get_by_text("Connected to Xinference 4.1.0. It has 1 language model.")
    ).to_be_visible()
    page.goto("/launch_model/llm")
    expect(page.get_by_text("It knows 1 of these 2 models")).to_be_visible()
    cards = page.locator(".launch-card")
    expect(cards.filter(has_text="alpha").get_by_text("Cached")).to_be_visible()
    expect(cards.filter(has_text="beta").locator(".there .badge")).to_have_count(0)
    # Badges come again with each new list of cards.
    page.get_by_label("Search in this tab").press_sequentially("alp")
    expect(cards).to_have_count(1)
    expect(cards.get_by_text("Cached")).to_be_visible()
    page.get_by_role("link", name="Launch alpha").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("The server offers these engines")).to_be_visible()
    expect(drawer.get_by_label("Engine")).to_have_value("SGLang")
    expect(drawer.locator("#copy-text-3")).to_contain_text("Bearer $XINFERENCE_API_KEY")
    drawer.get_by_label("Replicas").fill("2")
    drawer.get_by_label("Replicas").press("Tab")
    expect(drawer.locator("#copy-text-1")).to_contain_text("--replica 2")
    expect(drawer.get_by_label("Engine")).to_have_value("SGLang")
    drawer.get_by_role("button", name="Launch on your server").click()
    expect(page.get_by_role("heading", name="Launching alpha")).to_be_visible()
    assert there.models["alpha"]["model_engine"] == "SGLang"
    there.failed["alpha"] = "No available slot found for the model"
    expect(page.get_by_text("No GPU of the server is free.")).to_be_visible()
    assert there.key not in page.content()


def test_a_launch_can_be_cancelled(page, context, client, live_server, there):
    person = a_person("owner")
    save_own_server(there.url, key=there.key, by=person)
    client.force_login(person)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([{**cookie, "url": live_server.url}])
    model = a_model("alpha")
    page.goto(f"/launch_model/{model.pk}/launch")
    page.get_by_role("button", name="Launch on your server").click()
    page.get_by_role("button", name="Cancel the launch").click()
    expect(page.get_by_text("The launch of alpha has been cancelled.")).to_be_visible()
    assert there.models == {}


def test_ones_own_server_works_without_javascript(browser, client, live_server, there):
    person = a_person("owner")
    client.force_login(person)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([{**cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto("/user-center/key")
    card = page.locator("#own-server")
    card.get_by_label("Address").fill("http://169.254.169.254/latest")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_text("This hub does not connect to 169.254.169.254.")).to_be_visible()
    assert card.get_by_label("Address").input_value() == "http://169.254.169.254/latest"
    card.get_by_label("Address").fill(there.url)
    card.get_by_label("API key").fill(there.key)
    card.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_text("Connected to Xinference 4.1.0.")).to_be_visible()
    there.families["tools"] = ["alpha"]
    there.models["other"] = {"model_name": "other", "model_type": "LLM"}
    a_model("alpha")
    page.goto("/launch_model/llm")
    page.get_by_role("link", name="See what runs there").click()
    page.get_by_role("button", name="Stop other").click()
    expect(page.get_by_text("other has been stopped.")).to_be_visible()
    page.get_by_role("link", name="Language").click()
    page.get_by_role("button", name="Register alpha there").click()
    expect(page.get_by_text(f"alpha is registered at {there.url}.")).to_be_visible()
    page.get_by_role("button", name="Tell the server to update this type").click()
    expect(page.get_by_text("was told to fetch its list again")).to_be_visible()
    assert there.known["LLM"][0]["model_name"] == "alpha"
    there.engines["alpha"] = {"SGLang": [{"model_format": "pytorch"}]}
    page.goto("/launch_model/llm")
    page.get_by_role("link", name="Launch alpha").click()
    page.get_by_role("button", name="Ask the server for its engines").click()
    expect(page.get_by_label("Engine")).to_have_value("SGLang")
    page.get_by_role("button", name="Launch on your server").click()
    expect(page.get_by_role("heading", name="Launching alpha")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_a_server_fit_a_phone(page, context, client, live_server, there, scheme):
    person = a_person("owner")
    save_own_server(there.url, key=there.key, by=person)
    client.force_login(person)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([{**cookie, "url": live_server.url}])
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=scheme)
    long = "a-model-with-a-very-long-name-" * 6 + "end"
    a_model(long)
    there.models[long] = {"model_name": long, "model_type": "LLM"}
    there.known["LLM"] = [registered(llm_record(f"{long}-there"))]
    for address in ("/user-center/key", "/launch_model/llm", "/launch_model/server?type=llm"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert overflow(page) <= 0, address


def edit_alpha(**changes) -> None:
    """Somebody changes what the source changes, too."""
    keeper = User.objects.get(username="keeper")
    model = RegisteredModel.objects.get(name="alpha")
    record = json.loads(model.published_revision.definition)[0]
    submission = Submission(definition=written({**record, **changes}))
    base = model.published_revision.number
    edit(model, submission, by=keeper, base_revision=base)


@pytest.fixture
def in_conflict(source, client):
    """alpha was changed here and at the source, at two values; signed in is who may decide."""
    keeper = a_person("keeper", "update_catalogue", "change_public_model", "expire_public_model")
    client.force_login(keeper)
    updating.run(updating.update_type("llm", by=keeper).pk)
    edit_alpha(context_length=2000, model_description="Ours, in a sentence.")
    theirs = llm_record("alpha", context_length=4000, model_description="Theirs.")
    source.lists["llm"] = written({**theirs, "updated_at": 1_790_000_000})
    updating.run(updating.update_type("llm", by=keeper).pk)
    return client.cookies["sessionid"].value


def decided() -> dict:
    return json.loads(RegisteredModel.objects.get(name="alpha").published_revision.definition)[0]


def test_a_conflict_is_decided_value_by_value(page, context, live_server, in_conflict):
    context.add_cookies([{"name": "sessionid", "value": in_conflict, "url": live_server.url}])
    page.goto("/launch_model/llm")
    page.get_by_role("link", name="Differs from the source").click()
    expect(page.get_by_role("heading", name="alpha: here and at the source")).to_be_visible()
    context_length = page.get_by_role("group", name="Context length")
    context_length.get_by_text("4000").click()
    page.get_by_role("button", name="Decide").click()
    # The browser itself asks for the second choice.
    expect(page.get_by_role("heading", name="alpha: here and at the source")).to_be_visible()
    page.get_by_role("group", name="Description").get_by_text("Ours, in a sentence.").click()
    edit_alpha(model_lang=["de"])
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("alert")).to_contain_text("has changed since this page was loaded")
    expect(page.get_by_role("radio", checked=True)).to_have_count(2)
    page.get_by_role("button", name="Decide").click()
    expect(
        page.get_by_text("The conflict of alpha is resolved, and your choice is published.")
    ).to_be_visible()
    record = decided()
    assert (record["context_length"], record["model_description"], record["model_lang"]) == (
        4000, "Ours, in a sentence.", ["de"],
    )  # fmt: skip
    # What is left is beta, which the source no longer has.
    page.get_by_role("button", name="Keep beta").click()
    expect(page.get_by_text("beta has been kept.")).to_be_visible()
    assert page.url.endswith("/launch_model/llm")
    expect(page.get_by_text("Gone at the source")).to_have_count(0)


def test_a_conflict_is_decided_without_javascript(browser, live_server, in_conflict):
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport=PHONE
    )
    context.add_cookies([{"name": "sessionid", "value": in_conflict, "url": live_server.url}])
    page = context.new_page()
    page.goto("/launch_model/llm")
    page.get_by_role("link", name="2 models differ from the source").click()
    page.get_by_role("link", name="Decide alpha").click()
    expect(page.get_by_text("Ours, in a sentence.")).to_be_visible()
    page.get_by_role("button", name="All of the source's").click()
    expect(
        page.get_by_text("The conflict of alpha is resolved, and your choice is published.")
    ).to_be_visible()
    assert decided()["model_description"] == "Theirs."
    page.get_by_role("link", name="Let it expire").click()
    expect(page.get_by_role("heading", name="Expiry")).to_be_visible()
    context.close()


def test_long_values_in_a_conflict_stay_on_the_page_of_a_phone(
    page, context, live_server, in_conflict
):
    long = "a-very-long-word-" * 40
    edit_alpha(model_description=long + "\n" + long)
    page.set_viewport_size(PHONE)
    context.add_cookies([{"name": "sessionid", "value": in_conflict, "url": live_server.url}])
    page.goto("/launch_model/conflicts")
    assert overflow(page) <= 0
    page.get_by_role("link", name="Decide alpha").click()
    expect(page.get_by_role("heading", name="alpha: here and at the source")).to_be_visible()
    assert overflow(page) <= 0
