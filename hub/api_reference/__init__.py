"""`/api/docs`: the OpenAPI document as a page."""
