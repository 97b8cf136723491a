from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Who decides about proposals."""

    name = "reviews"
    verbose_name = "Reviews"

    def ready(self) -> None:
        """Fill the catalogue of sentences."""
        from reviews import error_texts  # noqa: F401
