"""From a change in the hub to a pull request at GitHub, and what becomes of it."""

from __future__ import annotations

import dataclasses
import json
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import GitHubToken
from accounts.vault import seal
from models_registry import use_cases
from models_registry.errors import InvalidDefinition
from models_registry.following import follow_upstream
from models_registry.models import RegisteredModel, Revision, UpstreamFile, Visibility
from models_registry.outbox_tables import PullRequest, UpstreamChange
from models_registry.upstream import outbox, pulls
from models_registry.use_cases import Submission
from reviews.use_cases import approve
from tests.factories import a_user, image_record, llm_record, written
from tests.models_registry.upstream.conftest import HUB_TOKEN, path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def send() -> None:
    call_command("send_changes", verbosity=0)


def the_model(name: str) -> RegisteredModel:
    return RegisteredModel.objects.get(name=name)


def edit(name: str, by, **changes) -> Revision:
    model = the_model(name)
    record = json.loads(model.published_revision.definition)[0]
    record.update(changes)
    submission = Submission(definition=written(record))
    return use_cases.edit(model, submission, by=by, base_revision=model.published_revision.number)


def states() -> list[str]:
    return list(UpstreamChange.objects.order_by("pk").values_list("state", flat=True))


def test_a_changed_model_becomes_a_pull_request_with_this_change_alone(github, maintainer):
    revision = edit("alpha", maintainer, context_length=4096)
    send()
    (pull,) = github.pulls
    assert pull["title"] == 'ENH: update model "alpha" JSON'
    head = pull["head"]["sha"]
    assert github.file(path("alpha"), head) == revision.definition
    assert github.git("diff", "--name-only", "main", head) == path("alpha")
    assert github.git("show", "-s", "--format=%an|%cn", head) == "ada|hub-bot"
    assert states() == ["open"]
    assert PullRequest.objects.get().url == pull["html_url"]


def test_a_new_model_becomes_a_pull_request_that_supports_it(github, maintainer):
    definition = written(llm_record("gamma"))
    submission = Submission(definition=definition, visibility=Visibility.PUBLIC)
    use_cases.register("llm", submission, by=maintainer)
    send()
    (pull,) = github.pulls
    assert pull["title"] == "FEAT: [model] gamma support"
    sent = github.file(path("gamma"), pull["head"]["sha"])
    assert sent == the_model("gamma").published_revision.definition


def test_a_deleted_model_becomes_a_pull_request_that_removes_it(github, maintainer):
    use_cases.delete(the_model("alpha"), by=maintainer)
    send()
    (pull,) = github.pulls
    assert pull["title"] == "FEAT: [model] alpha removed"
    assert path("alpha") not in github.files(pull["head"]["sha"])
    assert path("beta") in github.files(pull["head"]["sha"])


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.ENTERPRISE])
def test_models_that_are_not_public_never_leave_the_hub(github, maintainer, visibility):
    submission = Submission(definition=written(llm_record("secret")), visibility=visibility)
    use_cases.register("llm", submission, by=maintainer)
    edit("secret", maintainer, context_length=1024)
    use_cases.delete(the_model("secret"), by=maintainer)
    send()
    assert github.pulls == []
    assert not UpstreamChange.objects.exists()


