from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Who someone is."""

    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Check the vault's keys, so that a wrong one stops the start, and listen to sign-ins."""
        # Importing connects the receivers, and fills the catalogue of sentences.
        from accounts import error_texts, signals, vault  # noqa: F401

        vault.check_keys()
