"""What a visitor's list shows."""

from __future__ import annotations


def listing(client, address="/models", **headers):
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.context["listing"]


def counts(client, key, address="/models"):
    group = next(group for group in listing(client, address).groups if group.key == key)
    return {value.value: value.count for value in (*group.values, *group.more)}
