"""The guide to mirrors from end to end: two hubs in processes of their own, and openssl.

What the guide says is done here in its words: export, carry, import, serve, verify, install, edit,
roll back, release.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.environment import ROOT
from tests.factories import image_record, llm_record, written
from tests.journeys.processes import answers, free_port, manage, wait_until

LIST = "/api/models/download?model_type=llm"


def said(env, *arguments) -> str:
    """Run a command that must succeed, and return what it said."""
    done = manage(env, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def openssl(*arguments) -> subprocess.CompletedProcess[str]:
    command = ["openssl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def hubs(environment, tmp_path):
    """The environments of the hub that has a network, and of the one behind the door."""
    keys = tmp_path / "keys"
    keys.mkdir()
    for name in ("carry", "serve"):
        private, public = keys / f"{name}-private.pem", keys / f"{name}-public.pem"
        assert openssl("genpkey", "-algorithm", "ed25519", "-out", private).returncode == 0
        assert openssl("pkey", "-in", private, "-pubout", "-out", public).returncode == 0
    behind = {
        **environment,
        "HUB_VAR_DIR": str(tmp_path / "behind"),
        "SECRET_KEY": "for-tests-only-0123456789" + "b" * 40,
        "WEB_PORT": str(free_port()),
        "HUB_SIGNING_KEY": str(keys / "serve-private.pem"),
    }
    for env in (environment, behind):
        said(env, "migrate", "--verbosity", "0")
        said(env, "createcachetable")
    return environment, behind, keys


@pytest.fixture
def catalogue(tmp_path):
    """A folder with upstream's paths; `put` writes a model into it."""
    folder = tmp_path / "upstream"

    def put(model_type, *records):
        path = folder / "xinference/model" / model_type / "models"
        path.mkdir(parents=True, exist_ok=True)
        (path / f"{records[0]['model_name']}.json").write_text(written(*records))
        return f"dir:{folder}"

    return put


@pytest.fixture
def serving(hubs):
    """The hub behind the door, answering."""
    _, env, _ = hubs
    with (Path(env["HUB_VAR_DIR"]) / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--only", "web"],
            cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until(lambda: answers(env["WEB_PORT"]))
        yield f"http://127.0.0.1:{env['WEB_PORT']}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def verified(answer, public: Path, folder: Path) -> bool:
    """The guide's commands: sha256sum and openssl, fed with the answer's body and headers."""
    (folder / "llm.json").write_bytes(answer.content)
    script = f"""
        set -eu
        sha=$(sha256sum llm.json | cut -d' ' -f1)
        printf 'xinference-models-hub-list/1\\nllm\\n%s\\n%s\\n' "$REVISION" "$sha" > llm.statement
        printf %s "$SIGNATURE" | sed 's/^ed25519=//' | openssl base64 -d -A > llm.sig
        openssl pkeyutl -verify -pubin -inkey {public} -rawin -in llm.statement -sigfile llm.sig
    """
    values = {
        "REVISION": answer.headers["X-Hub-Revision"],
        "SIGNATURE": answer.headers["X-Hub-Signature"],
    }
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, env={**os.environ, **values}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode == 0 and "Signature Verified Successfully" in done.stdout


def test_a_catalogue_is_carried_served_verified_installed_and_rolled_back(
    hubs, catalogue, serving, tmp_path
):
    outside, behind, keys = hubs
    catalogue("image", image_record("picture"))
    source = catalogue("llm", llm_record("alpha"))
    said(outside, "import_catalogue", source)
    file = tmp_path / "catalogue.zip"
    said(outside, "export_catalogue", str(file), "--key", str(keys / "carry-private.pem"))

    refused = manage(
        behind, "import_catalogue", f"file:{file}", "--trusted-key", keys / "serve-public.pem"
    )
    assert refused.returncode != 0
    told = said(
        behind, "import_catalogue", f"file:{file}", "--trusted-key", str(keys / "carry-public.pem")
    )
    assert "same lists as the exporting hub: image, llm" in told

    first = requests.get(serving + LIST, timeout=60)
    digest = hashlib.sha256(first.content).hexdigest()
    assert first.headers["X-Hub-SHA256"] == digest
    assert digest in said(outside, "lists", "llm"), "both hubs serve the very same bytes"
    pem = requests.get(f"{serving}/api/models/lists/key.pem", timeout=60)
    (tmp_path / "fetched.pem").write_bytes(pem.content)
    assert verified(first, tmp_path / "fetched.pem", tmp_path)
    assert not verified(first, keys / "carry-public.pem", tmp_path)

    home = tmp_path / "xinference"
    home.mkdir()
    said(behind, "install_lists", str(home))
    installed = home / "model/v2/builtin/llm/llm_models.json"
    assert installed.read_bytes() == first.content
    checked = (
        "install_lists",
        str(home),
        "--verify",
        "--trusted-key",
        str(tmp_path / "fetched.pem"),
    )
    assert "verified 2 lists" in said(behind, *checked)

    source = catalogue("llm", llm_record("alpha", context_length=4096, updated_at=1_780_000_777))
    said(behind, "import_catalogue", source)
    second = requests.get(serving + LIST, timeout=60)
    assert json.loads(second.content)[0]["context_length"] == 4096
    assert verified(second, keys / "serve-public.pem", tmp_path)
    old, new = (int(one.headers["X-Hub-Revision"]) for one in (first, second))
    assert new == old + 1

    assert "roll_back llm --release" in said(behind, "roll_back", "llm", str(old))
    rolled = requests.get(
        serving + LIST, timeout=60, headers={"If-None-Match": second.headers["ETag"]}
    )
    assert rolled.status_code == 200
    assert rolled.content == first.content
    assert rolled.headers["X-Hub-Revision"] == str(old)
    assert verified(rolled, keys / "serve-public.pem", tmp_path)
    snapshot = requests.get(f"{serving}{LIST}&revision={new}", timeout=60)
    assert snapshot.content == second.content

    said(behind, "roll_back", "llm", "--release")
    assert requests.get(serving + LIST, timeout=60).content == second.content
    installed.write_bytes(second.content)
    assert manage(behind, *checked).returncode != 0, "the manifest says another revision"
    said(behind, "install_lists", str(home))
    assert "verified 2 lists" in said(behind, *checked)


def test_a_mirror_takes_from_its_source_what_the_trusted_key_signed(
    hubs, catalogue, serving, tmp_path
):
    outside, behind, keys = hubs
    said(behind, "import_catalogue", catalogue("llm", llm_record("alpha")))
    env = {
        **outside,
        "HUB_SOURCE": f"hub:{serving}",
        "HUB_SOURCE_KEY": str(keys / "carry-public.pem"),
    }
    refused = manage(env, "import_catalogue", f"hub:{serving}", "--type", "llm")
    assert refused.returncode != 0
    assert "is not signed by the key of" in refused.stderr
    env["HUB_SOURCE_KEY"] = str(keys / "serve-public.pem")
    told = said(env, "import_catalogue", f"hub:{serving}", "--type", "llm")
    assert "imported 1 models: 1 added" in told
    env["HUB_SOURCE_KEY"] = str(tmp_path / "nowhere.pem")
    stopped = manage(env, "lists")
    assert stopped.returncode != 0
    assert "HUB_SOURCE_KEY" in stopped.stderr
