"""What tests of drafts share: people with rights, drafts, and what the pages send."""

from __future__ import annotations

import re

from django.contrib.auth.models import Group

from models_registry.models import (
    Draft,
)
from tests.factories import a_user, llm_record, written

START = "/model-registration"
ODD = '[\n  {"version": 2,   "x": 3.0, "model_name": "odd"}\n]\n'


def member(username, *groups):
    user = a_user(username)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def a_draft(owner, definition=None, **fields):
    text = definition if definition is not None else written(llm_record())
    fields.setdefault("model_type", "llm")
    return Draft.objects.create(owner=owner, definition=text, **fields)


def address(draft, view="form"):
    return f"{START}/{draft.pk}/{view}"


def hidden(answer, name):
    """The value of a hidden field of a page."""
    match = re.search(rf'name="{name}"[^>]*value="([^"]*)"', answer.content.decode())
    return match.group(1)


def typed(client, draft, view, **sent):
    """What a page sends when it was just loaded and something was typed."""
    page = client.get(address(draft, view))
    fields = {"base": hidden(page, "base"), "writer": hidden(page, "writer"), "turn": "0"}
    if view == "form":
        fields["shape"] = hidden(page, "shape")
    return fields | sent


def post(client, draft, view, htmx=False, **sent):
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(address(draft, view), typed(client, draft, view, **sent), headers=headers)


def edit(client, model):
    answer = client.post(f"/models/detail/{model.pk}/edit")
    assert answer.status_code == 302
    return Draft.objects.get(model=model)
