from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    """Who decides about proposals."""

    name = "reviews"
    verbose_name = _("Reviews")

    def ready(self) -> None:
        """Fill the catalogue of sentences."""
        from reviews import error_texts  # noqa: F401
