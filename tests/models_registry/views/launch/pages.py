"""The text of an answer."""

from __future__ import annotations

import html


def text(answer):
    return html.unescape(answer.content.decode())


def add(client, visibility="public", **form):
    """Find, preview, confirm; returns the answer to the last step that was reached."""
    response = client.post("/launch_model/add", {"way": "source", **form})
    if response.status_code != 302:
        return response
    assert client.get(response.url).status_code == 200
    return client.post(response.url, {"visibility": visibility})
