"""A README in Chinese beside the one in English: written, found at the source, read, compared."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from accounts import tokens
from accounts.models import Scope
from models_registry.models import RegisteredModel, RepositoryRecord, UpstreamFile
from models_registry.readme.chinese import NAMES, chinese_readme
from tests.factories import a_model, a_person, llm_record, written
from tests.hub.test_chinese import CHINESE
from tests.models_registry.drafting.forms import a_draft, address, post
from tests.models_registry.repository_fixtures import hubs  # noqa: F401 - a fixture
from tests.models_registry.visits.visit_fixtures import (
    README,
    a_repository,
    record_of,
    visits_on,  # noqa: F401 - a fixture
)
from tests.reviews.conftest import a_reviewer
from tests.standins.model_hubs import send

pytestmark = pytest.mark.django_db

TEXT = "# 模型\n\n<script>alert(1)</script>\n\n一个小模型。\n"


def page(client, path, **headers):
    return client.get(path, headers=headers).content.decode()


def test_an_author_writes_both_and_a_reader_gets_their_own(client):
    ada = a_person("ada", "Registrars")
    client.force_login(ada)
    draft = a_draft(ada, written(llm_record("both")))
    post(client, draft, "readme", text="# English text\n")
    post(client, draft, "readme-zh", text=TEXT)
    assert "一个小模型" in client.get(address(draft, "readme-zh")).content.decode()
    # A second window may not overwrite it.
    stale = client.post(address(draft, "readme-zh"), {"text": "旧", "base": "other"})
    assert stale.status_code == 409
    post(client, draft, "check", message="", public="1", submit="1")
    model = RegisteredModel.objects.get(name="both")
    proposal = model.revisions.get()
    assert (proposal.readme, proposal.readme_zh) == ("# English text\n", TEXT)

    client.force_login(a_reviewer())
    review = page(client, f"/admin/reviews/{proposal.pk}/")
    assert 'id="readme_zh"' in review
    assert "一个小模型" in review
    assert "<script>alert" not in review


def test_the_page_has_a_switch_and_an_address_for_each(client):
    model = a_model("both", readme="# English text\n", readme_zh=TEXT)
    path = f"/models/detail/{model.pk}"
    for query, headers, is_chinese in (
        ("", {}, False), ("", CHINESE, True), ("?readme=zh", {}, True),
        ("?readme=en", CHINESE, False), ("?readme=fr", {}, False),
    ):  # fmt: skip
        html = page(client, path + query, **headers)
        assert ("一个小模型" in html, "English text" in html) == (is_chinese, not is_chinese)
        assert "<script>alert" not in html
        assert "?readme=zh" in html
    assert "?readme=zh" not in page(client, f"/models/detail/{a_model('one').pk}", **CHINESE)
    history = page(client, f"{path}/history/1?part=readme-zh")
    assert "一个小模型" in history


def test_programs_write_read_and_restore_it(client):
    ada = a_person("ada", "Maintainers", "Public registrars")
    _, raw = tokens.issue(by=ada, name="t", scope=Scope.WRITE, expires_at=None)
    headers = {"X-Models-Token": raw}
    body = {"definition": [llm_record("both")], "readme_zh": TEXT, "visibility": "public"}

    def put(**body):
        answer = client.put(
            "/api/models/llm/both", body, content_type="application/json", headers=headers
        )
        assert answer.status_code in (200, 201), answer.content
        return answer.json()["data"]

    assert put(**body)["readme_changed"] is True
    assert put(**body)["result"] == "unchanged"
    assert client.get("/api/models/both").json()["data"]["readme_languages"] == ["en", "zh"]
    assert client.get("/api/models/llm/both").json()["data"]["readme_zh"] == TEXT
    # What servers download is as it was.
    record = client.get("/api/models/download?model_name=both&include_readme=true").json()[0]
    assert "readme" in record
    assert "readme_zh" not in record
    # A change of something else leaves it; "" removes it; an older revision brings it back.
    put(definition=[llm_record("both", context_length=4096)])
    model = RegisteredModel.objects.get(name="both")
    assert model.published_revision.readme_zh == TEXT
    put(readme_zh="")
    assert client.get("/api/models/both").json()["data"]["readme_languages"] == ["en"]
    client.force_login(ada)
    compared = page(client, f"/models/detail/{model.pk}/compare/2...3")
    assert 'id="readme-zh-diff"' in compared
    client.post(f"/models/detail/{model.pk}/history/2/restore", {"base_revision": 3})
    model.refresh_from_db()
    assert (model.published_revision.number, model.published_revision.readme_zh) == (4, TEXT)


def test_one_at_the_source_stands_beside_the_readme_of_the_source(client, visits_on):  # noqa: F811
    model = a_model(readme="")
    source = a_repository()
    source.files["README_zh.md"] = TEXT
    visits_on.hugging_face["example/tiny-llm"] = source
    call_command("fetch_readmes", "tiny-llm", verbosity=0)
    assert record_of().readme == README
    html = page(client, f"/models/detail/{model.pk}", **CHINESE)
    assert "一个小模型" in html
    assert "From the source" in page(client, f"/models/detail/{model.pk}?readme=en", **CHINESE)
    # A former version has read the README only.
    RepositoryRecord.objects.update(readme_zh="", readme_zh_of="")
    call_command("fetch_readmes", "tiny-llm", verbosity=0)
    assert record_of().readme_zh == TEXT
    # Where somebody wrote a README here, the source's stands for nothing.
    definition = written(llm_record("own")).replace("example/own", "example/tiny-llm")
    own = a_model("own", readme="# Own\n", definition=definition)
    assert "一个小模型" not in page(client, f"/models/detail/{own.pk}", **CHINESE)


def test_one_at_the_source_that_is_no_text_is_read_once(visits_on):  # noqa: F811
    a_model(readme="")
    source = a_repository()
    source.files["README_zh.md"] = "version https://git-lfs.github.com/spec/v1\noid sha256:1\n"
    visits_on.hugging_face["example/tiny-llm"] = source
    for _ in range(2):
        call_command("fetch_readmes", "tiny-llm", verbosity=0)
    assert sum(path.endswith("/README_zh.md") for path in visits_on.paths) == 1
    assert sum(path.endswith("/README.md") for path in visits_on.paths) == 1


def test_one_of_another_commit_never_stands_beside_the_readme(visits_on):  # noqa: F811
    """It is read again, also if its hub did not answer for a moment."""
    a_model(readme="")
    source = a_repository()
    source.files["README_zh.md"] = TEXT
    visits_on.hugging_face["example/tiny-llm"] = source
    call_command("fetch_readmes", "tiny-llm", verbosity=0)
    source.sha = "b" * 40
    source.files["README_zh.md"] = "# 新的\n"
    path = f"/example/tiny-llm/resolve/{source.sha}/README_zh.md"
    visits_on.misbehave(path, lambda asked: send(asked, 500, b"Sorry."))
    call_command("fetch_readmes", "tiny-llm", verbosity=0)
    assert (record_of().readme_revision, record_of().readme_zh) == (source.sha, "")
    visits_on.behaviours.clear()
    call_command("fetch_readmes", "tiny-llm", verbosity=0)
    assert record_of().readme_zh == "# 新的\n"


def test_an_author_gets_it_from_the_source_unless_they_wrote_one(client, hubs):  # noqa: F811
    ada = a_person("ada", "Registrars")
    client.force_login(ada)
    source = a_repository()
    hubs.hugging_face["example/tiny-llm"] = source
    draft = a_draft(ada)
    answer = client.get(post(client, draft, "readme-zh", text="", readme="get").url)
    assert "No source repository has a README in Chinese" in answer.content.decode()
    source.files["README_CN.md"] = TEXT
    post(client, draft, "readme-zh", text="", readme="get")
    draft.refresh_from_db()
    assert draft.readme_zh == TEXT
    post(client, draft, "readme-zh", text="# 我的\n", readme="get")
    draft.refresh_from_db()
    assert draft.readme_zh == "# 我的\n"


def test_an_export_carries_it(client, tmp_path):
    a_model("both", readme="# English text\n", readme_zh=TEXT)
    # A model with the name that a file of another one could have.
    a_model("both.zh", readme="# Other\n")
    file = tmp_path / "catalogue.zip"
    call_command("export_catalogue", str(file))
    RegisteredModel.objects.all().delete()
    UpstreamFile.objects.all().delete()
    call_command("import_catalogue", f"file:{file}")
    found = {m.name: m.published_revision for m in RegisteredModel.objects.all()}
    assert (found["both"].readme, found["both"].readme_zh) == ("# English text\n", TEXT)
    assert (found["both.zh"].readme, found["both.zh"].readme_zh) == ("# Other\n", "")


def test_usual_names_are_known():
    for name in (*NAMES, "README.zh-CN.md", "README_zh_CN.md", "readme-zh.md", "README_cn.md"):
        assert chinese_readme(["README.md", "docs/README_zh.md", name]) == name
    assert chinese_readme(["README.md", "README_ja.md", "docs/README_zh.md"]) == ""
