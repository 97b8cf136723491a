"""A pull request whose model has come in conflict with upstream since: it says so, and waits."""

from __future__ import annotations

import pytest

from models_registry import following, use_cases
from models_registry.outbox_tables import PullRequest, UpstreamChange
from models_registry.upstream import outbox, words
from models_registry.upstream.acting import call_back
from models_registry.upstream.resolving import conflicts, resolve
from tests.factories import llm_record, written
from tests.models_registry.upstream.conftest import path
from tests.models_registry.upstream.test_delivery import edit, send, states, the_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]
BY_HAND = {"context_length": 1}


def edited_by_hand(github, name: str = "alpha", **changes) -> None:
    github.commit({path(name): written(llm_record(name, **(changes or BY_HAND)))})


def wake() -> None:
    """As a worker does that follows upstream, and then one that sends."""
    following.follow_upstream()
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
    return [(verb, asked) for verb, asked in github.log if verb != "GET"]


def test_the_pull_request_says_at_its_top_that_its_change_is_held_back(github, opened):
    head = github.pulls[0]["head"]["sha"]
    wake()
    assert states() == ["conflict"]
    visible = body(github).replace("<!-- held back -->\n", "")
    assert visible.startswith("> [!IMPORTANT]\n> The hub holds the change of `alpha` (llm) back: ")
    assert "upstream was changed in the same place" in visible
    page = f"http://127.0.0.1:8000/models/detail/{the_model('alpha').pk}/upstream"
    assert f"[in the hub]({page})" in visible
    assert body(github).endswith(opened["body"]), "the rest of the text stays"
    assert github.pulls[0]["title"] == opened["title"]
    assert github.pulls[0]["state"] == "open"
    assert github.pulls[0]["head"]["sha"] == head == github.head(PullRequest.objects.get().branch)
    assert PullRequest.objects.get().body == body(github)


def test_telling_it_again_writes_nothing(github, opened):
    wake()
    once = body(github)
    github.log.clear()
    PullRequest.objects.update(wanted_version=9)
    wake()
    assert body(github) == once
    assert writes(github) == []


def test_a_worker_whose_answer_was_lost_tells_it_once(github, opened):
    lost = iter(["cut after"])
    github.fault = lambda verb, asked: next(lost, None) if verb == "PATCH" else None
    wake()
    assert "connection" in PullRequest.objects.get().last_error
    github.log.clear()
    send()
    assert body(github).count("holds the change") == 1
    assert writes(github) == []
    assert PullRequest.objects.get().last_error == ""


def test_the_note_goes_when_the_conflict_is_decided(github, opened, maintainer):
    wake()
    change = UpstreamChange.objects.get()
    (conflict,) = conflicts(change)
    resolve(change, {conflict.key: "ours"}, by=maintainer)
    send()
    assert states() == ["open"]
    assert body(github).startswith("### Updates `alpha`")
    assert '"context_length": 4096' in github.file(path("alpha"), github.pulls[0]["head"]["sha"])
    assert len(github.pulls) == 1


def test_the_note_goes_when_a_new_revision_takes_the_place_of_what_was_held(
    github, opened, maintainer
):
    wake()
    edit("alpha", maintainer, context_length=1, model_description="Other.")
    send()
    assert states() == ["cancelled", "open"]
    assert "holds the change" not in body(github)


def test_the_other_models_of_a_pull_request_go_on_and_the_held_one_is_named(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    edit("beta", maintainer, context_length=4096)
    send()
    edited_by_hand(github)
    edit("beta", maintainer, context_length=2048)
    wake()
    (pull,) = github.pulls
    assert sorted(states()) == ["conflict", "open", "open"]
    assert pull["title"] == 'ENH: update model "beta" JSON'
    assert "> The hub holds the change of `alpha` (llm) back: " in pull["body"]
    assert "> All else below goes on." in pull["body"]
    assert "### Updates `beta` (llm)" in pull["body"]
    assert "### Updates `alpha`" not in pull["body"]
    assert github.git("diff", "--name-only", "main", pull["head"]["sha"]) == path("beta")
    assert '"context_length": 2048' in github.file(path("beta"), pull["head"]["sha"])


def test_an_older_change_of_a_held_model_does_not_go_on_without_the_newest(github, maintainer):
    """The hub has both by now; what was sent first alone would be less than it has."""
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
    assert body(github).count("holds the change of `alpha`") == 1
    pull_request = PullRequest.objects.get()
    assert (pull_request.last_error, pull_request.attempts) == ("", 0)
    assert not outbox.due(at_once=True).exists()


def test_what_upstream_removed_meanwhile_is_told_in_its_own_words(github, opened):
    github.commit({path("alpha"): None})
    wake()
    assert states() == ["conflict"]
    assert "upstream has removed it, while it was changed in the hub" in body(github)


def test_a_removal_that_is_held_back_says_so(github, maintainer):
    use_cases.set_expiry(the_model("alpha"), the_model("alpha").created_at, by=maintainer)
    send()
    assert github.pulls[0]["title"] == "FEAT: [model] alpha removed"
    edited_by_hand(github)
    PullRequest.objects.update(wanted_version=9)
    send()
    assert states() == ["conflict"]
    assert "it is to be removed, but it was changed here since" in body(github)


def test_a_change_that_was_called_back_leaves_no_note(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    edit("beta", maintainer, context_length=4096)
    send()
    edited_by_hand(github)
    wake()
    assert "holds the change" in body(github)
    call_back(UpstreamChange.objects.get(name="alpha"), by=maintainer)
    send()
    assert "holds the change" not in body(github)
    assert github.pulls[0]["state"] == "open"


def test_what_people_wrote_into_the_text_at_github_stays_under_the_note(github, opened):
    github.pulls[0]["body"] = "Reviewed by hand.\r\n\r\n" + github.pulls[0]["body"]
    wake()
    assert "Reviewed by hand." in body(github)
    github.pulls[0]["body"] = body(github).replace("\n", "\r\n")
    PullRequest.objects.update(wanted_version=9)
    wake()
    assert body(github).count("holds the change") == 1


def test_a_name_in_the_note_mentions_nobody_and_can_not_end_it():
    name = "a` @maintainer <!-- /held back --> #1"
    told = words.held_note([words.Held(name, "llm", "it was", "")], is_alone=True)
    assert "@maintainer" not in told
    assert "#1" not in told
    assert words.with_note(words.with_note("Body.", told), "").endswith("Body.")
