"""Addresses of `accounts`."""

from allauth.account.views import login, signup
from django.urls import path

from accounts.views import (
    appearance,
    center,
    emails,
    invitations,
    keys,
    person,
    sessions,
    single_sign_on,
)

app_name = "accounts"
urlpatterns = [
    path("signin", login, name="sign_in"),
    path("signup", signup, name="sign_up"),
    path("user-center", center.user_center, name="user_center"),
    path("user-center/avatar", center.avatar_upload, name="avatar_upload"),
    path("user-center/avatar/remove", center.avatar_remove, name="avatar_remove"),
    path("user-center/appearance", center.appearance, name="appearance"),
    path("user-center/close", center.close, name="close"),
    path("user-center/key", keys.keys, name="keys"),
    path("user-center/key/github", keys.save_github_token, name="github_token_save"),
    path("user-center/key/github/remove", keys.forget_github_token, name="github_token_forget"),
    path("user-center/key/token", keys.create_token, name="token_create"),
    path("user-center/key/token/<int:pk>/revoke", keys.revoke_token, name="token_revoke"),
    path("user-center/key/session/<int:pk>/end", keys.end_session, name="api_session_end"),
    path("user-center/session/<int:pk>/end", sessions.end_session, name="session_end"),
    # These come before allauth's pages at the same addresses.
    path("accounts/email/", emails.email_addresses, name="emails"),
    path("accounts/confirm-email/<str:key>/", emails.confirm_address, name="confirm_email"),
    path("accounts/invitation/<str:key>/", invitations.invitation, name="invitation"),
    path("accounts/oidc/<str:provider_id>/login/", single_sign_on.begin, name="sign_on"),
    path(
        "accounts/oidc/<str:provider_id>/login/callback/",
        single_sign_on.callback,
        name="sign_on_callback",
    ),
    path("avatars/<str:username>", person.avatar, name="avatar"),
    path("theme", appearance.theme, name="theme"),
]
