"""Models, lists and the outbox in the administration; Django imports this package."""

from models_registry.admin import catalogue, registry, upstream

__all__ = ["catalogue", "registry", "upstream"]
