"""Forms and actions of the administration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.models import Group, Permission

from accounts import invitations
from accounts.models import Invitation, User
from models_registry.actions import maintainers
from models_registry.admin.registry import rights_on
from models_registry.catalogue import pinning
from models_registry.models import CatalogueList, ListRevision, UpstreamChange
from tests.factories import a_model, a_user, llm_record, written
from tests.models_registry.upstream.waiting_changes import a_change
from tests.stale.plan import STALE, Plan, World, row

CHANGES = "/admin/models_registry/upstreamchange/"


def of_changes(world: World, action: str, state: str) -> Plan:
    model = a_model("alpha", owner=world.root)
    change = a_change(model, state, wanted=written(llm_record("alpha")))
    return Plan(
        page=CHANGES, action="",
        typed={"action": action, "_selected_action": [str(change.pk)]},
        change=lambda: UpstreamChange.objects.update(wanted=""),
        state=lambda: UpstreamChange.objects.get().state, told=STALE,
    )  # fmt: skip


@row("admin: upstreamchange.try_again")
def trying_another_change_again(world: World) -> Plan:
    return of_changes(world, "try_again", "failed")


@row("admin: upstreamchange.call_back")
def calling_another_change_back(world: World) -> Plan:
    return of_changes(world, "call_back", "waiting")


def of_lists(world: World, table: str, action: str, pk: int, change: Callable[[], object]) -> Plan:
    return Plan(
        page=f"/admin/models_registry/{table}/", action="confirm",
        typed={"action": action, "_selected_action": [str(pk)]},
        change=change, told=STALE,
        state=lambda: CatalogueList.objects.get(model_type="llm").pinned,
    )  # fmt: skip


@row("admin: listrevision.roll_back")
def rolling_back_a_list_that_somebody_held(world: World) -> Plan:
    for name in ("one", "two", "three"):
        a_model(name)
    first = ListRevision.objects.get(model_type="llm", number=1)
    return of_lists(
        world, "listrevision", "roll_back", first.pk,
        lambda: pinning.pin("llm", 2, by=world.other),
    )  # fmt: skip


@row("admin: cataloguelist.release")
def releasing_a_list_that_was_rolled_back_further(world: World) -> Plan:
    for name in ("one", "two", "three"):
        a_model(name)
    pinning.pin("llm", 2, by=world.other)
    listing = CatalogueList.objects.get(model_type="llm")
    return of_lists(
        world, "cataloguelist", "release", listing.pk,
        lambda: pinning.pin("llm", 1, by=world.other),
    )  # fmt: skip


@row("admin: registeredmodel")
def giving_rights_on_a_model_over_somebody_elses_change(world: World) -> Plan:
    model = a_model("alpha")
    bob = a_user("bob")
    a_user("carol")
    right = Permission.objects.get(codename="view_model", content_type__model="registeredmodel")
    inline = "registeredmodeluserobjectpermission_set-0"
    return Plan(
        page=f"/admin/models_registry/registeredmodel/{model.pk}/change/",
        action="",
        typed={f"{inline}-user": str(bob.pk), f"{inline}-permission": str(right.pk)},
        kept=f'value="{bob.pk}" selected',
        change=lambda: maintainers.appoint(model, "carol", by=world.other),
        state=lambda: sorted(rights_on(model)),
        told="rights",
    )


@row("admin: user")
def giving_rights_over_somebody_elses_change(world: World) -> Plan:
    bob = a_user("bob")
    return Plan(
        page=f"/admin/accounts/user/{bob.pk}/change/", action="",
        typed={"organisation": "Typed here"}, kept="Typed here",
        change=lambda: bob.groups.add(Group.objects.first()),
        state=lambda: (User.objects.get(pk=bob.pk).organisation, bob.groups.count()),
        told="groups",
    )  # fmt: skip


def of_invitations(world: World, action: str) -> Plan:
    invitation, _key = invitations.invite("eve@example.org", [], by=world.root)
    # Longer ago than an invitation may be sent again.
    Invitation.objects.update(sent_at=invitation.sent_at - timedelta(days=1))
    return Plan(
        page="/admin/accounts/invitation/", action="",
        typed={"action": action, "_selected_action": [str(invitation.pk)]},
        change=lambda: invitations.withdraw(invitation, by=world.root),
        state=lambda: Invitation.objects.values("sent_at", "withdrawn_at").get(),
        told="accepted or withdrawn",
    )  # fmt: skip


@row("admin: invitation.send_again")
def sending_a_withdrawn_invitation_again(world: World) -> Plan:
    return of_invitations(world, "send_again")


@row("admin: invitation.withdraw")
def withdrawing_a_withdrawn_invitation(world: World) -> Plan:
    return of_invitations(world, "withdraw")


@row("admin: user.delete")
def deleting_an_account_that_got_more(world: World) -> Plan:
    bob = a_user("bob")
    address = f"/admin/accounts/user/{bob.pk}/delete/"
    return Plan(
        page=address,
        action="",
        change=lambda: bob.groups.add(Group.objects.first()),
        state=User.objects.count,
        told=STALE,
    )


@row("admin: group.delete")
def deleting_a_group_that_got_a_member(world: World) -> Plan:
    group = Group.objects.create(name="Some")
    return Plan(
        page=f"/admin/auth/group/{group.pk}/delete/",
        action="",
        change=lambda: group.user_set.add(world.other),
        state=Group.objects.count,
        told=STALE,
    )


@row("admin: group")
def changing_a_group_over_somebody_elses_change(world: World) -> Plan:
    group = Group.objects.create(name="Some")
    return Plan(
        page=f"/admin/auth/group/{group.pk}/change/", action="",
        typed={"name": "Renamed"}, kept="Renamed",
        change=lambda: group.permissions.add(1),
        state=lambda: Group.objects.get(pk=group.pk).name, told="permissions",
    )  # fmt: skip
