from django.apps import AppConfig


class ModelsRegistryConfig(AppConfig):
    """What a model is and where its definition goes."""

    name = "models_registry"
    verbose_name = "Models"
