"""Servers with sign-in, and who signs in there."""

from __future__ import annotations

from models_registry.servers.access import Server, Whose

PASSWORD = "correct horse 1"


KEY = "xf-0123456789"


ALL = ["models:list", "models:read", "models:write", "models:register"]


LAUNCH = {"model_name": "alpha", "model_engine": "vLLM"}


def at(server, *, key="", username="ada", password=PASSWORD, whose=Whose.OWN):
    return Server(server.url, key, whose, username, password)


def asked(server, path):
    return server.paths().count(path)
