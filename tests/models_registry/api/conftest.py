"""Requests to the API, none of which may end in an error of the server."""

from __future__ import annotations

import json

import pytest

from accounts.models import Scope
from tests.models_registry.api.bodies import key_of


@pytest.fixture
def api(client):
    """Sends a body, as JSON unless it is bytes; an error is never 500 and always says why."""
    client.raise_request_exception = False

    def send(method, path, body=None, *, by=None, scope=Scope.WRITE, headers=None):
        headers = (headers or {}) | (key_of(by, scope) if by is not None else {})
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = client.generic(
            method, f"/api{path}", data, content_type="application/json", headers=headers
        )
        assert response.status_code < 500, response.content
        if response.status_code >= 400:
            answer = response.json()
            assert answer["error_code"].isupper()
            assert answer["message"]
        return response

    return send
