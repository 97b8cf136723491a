"""Forms about a model and about drafts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from models_registry import policy
from models_registry.actions import maintainers
from models_registry.actions.expiry import set_expiry
from models_registry.models import Draft, RegisteredModel
from tests.factories import a_model, a_user, llm_record, written
from tests.reviews.conftest import a_next_round, a_proposal, an_author
from tests.stale.plan import STALE, Plan, World, fresh, make, publish, row

SETTINGS = "models/detail/<int:pk>/settings/<slug:action>"


def of_settings(
    model: RegisteredModel, action: str, change: Callable[[], object], **more: Any
) -> Plan:
    def state() -> object:
        now = RegisteredModel.objects.filter(pk=model.pk).first()
        if now is None:
            return None
        rights = sorted(person.username for person in policy.maintainers_of(now))
        states = list(now.revisions.order_by("number").values_list("number", "state"))
        return (now.visibility, now.expires_at, now.featured, rights, states)

    return Plan(
        page=f"/models/detail/{model.pk}/settings",
        action=f"/models/detail/{model.pk}/settings/{action}",
        change=change, state=state, told=more.pop("told", STALE), **more,
    )  # fmt: skip


@row(SETTINGS)
def visibility_of_a_model_with_a_newer_revision(world: World) -> Plan:
    model = a_model(owner=world.root)
    return of_settings(
        model, "visibility", lambda: publish(model, world.other),
        typed={"visibility": "private", "confirmed": "on"},
    )  # fmt: skip


@row(SETTINGS)
def featuring_what_was_replaced(world: World) -> Plan:
    model = a_model(owner=world.root)
    change = lambda: publish(model, world.other)  # noqa: E731
    return of_settings(model, "featured", change, typed={"featured": "1"})


@row(SETTINGS)
def expiry_that_somebody_else_has_set(world: World) -> Plan:
    model = a_model(owner=world.root)
    moment = timezone.now() + timedelta(days=90)
    return of_settings(
        model, "expiry", lambda: set_expiry(fresh(model), moment, by=world.other),
        typed={"moment": "2031-05-06T07:08", "zone": "UTC"}, kept="2031-05-06T07:08",
    )  # fmt: skip


@row(SETTINGS)
def expiring_a_model_that_was_made_public(world: World) -> Plan:
    model = a_model(owner=world.root, visibility="private")
    return of_settings(model, "expire-now", lambda: make(model, "public", world.other))


@row(SETTINGS)
def taking_away_another_expiry(world: World) -> Plan:
    model = a_model(owner=world.root, expires_at=timezone.now() + timedelta(days=5))
    moment = timezone.now() + timedelta(days=90)
    return of_settings(model, "restore", lambda: set_expiry(fresh(model), moment, by=world.other))


@row(SETTINGS)
def appointing_for_a_model_that_was_made_public(world: World) -> Plan:
    model = a_model(owner=world.root, visibility="private")
    a_user("bob")
    return of_settings(
        model, "appoint", lambda: make(model, "public", world.other),
        typed={"username": "bob"}, kept='value="bob"',
    )  # fmt: skip


@row(SETTINGS)
def dismissing_after_another_change_of_maintainers(world: World) -> Plan:
    model = a_model(owner=world.root)
    a_user("bob")
    a_user("carol")
    maintainers.appoint(model, "bob", by=world.root)
    return of_settings(
        model, "dismiss", lambda: maintainers.appoint(model, "carol", by=world.other),
        typed={"username": "bob"},
    )  # fmt: skip


@row(SETTINGS)
def withdrawing_another_round_in_settings(world: World) -> Plan:
    author = an_author("ada")
    proposal = a_proposal(author)
    world.client.force_login(author)
    return of_settings(proposal.model, "withdraw", lambda: a_next_round(proposal, author))


@row(SETTINGS)
def asking_about_repositories_of_a_model_that_was_made_private(world: World) -> Plan:
    model = a_model(owner=world.root)
    plan = of_settings(model, "visit-sources", lambda: make(model, "private", world.other))
    asked = RegisteredModel.objects.filter(source_summary__asked_at__isnull=False)
    return dataclasses.replace(plan, state=lambda: (plan.state(), asked.exists()))


@row(SETTINGS)
def deleting_what_was_replaced(world: World) -> Plan:
    model = a_model(owner=world.root)
    return of_settings(
        model, "delete", lambda: publish(model, world.other),
        typed={"name": model.name}, kept=f'value="{model.name}"',
    )  # fmt: skip


@row("models/detail/<int:pk>/history/<int:number>/restore")
def restoring_over_a_newer_revision(world: World) -> Plan:
    model = a_model(owner=world.root)
    publish(model, world.root)
    return Plan(
        page=f"/models/detail/{model.pk}/history",
        action=f"/models/detail/{model.pk}/history/1/restore",
        change=lambda: publish(model, world.other, 8192),
        state=lambda: model.revisions.count(),
        told="Your edit is based on revision 2",
    )


def a_draft(world: World, **fields: Any) -> Draft:
    text = written(llm_record("drafted"))
    return Draft.objects.create(owner=world.root, model_type="llm", definition=text, **fields)


def write_on(draft: Draft, **fields: Any) -> None:
    """Another window saves the draft."""
    now = Draft.objects.get(pk=draft.pk)
    for name, value in fields.items():
        setattr(now, name, value)
    now.save()


DRAFT_VIEW = "model-registration/<int:pk>/<str:view>"


@row("my-models/drafts/<int:pk>/discard")
def discarding_what_was_written_on(world: World) -> Plan:
    draft = a_draft(world)
    return Plan(
        page="/my-models", action=f"/my-models/drafts/{draft.pk}/discard",
        change=lambda: write_on(draft, readme="# More\n"), state=Draft.objects.count, told=STALE,
    )  # fmt: skip


@row(DRAFT_VIEW)
def submitting_what_another_window_wrote(world: World) -> Plan:
    draft = a_draft(world)
    address = f"/model-registration/{draft.pk}/check"
    return Plan(
        page=address, action=address, typed={"submit": "1", "message": "As it is."},
        kept="As it is.",
        change=lambda: write_on(draft, definition=written(llm_record("another"))),
        state=lambda: (Draft.objects.count(), RegisteredModel.objects.count()),
        told="Nothing was submitted",
    )  # fmt: skip


@row(DRAFT_VIEW)
def discarding_what_another_window_wrote(world: World) -> Plan:
    draft = a_draft(world)
    address = f"/model-registration/{draft.pk}/check"
    return Plan(
        page=address, action=address, typed={"discard": "1"},
        change=lambda: write_on(draft, readme="# More\n"),
        state=Draft.objects.count, told="The draft was not discarded",
    )  # fmt: skip


@row(DRAFT_VIEW)
def replacing_the_readme_with_another_one(world: World) -> Plan:
    offer = {"text": "# One\n", "origin": "fetched", "where": "a/b"}
    draft = a_draft(world, readme="# Mine\n", choices={"readme_offer": offer})
    address = f"/model-registration/{draft.pk}/readme"
    other = {"readme_offer": {**offer, "text": "# Two\n"}}
    return Plan(
        page=address, action=address, typed={"readme": "replace", "text": None},
        change=lambda: write_on(draft, choices=other),
        state=lambda: Draft.objects.get().readme, told="Nothing was replaced",
    )  # fmt: skip
