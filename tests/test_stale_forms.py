"""A page that is out of date decides nothing: every form that decides × a change in between.

The forms are collected from the URL configuration and the administration. One without a row in
`tests/stale/`, or a reason here why it needs none, fails the test.
"""

from __future__ import annotations

import dataclasses
import re
from urllib.parse import urlsplit

import pytest
from django.contrib import admin

import reviews.urls
from accounts.admin_form_version import SeenForm
from accounts.models import User
from tests import stale as stale  # its modules add the rows
from tests.access.matrix import addresses
from tests.factories import a_user
from tests.forms import form_fields
from tests.stale.plan import ROWS, Plan, World
from tests.standins.xinference import XinferenceServer

# Forms without a version, and why that is right.
SETS = "It sets one value that the person has chosen whole, whatever stood there before."
MAKES = "It makes something new; nothing that is there is changed."
ASKS = "It asks for the newest state, and decides nothing."
ITSELF = "The address names the one thing, which never changes, and which is told if it is gone."
EXEMPT = {
    "signin": "Nobody is signed in yet.",
    "signup": MAKES,
    "theme": SETS,
    "i18n/setlang/": SETS,
    "user-center/appearance": SETS,
    "user-center/avatar": SETS,
    "user-center/notifications": SETS,
    "user-center/key/github": SETS,
    "user-center/key/token": MAKES,
    "user-center/key/session/<int:pk>/end": ITSELF,
    "user-center/server/test": ASKS,
    "user-center/webhooks": MAKES,
    "user-center/webhooks/<int:pk>/<slug:action>": SETS,
    "user-center/webhooks/<int:pk>/deliveries/<int:delivery>": MAKES,
    "admin/reviews/replies": MAKES,
    "admin/reviews/<int:pk>/sources": ASKS,
    "model-registration": MAKES,
    "model-registration/<int:pk>": "The form view of the next row, under its short address.",
    "model-registration/<int:pk>/preview": ASKS,
    "model-registration/<int:pk>/merge": (
        "Tested in tests/models_registry/drafting/test_draft_merge.py."
    ),
    "my-models/offers/<int:pk>/<slug:answer>": ITSELF,
    "models/detail/<int:pk>/review/request": MAKES,
    "models/detail/<int:pk>/edit": "It opens the draft of a model, and decides nothing.",
    "upstream/removals": "Tested in tests/models_registry/views/launch/test_upstream_state.py.",
    "launch_model/update": ASKS,
    "launch_model/add": ASKS,
    "launch_model/fleet/ask": ASKS,
    "launch_model/server/choose": SETS,
    "launch_model/server/cancel": "Tested in tests/models_registry/views/launch/test_server.py.",
}
# Whole trees with one reason each.
TREES = {
    "api/": "Programs send base_revision where an answer depends on what was read.",
    "accounts/": "allauth names an address, a session or a provider, and asks for the password.",
    "admin/": "Walked below, by table and action.",
}
# Actions and forms of the administration that need no version.
ADMIN_EXEMPT = {
    "delete_selected": "Accounts and groups are named by numbers that never come again.",
}


@pytest.fixture
def world(db, client, settings):
    """A superuser, signed in, another one, and an Xinference server that both may use."""
    server = XinferenceServer()
    settings.ENV = dataclasses.replace(
        settings.ENV,
        xinference_endpoint=server.url,
        server_addresses=[urlsplit(server.url).hostname],
    )
    rights = {"is_superuser": True, "is_staff": True}
    root, other = a_user("root", **rights), a_user("other", **rights)
    client.force_login(root)
    yield World(client, root, other, server)
    server.stop()


def opened(world: World, plan: Plan) -> tuple[str, dict]:
    """The address and fields of the form, as a browser has them after the page was loaded."""
    page = world.client.get(plan.page)
    assert page.status_code == 200, page
    if plan.action == "confirm":
        # A page in between asks whether the person is sure.
        fields = form_fields(page.content.decode(), "")
        asked = world.client.post(plan.page, fields | plan.typed)
        return plan.page, form_fields(asked.content.decode(), "")
    fields = form_fields(page.content.decode(), plan.action) | plan.typed
    address = plan.action or plan.page
    return address, {name: value for name, value in fields.items() if value is not None}


IDS = [name for _route, name, _prepare in ROWS]


@pytest.mark.parametrize("prepare", [prepare for _route, _name, prepare in ROWS], ids=IDS)
def test_a_form_of_something_else_decides_nothing_and_says_so(world, prepare):
    plan = prepare(world)
    address, sent = opened(world, plan)
    plan.change()
    before = plan.state()
    answer = world.client.post(address, sent, follow=True)
    page = answer.content.decode()
    assert plan.state() == before
    assert answer.status_code in plan.status
    assert plan.told in page
    assert plan.kept in page


@pytest.mark.parametrize("prepare", [prepare for _route, _name, prepare in ROWS], ids=IDS)
def test_the_same_form_decides_where_nothing_has_changed(world, prepare):
    plan = prepare(world)
    if "was_not_filled_in" in prepare.__name__:
        return
    address, sent = opened(world, plan)
    state = plan.control or plan.state
    before = state()
    answer = world.client.post(address, sent, follow=True)
    assert state() != before, answer.content.decode()[:5000]


# --- Every form has a row ---------------------------------------------------------------------

FILL = {
    r"<int:\w+>": "0", r"<str:model_type>": "llm", r"<str:tab>": "llm", r"<str:view>": "json",
    r"<str:username>": "root", r"<slug:\w+>": "none", r"<path:\w+>": "x",
    r"\(\?P<tab>\[a-z\]\+\)": "llm", r"[\^$]|/\?": "",
}  # fmt: skip


def takes_post(client, route: str) -> bool:
    path = route
    for pattern, text in FILL.items():
        path = re.sub(pattern, text, path)
    return client.post(f"/{path}").status_code != 405


def test_every_form_has_a_row_or_a_reason(world):
    client = world.client
    routes = [r for r in addresses() if not r.startswith(tuple(TREES))]
    # The pages of the reviews stand among those of the administration.
    routes += addresses(reviews.urls.urlpatterns)
    posts = set()
    for route in routes:
        client.force_login(world.root)
        if takes_post(client, route):
            posts.add(route)
    rows = {route for route, _name, _prepare in ROWS if not route.startswith("admin:")}
    unknown = posts - rows - set(EXEMPT)
    assert not unknown, "Add a row to tests/stale/ for these, or say why they need none."
    gone = (rows | set(EXEMPT)) - set(addresses())
    assert not gone, "These addresses are there no more."


def test_every_table_and_action_of_the_administration_has_a_row(world, rf):
    request = rf.get("/admin/")
    request.user = User.objects.get(pk=world.root.pk)
    rows = {route.removeprefix("admin: ") for route, _name, _prepare in ROWS}
    for model, page in admin.site._registry.items():
        name = model._meta.model_name
        if page.has_change_permission(request):
            assert isinstance(page, SeenForm), f"The form of {name} carries no version."
        for action in set(page.get_actions(request)) - set(ADMIN_EXEMPT):
            assert f"{name}.{action}" in rows, f"Add a row for the action {action} of {name}."
