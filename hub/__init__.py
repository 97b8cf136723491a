"""The project's wiring: settings, URLs, workers, audit log. It contains no business rules."""

import gc

from hub.celery import app as celery_app

# Python's default of 700 makes it look for garbage in all that is loaded, a dozen times at each
# start and for a fifth of an import's time. What is no cycle is freed at once, as before.
gc.set_threshold(20_000)

__all__ = ["celery_app"]
