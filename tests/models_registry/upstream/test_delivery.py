"""From a change in the hub to a pull request at GitHub, and what becomes of it."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth.models import Group

from models_registry.actions.delete import delete
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.errors import InvalidDefinition
from models_registry.models import (
    PullRequest,
    UpstreamChange,
    Visibility,
)
from models_registry.sync.follow_upstream import follow_upstream
from reviews.use_cases import approve
from tests.factories import a_user, image_record, llm_record, written
from tests.models_registry.upstream.deliveries import edit, send, states, the_model
from tests.models_registry.upstream.plans import spec
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_a_changed_model_becomes_a_pull_request_with_only_this_change(github, maintainer):
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
    register("llm", submission, by=maintainer)
    send()
    (pull,) = github.pulls
    assert pull["title"] == "FEAT: [model] gamma support"
    sent = github.file(path("gamma"), pull["head"]["sha"])
    assert sent == the_model("gamma").published_revision.definition


def test_a_deleted_model_becomes_a_pull_request_that_removes_it(github, maintainer):
    delete(the_model("alpha"), by=maintainer)
    send()
    (pull,) = github.pulls
    assert pull["title"] == "FEAT: [model] alpha removed"
    assert path("alpha") not in github.files(pull["head"]["sha"])
    assert path("beta") in github.files(pull["head"]["sha"])


def test_sending_again_without_a_change_does_nothing(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    before = github.pulls[0]["head"]["sha"]
    github.log.clear()
    send()
    assert [verb for verb, _ in github.log] == ["GET"]
    assert github.pulls[0]["head"]["sha"] == before


def test_a_true_conflict_opens_no_pull_request_and_waits(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    edit("beta", maintainer, context_length=4096)
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    send()
    (pull,) = github.pulls
    assert pull["title"] == 'ENH: update model "beta" JSON'
    assert states() == ["conflict", "open"]
    change = UpstreamChange.objects.get(name="alpha")
    assert "/0/context_length" in change.error_text
    assert '"context_length": 1,' in change.theirs


def test_what_upstream_has_already_opens_no_pull_request(github, maintainer):
    revision = edit("alpha", maintainer, context_length=4096)
    github.commit({path("alpha"): revision.definition})
    send()
    assert github.pulls == []
    assert states() == ["nothing"]


def test_an_approved_proposal_goes_out_in_the_name_of_its_author(github, maintainer):
    author = a_user("grace")
    author.groups.add(Group.objects.get(name="Registrars"))
    definition = written(llm_record("gamma"))
    submission = Submission(definition=definition, visibility=Visibility.PUBLIC)
    proposal = register("llm", submission, by=author)
    send()
    assert github.pulls == []
    approve(proposal, by=maintainer)
    send()
    (pull,) = github.pulls
    assert pull["title"] == "FEAT: [model] gamma support"
    assert github.git("show", "-s", "--format=%an", pull["head"]["sha"]) == "grace"


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


def test_title_and_body_follow_what_the_branch_has_now(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    assert "32768" in github.pulls[0]["body"]
    edit("beta", maintainer, context_length=4096)
    send()
    edit("alpha", maintainer, context_length=8192)
    send()
    assert "8192" in github.pulls[0]["body"]
    delete(the_model("alpha"), by=maintainer)
    send()
    assert github.pulls[0]["title"] == "FEAT: [model] alpha removed"
    assert "8192" not in github.pulls[0]["body"]
    assert github.pulls[1]["title"] == 'ENH: update model "beta" JSON'


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


def test_numbers_stay_as_they_are_spelt_upstream(github, maintainer):
    theirs = written(image_record("paint", default_generate_config={"scale": 3.0, "rate": 1}))
    theirs = theirs.replace('"rate": 1', '"rate": 1E-5')
    place = "xinference/model/image/models/paint.json"
    github.commit({place: theirs})
    follow_upstream()
    wanted = theirs.replace('"main"', '"v2"')
    model = the_model("paint")
    edit_model(model, Submission(definition=wanted), by=maintainer, base_revision=1)
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
        register("llm", submission, by=maintainer)


def many(maintainer, count: int) -> None:
    """Change many models with long descriptions, within one pull request."""
    for number in range(count):
        specs = [spec(size, [f"Q{n}" for n in range(14)]) for size in range(1, 16)]
        record = llm_record(f"m-{number}", model_specs=specs)
        submission = Submission(definition=written(record), visibility=Visibility.PUBLIC)
        register("llm", submission, by=maintainer)


def test_sixty_four_models_go_out_in_one_pull_request(github, maintainer):
    many(maintainer, 64)
    send()
    (pull,) = github.pulls
    assert len(pull["body"]) <= 65_536
    assert set(states()) == {"open"}
