"""The rows of `tests/test_stale_forms.py`."""

from tests.stale import accounts, administration, launch, models, reviews

__all__ = ["accounts", "administration", "launch", "models", "reviews"]
