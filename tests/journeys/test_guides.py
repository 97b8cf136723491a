"""Every command of the README and the guides is typed, in their order, on a hub of its own.

What can't be typed on every machine is in a table, with the reason.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.fernet import Fernet

from hub import env, new_key
from tests.environment import ROOT
from tests.factories import llm_record, written
from tests.journeys.guides import Machine, Step, steps
from tests.journeys.processes import answers, free_port, installation, nginx_places, wait_until
from tests.standins import s3
from tests.standins.faulty import MailServer

GUIDES = {path.stem: steps(path) for path in [
    ROOT / "README.md", *sorted((ROOT / "docs/guides").glob("*.md"))
]}  # fmt: skip
IN_BLOCKS = {step.text for found in GUIDES.values() for step in found if step.in_block}

PASSWORD = "correct horse battery"

# What is not typed, and why.
LEFT_OUT = {
    r"docker compose .*": "needs Docker",
    r"systemctl .*": "needs systemd, and changes the machine",
    r"pip install .*|.*-m pip install .*|python3 -m venv .*": "make has installed the same",
    r"make (test|test-servers|check|bench|outages|trial|docs|screenshots|sbom)( .*)?": "CI's steps",
    r".*pytest tests/models_registry/search|.*tests\.bench\.search": "tests and benchmarks",
    r".*import_catalogue pypi:.*": "asks the package index",
    r".*import_catalogue github:.*": "asks GitHub",
    r".*fetch_readmes.*": "visits Hugging Face",
}
# They go on until they are stopped.
SERVES = re.compile(r"make run|.*manage\.py serve .*")
# Exit statuses that mean something else than a failure.
STATUSES = {r"hubctl diff \S+": 1, r".*manage\.py doctor.*": None}
# What a command asks, and what is answered; without an answer, a token.
ADMIN = {
    "User name": "root", "mail": "root@example.org", "Password:": PASSWORD, "(again)": PASSWORD,
}  # fmt: skip
ASKED = {
    r"make admin|.*createsuperuser": ADMIN,
    r"hubctl login --url \S+": {"Access token": ""},
    r"hubctl login .*--user ada": {"Password": PASSWORD},
}

FILL = """
import json
from pathlib import Path
from accounts import tokens
from accounts.models import Scope
from allauth.mfa.totp.internal.auth import TOTP
from models_registry.actions.delete import delete
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from tests.factories import a_model, a_person, a_user, changed
ada = a_person('ada', 'Registrars', 'Reviewers')
grace, root = a_person('grace', 'Registrars'), a_user('admin', is_superuser=True, is_staff=True)
TOTP.activate(a_user('lost'), 'JBSWY3DPEHPK3PXP')
# The guides speak of revision 12 of a list.
for number in range(12):
    a_model(f'model-{number}')
delete(a_model('withdrawn'), by=root)
asked = a_model('qwen3', owner=ada)
for name in ('qwen3-internal', 'old-name'):
    a_model(name, owner=ada, visibility='private')
proposed = a_model('proposed')
text = changed(proposed.published_revision, context_length=4096)
revision = edit(proposed, Submission(text), by=grace, base_revision=1)
print(json.dumps({'proposal': revision.proposal_id or revision.pk, 'token': tokens.issue(
    by=ada, name='ci', scope=Scope.WRITE, expires_at=None)[1]}))
