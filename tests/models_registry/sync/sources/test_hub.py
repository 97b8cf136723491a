"""Reading another hub: a list is taken as a whole or refused with a sentence that says why."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import socket
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from models_registry.errors import (
    InvalidParameter,
    SourceNotFound,
    SourceUnavailable,
)
from models_registry.sync.sources import hub as hub_source
from models_registry.sync.sources.reader import read_source
from tests.factories import llm_record, written
from tests.standins.hub import SourceHub, send, signed_with

LIST = written(llm_record("alpha"), llm_record("beta"))


@pytest.fixture
def source():
    hub = SourceHub()
    hub.lists["llm"] = LIST
    yield hub
    hub.stop()


def test_a_list_comes_as_its_models_with_the_very_bytes_of_their_records(source):
    hub_list = hub_source.fetch_list(source.url, "llm")
    assert [(model.model_type, model.name, model.path) for model in hub_list.models] == [
        ("llm", "alpha", "xinference/model/llm/models/alpha.json"),
        ("llm", "beta", "xinference/model/llm/models/beta.json"),
    ]
    assert hub_list.models[0].text == written(llm_record("alpha"))


def test_an_unchanged_list_is_not_sent_again(source):
    first = hub_source.fetch_list(source.url, "llm")
    again = hub_source.fetch_list(source.url, "llm", etag=first.etag)
    assert again.models is None
    assert again.etag == first.etag
    assert source.requests[-1][1]["if-none-match"] == first.etag


def test_the_token_goes_to_the_hub_alone(source):
    hub_source.fetch_list(source.url, "llm", token=source.token)
    assert source.requests[-1][1]["x-models-token"] == source.token


BAD = {
    "a web page": (b"<html><body>Sign in</body></html>", "web page"),
    "a byte order mark": (b"\xef\xbb\xbf" + LIST.encode(), "byte order mark"),
    "text cut off": (LIST.encode()[:-200], "line"),
    "an empty array": (b"[]\n", "is empty"),
    "nothing at all": (b"", "is empty"),
    "an object": (b'{"error": "x"}', "array"),
    "a record without a name": (
        written(llm_record("a"), {"version": 2}).encode(),
        "not an object with",
    ),
    "a record that no server loads": (
        written(llm_record("alpha"), llm_record("bad", model_specs=[])).encode(),
        'servers would refuse "bad"',
    ),
    "a name twice": (
        written(llm_record("a"), llm_record("b"), llm_record("a", context_length=1)).encode(),
        "twice",
    ),
    "the same record twice": (written(llm_record("a"), llm_record("a")).encode(), "twice"),
    "names that differ in case": (
        written(llm_record("Alpha"), llm_record("alpha")).encode(),
        "only in case",
    ),
    "Latin-1": (LIST.replace("small", "kléin").encode("latin-1"), "UTF-8"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_list_is_refused_in_words(source, what):
    body, message = BAD[what]
    source.behaviour = lambda asked: send(asked, body)
    with pytest.raises(SourceUnavailable, match=message):
        hub_source.fetch_list(source.url, "llm")


@pytest.mark.parametrize("status", [404, 500, 503])
def test_an_error_of_the_hub_is_said_in_words(source, status, monkeypatch):
    monkeypatch.setattr("models_registry.http.fetch._FIRST_PAUSE", 0.01)
    source.behaviour = lambda asked: send(asked, "no", status)
    expected = SourceNotFound if status == 404 else SourceUnavailable
    with pytest.raises(expected, match=r"127\.0\.0\.1"):
        hub_source.fetch_list(source.url, "llm")


def test_a_connection_that_breaks_off_is_refused(source, monkeypatch):
    monkeypatch.setattr("models_registry.http.fetch._FIRST_PAUSE", 0.01)

    def break_off(asked):
        asked.send_response(200)
        asked.send_header("Content-Length", str(len(LIST)))
        asked.end_headers()
        asked.wfile.write(LIST.encode()[:50])
        asked.wfile.flush()
        asked.connection.shutdown(socket.SHUT_RDWR)

    source.behaviour = break_off
    with pytest.raises(SourceUnavailable, match="interrupted"):
        hub_source.fetch_list(source.url, "llm")


def test_a_hub_that_does_not_answer_is_not_waited_for(source, monkeypatch):
    monkeypatch.setattr(hub_source, "LIST_SECONDS", 0.4)
    source.behaviour = lambda asked: time.sleep(1.5)
    with pytest.raises(SourceUnavailable, match="did not answer within"):
        hub_source.fetch_list(source.url, "llm")


def test_a_redirect_to_another_address_is_not_followed(source):
    def redirect(asked):
        asked.send_response(302)
        asked.send_header("Location", "http://169.254.169.254/latest")
        asked.send_header("Content-Length", "0")
        asked.end_headers()

    source.behaviour = redirect
    with pytest.raises(SourceUnavailable, match="not an address that the hub may fetch from"):
        hub_source.fetch_list(source.url, "llm")


@pytest.mark.parametrize(
    "asked", ["alpha", "{url}/models/detail/alpha", "{url}/models/detail/alpha/"]
)
def test_one_model_comes_by_name_or_by_its_pages_address(source, asked):
    hub_model = hub_source.fetch_model(source.url, asked.format(url=source.url))
    assert (hub_model.model.model_type, hub_model.model.name) == ("llm", "alpha")
    assert hub_model.model.text == written(llm_record("alpha"))
    assert hub_model.readme == "# alpha\n"


def test_a_name_is_asked_for_in_its_own_spelling(source):
    with pytest.raises(SourceNotFound):
        hub_source.fetch_model(source.url, "ALPHA")


def test_a_hidden_model_needs_the_token(source):
    source.hidden.add("alpha")
    with pytest.raises(SourceNotFound):
        hub_source.fetch_model(source.url, "alpha")
    hub_model = hub_source.fetch_model(source.url, "alpha", token=source.token)
    assert hub_model.visibility == "enterprise"


@pytest.mark.parametrize(
    "asked",
    ["http://127.0.0.1:1/models/detail/alpha", "https://evil.example/models/detail/a", "{url}/api"],
)
def test_an_address_elsewhere_is_not_asked(source, asked):
    with pytest.raises(InvalidParameter, match="models/detail"):
        hub_source.fetch_model(source.url, asked.format(url=source.url))
    assert source.requests == []


def test_an_answer_with_another_model_is_refused(source):
    def lie(asked):
        if "download" in asked.path:
            send(asked, json.dumps([{**llm_record("other"), "readme": "x"}]))
        else:
            source.answer(asked)

    source.behaviour = lie
    with pytest.raises(SourceUnavailable, match="another model"):
        hub_source.fetch_model(source.url, "alpha")


def test_names_are_suggested_from_the_hub(source):
    assert hub_source.suggest_names(source.url, "alp") == [("alpha", "llm")]


def test_a_hub_is_a_source_of_imports(source):
    tree = read_source(f"hub:{source.url}", only_types=["llm", "audio"])
    assert tree.files["xinference/model/llm/models/alpha.json"] == written(llm_record("alpha"))
    assert len(tree.files) == 2
    assert "audio list" in next(iter(tree.unreadable.values()))


# --- What a list says of itself ---------------------------------------------------------------

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


@pytest.fixture
def trusted(tmp_path, settings, source):
    """The source's lists must be signed by KEY; its path is returned."""
    path = tmp_path / "trusted.pem"
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(public)
    settings.ENV = dataclasses.replace(
        settings.ENV, hub_source=f"hub:{source.url}", hub_source_key=str(path)
    )
    return str(path)


