"""Forms of the User Center."""

from __future__ import annotations

from allauth.usersessions.models import UserSession

from accounts import tokens
from accounts.models import AccessToken, GitHubToken, OwnServer, Scope, User
from accounts.own_servers import save_own_server
from tests.factories import a_model
from tests.stale.plan import STALE, Plan, World, row


@row("user-center")
def a_profile_that_another_window_changed(world: World) -> Plan:
    return Plan(
        page="/user-center", action="/user-center",
        typed={"bio": "What I have typed."}, kept="What I have typed.",
        change=lambda: User.objects.filter(pk=world.root.pk).update(bio="Typed elsewhere."),
        state=lambda: User.objects.get(pk=world.root.pk).bio, told="the text about you",
    )  # fmt: skip


@row("user-center/avatar/remove")
def removing_another_picture(world: World) -> Plan:
    User.objects.filter(pk=world.root.pk).update(avatar="avatars/one.webp")
    return Plan(
        page="/user-center", action="/user-center/avatar/remove",
        change=lambda: User.objects.filter(pk=world.root.pk).update(avatar="avatars/two.webp"),
        state=lambda: User.objects.get(pk=world.root.pk).avatar.name, told="the picture",
    )  # fmt: skip


@row("user-center/close")
def closing_an_account_that_got_more(world: World) -> Plan:
    return Plan(
        page="/user-center/close", action="/user-center/close",
        typed={"password": "correct horse battery"},
        change=lambda: a_model("mine", visibility="private", owner=world.root),
        state=lambda: User.objects.filter(pk=world.root.pk).count(), told=STALE,
    )  # fmt: skip


def a_github_token(world: World, login: str) -> None:
    GitHubToken.objects.update_or_create(
        user=world.root, defaults={"sealed": "x", "last4": "1234", "login": login, "github_id": 1}
    )


@row("user-center/key/github/remove")
def removing_another_github_token(world: World) -> Plan:
    a_github_token(world, "one")
    return Plan(
        page="/user-center/key", action="/user-center/key/github/remove",
        change=lambda: a_github_token(world, "two"),
        state=GitHubToken.objects.count, told="the GitHub token",
    )  # fmt: skip


@row("user-center/key/token/<int:pk>/revoke")
def revoking_a_token_that_is_gone(world: World) -> Plan:
    token, _raw = tokens.issue(by=world.root, name="CI", scope=Scope.READ, expires_at=None)
    return Plan(
        page="/user-center/key", action=f"/user-center/key/token/{token.pk}/revoke",
        change=lambda: tokens.revoke(token, by=world.root),
        state=lambda: list(AccessToken.objects.values_list("pk", "revoked_at")),
        told="has already been revoked",
    )  # fmt: skip


@row("user-center/session/<int:pk>/end")
def ending_a_session_that_is_over(world: World) -> Plan:
    second = type(world.client)(headers={"user-agent": "Firefox"})
    second.post("/signin", {"login": "root", "password": "correct horse battery"})
    session = UserSession.objects.latest("pk")
    return Plan(
        page="/accounts/sessions/", action=f"/user-center/session/{session.pk}/end",
        change=lambda: UserSession.objects.filter(pk=session.pk).delete(),
        state=lambda: UserSession.objects.filter(pk=session.pk).count(),
        told="has already ended",
    )  # fmt: skip


@row("user-center/server")
def saving_over_another_server(world: World) -> Plan:
    save_own_server("https://one.example.org", key="", by=world.root)
    return Plan(
        page="/user-center/key", action="/user-center/server",
        typed={"address": world.server.url}, kept=world.server.url, status=(422,),
        change=lambda: save_own_server("https://two.example.org", key="", by=world.root),
        state=lambda: OwnServer.objects.get().address, told="the address",
    )  # fmt: skip


@row("user-center/server/forget")
def forgetting_another_server(world: World) -> Plan:
    save_own_server("https://one.example.org", key="", by=world.root)
    return Plan(
        page="/user-center/key", action="/user-center/server/forget",
        change=lambda: save_own_server("https://two.example.org", key="", by=world.root),
        state=OwnServer.objects.count, told="the address",
    )  # fmt: skip
