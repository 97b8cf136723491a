"""The registry's router, shared by the API's modules: one path may have endpoints in several."""

from ninja import Router

router = Router(tags=["Models"])
