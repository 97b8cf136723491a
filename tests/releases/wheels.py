"""The packages of released Xinferences, and their loaders in a process of their own.

Of a wheel, only the modules and the model files are kept, in `var/releases` or the folder that
`RELEASES_FOLDER` names; each wheel is downloaded once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

from models_registry.definitions.facts.kinds import MODEL_TYPES

ROOT: Final = Path(__file__).resolve().parents[2]
SCRIPT: Final = Path(__file__).with_name("loaders.py")
# At least one of each kind: the tests compare with these.
TRIED: Final = (
    "1.13.0", "1.17.1", "2.12.0", "3.0.0", "3.2.1", "3.4.0", "3.5.0", "4.0.1", "4.1.0",
)  # fmt: skip
_LEFT_OUT: Final = ("xinference/ui/", "xinference/thirdparty/", "xinference/web/")


class NoPackage(Exception):
    """The package index can't be reached, or has no such release; the text says which."""


def kept_in() -> Path:
    """The folder of all packages."""
    return Path(os.environ.get("RELEASES_FOLDER") or ROOT / "var" / "releases")


def is_kept(release: str) -> bool:
    """Whether a package is there already."""
    return (kept_in() / release).is_dir()


def folder_of(release: str) -> Path:
    """The folder with a release's package, downloaded if it is not there. Raises NoPackage."""
    kept = kept_in()
    folder = kept / release
    if folder.is_dir():
        return folder
    # A folder of state that others can read, and that has only this, is refused by the hub.
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept, prefix="download-") as temporary:
        wheel = _download(release, Path(temporary))
        unpacked = Path(temporary) / "package"
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.startswith("xinference/") and not name.startswith(_LEFT_OUT):
                    if name.endswith((".py", ".json")):
                        archive.extract(name, unpacked)
        try:
            unpacked.rename(folder)
        except OSError:
            # Another process was faster.
            if not folder.is_dir():
                raise
    return folder


def _download(release: str, into: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--quiet", "--no-input", "--no-cache-dir", "--retries", "1", "--timeout", "15"]
    command += ["--dest", str(into), f"xinference=={release}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(into.glob("*.whl"))
    if not wheels:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise NoPackage(f"xinference=={release} can't be had from pip's index: {' '.join(lines)}")
    return wheels[0]


def ask(release: str, **job: Any) -> dict[str, Any]:
    """What the loaders of a release answer to a job; see `loaders`. Raises NoPackage."""
    folder = folder_of(release)
    process = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(folder)],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if process.returncode:
        raise RuntimeError(f"The loaders of {release} failed:\n{process.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(process.stdout)
    return answer


def shipped(release: str) -> dict[str, list[list[dict[str, Any]]]]:
    """The models that a release's package has: type → models, each its records."""
    models: dict[str, list[list[dict[str, Any]]]] = {}
    for model_type in MODEL_TYPES:
        folder = folder_of(release) / "xinference" / "model" / model_type
        if (folder / "models").is_dir():
            models[model_type] = [
                json.loads(path.read_text("utf-8"))
                for path in sorted((folder / "models").glob("*.json"))
            ]
            continue
        path = folder / ("llm_family.json" if model_type == "llm" else "model_spec.json")
        if path.is_file():
            named: dict[str, list[dict[str, Any]]] = {}
            for record in json.loads(path.read_text("utf-8")):
                named.setdefault(record.get("model_name") or record["model_family"], []).append(
                    record
                )
            models[model_type] = list(named.values())
    return models
