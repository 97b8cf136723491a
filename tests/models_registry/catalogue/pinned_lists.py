"""Lists that are rolled back, and models that leave them."""

from __future__ import annotations

from accounts.models import User
from models_registry.actions.delete import delete
from models_registry.models import RegisteredModel
from tests.factories import a_person

LLM = "/api/models/download?model_type=llm"


def names(answer) -> list[str]:
    return [record["model_name"] for record in answer.json()]


def withdraw(name: str) -> None:
    keeper = User.objects.filter(username="remover").first()
    keeper = keeper or a_person("remover", "delete_public_model")
    delete(RegisteredModel.objects.get(name=name), by=keeper)
