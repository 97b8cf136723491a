from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Who decides about proposals."""

    name = "reviews"
    verbose_name = "Reviews"
