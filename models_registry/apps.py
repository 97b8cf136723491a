from django.apps import AppConfig


class ModelsRegistryConfig(AppConfig):
    """What a model is and where its definition goes."""

    name = "models_registry"
    verbose_name = "Models"

    def ready(self) -> None:
        """Say what happens to a person's models when the account is closed."""
        from accounts import closing
        from models_registry.closing import CONSEQUENCE

        closing.register(CONSEQUENCE)
