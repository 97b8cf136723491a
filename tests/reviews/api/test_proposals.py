"""GET /api/proposals: what reviewers and authors may read, and nobody else."""

from __future__ import annotations

import pytest

from accounts import tokens
from accounts.models import Scope
from models_registry import publication
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import Visibility
from reviews import use_cases
from reviews.models import Part, Proposal
from tests.factories import a_model, a_person, llm_record, written

pytestmark = pytest.mark.django_db


def propose(name, *, by, **changes):
    text = written(llm_record(name, updated_at=..., **changes))
    submission = Submission(text, "# R\n", visibility=Visibility.PUBLIC, message="Please")
    return Proposal.objects.get(pk=register("llm", submission, by=by).pk)


@pytest.fixture
def get(client):
    def asked(path, by=None):
        headers = {}
        if by is not None:
            _, raw = tokens.issue(by=by, name="t", scope=Scope.READ, expires_at=None)
            headers = {"X-Models-Token": raw}
        return client.get(f"/api{path}", headers=headers)

    return asked


def names(answer):
    return [row["model_name"] for row in answer.json()["data"]]


def test_reviewers_read_what_waits_and_authors_read_their_own(get):
    ada, ben = a_person("ada", "Registrars"), a_person("ben", "Registrars")
    rita = a_person("rita", "Reviewers")
    first, second = propose("one", by=ada), propose("two", by=ben)
    assert names(get("/proposals", rita)) == ["two", "one"]
    assert names(get("/proposals", ada)) == names(get("/proposals?mine=1", ada)) == ["one"]
    assert names(get("/proposals?mine=1", rita)) == []
    for person, proposal, status in (
        (ada, first, 200), (ada, second, 404), (rita, second, 200), (None, first, 401),
    ):  # fmt: skip
        assert get(f"/proposals/{proposal.pk}", person).status_code == status
    assert get("/proposals").status_code == 401
    hidden, missing = get(f"/proposals/{second.pk}", ada), get("/proposals/999999", ada)
    assert hidden.content == missing.content
    assert get(f"/proposals/{10**30}", ada).status_code == 404
    use_cases.reject(second, by=rita, feedback="No.")
    assert names(get("/proposals?state=open", rita)) == ["one"]
    assert names(get("/proposals?state=rejected", ben)) == ["two"]
    assert get("/proposals?state=lost", ben).status_code == 400
    assert get("/proposals?stat=open", ben).json()["errors"][0]["suggestion"] == "state"


def test_a_script_reads_the_whole_of_its_own_proposal(get):
    ada, rita = a_person("ada", "Registrars"), a_person("rita", "Reviewers")
    model = a_model("one", owner=ada)
    content = publication.Content(
        written(llm_record("one", context_length=4096)), "# New\n", message="Shorter"
    )
    proposal = publication.propose(model, content, by=ada, visibility=Visibility.PUBLIC)
    first = Proposal.objects.get(pk=proposal.pk)
    use_cases.comment(first, by=rita, text="Why?", part=Part.DEFINITION, line=4)
    use_cases.request_changes(first, by=rita, feedback="Say why.")
    content = publication.Content(written(llm_record("one", context_length=8192)), "# New\n")
    publication.propose(model, content, by=ada, visibility=Visibility.PUBLIC)
    (row,) = get("/proposals?mine=1&state=proposed", ada).json()["data"]
    assert (row["id"], row["revision"]) == (first.pk, 3)
    data = get(f"/proposals/{row['id']}", ada).json()["data"]
    assert data["definition"] == content.definition
    assert data["readme"] == "# New\n"
    assert data["compared_with"] == 1
    assert [change["pointer"] for change in data["changes"]] == ["/0/context_length"]
    assert '-    "context_length": 32768,\n+    "context_length": 8192,' in data["definition_diff"]
    assert data["readme_diff"] == "@@ -1,1 +1,1 @@\n-# A model\n+# New\n"
    assert {check["level"] for check in data["checks"]} <= {
        "error", "risk", "warning", "info", "good",
    }  # fmt: skip
    newest, earlier = data["rounds"]
    assert (newest["round"], newest["verdict"]) == (2, None)
    assert earlier["verdict"]["feedback"] == "Say why."
    (comment,) = earlier["comments"]
    assert (comment["text"], comment["part"], comment["line"]) == ("Why?", "definition", 4)
    assert "approve" not in data["verbs"]
    assert "approve" in get(f"/proposals/{row['id']}", rita).json()["data"]["verbs"]


def test_what_was_private_is_not_shown_to_reviewers_of_its_opening(get):
    """The published text of a private model, against which its owner compares, is the owner's."""
    ada, rita = a_person("ada", "Registrars"), a_person("rita", "Reviewers")
    model = a_model(
        "one", owner=ada, visibility="private",
        definition=written(llm_record("one", model_description="a secret")),
    )  # fmt: skip
    content = publication.Content(written(llm_record("one")), "")
    proposal = publication.propose(model, content, by=ada, visibility=Visibility.PUBLIC)
    for person in (rita, ada):
        answer = get(f"/proposals/{proposal.pk}", person)
        assert answer.status_code == 200
        assert "secret" not in answer.content.decode()


def test_pages_are_named_in_links(get, settings):
    ada = a_person("ada", "Registrars")
    for number in range(3):
        propose(f"m-{number}", by=ada)
    answer = get("/proposals?pageSize=1&page=2&mine=1", ada)
    assert names(answer) == ["m-1"]
    assert answer.json()["total"] == 3
    links = answer.headers["Link"].split(", ")
    base = f"{settings.SITE_URL}/api/proposals?pageSize=1&page="
    assert links == [
        f'<{base}1&mine=1>; rel="first"',
        f'<{base}1&mine=1>; rel="prev"',
        f'<{base}3&mine=1>; rel="next"',
        f'<{base}3&mine=1>; rel="last"',
    ]
    last = get("/proposals?pageSize=1&page=9", ada)
    assert last.json()["data"] == []
    assert 'rel="next"' not in last.headers["Link"]
    assert 'page=2>; rel="next"' in get("/proposals?pageSize=2&page=1", ada).headers["Link"]
