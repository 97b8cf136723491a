"""What is so after the surroundings of a hub have failed, by the fault table's names.

Of what comes back later, a state makes it come back, and looks whether the hub goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from accounts.models import GitHubToken, User
from hub import mail_outbox, readiness, task_queue
from hub import tasks as hub_tasks
from hub.cache_backends import outage
from hub.celery import app as hub_app
from hub.models import OutgoingMail, Webhook, WebhookDelivery
from models_registry import tasks, usage
from models_registry.models import (
    ChangeState,
    ModelUse,
    PullRequest,
    RegisteredModel,
    RepositoryRecord,
    Revision,
    UpdateRun,
    UpstreamChange,
)
from models_registry.sync import update
from reviews import source_check
from reviews import tasks as review_tasks
from reviews.models import SourceCheck
from tests.factories import llm_record, written
from tests.faults.outages import HUB_TOKEN, PASSWORD, World
from tests.journeys.processes import wait_until
from tests.standins.faulty import MailServer
from tests.standins.github import GitHubStandIn
from tests.standins.hub import SourceHub
from tests.standins.model_hubs import ModelHubs, Repository
from tests.standins.openid import OpenIdProvider
from tests.standins.s3 import BUCKET, Bucket
from tests.standins.webhook_receiver import Receiver
from tests.standins.xinference import XinferenceServer


def told_to_come_again(world: World) -> bool:
    if isinstance(world.answer, list):
        return world.answer[1] is not None
    return world.answer.headers.get("Retry-After", "").isdecimal()


def models_page_answers(world: World) -> bool:
    return world.ask("get", "/models") == 200


def model_is_published(world: World) -> bool:
    return Revision.objects.get(pk=world.made["proposal"].pk).state == "published"


def with_messages(world: World, do: Callable[[], object]) -> list[str]:
    """The tasks that a broker gets which is there again."""
    hub_app.set_current()
    task_queue._paused_until = 0.0
    sent: list[str] = []
    with world.patch.context() as patch:
        patch.setattr("celery.current_app.send_task", lambda name, **_: sent.append(name))
        with world.capture(execute=True):
            do()
    return sent


def run_is_started_later(world: World) -> bool:
    run = UpdateRun.objects.get()
    assert run.state == UpdateRun.State.QUEUED
    UpdateRun.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    return with_messages(world, tasks.ask_again_for_updates) == [update.TASK]


def click_starts_the_run(world: World) -> bool:
    click = {"model_type": "llm"}
    sent = with_messages(world, lambda: world.client.post("/launch_model/update", click))
    return sent == [update.TASK] and UpdateRun.objects.count() == 1


def check_is_started_later(world: World) -> bool:
    assert SourceCheck.objects.get().state == SourceCheck.State.WAITING
    SourceCheck.objects.update(asked_at=timezone.now() - timedelta(minutes=1))
    asked = with_messages(world, review_tasks.ask_again_for_source_checks)
    return asked == [source_check.TASK]


def readyz(world: World) -> dict[str, Any]:
    readiness.forget()
    world.ask("get", "/readyz")
    return world.answer.json()


def names(check: str) -> Callable[[World], bool]:
    """/readyz says that this is wrong, and what to do."""
    return lambda world: any(
        entry["check"] == check and entry["advice"] for entry in world.answer.json()["wrong"]
    )


def cache_is_away(world: World) -> bool:
    return readyz(world)["checks"]["cache"] == "warning"


def cache_is_back(world: World) -> bool:
    assert cache_is_away(world)
    outage.until = 0.0
    world.settings.CACHES = {
        "default": {"BACKEND": "hub.cache_backends.ForgivingDatabaseCache", "LOCATION": "hub_cache"}
    }
    call_command("createcachetable", verbosity=0)
    return readyz(world)["checks"]["cache"] == "ok" and cache.get("nothing") is None


def mail_waits(world: World) -> bool:
    """Also after the task was tried, and with nothing to be read in its row."""
    mail_outbox.send_due()
    row = OutgoingMail.objects.get()
    assert PASSWORD not in row.sealed
    assert "http" not in row.sealed
    return row.failed_at is None and row.attempts > 0 and row.last_error != ""


def mail_arrives_once(world: World) -> bool:
    assert mail_waits(world)
    server = world.start(MailServer())
    world.point("mail server", server.port)
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    assert hub_tasks.send_mail() is None
    hub_tasks.send_mail()
    return len(server.received) == 1 and not OutgoingMail.objects.exists()


def no_token_is_saved(world: World) -> bool:
    return not GitHubToken.objects.exists()


def change_waits(world: World) -> bool:
    pull_request = PullRequest.objects.get()
    assert pull_request.last_error
    assert pull_request.next_attempt_at > timezone.now()
    return UpstreamChange.objects.get().state == ChangeState.WAITING


def change_is_sent(world: World) -> bool:
    assert change_waits(world)
    (world.folder / "github").mkdir()
    github = world.start(GitHubStandIn(world.folder / "github"))
    github.knows(HUB_TOKEN, "hub-bot")
    github.commit({"xinference/model/llm/models/a.json": written(llm_record("a"))})
    world.point("GitHub", int(github.url.rpartition(":")[2]))
    PullRequest.objects.update(next_attempt_at=timezone.now())
    tasks.send_changes()
    return len(github.open_pulls()) == 1


def sign_on_leads_away(world: World) -> bool:
    provider = world.start(OpenIdProvider())
    world.point("single sign-on", int(provider.url.rpartition(":")[2].partition("/")[0]))
    provider.configuration = {"issuer": provider.url.removesuffix("/realms/acme")}
    return world.ask("post", "/accounts/oidc/sso/login/") == 200


def models_are_as_they_were(world: World) -> bool:
    found = RegisteredModel.objects.filter(expires_at__isnull=True)
    return list(found.values_list("pk", flat=True)) == world.made["models"]


def run_says_why(world: World) -> bool:
    run = UpdateRun.objects.get()
    assert models_are_as_they_were(world)
    return (
        run.state == UpdateRun.State.FAILED and bool(run.message) and "internal" not in run.message
    )


def next_run_brings_the_list(world: World) -> bool:
    assert run_says_why(world)
    source = world.start(SourceHub())
    source.lists["llm"] = written(llm_record("omega"))
    world.point("source hub", int(source.url.rpartition(":")[2]))
    run = update.update_type("llm", by=world.made["keeper"])
    tasks.update_type(run.pk)
    return RegisteredModel.objects.filter(name="omega").exists()


def finding_says_why(world: World) -> bool:
    check = SourceCheck.objects.get()
    (finding,) = check.findings
    assert check.state == SourceCheck.State.DONE
    return finding["level"] == "info" and "example/tiny-llm" in finding["text"]


def next_check_knows(world: World) -> bool:
    assert finding_says_why(world)
    # A page that says 404 is an answer: the repository is not there.
    source = world.start(SourceHub())
    world.point("Hugging Face and ModelScope", int(source.url.rpartition(":")[2]))
    review_tasks.check_sources(source_check.ask(world.made["proposal"]).pk)
    return SourceCheck.objects.get().findings[0]["level"] == "error"


def what_was_seen_stays(world: World) -> bool:
    row = RepositoryRecord.objects.get()
    is_kept = (row.status, row.licence) == ("found", "mit")
    return is_kept and row.failures == 1 and bool(row.problem) and row.next_visit_at > row.seen_at


def next_visit_sees(world: World) -> bool:
    assert what_was_seen_stays(world)
    hubs = world.start(ModelHubs())
    hubs.hugging_face["example/tiny-llm"] = Repository(facts={"downloads": 7})
    world.point("Hugging Face and ModelScope", hubs.port)
    RepositoryRecord.objects.update(next_visit_at=timezone.now())
    tasks.visit_sources()
    return RepositoryRecord.objects.get().downloads == 7


def delivery_waits(world: World) -> bool:
    row = WebhookDelivery.objects.get()
    is_later = row.next_attempt_at > timezone.now()
    return row.state == WebhookDelivery.State.WAITING and bool(row.last_error) and is_later


def delivery_is_over(world: World) -> bool:
    return WebhookDelivery.objects.get().state == WebhookDelivery.State.DELIVERED


def delivery_arrives_once(world: World) -> bool:
    assert delivery_waits(world)
    receiver = world.start(Receiver())
    Webhook.objects.update(url=receiver.url)
    for _ in range(2):
        WebhookDelivery.objects.update(next_attempt_at=timezone.now())
        review_tasks.send_webhooks()
    return delivery_is_over(world) and receiver.events == ["model.published"]


def page_says_so(world: World) -> bool:
    return bool(world.answer.context.get("refusal"))


def server_is_seen_again(world: World) -> bool:
    assert page_says_so(world)
    server = world.start(XinferenceServer())
    world.point("Xinference server", int(server.url.rpartition(":")[2]))
    cache.clear()
    world.ask("get", "/launch_model/there/llm")
    return any(path.startswith("/v1/") for _method, path, *_ in server.asked)


def api_sign_in_answers(world: World) -> bool:
    return world.made["disk"]["later"][0] == 200


def counts_are_written_later(world: World) -> bool:
    assert not ModelUse.objects.exists()
    return usage.flush() and ModelUse.objects.get().launches == 1


def picture_is_drawn(world: World) -> bool:
    is_drawn = world.answer["Content-Type"] == "image/svg+xml"
    return is_drawn and world.answer["Cache-Control"] == "no-store"


def picture_is_not_replaced(world: World) -> bool:
    page = world.client.get("/user-center").content.decode()
    return "be stored at the moment" in page and not User.objects.get().avatar


def picture_is_the_own_one(world: World) -> bool:
    assert picture_is_drawn(world)
    bucket = world.start(Bucket())
    bucket.client.put_object(Bucket=BUCKET, Key="hub/avatars/own.webp", Body=b"own")
    world.point("object storage", bucket.port)
    # A bucket that was silent is left alone for a while.
    return wait_until(
        lambda: world.ask("get", "/avatars/ada") == 200 and world.answer.content == b"own"
    )


STATES: dict[str, Callable[[World], bool]] = {
    "-": lambda world: True,
    "told to come again": told_to_come_again,
    "the sign-on leads away": sign_on_leads_away,
    "GET /models answers 200": models_page_answers,
    "the model is published": model_is_published,
    "the run is started later": run_is_started_later,
    "a click starts the run": click_starts_the_run,
    "the check is started later": check_is_started_later,
    "readyz names the database": names("database"),
    "readyz names the broker": names("broker"),
    "readyz names the cache": cache_is_away,
    "readyz says that the cache is back": cache_is_back,
    "the mail waits": mail_waits,
    "the mail arrives once": mail_arrives_once,
    "no token is saved": no_token_is_saved,
    "the change waits": change_waits,
    "the change is sent": change_is_sent,
    "the models are as they were": models_are_as_they_were,
    "the run says why": run_says_why,
    "the next run brings the list": next_run_brings_the_list,
    "a finding says why": finding_says_why,
    "the next check knows": next_check_knows,
    "what was seen stays": what_was_seen_stays,
    "the next visit sees": next_visit_sees,
    "the delivery waits": delivery_waits,
    "the delivery is over": delivery_is_over,
    "the delivery arrives once": delivery_arrives_once,
    "the page says so": page_says_so,
    "the picture is a drawn one": picture_is_drawn,
    "the picture is not replaced": picture_is_not_replaced,
    "the picture is the own one": picture_is_the_own_one,
    "it is seen again": server_is_seen_again,
    "the counts are written later": counts_are_written_later,
    "API sign-in answers 200": api_sign_in_answers,
}
