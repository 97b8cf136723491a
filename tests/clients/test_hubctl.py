"""hubctl against a running hub: what people type, what they read, and what the hub has then."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.models import RegisteredModel, Revision
from tests.clients.command_line import *  # noqa: F403
from tests.clients.command_line import SCRIPT, hubctl, token_of
from tests.factories import a_model, a_person, changed, llm_record, written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path):
    """A catalogue in git: two models, one with a README."""
    home = tmp_path / "catalogue"
    (home / "llm").mkdir(parents=True)
    for name in ("alpha", "beta"):
        text = written(llm_record(name, updated_at=..., featured=...))
        (home / "llm" / f"{name}.json").write_text(text)
    (home / "llm" / "alpha.md").write_text("# Alpha\n")
    (home / "llm" / "alpha.zh.md").write_text("# 阿尔法\n")
    return home


def test_a_folder_is_compared_applied_and_applied_again(run, folder):
    ada = a_person("ada", "Registrars")
    code, text = run("diff", folder, by=ada)
    assert (code, RegisteredModel.objects.count()) == (1, 0)
    assert "llm/alpha: would be created, published as private" in text
    assert run("apply", folder, "--dry-run")[0] == 1
    code, text = run("apply", folder)
    assert (code, text.splitlines()[-1]) == (0, "2 created")
    assert RegisteredModel.objects.get(name="alpha").published_revision.readme == "# Alpha\n"
    code, text = run("apply", folder)
    assert (code, text) == (0, "2 unchanged\n")
    assert run("diff", folder) == (0, "2 would be unchanged\n")
    changed = written(llm_record("beta", updated_at=..., featured=..., context_length=4096))
    (folder / "llm/beta.json").write_text(changed)
    code, text = run("apply", folder, "--message", "Shorter")
    assert (code, text.splitlines()[-1]) == (0, "1 updated, 1 unchanged")
    assert "/0/context_length" in text
    assert Revision.objects.count() == 3
    assert RegisteredModel.objects.get(name="beta").published_revision.message == "Shorter"


def test_what_was_read_is_what_is_applied(run, folder, tmp_path):
    """Byte for byte: what `get` writes, `apply` finds unchanged."""
    ada = a_person("ada", "Registrars")
    odd = written(llm_record("alpha")).replace("32768", "32768 ").replace("\n", "\r\n")
    (folder / "llm/alpha.json").write_bytes(odd.encode())
    run("apply", folder, by=ada)
    out = tmp_path / "out"
    code, _ = run("get", "--mine", "-o", out)
    assert code == 0
    assert (out / "llm/alpha.md").read_text() == "# Alpha\n"
    assert (out / "llm/alpha.zh.md").read_text() == "# 阿尔法\n"
    assert b"32768 " in (out / "llm/alpha.json").read_bytes()
    assert run("apply", out) == (0, "2 unchanged\n")
    code, text = run("get", "llm/alpha", "--readme")
    assert (code, text) == (0, "# Alpha\n")


def test_errors_stand_at_their_places_and_stop_no_other_model(run, folder):
    ada = a_person("ada", "Registrars")
    path = folder / "llm/alpha.json"
    path.write_text(path.read_text().replace("32768", '"long"'))
    (folder / "llm/broken.json").write_text('[\n  {"model_name": }\n]')
    code, text = run("apply", folder, by=ada, GITHUB_ACTIONS="true")
    line = 1 + path.read_text().splitlines().index('    "context_length": "long",')
    assert code == 2
    assert f"::error file={path},line={line},col=" in text
    assert "broken.json:2:" in text
    assert text.splitlines()[-1] == "1 created, 2 failed"
    assert RegisteredModel.objects.get().name == "beta"


def test_a_proposal_goes_back_and_forth(run, folder):
    """The author submits, the reviewer asks for a change, the author makes it: all by command."""
    ada, rita = a_person("ada", "Registrars"), a_person("rita", "Reviewers")
    path = folder / "llm/alpha.json"
    code, text = run("submit", path, "--message", "Please", by=ada)
    assert (code, text.splitlines()[0]) == (0, "llm/alpha: created, for review")
    code, text = run("review", by=rita)
    number = text.partition(":")[0]
    assert text == f"{number}: llm/alpha revision 1 by ada: Please\n"
    code, text = run("review", number)
    assert code == 0
    assert '"model_name": "alpha"' in text
    assert "# 阿尔法" in text
    code, text = run("review", number, "--approve")
    assert (code, "--revision 1" in text) == (2, True)
    code, text = run("review", number, "--revision", 1, "--request-changes", "Shorter.\x1b[2J")
    assert (code, text) == (0, "llm/alpha revision 1: changes_requested\n")
    code, text = run("status", by=ada)
    assert "llm/alpha: changes" in text
    assert "rita: Shorter." in text
    assert "\x1b" not in text
    path.write_text(path.read_text().replace("32768", "4096"))
    path.with_name("alpha.zh.md").write_text("# 新的\n")
    assert run("submit", path)[1].startswith("llm/alpha: updated, for review")
    code, text = run("review", number, by=rita)
    assert '-    "context_length": 32768,' in text
    assert '+    "context_length": 4096,' in text
    assert "+# 新的" in text
    assert run("review", number, "--revision", 1, "--approve")[0] == 2
    assert run("review", number, "--revision", 2, "--approve", "Good.")[0] == 0
    assert RegisteredModel.objects.get().published_revision.number == 2
    assert "llm/alpha: published" in run("status", by=ada)[1]


def test_what_may_not_be_or_is_in_the_way_is_said(run, folder):
    ada, eve = a_person("ada", "Registrars"), a_person("eve", "Registrars")
    model = a_model("alpha", owner=a_person("ben"))
    # Ada could suggest a change herself, if nobody else's waited for its review.
    text = changed(model.published_revision, context_length=1)
    edit(model, Submission(text), by=eve, base_revision=1)
    code, text = run("apply", folder, "--visibility", "public", by=ada)
    assert (code, text.splitlines()[-1]) == (2, "1 created, 1 failed")
    assert f"{folder}/llm/alpha.json:1:1:" in text
    for wrong in (
        ("get", "alpha"),
        ("get", "llm/../x"),
        ("apply", folder / "no"),
        ("get", "llm/x"),
    ):
        assert run(*wrong)[0] == 2, wrong
    assert run("apply", folder, HUB_TOKEN="xhub_" + "x" * 40)[1].count("expired or revoked") == 1


def test_a_model_is_renamed_given_and_its_removal_asked_for(run):
    """What owners, reviewers and maintainers do with a model besides editing it."""
    ada, rita = a_person("ada", "Registrars"), a_person("rita", "Reviewers")
    kim, uma = a_person("kim", "Maintainers"), a_person("uma", "Registrars")
    a_model("alpha", owner=ada)
    assert run("rename", "llm/alpha", "beta", by=ada)[0] == 2
    assert run("rename", "llm/alpha", "beta", by=kim) == (0, "llm/beta: revision 2\n")
    assert run("give", "llm/alpha", "uma", by=ada) == (0, "llm/beta is offered to uma.\n")
    code, text = run("offers", by=uma)
    number = text.partition(":")[0]
    assert text == f"{number}: llm/beta from ada to uma\n"
    assert run("offers", number, "--accept") == (0, "The model is yours now.\n")
    assert RegisteredModel.objects.get().owner == uma
    assert run("give", "llm/beta", "--withdraw")[0] == 2
    code, text = run("ask", "llm/beta", "--remove", "The licence forbids it.")
    number = text.partition(":")[0]
    assert (code, text) == (0, f"{number}: a reviewer decides on it.\n")
    listed = f"{number}: remove llm/beta by uma: The licence forbids it.\n"
    assert run("requests", by=rita) == (0, listed)
    assert run("requests", number, "--refuse", "Many use it.")[0] == 0
    assert run("requests") == (0, "")
    assert "refused by rita Many use it." in run("requests", "--all", by=uma)[1]
    number = run("ask", "llm/beta", "--expire", "Too old.")[1].partition(":")[0]
    assert run("requests", number, "--withdraw") == (0, "The request has been withdrawn.\n")
    number = run("ask", "llm/beta", "--expire", "Too old.")[1].partition(":")[0]
    assert run("requests", number, "--grant", by=rita)[0] == 0
    assert RegisteredModel.objects.get().is_expired()
    for wrong in (("offers", "7"), ("requests", "7"), ("give", "llm/beta")):
        assert run(*wrong)[0] == 2, wrong


def test_what_is_withdrawn_once_more_after_a_lost_answer_is_done(run, monkeypatch):
    ada = a_person("ada", "Registrars")
    a_person("uma", "Registrars")
    a_model("beta", owner=ada)
    run("give", "llm/beta", "uma", by=ada)
    number = run("ask", "llm/beta", "--expire", "Too old.")[1].partition(":")[0]
    send, sent = hubctl.Hub._send, []

    def lossy(self, method, path, *more):
        answer = send(self, method, path, *more)
        if path.endswith(("/offer", "/withdrawal")) and path not in sent:
            sent.append(path)
            raise OSError("The answer is lost.")
        return answer

    monkeypatch.setattr(hubctl.Hub, "_send", lossy)
    assert run("give", "llm/beta", "--withdraw") == (0, "The offer has been withdrawn.\n")
    assert run("requests", number, "--withdraw") == (0, "The request has been withdrawn.\n")
    assert len(sent) == 2


def test_signing_in_keeps_a_token_that_others_can_not_read(run, monkeypatch, live_server, tmp_path):
    ada = a_person("ada", "Registrars")
    monkeypatch.delenv("HUB_URL")
    assert run("status")[0] == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("wrong\n"))
    assert run("login", "--url", live_server.url)[0] == 2
    stored = tmp_path / "config/hubctl/login.json"
    assert not stored.exists()
    monkeypatch.setattr("sys.stdin", io.StringIO(token_of(ada) + "\n"))
    assert run("login", "--url", f"{live_server.url}/")[0] == 0
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert run("status") == (0, "")
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert run("login", "--url", live_server.url, "--user", "ada")[0] == 0
    values = json.loads(stored.read_text())
    # The access token ends after an hour: the stored sign-in is renewed without a word.
    stored.write_text(json.dumps({**values, "token": "xhub_" + "x" * 40}))
    assert run("status") == (0, "")
    assert json.loads(stored.read_text())["refresh_token"] != values["refresh_token"]


def test_a_token_from_the_environment_goes_to_no_stored_hub(run, monkeypatch, tmp_path):
    stored = tmp_path / "config/hubctl/login.json"
    stored.parent.mkdir(parents=True)
    stored.write_text(json.dumps({"url": "http://127.0.0.1:9", "token": "xhub_stored"}))
    monkeypatch.delenv("HUB_URL")
    monkeypatch.setattr("hubctl.Hub._send", lambda *_: pytest.fail("the token was sent"))
    code, text = run("status", HUB_TOKEN="xhub_" + "x" * 40)
    assert (code, "HUB_URL is not" in text) == (2, True)


COMMANDS = ("::stop-commands::x", " \t::error::x", ":::set-output name=a::b", "x ##[error]y")


def is_command(line: str) -> bool:
    """As GitHub's runner reads a line: it skips white space before `::`, and finds `##[`."""
    return line.lstrip().startswith("::") or "##[" in line


