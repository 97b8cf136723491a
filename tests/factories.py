"""Makes what tests need, through the same functions that the hub itself uses."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.models import Group, Permission

from accounts.models import User
from hub.models import AuditEntry
from models_registry import publication
from models_registry.catalogue import build
from models_registry.definitions.facts.kinds import name_key
from models_registry.models import CatalogueList, RegisteredModel, Revision, UpstreamChange
from models_registry.upstream.conflicts import resolve, sides


def a_user(username: str = "ada", **fields: Any) -> User:
    """An account with the password "correct horse battery"."""
    email = fields.pop("email", f"{username}@example.org")
    return User.objects.create_user(
        username, email=email, password="correct horse battery", **fields
    )


def a_person(username: str = "ada", *rights: str) -> User:
    """An account with those rights for all models, or in the groups of those names."""
    user = a_user(username)
    for right in rights:
        if group := Group.objects.filter(name=right).first():
            user.groups.add(group)
        else:
            user.user_permissions.add(Permission.objects.get(codename=right))
    return User.objects.get(pk=user.pk)


def llm_record(name: str = "tiny-llm", **changes: Any) -> dict[str, Any]:
    """A small language model's record that the schema and every loader accept."""
    record: dict[str, Any] = {
        "version": 2,
        "context_length": 32768,
        "model_name": name,
        "model_lang": ["en", "zh"],
        "model_ability": ["chat", "tools"],
        "model_description": f"{name} is a small language model.",
        "model_specs": [
            {
                "model_format": "pytorch",
                "model_size_in_billions": "0_6",
                "model_src": {
                    "huggingface": {
                        "quantizations": ["none"],
                        "model_id": f"example/{name}",
                        "model_revision": "main",
                    }
                },
            }
        ],
        "architectures": ["Qwen3ForCausalLM"],
        "updated_at": 1_780_000_000,
        "featured": False,
    }
    record.update(changes)
    return {key: value for key, value in record.items() if value is not ...}


def image_record(name: str = "tiny-image", **changes: Any) -> dict[str, Any]:
    """A small image model's record that the schema and every loader accept."""
    record: dict[str, Any] = {
        "version": 2,
        "model_name": name,
        "model_family": "stable_diffusion",
        "model_ability": ["text2image"],
        "model_src": {
            "huggingface": {"model_id": f"example/{name}", "model_revision": "main"},
        },
        "updated_at": 1_780_000_000,
        "featured": False,
    }
    record.update(changes)
    return {key: value for key, value in record.items() if value is not ...}


def written(*records: dict[str, Any]) -> str:
    """The text of a definition, as upstream writes it."""
    return json.dumps(list(records), indent=2, ensure_ascii=False) + "\n"


def a_model(
    name: str = "tiny-llm",
    *,
    model_type: str = "llm",
    visibility: str = "public",
    owner: User | None = None,
    definition: str | None = None,
    readme: str = "# A model\n",
    readme_zh: str = "",
    **fields: Any,
) -> RegisteredModel:
    """A published model with a definition that loads; its type's list is rebuilt."""
    model = RegisteredModel.objects.create(
        model_type=model_type,
        name=name,
        name_key=name_key(name),
        visibility=visibility,
        owner=owner,
        **fields,
    )
    record = image_record(name) if model_type == "image" else llm_record(name)
    draft = publication.Content(
        definition=definition or written(record), readme=readme, readme_zh=readme_zh
    )
    publication.publish(model, draft, by=owner)
    build.rebuild([model_type])
    return RegisteredModel.objects.get(pk=model.pk)


def of_size(name: str, size: float, **changes: Any) -> RegisteredModel:
    """A model whose smallest variant takes about twice as many GB as it has billions."""
    record = llm_record(name, **changes)
    [spec] = record["model_specs"]
    spec["model_size_in_billions"] = size
    spec["model_src"]["huggingface"]["model_metadata"] = {
        "num_attention_heads": 8,
        "num_key_value_heads": 1,
        "hidden_size": 1024,
        "num_hidden_layers": 8,
    }
    return a_model(name, definition=written(record))


def changed(revision: Revision, **changes: Any) -> str:
    """The revision's definition with something else in its first record."""
    records = json.loads(revision.definition)
    records[0].update(changes)
    return written(*records)


def served(model_type: str = "llm") -> list[dict[str, Any]]:
    """The records of the list that servers download."""
    return json.loads(bytes(CatalogueList.objects.get(model_type=model_type).body))


def entries(model: RegisteredModel) -> list[str]:
    """The tags of what the audit log says of a model."""
    return [entry.tag for entry in AuditEntry.objects.about(model)]


def decide_upstream(change: UpstreamChange, side: str, *, by: User) -> UpstreamChange:
    """Choose one side at every place of a conflict with upstream, as its form does."""
    return resolve(change, {"all": side}, by=by, version=sides(change).version)