def test_a_list_that_is_not_the_one_it_says_is_refused_without_any_key(source):
    honest = signed_with(KEY)
    source.says = honest
    assert len(hub_source.fetch_list(source.url, "llm").models) == 2
    source.says = lambda model_type, text, token: honest(model_type, text + " ", token)
    with pytest.raises(SourceUnavailable, match="X-Hub-SHA256"):
        hub_source.fetch_list(source.url, "llm")


def test_a_list_that_the_trusted_key_signed_is_taken(source, trusted):
    source.says = signed_with(KEY)
    hub_list = hub_source.fetch_list(source.url, "llm")
    assert len(hub_list.models) == 2
    assert hub_source.fetch_list(source.url, "llm", etag=hub_list.etag).models is None
    assert len(hub_source.fetch_list(source.url, "llm", token=source.token).models) == 2


def changed(**headers):
    """The trusted hub's headers, with some of them changed or left out."""
    honest = signed_with(KEY)

    def say(*about):
        sent = {**honest(*about), **{k.replace("_", "-"): v for k, v in headers.items()}}
        return {name: value for name, value in sent.items() if value is not None}

    return say


UNTRUSTED = {
    "nothing is said": (None, "is not signed, but"),
    "the signature is missing": (changed(X_Hub_Signature=None), "is not signed, but"),
    "the digest is missing": (changed(X_Hub_SHA256=None), "is not signed, but"),
    "the signature is not Base64": (changed(X_Hub_Signature="ed25519=?"), "is not signed, but"),
    "another scheme": (changed(X_Hub_Signature="rsa=AAAA"), "is not signed, but"),
    "another key": (signed_with(OTHER), "not signed by the key"),
    "another revision": (changed(X_Hub_Revision="8"), "not signed by the key"),
    "a revision that is not a number": (changed(X_Hub_Revision="7\u00b2"), "is not signed, but"),
    "another type": (
        lambda model_type, text, token: signed_with(KEY)("image", text, token),
        "not signed by the key",
    ),
    "the list of a token": (
        lambda model_type, text, token: signed_with(KEY)(model_type, text, True),
        "not signed by the key",
    ),
}


@pytest.mark.parametrize("what", UNTRUSTED)
def test_with_a_trusted_key_everything_else_is_refused(source, trusted, what):
    source.says, message = UNTRUSTED[what]
    with pytest.raises(SourceUnavailable, match=message):
        hub_source.fetch_list(source.url, "llm")
    etag = f'"{hashlib.sha256(LIST.encode()).hexdigest()[:16]}"'
    with pytest.raises(SourceUnavailable, match=message):
        hub_source.fetch_list(source.url, "llm", etag=etag)


def test_the_key_of_the_source_is_not_asked_of_another_hub(source, trusted, settings):
    settings.ENV = dataclasses.replace(settings.ENV, hub_source="hub:https://hub.example.org")
    assert len(hub_source.fetch_list(source.url, "llm").models) == 2
    with pytest.raises(SourceUnavailable, match="is not signed, but"):
        read_source(f"hub:{source.url}", only_types=["llm"], trusted_key=trusted)
