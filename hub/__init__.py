"""The roof of the project: settings, URLs, workers, audit log. It holds no business of its own."""

from hub.celery import app as celery_app

__all__ = ["celery_app"]
