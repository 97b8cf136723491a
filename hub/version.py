"""The version of the hub, which stands in pyproject.toml only."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

_PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"

VERSION: Final = str(tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"])
