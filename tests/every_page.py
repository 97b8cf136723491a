"""Every kind of page, who opens it, and the numbers that stand in the addresses."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse

from accounts.models import User
from models_registry import publication
from models_registry.actions import ownership
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.models import Draft, UpstreamRemoval
from reviews import owner_requests, webhooks
from reviews.models import Notification, NotificationKind
from tests.factories import a_model, changed, image_record, llm_record, written
from tests.hub.hostile import build_world
from tests.reviews.conftest import an_author

README = "\n".join(
    (
        "# Tiny\n\nA model with a [link](https://example.org) and `code`.\n\n## Use\n",
        "```python\nprint(client.list_models())  # " + "a long line " * 20 + "\n```\n",
        "| a wide cell of a table " * 12 + "|",
        "|---" * 12 + "|",
        "| 1 " * 12 + "|\n",
        "### Notes\n\n- first\n- second\n",
    )
)

ANONYMOUS = (
    "/models", "/models?q=nothing-at-all", "/models?type=llm&view=detailed",
    "/models/detail/tiny", "/models/detail/tiny?tab=specs", "/models/detail/tiny?tab=definition",
    "/models/detail/{tiny}/history", "/models/detail/{tiny}/history/1",
    "/models/detail/{tiny}/compare/1...2",
    "/models/detail/{tiny}/upstream", "/models/detail/twice",
    "/models/compare", "/models/compare?model={tiny}&model={public}",
    "/launch_model/llm", "/launch_model/{tiny}/launch",
    "/help", "/help/author", "/help/reviewer", "/help/maintainer", "/help/operator", "/help/api",
    "/help/glossary", "/models/detail/{bilingual}", "/models/detail/{bilingual}?readme=zh",
    "/signin", "/signup", "/accounts/password/reset/", "/nothing-here",
    "/api/docs",
)  # fmt: skip
AUTHOR = (
    "/my-models", "/model-registration", "/model-registration/{draft}/form",
    "/model-registration/{draft}/json", "/model-registration/{draft}/readme",
    "/model-registration/{draft}/readme-zh",
    "/model-registration/{draft}/check", "/model-registration/{picture}/form",
    "/models/detail/{proposed}", "/models/detail/{proposed}/review",
    "/models/detail/{proposed}/settings", "/models/detail/{proposed}/edit",
    "/notifications", "/user-center", "/user-center/key", "/user-center/notifications",
    "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/upstream",
    "/models/detail/{suggested}/review", "/models/detail/{asked}/review",
    "/models/detail/{mine}/settings", "/user-center/webhooks", "/user-center/webhooks/{hook}",
)  # fmt: skip
REVIEWER = (
    "/admin/reviews/", "/admin/reviews/{proposal}/", "/admin/reviews/figures",
    "/admin/reviews/replies", "/admin/reviews/requests/{request}",
)  # fmt: skip
ADMINISTRATOR = (
    "/upstream", "/launch_model/llm", "/launch_model/fleet", "/launch_model/conflicts",
    "/launch_model/conflicts/{public}", "/launch_model/add", "/launch_model/updates/{run}",
    "/launch_model/server", "/models/detail/{public}/settings", "/models/detail/{public}/upstream",
)  # fmt: skip


def administration(*, every: bool = True) -> list[str]:
    """The lists of the administration, and the page of one row of each; with `every` also those on
    which a row is added, its history is read, and its deletion is confirmed."""
    paths = ["/admin/", "/admin/password_change/"]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths.append(reverse(f"{name}_changelist"))
        if every:
            paths.append(reverse(f"{name}_add"))
        if (row := model._default_manager.first()) is not None:
            pages = ("change", "history", "delete") if every else ("change",)
            paths += [reverse(f"{name}_{page}", args=[row.pk]) for page in pages]
    for app in ("accounts", "hub", "models_registry", "reviews"):
        paths.append(reverse("admin:app_list", args=[app]))
    # The page of an account has a form for its password.
    person = User.objects.get(username="ada")
    return [*paths, reverse("admin:auth_user_password_change", args=[person.pk])]


# Pages of errors among them.
REFUSED = {(None, "/nothing-here"): 404, ("ada", "/upstream"): 403}


def numbers() -> dict[str, int]:
    """One of everything, and the numbers that stand in addresses."""
    world = build_world()
    root, ada = world.user, User.objects.get(username="ada")
    tiny = a_model("tiny", readme=README, owner=root)
    text = changed(tiny.published_revision, context_length=4096)
    publication.publish(tiny, publication.Content(definition=text, readme=README), by=root)
    a_model("twice")
    a_model("twice", model_type="image")
    UpstreamRemoval.objects.create(model=tiny, state="waiting", layout="split", path="x.json")
    kind = NotificationKind.values[0]
    Notification.objects.create(recipient=ada, kind=kind, title="News", url="/models")
    draft = Draft.objects.create(
        owner=ada, model_type="llm", definition=written(llm_record("d", context_length="many"))
    )
    picture = Draft.objects.create(
        owner=ada, model_type="image", definition=written(image_record("p"))
    )
    proposal = world.numbers["admin/reviews/"]
    suggested = a_model("suggested", owner=ada)
    sue = an_author("sue")
    submission = Submission(changed(suggested.published_revision, context_length=4096))
    edit(suggested, submission, by=sue, base_revision=1)
    ownership.offer(a_model("given", owner=sue), "ada", by=sue)
    asked = a_model("asked", owner=ada)
    request = owner_requests.ask(asked, "remove", reason="The licence forbids it.", by=ada)
    hook, _secret = webhooks.add("https://example.org/hook", list(webhooks.Event), by=ada)
    for state in ("delivered", "failed", "waiting"):
        made = webhooks.ping(hook, by=ada)
        type(made).objects.filter(pk=made.pk).update(state=state, last_error="HTTP 500")
    return {
        "suggested": suggested.pk,
        "asked": asked.pk,
        "mine": a_model("mine-only", owner=ada, visibility="private").pk,
        "request": request.pk,
        "hook": hook.pk,
        "tiny": tiny.pk,
        "bilingual": a_model("bilingual", readme_zh="# 模型\n\n一个小模型。\n").pk,
        "public": world.numbers["models/"],
        "proposal": proposal,
        "proposed": ada.models.get(name="m-proposed").pk,
        "draft": draft.pk,
        "picture": picture.pk,
        "run": world.numbers["launch_model/updates/"],
    }