def test_texts_of_others_are_no_commands_of_a_workflow(run, monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    hubctl.say("\n".join(("first", *COMMANDS, "a::b")))
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if is_command(line)] == []
    assert (lines[0], lines[-1], len(lines)) == ("first", "a::b", 6)
    hubctl.annotate(Path("llm/x.json"), 1, 2, "\n".join(COMMANDS))
    printed = capsys.readouterr()
    assert printed.out.startswith("::error file=llm/x.json,line=1,col=2::")
    assert len(printed.out.splitlines()) == 1
    assert [line for line in printed.err.splitlines() if is_command(line)] == []
    monkeypatch.delenv("GITHUB_ACTIONS")
    hubctl.say(COMMANDS[0])
    assert capsys.readouterr().out == COMMANDS[0] + "\n"


def test_a_readme_with_commands_of_a_workflow_is_only_written_into_files(run, folder, tmp_path):
    ada = a_person("ada", "Registrars")
    (folder / "llm/alpha.md").write_text("# Alpha\n::stop-commands::x\n")
    run("apply", folder, by=ada)
    assert run("get", "llm/alpha", "--readme")[1].endswith("::stop-commands::x\n")
    code, text = run("get", "llm/alpha", "--readme", GITHUB_ACTIONS="true")
    assert (code, "::stop" in text, "--output" in text) == (2, False, True)
    assert run("get", "llm/alpha", "-o", tmp_path / "out")[0] == 0
    assert "::stop-commands::x" in (tmp_path / "out/llm/alpha.md").read_text()


