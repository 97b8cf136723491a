"""The router of the reviews, shared by the API's modules."""

from ninja import Router

router = Router(tags=["Reviews"])
