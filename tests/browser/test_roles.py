"""Each role in Chromium and by the command line, against the same hub: ten real models of all seven
types are registered from a folder, reviewed, corrected, renamed, given away and removed."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from playwright.sync_api import expect

from models_registry.models import RegisteredModel, UpstreamChange
from tests.clients.command_line import *  # noqa: F403
from tests.environment import ROOT
from tests.factories import a_person

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLE = ROOT / "tests/data/upstream/catalogue-4.1.0/xinference/model"
MODELS = (
    "llm/DeepSeek-V4.1-Flash", "llm/codestral-v0.1", "embedding/Qwen3-Embedding-0.6B",
    "embedding/jina-embeddings-v3", "rerank/bge-reranker-v2-m3", "image/Qwen-Image-2.1",
    "audio/Belle-whisper-large-v3-zh", "audio/Kokoro-82M-v1.1-zh", "video/CogVideoX-5b",
    "world/HY-WorldPlay-5B",
)  # fmt: skip
EMBEDDER = "embedding/Qwen3-Embedding-0.6B"


@pytest.fixture
def catalogue(tmp_path):
    """The ten models as a company keeps them in git."""
    home = tmp_path / "catalogue"
    for model in MODELS:
        kind, _, name = model.partition("/")
        (home / kind).mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLE / kind / "models" / f"{name}.json", home / kind)
    return home


def page_of(model: str) -> str:
    return f"/models/detail/{model.partition('/')[2]}"


def test_ten_models_go_through_the_hands_of_everybody(sign_in, run, catalogue):
    ada, rita = a_person("ada", "Registrars"), a_person("rita", "Reviewers")
    sam, kim = a_person("sam", "Registrars"), a_person("kim", "Maintainers")
    authors, reviewers, visitors = sign_in(ada), sign_in(rita), sign_in()
    suggesters, keepers = sign_in(sam), sign_in(kim)

    # The author applies the folder, first for herself, and finds on the page what she applied.
    code, text = run("apply", catalogue, by=ada)
    assert (code, text.splitlines()[-1]) == (0, "10 created"), text
    assert run("apply", catalogue)[1] == "10 unchanged\n"
    authors.goto("/my-models")
    for model in MODELS:
        expect(authors.get_by_role("link", name=model.partition("/")[2]).first).to_be_visible()
    assert visitors.goto(page_of(EMBEDDER)).status == 404

    # She hands all in; the reviewer approves one in the browser and the others by command.
    code, text = run("apply", catalogue, "--visibility", "public")
    assert (code, text.splitlines()[-1]) == (0, "10 updated"), text
    reviewers.goto("/admin/reviews/")
    expect(reviewers.locator("[data-row]")).to_have_count(10)
    reviewers.get_by_role("link", name="HY-WorldPlay-5B").first.click()
    reviewers.get_by_role("button", name="Approve and publish").click()
    expect(reviewers.get_by_text("HY-WorldPlay-5B: Approved.")).to_be_visible()
    waiting = run("review", by=rita)[1].splitlines()
    assert len(waiting) == 9
    for line in waiting:
        found = re.match(r"(\d+): \S+ revision (\d+)", line)
        code, text = run("review", found[1], "--revision", found[2], "--approve")
        assert code == 0, text
    for kind in {model.partition("/")[0] for model in MODELS}:
        listed = visitors.request.get(f"/api/models/download?model_type={kind}").json()
        names = {record.get("model_name") or record["model_family"] for record in listed}
        assert names == {name for name in map(str, names) if f"{kind}/{name}" in MODELS}
    assert UpstreamChange.objects.count() == 10

    # A visitor finds one, and somebody who has an account suggests a correction of it.
    visitors.goto("/models?q=qwen+embedding")
    visitors.get_by_role("link", name="Qwen3-Embedding-0.6B").first.click()
    expect(visitors.locator(".model-head h1")).to_contain_text("Qwen3-Embedding-0.6B")
    suggesters.goto(page_of(EMBEDDER))
    suggesters.get_by_role("link", name="Suggest a change").click()
    suggesters.get_by_role("button", name="Begin").click()
    suggesters.locator("#at-0-max_tokens-input").fill("8192")
    suggesters.get_by_role("button", name="Check & submit").first.click()
    suggesters.get_by_role("button", name="Submit for review").click()
    expect(suggesters.get_by_role("heading", name="Waiting for review")).to_be_visible()
    model = RegisteredModel.objects.get(name="Qwen3-Embedding-0.6B")
    authors.goto(f"/models/detail/{model.pk}/review")
    authors.get_by_role("button", name="I agree").click()
    number, _, about = run("review", by=rita)[1].partition(":")
    assert "by sam" in about
    assert "8192" in run("review", number)[1]
    assert run("review", number, "--revision", about.split()[2], "--approve", "Right.")[0] == 0

    # The maintainer renames it in the browser; scripts that know the old name go on.
    keepers.goto(f"/models/detail/{model.pk}/settings#rename")
    keepers.get_by_label("New name").fill("Qwen3-Embedding-600M")
    keepers.get_by_label("Yes, rename this model for everybody").check()
    keepers.get_by_role("button", name="Rename").click()
    expect(keepers.get_by_text("The model is named Qwen3-Embedding-600M now.")).to_be_visible()
    visitors.goto(page_of(EMBEDDER))
    expect(visitors).to_have_url(re.compile("/models/detail/Qwen3-Embedding-600M$"))
    code, text = run("get", EMBEDDER, by=sam)
    assert json.loads(text)[0]["model_name"] == "Qwen3-Embedding-600M"
    assert json.loads(text)[0]["max_tokens"] == 8192

    # The owner gives one to somebody else, who accepts it in the browser.
    assert run("give", "llm/codestral-v0.1", "sam", by=ada)[0] == 0
    suggesters.goto("/my-models")
    suggesters.get_by_role("button", name="Accept").click()
    expect(suggesters.get_by_text("codestral-v0.1 is yours now.")).to_be_visible()
    authors.goto("/notifications")
    expect(authors.get_by_text("sam has accepted codestral-v0.1")).to_be_visible()

    # The new owner wants it gone; the reviewer grants it.
    assert run("ask", "llm/codestral-v0.1", "--remove", "No licence for that.", by=sam)[0] == 0
    reviewers.goto("/admin/reviews/")
    expect(reviewers.get_by_text("No licence for that.")).to_be_visible()
    reviewers.get_by_role("link", name="codestral-v0.1").first.click()
    reviewers.get_by_role("button", name="Grant it").click()
    expect(reviewers.get_by_text("The owner is notified of your decision.")).to_be_visible()
    assert visitors.goto(page_of("llm/codestral-v0.1")).status == 404
    assert "granted by rita" in run("requests", "--all", by=sam)[1]
    assert RegisteredModel.objects.count() == 9
