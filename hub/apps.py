from django.apps import AppConfig


class HubConfig(AppConfig):
    """Wiring and the audit log."""

    name = "hub"
    verbose_name = "Hub"
