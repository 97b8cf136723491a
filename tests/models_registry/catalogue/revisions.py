"""Revisions of a list, and how its answers are read."""

from __future__ import annotations

import base64
import hashlib

LLM = "/api/models/download?model_type=llm"


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
