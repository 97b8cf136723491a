from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ModelsRegistryConfig(AppConfig):
    """What a model is and where its definition goes."""

    name = "models_registry"
    verbose_name = _("Models")

    def ready(self) -> None:
        """Say what happens to the models of a closed account, and which schemas hold."""
        from accounts import closing
        from models_registry import (
            catalogue_changes,
            error_texts,  # noqa: F401 - fill the catalogue
            reason_texts,  # noqa: F401 - fill the catalogue
        )
        from models_registry.actions.close_account import CONSEQUENCE
        from models_registry.definitions.checks import schema
        from models_registry.upstream import schemas

        closing.register(CONSEQUENCE)
        schema.use(schemas.current)
        post_migrate.connect(catalogue_changes.install, sender=self)
