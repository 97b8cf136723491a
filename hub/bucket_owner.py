"""Whose the bucket of uploads is: two hubs in one would delete each other's pictures.

A trial restore of a backup, on another machine with the same HUB_S3_… settings, is another hub: so
its address and the place of its database tell hubs apart, and nothing that a backup holds.
"""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

NAME = "owner"


def is_another_hub() -> bool:
    """True if another hub has claimed the bucket, or the part below HUB_S3_PREFIX. Raises
    OSError."""
    try:
        with default_storage.open(NAME) as file:
            return bool(file.read() != _this_hub())
    except FileNotFoundError:
        return False


def claim() -> None:
    """Note that the bucket is this hub's. Raises OSError."""
    default_storage.save(NAME, ContentFile(_this_hub()))


def _this_hub() -> bytes:
    database = settings.DATABASES["default"]
    place = [settings.SITE_URL, *(str(database.get(key, "")) for key in ("HOST", "PORT", "NAME"))]
    return hashlib.sha256("\n".join(place).encode()).hexdigest().encode()
