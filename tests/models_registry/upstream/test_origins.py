"""Why a change was made, and who wrote that: in the body of its pull request."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from accounts import tokens
from accounts.models import Scope
from models_registry.actions.delete import delete
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.expiry import set_expiry
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import Visibility
from reviews.use_cases import approve
from tests.factories import a_user, llm_record, written
from tests.models_registry.upstream.deliveries import send, the_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_the_message_the_verdict_and_their_writers_are_in_the_body(github, maintainer):
    author = a_user("grace")
    author.groups.add(Group.objects.get(name="Registrars"))
    record = written(llm_record("gamma"))
    proposal = register(
        "llm",
        Submission(
            definition=record,
            visibility=Visibility.PUBLIC,
            message="Fixes #7, asked for by @octocat",
        ),
        by=author,
    )
    approve(proposal, by=maintainer, feedback="The weights are the vendor's.")
    send()
    body = github.pulls[0]["body"]
    assert "**Why:** `Fixes #\u200b7, asked for by @\u200boctocat` (`grace`)" in body
    assert "**Review:** `The weights are the vendor's.` (`ada`)" in body
    message = github.git("show", "-s", "--format=%B", github.pulls[0]["head"]["sha"])
    assert "Fixes" not in message


@pytest.mark.parametrize("how", ["deleted", "expired", "hidden"])
def test_a_removal_says_its_reason(github, maintainer, how):
    model = the_model("alpha")
    if how == "deleted":
        delete(model, by=maintainer)
    elif how == "expired":
        set_expiry(model, timezone.now() - timedelta(days=1), by=maintainer)
    else:
        submission = Submission(visibility=Visibility.PRIVATE)
        edit_model(model, submission, by=maintainer, base_revision=1)
    send()
    words_of = {
        "deleted": "it was deleted in the hub",
        "expired": "it expired in the hub on ",
        "hidden": "it is not public in the hub any more",
    }
    assert f"**Why:** {words_of[how]}" in github.pulls[0]["body"]


@pytest.mark.parametrize("how", ["page", "program"])
@pytest.mark.parametrize("deed", ["delete", "expire-now"])
def test_a_person_gives_the_reason_of_a_removal(client, github, maintainer, how, deed):
    pk, reason = the_model("alpha").pk, "Its licence was withdrawn, see #9."
    if how == "page":
        client.force_login(maintainer)
        page = client.get(f"/models/detail/{pk}/settings").content.decode()
        assert page.count('name="reason"') == 2
        action = reverse("models_registry:settings_action", args=[pk, deed])
        answer = client.post(action, {"name": "alpha", "reason": reason})
        assert answer.status_code == 302
    else:
        _, raw = tokens.issue(by=maintainer, name="t", scope=Scope.WRITE, expires_at=None)
        headers = {"Authorization": f"Bearer {raw}"}
        if deed == "delete":
            query = urlencode({"reason": reason})
            answer = client.delete(f"/api/models/{pk}?{query}", headers=headers)
        else:
            moment = {"expires_at": "2020-01-01T00:00:00Z", "reason": reason}
            answer = client.put(
                f"/api/models/{pk}/expiry", moment, "application/json", headers=headers
            )
        assert answer.status_code in (200, 204)
    send()
    assert "**Why:** `Its licence was withdrawn, see #\u200b9.` (`ada`)" in github.pulls[0]["body"]