def test_it_waits_while_the_hub_asks_to_and_gives_up_after_a_while(
    run, folder, settings, monkeypatch
):
    ada = a_person("ada", "Registrars")
    waits = []
    monkeypatch.setattr("hubctl.time.sleep", waits.append)
    settings.API_WRITES_PER_MINUTE = 1
    code, text = run("apply", folder, by=ada)
    assert (code, text.splitlines()[-1]) == (2, "1 created, 1 failed")
    assert len(waits) == 3
    assert all(1 <= wait <= 60 for wait in waits)
    waits.clear()
    code, text = run("diff", folder, HUB_URL="http://127.0.0.1:9")
    assert (code, "does not answer" in text, len(waits)) == (2, True, 3)


def test_a_token_follows_no_redirect(run):
    """SECURITY: whoever answers in the hub's place does not pass the token on."""
    asked = []

    class Redirecting(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Authorization"]))
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Redirecting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        code, text = run("get", "llm/x", HUB_URL=url, HUB_TOKEN="xhub_secret")
    finally:
        server.shutdown()
        server.server_close()
    assert (code, "redirects" in text, "secret" in text) == (2, True, False)
    assert asked == [("/api/models/llm/x", "Bearer xhub_secret")]


def test_the_file_runs_by_itself():
    done = subprocess.run(
        [sys.executable, "-I", SCRIPT, "--help"], capture_output=True, text=True, check=True
    )
    commands = ("login", "get", "diff", "apply", "submit", "status", "review")
    for command in (*commands, "rename", "give", "offers", "ask", "requests"):
        assert f"    {command} " in done.stdout