"""


class World(NamedTuple):
    """A machine of a guide, and what is around it."""

    machine: Machine
    facts: dict[str, str]
    mail: MailServer
    bucket: s3.Bucket

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.machine.environment['WEB_PORT']}"

    def placed(self, text: str) -> str:
        """The text, with the places, names and numbers of this machine."""
        folder, project = self.machine.folder, self.machine.project
        found = {
            "https://hub.example.org": self.url,
            "http://127.0.0.1:8000": self.url,
            "/srv/hub": str(project),
            "-o hub ": f"-o {os.getuid()} ",
            "/etc/hub": f"{folder}/etc",
            "/etc/systemd/system": f"{folder}/units",
            "/var/backups": f"{folder}/backups",
            "/var/lib/hub": f"{project}/var",
            "/path/of/XINFERENCE_HOME": f"{folder}/xinference",
            "dir:PATH": f"dir:{ROOT}/tests/data/upstream/catalogue-4.1.0",
            "TYPE REVISION": "llm 2",
            "llm 41": "llm 3",
            "--containing NAME": "--containing withdrawn",
            "ADDRESS": "root@example.org",
            "review 12": f"review {self.facts['proposal']}",
            "--revision 3": "--revision 2",
            "second_factor ada": "second_factor lost",
            "${{ github.sha }}": "f00",
            "$HUB_URL": self.url,
            "$HUB_TOKEN": self.facts["token"],
            "https://minio.example.org:9000": self.bucket.url,
            # With which the people of this hub have sealed something.
            "SECRET_KEY=…": f"SECRET_KEY={(project / 'var/secret_key').read_text().strip()}",
            "HUB_VAULT_KEYS=…": f"HUB_VAULT_KEYS={Fernet.generate_key().decode()}",
            "DATABASE_URL=postgres://hub:password@db.example.org:5432/hub": "",
            "REDIS_URL=redis://redis.example.org:6379/0": "",
            "smtp+tls://hub:password@mail.example.org:587": f"smtp://127.0.0.1:{self.mail.port}",
        }
        for name, value in found.items():
            text = text.replace(name, value)
        return text


# --- What a guide takes for given -----------------------------------------------------------------


def serve(world: World) -> None:
    if not world.machine.processes:
        world.machine.start(".venv/bin/python manage.py serve --only web")
        wait_until(lambda: answers(world.machine.environment["WEB_PORT"]))


def an_empty_database(world: World) -> None:
    (world.machine.project / "var/hub.sqlite3").unlink(missing_ok=True)


def a_new_model(world: World) -> None:
    text = written(llm_record("new", updated_at=..., featured=...))
    (world.machine.project / "catalogue/llm/new.json").write_text(text)


def a_key_of_the_app(world: World) -> None:
    status, said = world.machine.type(world.placed("openssl genrsa -out /etc/hub/app.pem 2048"))
    assert status == 0, said


def a_key_of_the_source(world: World) -> None:
    private = world.machine.folder / "source.pem"
    public = new_key.signing(str(private))
    (world.machine.folder / "etc/source.pem").write_text(public)


def the_folders(world: World) -> None:
    for name in ("etc", "backups/hub"):
        (world.machine.folder / name).mkdir(parents=True)


GIVEN = {
    r"hubctl login --url \S+": serve,
    r'curl "\$HUB/.*': serve,
    r"hubctl diff .*": a_new_model,
    r".*manage\.py restore (--keys .*)?/var/backups/.*": an_empty_database,
    r"^GITHUB_APP_ID=": a_key_of_the_app,
    r"^HUB_SOURCE=": a_key_of_the_source,
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory, prepared_var) -> tuple[Path, dict[str, str]]:
    """The state of a hub with people and models, and what the tests know of it."""
    folder = tmp_path_factory.mktemp("guides")
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", FILL],
        cwd=ROOT, env=installation(folder, prepared_var), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "var", json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def world(filled, tmp_path) -> Iterator[World]:
    var, facts = filled
    (tmp_path / "environment").mkdir()
    environment = installation(tmp_path / "environment")
    del environment["HUB_VAR_DIR"]
    # The doctor asks nobody on the Internet.
    environment["HUB_SOURCE"] = f"dir:{ROOT}/tests/data/upstream/catalogue-4.1.0"
    machine, mail, bucket = Machine(tmp_path, var, environment), MailServer(), s3.Bucket()
    try:
        yield World(machine, facts, mail, bucket)
    finally:
        machine.close()
        mail.stop()
        bucket.stop()


def test_what_is_left_out_is_there():
    texts = {step.text for found in GUIDES.values() for step in found if step.language == "sh"}
    for row in (*LEFT_OUT, *STATUSES, *ASKED):
        assert any(re.fullmatch(row, text) for text in texts), row


def test_the_chinese_readme_has_no_commands_of_its_own():
    for step in steps(ROOT / "README.zh-CN.md"):
        assert step in GUIDES["README"] or not step.in_block, step


@pytest.mark.parametrize("guide", [name for name, found in GUIDES.items() if found])
def test_the_commands_of_a_guide_do_what_it_says(world, guide):
    if not any(step.text.startswith("install -d") for step in GUIDES[guide]):
        the_folders(world)
    for step in GUIDES[guide]:
        if step.language == "sh" and not is_typed(step, guide):
            continue
        for row, given in GIVEN.items():
            if re.search(row, step.text, re.MULTILINE):
                given(world)
        if step.language == "sh":
            type_(world, step)
        elif step.language == "ini":
            set_(world, step)
        elif step.language == "nginx" and shutil.which("nginx"):
            take_into_nginx(world, step)
    for text, status in world.machine.stop().items():
        assert status in {0, 143}, text


def is_typed(step: Step, guide: str) -> bool:
    if any(re.fullmatch(row, step.text) for row in LEFT_OUT):
        return False
    # A command in a sentence is typed once, if no block has it.
    first = next(name for name, found in GUIDES.items() if step in found)
    return step.in_block or (step.text not in IN_BLOCKS and first == guide)


def type_(world: World, step: Step) -> None:
    text = world.placed(step.text)
    if SERVES.fullmatch(step.text):
        world.machine.start(text)
        if "--only" not in text or "--only web" in text:
            wait_until(lambda: answers(world.machine.environment["WEB_PORT"]))
        return
    questions = next((ASKED[row] for row in ASKED if re.fullmatch(row, step.text)), None)
    if questions:
        said = {question: answer or world.facts["token"] for question, answer in questions.items()}
        status, printed = world.machine.answer(text, said)
    else:
        status, printed = world.machine.type(text)
    print(f"$ {text}\n{printed[-2000:]}[{status}]")
    expected = next((STATUSES[row] for row in STATUSES if re.fullmatch(row, step.text)), 0)
    assert expected is None or status == expected, f"{text}\n{printed[-1000:]}"
    if "manage.py doctor" in text:
        # Most guides have no workers here.
        found = findings_in(printed, is_json="--json" in text)
        assert any(severity == "ok" for severity, _check in found), printed
        wrong = {check for severity, check in found if severity == "wrong"}
        assert wrong <= {"workers"}, printed


def findings_in(printed: str, *, is_json: bool) -> list[tuple[str, str]]:
    """What the doctor has said: severity and part."""
    if is_json:
        return [(each["severity"], each["check"]) for each in json.loads(printed)["findings"]]
    return re.findall(r"^(ok|warning|wrong) +(.+?):", printed, re.MULTILINE)


def set_(world: World, step: Step) -> None:
    with (world.machine.project / ".env").open("a") as file:
        file.write(world.placed(step.text))
    env.read({}, world.machine.project)


def take_into_nginx(world: World, step: Step) -> None:
    """nginx takes the block as its configuration, with a certificate of this machine."""
    folder = world.machine.folder
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=hub",
         "-out", folder / "hub.pem", "-keyout", folder / "hub.key"],
        check=True, capture_output=True,
    )  # fmt: skip
    text = re.sub(r"/etc/nginx/\S+\.(pem|key)", rf"{folder}/hub.\1", step.text)
    server = text if text.startswith("server") else f"server {{ listen 443; {text} }}"
    # Only root may take 443.
    server = re.sub(r"\blisten 443\b", f"listen {free_port()}", server)
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log stderr; events {{}} "
        f"http {{ access_log off; {nginx_places(folder)} {server} }}"
    )
    done = subprocess.run(
        ["nginx", "-t", "-c", folder / "nginx.conf"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
