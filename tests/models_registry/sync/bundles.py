"""Files of exported catalogues, rewritten by others."""

from __future__ import annotations

import json
import zipfile


def manifest_of(file) -> dict:
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read("manifest.json"))
