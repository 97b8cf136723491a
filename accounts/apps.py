from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who someone is."""

    name = "accounts"
    verbose_name = "Accounts"
