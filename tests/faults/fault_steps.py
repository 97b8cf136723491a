"""What touches a hub's surroundings: pages, calls and tasks, by the fault table's names."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import threading
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connections
from django.utils import timezone
from PIL import Image

from accounts.models import User
from hub import tasks as hub_tasks
from hub.models import OutgoingMail
from models_registry import tasks, usage
from models_registry.actions.edit import edit
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import (
    ChangeState,
    PullRequest,
    RegisteredModel,
    RepositoryRecord,
    UpstreamChange,
)
from models_registry.sync import update
from models_registry.upstream import github_app
from reviews import source_check, webhooks
from reviews import tasks as review_tasks
from tests.factories import a_model, a_person, a_user, changed, llm_record, written
from tests.faults.outages import HUB_TOKEN, PASSWORD, SECRET, World
from tests.reviews.conftest import a_proposal, a_reviewer, an_author


def get(path: str) -> Callable[[World], Any]:
    """A touch that reads a page."""

    def touch(world: World) -> Any:
        disk = {"/models": "GET /models", "/healthz": "GET /healthz", "/readyz": "GET /readyz"}
        disk["/api/models/download?model_type=llm"] = "GET the llm list"
        if "disk" in world.made:
            world.answer = world.made["disk"][disk[path]]
            return world.answer[0]
        return world.ask("get", path)

    return touch


def a_models_page(world: World) -> Any:
    model = a_model()
    return world.ask("get", model.get_absolute_url())


def sign_in(world: World) -> Any:
    if "database" not in world.made:
        a_user("ada")
    return world.ask("post", "/signin", {"login": "ada", "password": PASSWORD})


def api_sign_in(world: World, password: str = PASSWORD) -> Any:
    if "disk" in world.made:
        world.answer = world.made["disk"]["POST API sign-in"]
        return world.answer[0]
    if "database" not in world.made and not world.made.get("ada"):
        world.made["ada"] = a_user("ada")
    body = {"usernameOrEmail": "ada", "password": password}
    return world.ask("post", "/api/users/login", body, content_type="application/json")


def six_wrong_sign_ins(world: World) -> Any:
    return [api_sign_in(world, "wrong") for _ in range(6)][-1]


def decision(world: World) -> Any:
    world.made["proposal"] = a_proposal(an_author())
    world.client.force_login(a_reviewer())
    path = f"/admin/reviews/{world.made['proposal'].pk}/decide"
    return world.ask("post", path, {"decision": "approve"})


def update_page(world: World) -> Any:
    world.client.force_login(a_person("keeper", "update_catalogue"))
    return world.ask("post", "/launch_model/update", {"model_type": "llm"})


def check_page(world: World) -> Any:
    world.made["proposal"] = a_proposal(an_author())
    world.client.force_login(a_reviewer())
    return world.ask("post", f"/admin/reviews/{world.made['proposal'].pk}/sources")


def webhook(world: World) -> Any:
    body = json.dumps({"ref": "refs/heads/main"})
    signature = "sha256=" + hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-Hub-Signature-256": signature,
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": "1",
    }
    options = {"content_type": "application/json", "headers": headers}
    return world.ask("post", "/api/github/webhook", body, **options)


def forgotten_password(world: World) -> Any:
    a_user("ada")
    return world.ask("post", "/accounts/password/reset/", {"email": "ada@example.org"})


def sign_up(world: World) -> Any:
    form = {
        "email": "eve@example.org",
        "username": "eve",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    return world.ask("post", "/signup", form)


def new_password(world: World) -> Any:
    world.client.post("/signin", {"login": a_user("ada").username, "password": PASSWORD})
    # The mail about a sign-in from a new device is not what is looked at.
    OutgoingMail.objects.all().delete()
    form = {"oldpassword": PASSWORD, "password1": "new horse battery", "password2": ""}
    form["password2"] = form["password1"]
    return world.ask("post", "/accounts/password/change/", form)


def mail_task(world: World) -> Any:
    mail.send_mail("Hello", "You", None, ["ada@example.org"])
    with world.capture(execute=True):
        return hub_tasks.send_mail()


def github_token_page(world: World) -> Any:
    world.client.force_login(a_user("ada"))
    return world.ask("post", "/user-center/key/github", {"token": HUB_TOKEN})


def a_change(world: World) -> None:
    """A public model that upstream does not know."""
    root = a_user("root", is_superuser=True)
    submission = Submission(written(llm_record("omega")), visibility="public")
    register("llm", submission, by=root)
    assert UpstreamChange.objects.filter(state=ChangeState.WAITING).exists()


def send_changes(world: World) -> Any:
    a_change(world)
    return tasks.send_changes()


def send_changes_as_an_app(world: World) -> Any:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    world.env(github_token="", github_app_id="7", github_app_key=pem, github_app_installation=1)
    github_app.forget()
    return send_changes(world)


def poll(world: World) -> Any:
    a_change(world)
    PullRequest.objects.update(number=1, state="open")
    return tasks.poll_pull_requests()


def follow(world: World) -> Any:
    world.made["models"] = [a_model().pk]
    return tasks.follow_upstream()


def update_task(world: World) -> Any:
    world.made["models"] = [a_model().pk]
    world.made["keeper"] = a_person("keeper", "update_catalogue", "change_public_model")
    world.made["run"] = update.update_type("llm", by=world.made["keeper"])
    return tasks.update_type(world.made["run"].pk)


def check_task(world: World) -> Any:
    world.made["proposal"] = a_proposal(an_author())
    world.made["check"] = source_check.ask(world.made["proposal"])
    return review_tasks.check_sources(world.made["check"].pk)


def webhook_task(world: World) -> Any:
    owner = a_user("ada")
    webhooks.add(world.made["receiver"], [webhooks.Event.PUBLISHED], by=owner)
    model = a_model(owner=owner)
    submission = Submission(changed(model.published_revision, context_length=1))
    edit(model, submission, by=a_user("root", is_superuser=True), base_revision=1)
    assert RegisteredModel.objects.get().published_revision.number == 2
    return review_tasks.send_webhooks()


def visit_task(world: World) -> Any:
    world.env(source_visits=True)
    a_model()
    seen = {"status": "found", "licence": "mit", "seen_at": timezone.now()}
    RepositoryRecord.objects.update(**seen)
    return tasks.visit_sources()


def task_without_database(task: Callable[[], object]) -> Callable[[World], Any]:
    """A touch that runs a task: Celery logs what it raises, and the schedule runs it again."""

    def touch(world: World) -> Any:
        raised: list[str] = []

        def run() -> None:
            try:
                task()
            except OperationalError as error:
                raised.append(type(error).__name__)
            finally:
                connections.close_all()

        with world.where_the_database_is():
            thread = threading.Thread(target=run)
            thread.start()
            thread.join(30)
        return raised

    return touch


def write_uses(world: World) -> Any:
    """Count a launch, and write the counts where the database is away."""
    world.env(use_counts=True)
    world.patch.setattr("models_registry.usage.FLUSH_SECONDS", 3600.0)
    usage.count_launch(a_model())
    written: list[bool] = []
    task_without_database(lambda: written.append(usage.flush()))(world)
    return written


def server_part(world: World) -> Any:
    if not RegisteredModel.objects.exists():
        a_model()
        world.client.force_login(a_person("keeper", "update_catalogue"))
    return world.ask("get", "/launch_model/there/llm")


def launch_page(world: World) -> Any:
    a_model()
    world.client.force_login(a_person("keeper", "update_catalogue"))
    return world.ask("get", "/launch_model/llm")


def picture(world: World) -> Any:
    User.objects.filter(pk=a_user("ada").pk).update(avatar="avatars/own.webp")
    return world.ask("get", "/avatars/ada")


def new_picture(world: World) -> Any:
    world.client.force_login(a_user("ada"))
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "PNG")
    file = SimpleUploadedFile("me.png", out.getvalue())
    return world.ask("post", "/user-center/avatar", {"picture": file})


TOUCHES: dict[str, Callable[[World], Any]] = {
    "GET /models": get("/models"),
    "GET the llm list": get("/api/models/download?model_type=llm"),
    "GET the sitemap": get("/sitemap.xml"),
    "GET the feed of new models": get("/feeds/new.atom"),
    "GET /robots.txt": get("/robots.txt"),
    "GET /help": get("/help"),
    "GET /healthz": get("/healthz"),
    "GET /readyz": get("/readyz"),
    "GET a model's page": a_models_page,
    "POST sign-in": sign_in,
    "POST single sign-on": lambda world: world.ask("post", "/accounts/oidc/sso/login/"),
    "POST API sign-in": api_sign_in,
    "POST API sign-in wrongly, six times": six_wrong_sign_ins,
    "POST a review's decision": decision,
    "POST update from the source": update_page,
    "POST check of sources": check_page,
    "POST GitHub's webhook": webhook,
    "POST a forgotten password": forgotten_password,
    "POST sign-up": sign_up,
    "POST change of password": new_password,
    "task hub.send_mail": mail_task,
    "POST a GitHub token": github_token_page,
    "task send_changes": send_changes,
    "task send_changes as an app": send_changes_as_an_app,
    "task poll_pull_requests": poll,
    "task follow_upstream": follow,
    "task update_type": update_task,
    "task check_sources": check_task,
    "task visit_sources": visit_task,
    "task send_webhooks": webhook_task,
    "task rebuild_stale_lists": task_without_database(tasks.rebuild_stale_lists),
    "task derive_stale": task_without_database(tasks.derive_stale),
    "task rank_models": task_without_database(tasks.rank_models),
    "the counts of uses are written": write_uses,
    "GET what the server has": server_part,
    "GET the launch page": launch_page,
    "GET a picture": picture,
    "POST a picture": new_picture,
}