def test_changes_of_one_person_within_a_short_while_share_a_pull_request(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    edit("beta", maintainer, context_length=4096)
    send()
    (pull,) = github.pulls
    assert pull["title"] == 'ENH: update 2 models JSON ("alpha", "beta")'


def test_a_second_change_of_a_model_goes_onto_the_same_branch(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.commit({"README.md": "# Moved on\n"})
    revision = edit("alpha", maintainer, context_length=8192)
    send()
    (pull,) = github.pulls
    head = pull["head"]["sha"]
    assert github.file(path("alpha"), head) == revision.definition
    assert "README.md" not in github.diff(1)
    assert states() == ["open", "open"]


def test_sending_again_without_a_change_does_nothing(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    before = github.pulls[0]["head"]["sha"]
    github.log.clear()
    send()
    assert [verb for verb, _ in github.log] == ["GET"]
    assert github.pulls[0]["head"]["sha"] == before


def test_a_merged_pull_request_advances_the_base_and_its_branch_is_deleted(github, maintainer):
    revision = edit("alpha", maintainer, context_length=4096)
    send()
    github.merge(1)
    send()
    assert states() == ["merged"]
    assert UpstreamFile.objects.get(model__name="alpha").text == revision.definition
    assert github.head(PullRequest.objects.get().branch) is None
    edit("alpha", maintainer, context_length=8192)
    send()
    assert len(github.pulls) == 2


def test_a_change_knows_when_it_was_opened_and_merged(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    change = UpstreamChange.objects.get()
    opened = change.opened_at
    assert change.created_at <= opened <= timezone.now()
    assert change.merged_at is None
    PullRequest.objects.update(wanted_version=9)
    send()
    change.refresh_from_db()
    assert change.opened_at == opened, "it is opened once"
    github.merge(1)
    github.pulls[0]["merged_at"] = "2030-05-06T07:08:09Z"
    send()
    change.refresh_from_db()
    assert change.merged_at == datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC), "GitHub's own time"


def test_a_closed_change_was_never_merged(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.close(1)
    send()
    assert UpstreamChange.objects.get().merged_at is None


def test_a_closed_pull_request_is_shown_and_not_opened_again(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.close(1)
    send()
    send()
    assert states() == ["closed"]
    assert len(github.pulls) == 1
    edit("alpha", maintainer, context_length=8192)
    send()
    assert len(github.open_pulls()) == 1


def test_a_hand_edit_upstream_is_kept_and_comes_into_the_hub(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    theirs = written(llm_record("alpha", model_description="Edited by hand."))
    github.commit({path("alpha"): theirs})
    send()
    (pull,) = github.pulls
    (sent,) = json.loads(github.file(path("alpha"), pull["head"]["sha"]))
    assert (sent["context_length"], sent["model_description"]) == (4096, "Edited by hand.")
    assert "model_description" not in "".join(
        line for line in github.diff(1).splitlines() if line[:1] in "+-"
    )
    published = the_model("alpha").published_revision
    assert published.author_name == "upstream"
    assert json.loads(published.definition) == [sent]


def test_a_true_conflict_opens_no_pull_request_and_waits(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    edit("beta", maintainer, context_length=4096)
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    send()
    (pull,) = github.pulls
    assert pull["title"] == 'ENH: update model "beta" JSON'
    assert states() == ["conflict", "open"]
    change = UpstreamChange.objects.get(name="alpha")
    assert "/0/context_length" in change.last_error
    assert '"context_length": 1,' in change.theirs


def test_what_upstream_has_already_opens_no_pull_request(github, maintainer):
    revision = edit("alpha", maintainer, context_length=4096)
    github.commit({path("alpha"): revision.definition})
    send()
    assert github.pulls == []
    assert states() == ["nothing"]


def test_a_change_taken_back_closes_its_pull_request(github, maintainer):
    before = the_model("alpha").published_revision.number
    edit("alpha", maintainer, context_length=4096)
    send()
    use_cases.restore(the_model("alpha"), before, by=maintainer, base_revision=before + 1)
    send()
    assert github.open_pulls() == []
    assert set(states()) == {"nothing"}


def test_a_branch_that_somebody_pushed_to_is_left_alone(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    branch = PullRequest.objects.get().branch
    foreign = github.commit({"README.md": "# Theirs\n"}, branch=branch)
    edit("alpha", maintainer, context_length=8192)
    send()
    assert github.head(branch) == foreign
    pull_request = PullRequest.objects.get()
    assert pull_request.state == "stopped"
    assert "Somebody else has pushed" in pull_request.last_error
    edit("alpha", maintainer, context_length=2048)
    assert "Somebody else has pushed" in UpstreamChange.objects.first().last_error
    github.close(1)
    send()
    (pull,) = github.open_pulls()
    sent = github.file(path("alpha"), pull["head"]["sha"])
    assert sent == the_model("alpha").published_revision.definition


def test_a_token_without_rights_sends_from_a_fork(github, maintainer):
    github.writers.clear()
    edit("alpha", maintainer, context_length=4096)
    send()
    (pull,) = github.pulls
    assert pull["head"]["label"].startswith("hub-bot:")
    assert github.forks == {"hub-bot/inference"}


def test_a_token_that_github_says_may_push_but_may_not_sends_from_a_fork(github, maintainer):
    github.powerless.update(github.people)
    edit("alpha", maintainer, context_length=4096)
    send()
    assert github.pulls[0]["head"]["label"].startswith("hub-bot:")


def test_a_renamed_repository_is_found_under_its_new_name(github, maintainer):
    github.former_names.add(github.name)
    github.name = "xorbitsai/renamed"
    edit("alpha", maintainer, context_length=4096)
    send()
    assert len(github.pulls) == 1
    assert PullRequest.objects.get().repository == "xorbitsai/renamed"


def test_without_a_token_changes_wait_and_say_so(github, maintainer, settings):
    settings.ENV = dataclasses.replace(settings.ENV, github_token="")
    edit("alpha", maintainer, context_length=4096)
    send()
    assert states() == ["waiting"]
    assert "no GitHub token" in UpstreamChange.objects.get().last_error
    assert github.log == []


@pytest.mark.parametrize("kind", ["502 before", "502 after", "cut before", "cut after"])
@pytest.mark.parametrize(
    ("verb", "route"),
    [
        ("POST", "/git/trees"),
        ("POST", "/git/commits"),
        ("POST", "/git/refs"),
        ("POST", "/pulls"),
    ],
)
def test_a_fault_at_any_write_ends_in_one_pull_request(github, maintainer, kind, verb, route):
    faults = [kind]

    def fault(asked_verb, asked_path):
        is_it = asked_verb == verb and asked_path.endswith(route)
        return faults.pop() if is_it and faults else None

    github.fault = fault
    edit("alpha", maintainer, context_length=4096)
    send()
    assert faults == []
    send()
    assert len(github.pulls) == 1
    assert states() == ["open"]


@pytest.mark.parametrize("kind", ["primary", "secondary", "429"])
def test_rate_limits_are_waited_for_as_told(github, maintainer, kind):
    github.asks_to_wait = 60
    github.fault = lambda verb, asked: kind
    edit("alpha", maintainer, context_length=4096)
    send()
    github.log.clear()
    send()
    assert github.log == []
    assert "wait" in PullRequest.objects.get().last_error
    github.fault = None
    PullRequest.objects.update(not_before=None)
    send()
    assert len(github.pulls) == 1


def test_an_approved_proposal_goes_out_in_the_name_of_its_author(github, maintainer):
    author = a_user("grace")
    author.groups.add(Group.objects.get(name="Registrars"))
    definition = written(llm_record("gamma"))
    submission = Submission(definition=definition, visibility=Visibility.PUBLIC)
    proposal = use_cases.register("llm", submission, by=author)
    send()
    assert github.pulls == []
    approve(proposal, by=maintainer)
    send()
    (pull,) = github.pulls
    assert pull["title"] == "FEAT: [model] gamma support"
    assert github.git("show", "-s", "--format=%an", pull["head"]["sha"]) == "grace"


def test_a_persons_own_token_is_used_and_the_hubs_where_it_was_revoked(github, maintainer):
    own = "ghp_" + "p" * 36
    GitHubToken.objects.create(
        user=maintainer, sealed=seal(own), last4="pppp", login="ada-gh", scopes=["repo"]
    )
    edit("alpha", maintainer, context_length=4096)
    send()
    assert github.pulls[0]["user"]["login"] == "hub-bot"
    github.knows(own, "ada-gh")
    edit("beta", maintainer, context_length=4096)
    send()
    pull = github.pulls[1]
    assert pull["user"]["login"] == "ada-gh"
    logins = PullRequest.objects.order_by("number").values_list("token_login", flat=True)
    assert list(logins) == ["", "ada-gh"]
    written_by = github.git("show", "-s", "--format=%ae", pull["head"]["sha"])
    assert written_by == "ada-gh@users.noreply.github.com"
    GitHubToken.objects.update(github_id=583231)
    edit("beta", maintainer, context_length=2048)
    send()
    written_by = github.git("show", "-s", "--format=%ae", github.pulls[1]["head"]["sha"])
    assert written_by == "583231+ada-gh@users.noreply.github.com"


def test_a_model_that_is_made_private_is_removed_upstream_without_its_new_text(github, maintainer):
    model = the_model("alpha")
    record = json.loads(model.published_revision.definition)[0] | {"model_description": "Secret."}
    submission = Submission(definition=written(record), visibility=Visibility.PRIVATE)
    use_cases.edit(model, submission, by=maintainer, base_revision=model.published_revision.number)
    send()
    (pull,) = github.pulls
    assert pull["title"] == "FEAT: [model] alpha removed"
    assert "Secret" not in json.dumps(github.pulls)


def test_an_edit_in_the_aggregate_layout_of_a_large_file_is_spliced(github, maintainer):
    filler = [llm_record(f"f-{n}", model_description="x" * 900) for n in range(900)]
    text = written(llm_record("alpha"), *filler, llm_record("beta"))
    assert len(text) > 1_048_576
    place = "xinference/model/llm/llm_family.json"
    github.commit({path("alpha"): None, path("beta"): None, place: text})
    edit("alpha", maintainer, context_length=4096)
    send()
    sent = github.file(place, github.pulls[0]["head"]["sha"])
    stamp = str(json.loads(sent)[0]["updated_at"])
    expected = text.replace('"context_length": 32768', '"context_length": 4096', 1)
    assert sent == expected.replace("1780000000", stamp, 1)


def test_a_repository_that_is_not_there_is_told_and_a_retry_goes_on(github, maintainer):
    name, github.name = github.name, "xorbitsai/elsewhere"
    edit("alpha", maintainer, context_length=4096)
    send()
    assert states() == ["failed"]
    assert "404" in UpstreamChange.objects.get().last_error
    github.name = name
    outbox.retry(UpstreamChange.objects.get())
    send()
    assert states() == ["open"]


def test_a_branch_deleted_by_hand_ends_its_pull_request(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.git("update-ref", "-d", f"refs/heads/{PullRequest.objects.get().branch}")
    github.close(1)
    edit("alpha", maintainer, context_length=8192)
    send()
    assert len(github.open_pulls()) == 1
    assert states() == ["closed", "open"]


def test_a_pull_request_whose_answer_was_lost_is_closed_when_its_change_is_taken_back(
    github, maintainer
):
    before = the_model("alpha").published_revision.number
    edit("alpha", maintainer, context_length=4096)
    github.fault = lambda verb, asked: (
        "cut after" if verb == "POST" and asked.endswith("/pulls") else None
    )
    send()
    github.fault = None
    assert PullRequest.objects.get().number is None
    assert len(github.open_pulls()) == 1
    use_cases.restore(the_model("alpha"), before, by=maintainer, base_revision=before + 1)
    send()
    assert github.open_pulls() == []
    assert github.head(PullRequest.objects.get().branch) is None
    assert PullRequest.objects.get().number == 1


def test_a_branch_that_was_made_for_nothing_is_deleted(github, maintainer):
    before = the_model("alpha").published_revision.number
    edit("alpha", maintainer, context_length=4096)
    github.fault = lambda verb, asked: (
        "cut before" if verb == "POST" and asked.endswith("/pulls") else None
    )
    send()
    github.fault = None
    branch = PullRequest.objects.get().branch
    assert github.head(branch) is not None
    use_cases.restore(the_model("alpha"), before, by=maintainer, base_revision=before + 1)
    send()
    assert github.head(branch) is None
    assert github.pulls == []


def test_a_push_to_a_branch_whose_pull_request_is_not_known_yet_stops_until_it_is_over(
    github, maintainer
):
    edit("alpha", maintainer, context_length=4096)
    github.fault = lambda verb, asked: (
        "cut after" if verb == "POST" and asked.endswith("/pulls") else None
    )
    send()
    github.fault = None
    github.commit({"README.md": "# Theirs\n"}, branch=PullRequest.objects.get().branch)
    send()
    row = PullRequest.objects.get()
    assert (row.state, row.number) == ("stopped", 1)
    github.merge(1)
    send()
    assert PullRequest.objects.get(pk=row.pk).state == "merged"
    assert (len(github.pulls), states()) == (1, ["nothing"])


def test_a_change_goes_onto_its_branch_after_the_repository_was_renamed(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.rename("inference-org/renamed")
    revision = edit("alpha", maintainer, context_length=8192)
    send()
    (pull,) = github.pulls
    assert github.file(path("alpha"), pull["head"]["sha"]) == revision.definition
    assert states() == ["open", "open"]
    github.merge(1)
    send()
    assert states() == ["merged", "merged"]
    assert github.head(PullRequest.objects.get().branch) is None


def test_a_branch_that_git_can_no_longer_merge_is_brought_up_to_date(github, maintainer, settings):
    settings.ENV = dataclasses.replace(settings.ENV, gather_seconds=0)
    place = "xinference/model/llm/llm_family.json"
    text = written(llm_record("alpha"), llm_record("beta"))
    github.commit({path("alpha"): None, path("beta"): None, place: text})
    for name in ("gamma", "delta"):
        submission = Submission(definition=written(llm_record(name)), visibility=Visibility.PUBLIC)
        use_cases.register("llm", submission, by=maintainer)
        send()
    github.merge(1)
    assert not github.is_mergeable(2)
    for _ in range(3):
        send()
    assert github.is_mergeable(2)
    github.merge(2)
    names = [record["model_name"] for record in json.loads(github.file(place))]
    assert names == ["alpha", "beta", "gamma", "delta"]
    github.log.clear()
    send()
    send()
    assert {verb for verb, _ in github.log} <= {"GET", "DELETE"}


@pytest.mark.parametrize("route", ["/git/trees", "/git/commits", "/git/refs", "/pulls", "/forks"])
def test_a_repository_that_is_renamed_in_the_midst_of_a_delivery_is_found_again(
    github, maintainer, route
):
    if route == "/forks":
        github.writers.clear()

    def rename(verb: str, asked: str) -> None:
        if verb == "POST" and asked.endswith(route) and not github.former_names:
            github.rename("xorbitsai/renamed")

    github.fault = rename
    edit("alpha", maintainer, context_length=4096)
    send()
    assert states() == ["waiting"]
    assert "renamed" in UpstreamChange.objects.get().last_error
    send()
    assert states() == ["open"]
    assert len(github.pulls) == 1


def test_title_and_body_follow_what_the_branch_has_now(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    assert "32768" in github.pulls[0]["body"]
    edit("beta", maintainer, context_length=4096)
    send()
    edit("alpha", maintainer, context_length=8192)
    send()
    assert "8192" in github.pulls[0]["body"]
    use_cases.delete(the_model("alpha"), by=maintainer)
    send()
    assert github.pulls[0]["title"] == "FEAT: [model] alpha removed"
    assert "8192" not in github.pulls[0]["body"]
    assert github.pulls[1]["title"] == 'ENH: update model "beta" JSON'


def test_a_branch_that_was_moved_back_to_an_older_commit_of_the_hub_is_moved_on(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    branch = PullRequest.objects.get().branch
    first = github.head(branch)
    edit("alpha", maintainer, context_length=8192)
    send()
    github.git("update-ref", f"refs/heads/{branch}", first)
    revision = edit("alpha", maintainer, context_length=2048)
    send()
    assert github.file(path("alpha"), branch) == revision.definition
    assert github.git("rev-list", "--count", f"main..{branch}") == "2"


def test_a_second_change_from_a_fork_goes_onto_the_same_branch(github, maintainer):
    github.writers.clear()
    edit("alpha", maintainer, context_length=4096)
    send()
    github.commit({"README.md": "# Moved on\n"})
    revision = edit("alpha", maintainer, context_length=8192)
    send()
    (pull,) = github.pulls
    assert github.file(path("alpha"), pull["head"]["sha"]) == revision.definition
    assert "README.md" not in github.diff(1)
    github.merge(1)
    send()
    assert github.head(f"hub-bot:{pull['head']['ref']}") is None


def test_a_revoked_token_is_told_and_a_retry_with_a_good_one_goes_on(github, maintainer):
    login = github.revoke(HUB_TOKEN)
    edit("alpha", maintainer, context_length=4096)
    send()
    assert states() == ["failed"]
    assert "wrong, revoked or expired" in UpstreamChange.objects.get().last_error
    assert HUB_TOKEN not in UpstreamChange.objects.get().last_error
    github.people[HUB_TOKEN] = login
    outbox.retry(UpstreamChange.objects.get())
    send()
    assert states() == ["open"]


@pytest.mark.parametrize("kind", ["primary", "secondary", "429"])
def test_a_rate_limit_is_waited_for_until_the_very_moment_that_github_names(
    github, maintainer, kind
):
    github.asks_to_wait = 1234
    github.fault = lambda verb, asked: kind
    edit("alpha", maintainer, context_length=4096)
    before = timezone.now()
    send()
    until = PullRequest.objects.get().not_before
    assert 1233 <= (until - before).total_seconds() <= 1300
    edit("beta", maintainer, context_length=4096)
    github.log.clear()
    send()
    assert PullRequest.objects.count() == 2
    assert [one for one in github.log if one[0] != "GET"] == []


def test_numbers_stay_as_they_are_spelt_upstream(github, maintainer):
    theirs = written(image_record("paint", default_generate_config={"scale": 3.0, "rate": 1}))
    theirs = theirs.replace('"rate": 1', '"rate": 1E-5')
    place = "xinference/model/image/models/paint.json"
    github.commit({place: theirs})
    follow_upstream()
    wanted = theirs.replace('"main"', '"v2"')
    model = the_model("paint")
    use_cases.edit(model, Submission(definition=wanted), by=maintainer, base_revision=1)
    send()
    lines = [line for line in github.diff(1).splitlines() if re.match(r"[-+] ", line)]
    assert [line.split('"')[1] for line in lines] == ["model_revision"] * 2 + ["updated_at"] * 2
    sent = github.file(place, github.pulls[0]["head"]["sha"])
    assert '"scale": 3.0' in sent
    assert '"rate": 1E-5' in sent


def test_a_time_stamp_is_never_set_back(github, maintainer):
    future = 4_000_000_000
    github.commit({path("alpha"): written(llm_record("alpha", updated_at=future))})
    follow_upstream()
    edit("alpha", maintainer, context_length=4096)
    send()
    (sent,) = json.loads(github.file(path("alpha"), github.pulls[0]["head"]["sha"]))
    assert sent["updated_at"] > future


@pytest.mark.parametrize("name", ["@octocat", "a fixes #1", "a\n# b", "`x`", "a|b", "<b>"])
def test_no_name_can_be_registered_that_would_speak_in_a_title(github, maintainer, name):
    submission = Submission(definition=written(llm_record(name)), visibility=Visibility.PUBLIC)
    with pytest.raises(InvalidDefinition):
        use_cases.register("llm", submission, by=maintainer)


def test_a_commit_that_missed_its_pull_request_is_forgotten(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.fault = lambda verb, asked: "cut before" if verb == "PATCH" else None
    edit("alpha", maintainer, context_length=8192)
    send()
    github.fault = None
    github.merge(1)
    send()
    assert states() == ["merged", "open"]
    late = UpstreamChange.objects.select_related("pull_request").first()
    assert late.pull_request.number == 2
    assert set(late.pull_request.commits) == {late.commit}


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_is_overtaken_by_a_merge_leaves_the_late_change_to_the_next(
    github, maintainer
):
    edit("alpha", maintainer, context_length=4096)
    send()
    edit("alpha", maintainer, context_length=8192)
    done = []

    def see() -> None:
        pulls.look_at(PullRequest.objects.get())
        connection.close()

    def merge_meanwhile(verb: str, asked: str) -> None:
        if verb == "POST" and asked.endswith("/git/commits") and not done:
            done.append(github.merge(1))
            worker = threading.Thread(target=see)
            worker.start()
            worker.join(20)

    github.fault = merge_meanwhile
    send()
    github.fault = None
    send()
    assert states() == ["merged", "open"]
    assert [pull["merged"] for pull in github.pulls] == [True, False]
    late = UpstreamChange.objects.select_related("pull_request").first()
    assert late.pull_request.number == 2
    assert late.commit in late.pull_request.commits


@pytest.mark.parametrize("end", ["merge", "close"])
def test_a_change_that_was_pushed_just_after_the_end_of_its_pull_request_is_sent_anew(
    github, maintainer, end
):
    edit("alpha", maintainer, context_length=4096)
    send()
    use_cases.delete(the_model("alpha"), by=maintainer)
    done = []

    def end_meanwhile(verb: str, asked: str) -> None:
        if verb == "PATCH" and "/git/refs/" in asked and not done:
            done.append(getattr(github, end)(1) or True)

    github.fault = end_meanwhile
    send()
    github.fault = None
    send()
    assert done
    assert states() == ["merged" if end == "merge" else "closed", "open"]
    (pull,) = github.open_pulls()
    assert pull["title"] == "FEAT: [model] alpha removed"


def test_a_pull_request_that_is_merged_before_it_can_be_closed_is_taken_back(github, maintainer):
    submission = Submission(definition=written(llm_record("gamma")), visibility=Visibility.PUBLIC)
    use_cases.register("llm", submission, by=maintainer)
    send()
    use_cases.set_expiry(the_model("gamma"), timezone.now() - timedelta(days=1), by=maintainer)
    done = []

    def merge_meanwhile(verb: str, asked: str) -> None:
        if verb == "PATCH" and asked.endswith("/pulls/1") and not done:
            done.append(github.merge(1))

    github.fault = merge_meanwhile
    send()
    github.fault = None
    send()
    assert done
    assert states() == ["merged", "open"]
    (pull,) = github.open_pulls()
    assert pull["title"] == "FEAT: [model] gamma removed"


def test_one_of_several_models_that_was_taken_back_too_late_is_removed_again(github, maintainer):
    for name in ("gamma", "delta"):
        submission = Submission(definition=written(llm_record(name)), visibility=Visibility.PUBLIC)
        use_cases.register("llm", submission, by=maintainer)
    send()
    assert len(github.pulls) == 1
    use_cases.delete(the_model("gamma"), by=maintainer)
    done = []

    def merge_meanwhile(verb: str, asked: str) -> None:
        if verb == "PATCH" and "/git/refs/" in asked and not done:
            done.append(github.merge(1))

    github.fault = merge_meanwhile
    send()
    github.fault = None
    send()
    assert done
    assert states() == ["merged", "merged", "open"]
    (pull,) = github.open_pulls()
    assert pull["title"] == "FEAT: [model] gamma removed"
