"""The project's wiring: settings, URLs, workers, audit log. It contains no business rules."""

from hub.celery import app as celery_app

__all__ = ["celery_app"]
