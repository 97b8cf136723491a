"""An extension of the server that sends the hub a token, as a company's distribution would.

4.1.0 has no field for a token, neither in its API nor in its web UI: this hook is the only place
(`resolve_model_catalog_credentials` in xinference/extensions.py).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from xinference.extensions import EXTENSION_API_VERSION, ModelCatalogCredentials


class CatalogueToken:
    """Reads the token again for each request; an empty file sends none."""

    name = "catalogue-token"
    api_version = EXTENSION_API_VERSION

    def configure_api(self, context: Any) -> None:
        """Add no route."""

    def worker_metadata(self) -> dict[str, Any]:
        """Report nothing about a worker."""
        return {}

    def filter_worker_resources(self, worker: dict[str, Any], workers: list[Any]) -> list[int]:
        """Leave a worker all that it has."""
        return worker["gpu_devices"]

    def model_catalog_credentials(
        self, request: Any, model_type: str
    ) -> ModelCatalogCredentials | None:
        """The token that the trial wrote, if it wrote one."""
        path = Path(os.environ["TRIAL_TOKEN_FILE"])
        token = path.read_text().strip() if path.exists() else ""
        return ModelCatalogCredentials(token) if token else None
