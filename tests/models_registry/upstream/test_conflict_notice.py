"""A pull request whose model is in conflict with upstream since: it says so, and waits."""

from __future__ import annotations

import pytest

from models_registry.actions.expiry import set_expiry
from models_registry.models import PullRequest, UpstreamChange
from models_registry.sync import follow_upstream
from models_registry.upstream import texts, worker
from models_registry.upstream.conflicts import conflicts
from models_registry.upstream.retry import call_back
from tests.factories import decide_upstream, llm_record, written
from tests.models_registry.upstream.deliveries import edit, send, states, the_model
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]
BY_HAND = {"context_length": 1}


def edited_by_hand(github, name: str = "alpha", **changes) -> None:
    github.commit({path(name): written(llm_record(name, **(changes or BY_HAND)))})


def wake() -> None:
    """As a worker does that follows upstream, and then one that sends."""
    follow_upstream.follow_upstream()
    send()


@pytest.fixture
def opened(github, maintainer):
    """A pull request with one model, that upstream then edits in the same place."""
    edit("alpha", maintainer, context_length=4096)
    send()
    before = dict(github.pulls[0])
    edited_by_hand(github)
    return before


def body(github) -> str:
    return github.pulls[0]["body"]


def writes(github) -> list[tuple[str, str]]:
    return [(verb, address) for verb, address in github.log if verb != "GET"]


def test_the_pull_request_says_at_its_top_that_its_change_is_not_sent(github, opened):
    head = github.pulls[0]["head"]["sha"]
    wake()
    assert states() == ["conflict"]
    visible = body(github).replace("<!-- held back -->\n", "")
    assert visible.startswith(
        "> [!IMPORTANT]\n> The hub does not send the change of `alpha` (llm): "
    )
    assert "upstream was changed in the same place" in visible
    page = f"http://127.0.0.1:8000/models/detail/{the_model('alpha').pk}/upstream"
    assert f"[in the hub]({page})" in visible
    assert body(github).endswith(opened["body"]), "the rest of the text stays"
    assert github.pulls[0]["title"] == opened["title"]
    assert github.pulls[0]["state"] == "open"
    assert github.pulls[0]["head"]["sha"] == head == github.head(PullRequest.objects.get().branch)
    assert PullRequest.objects.get().body == body(github)


def test_writing_it_again_changes_nothing(github, opened):
    wake()
    once = body(github)
    github.log.clear()
    PullRequest.objects.update(wanted_version=9)
    wake()
    assert body(github) == once
    assert writes(github) == []


def test_a_worker_whose_answer_was_lost_writes_it_once(github, opened):
    lost = iter(["cut after"])
    github.fault = lambda verb, address: next(lost, None) if verb == "PATCH" else None
    wake()
    assert "connection" in PullRequest.objects.get().error_text
    github.log.clear()
    send()
    assert body(github).count("does not send the change") == 1
    assert writes(github) == []
    assert PullRequest.objects.get().last_error == ""


def test_the_notice_goes_when_the_conflict_is_resolved(github, opened, maintainer):
    wake()
    change = UpstreamChange.objects.get()
    assert len(conflicts(change)) == 1
    decide_upstream(change, "ours", by=maintainer)
    send()
    assert states() == ["open"]
    assert body(github).startswith("### Updates `alpha`")
    assert '"context_length": 4096' in github.file(path("alpha"), github.pulls[0]["head"]["sha"])
    assert len(github.pulls) == 1


def test_the_notice_goes_when_a_new_revision_replaces_the_one_in_conflict(
    github, opened, maintainer
):
    wake()
    edit("alpha", maintainer, context_length=1, model_description="Other.")
    send()
    assert states() == ["cancelled", "open"]
    assert "does not send the change" not in body(github)


def test_the_other_models_of_a_pull_request_are_sent_and_the_one_in_conflict_is_named(
    github, maintainer
):
    edit("alpha", maintainer, context_length=4096)
    edit("beta", maintainer, context_length=4096)
    send()
    edited_by_hand(github)
    edit("beta", maintainer, context_length=2048)
    wake()
    (pull,) = github.pulls
    assert sorted(states()) == ["conflict", "open", "open"]
    assert pull["title"] == 'ENH: update model "beta" JSON'
    assert "> The hub does not send the change of `alpha` (llm): " in pull["body"]
    assert "> The changes below are not affected." in pull["body"]
    assert "### Updates `beta` (llm)" in pull["body"]
    assert "### Updates `alpha`" not in pull["body"]
    assert github.git("diff", "--name-only", "main", pull["head"]["sha"]) == path("beta")
    assert '"context_length": 2048' in github.file(path("beta"), pull["head"]["sha"])


def test_an_older_change_of_a_model_in_conflict_is_not_sent_without_the_newest(github, maintainer):
    """The hub has both by now; what was sent first would be less than it has."""
    edit("alpha", maintainer, model_description="First.")
    send()
    edit("alpha", maintainer, context_length=4096)
    send()
    head = github.pulls[0]["head"]["sha"]
    edited_by_hand(github)
    wake()
    send()
    assert states() == ["open", "conflict"]
    assert github.pulls[0]["head"]["sha"] == head
    assert body(github).count("does not send the change of `alpha`") == 1
    pull_request = PullRequest.objects.get()
    assert (pull_request.last_error, pull_request.attempts) == ("", 0)
    assert not worker.due(at_once=True).exists()


def test_a_model_that_upstream_removed_meanwhile_has_a_reason_of_its_own(github, opened):
    github.commit({path("alpha"): None})
    wake()
    assert states() == ["conflict"]
    assert "upstream has removed it, while it was changed in the hub" in body(github)


def test_a_removal_in_conflict_says_so(github, maintainer):
    set_expiry(the_model("alpha"), the_model("alpha").created_at, by=maintainer)
    send()
    assert github.pulls[0]["title"] == "FEAT: [model] alpha removed"
    edited_by_hand(github)
    PullRequest.objects.update(wanted_version=9)
    send()
    assert states() == ["conflict"]
    assert "it is to be removed, but it was changed here since" in body(github)


def test_a_change_that_was_called_back_leaves_no_notice(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    edit("beta", maintainer, context_length=4096)
    send()
    edited_by_hand(github)
    wake()
    assert "does not send the change" in body(github)
    call_back(UpstreamChange.objects.get(name="alpha"), by=maintainer)
    send()
    assert "does not send the change" not in body(github)
    assert github.pulls[0]["state"] == "open"


def test_what_people_wrote_into_the_text_at_github_stays_under_the_notice(github, opened):
    github.pulls[0]["body"] = "Reviewed by hand.\r\n\r\n" + github.pulls[0]["body"]
    wake()
    assert "Reviewed by hand." in body(github)
    github.pulls[0]["body"] = body(github).replace("\n", "\r\n")
    PullRequest.objects.update(wanted_version=9)
    wake()
    assert body(github).count("does not send the change") == 1


def test_a_name_in_the_notice_mentions_nobody_and_can_not_end_it():
    name = "a` @maintainer <!-- /held back --> #1"
    notice = texts.conflict_notice([texts.ModelInConflict(name, "llm", "it was", "")], is_only=True)
    assert "@maintainer" not in notice
    assert "#1" not in notice
    assert texts.with_notice(texts.with_notice("Body.", notice), "").endswith("Body.")
