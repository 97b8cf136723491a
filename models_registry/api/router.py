"""The router that both API modules of the registry add to: one path has readers and writers."""

from ninja import Router

router = Router(tags=["Models"])
