"""What tests of the lists that servers download share."""

from __future__ import annotations

from django.core.management import call_command

# Xinference 4.1.0 ships these image models without updated_at: served at all, they break the list.
WITHOUT_UPDATED_AT = {
    "Fibo-2.0-dev", "Fibo-2.0-edit-turbo", "MOSS-Image-SFT", "Qwen-Image-2.1", "dots.ocr",
    "Qwen-Image-2.1-Turbo", "flux-3-image-klein", "xiaomi-ocr-0",
}  # fmt: skip


def download(client, headers=None, **query):
    return client.get("/api/models/download", query, headers=headers)


def names(response) -> list[str]:
    return [record["model_name"] for record in response.json()]


def bring_in(catalogue, *model_types: str) -> None:
    """Import those types of a catalogue."""
    only = [part for model_type in model_types for part in ("--type", model_type)]
    call_command("import_catalogue", f"dir:{catalogue}", *only, verbosity=0)
