"""Requests to the API that writes."""

from __future__ import annotations

from accounts import tokens
from accounts.models import Scope
from tests.factories import llm_record, written


def key_of(user, scope=Scope.WRITE, expires_at=None) -> dict[str, str]:
    _, raw = tokens.issue(by=user, name="test", scope=scope, expires_at=expires_at)
    return {"Authorization": f"Bearer {raw}"}


def registration(text=None, **more):
    return {"model_type": "llm", "definition": text or written(llm_record()), **more}
