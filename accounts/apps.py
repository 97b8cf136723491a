from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who someone is."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Check the vault's keys, so that a wrong one stops the start, and listen to sign-ins."""
        from accounts import signals, vault  # noqa: F401 - importing connects the receivers

        vault.check_keys()
