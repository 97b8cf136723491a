"""Names are resolved once, addresses checked, certificates verified, all within the time."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from models_registry.errors import (
    SourceUnavailable,
)
from models_registry.http.fetch import fetch
from tests.standins.model_hubs import (
    ModelHubs,
    send,
)


def answers_with(monkeypatch, addresses):
    """Let the resolver give one list of addresses after the other; the last one from then on."""
    hosts = []

    def resolve(host, port, *args, **kwargs):
        if host.replace(".", "").isdigit():
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        hosts.append(host)
        given = addresses[min(len(hosts), len(addresses)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in given]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return hosts


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1"])
def test_an_allowed_name_at_a_private_address_is_refused(monkeypatch, address):
    answers_with(monkeypatch, [["93.184.216.34", address]])
    with pytest.raises(SourceUnavailable, match=f"{address}, which is not a public address"):
        fetch("https://huggingface.co/", allowed_hosts=["huggingface.co"], max_bytes=10, timeout=5)


def test_a_name_that_changes_its_address_is_resolved_once_for_each_connection(monkeypatch):
    hosts = answers_with(monkeypatch, [["203.0.114.1"], ["127.0.0.1"]])
    connected = []

    def connect(address, **options):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(SourceUnavailable, match="not a public address"):
        fetch("https://huggingface.co/", allowed_hosts=["huggingface.co"], max_bytes=10, timeout=5)
    assert connected == [("203.0.114.1", 443)]
    assert hosts == ["huggingface.co"] * 2


def test_an_unknown_host_name_is_reported(monkeypatch):
    def resolve(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(SourceUnavailable, match=r"name hf\.co can't be resolved"):
        fetch("https://hf.co/", allowed_hosts=["hf.co"], max_bytes=10, timeout=5)


def test_a_resolver_that_hangs_ends_on_time(monkeypatch):
    def resolve(*args, **kwargs):
        time.sleep(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"did not answer within 0\.5 seconds"):
        fetch("https://hf.co/", allowed_hosts=["hf.co"], max_bytes=10, timeout=0.5)
    assert time.monotonic() - started < 4


def test_the_environment_s_proxies_and_passwords_are_not_used(hubs, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    url = hubs.misbehave("/a", lambda request: send(request, 200, b"x"))
    fetch(url, allowed_hosts=[hubs.url], max_bytes=10, timeout=5)
    assert "Authorization" not in hubs.requests[0][1]


@pytest.fixture
def authority(tmp_path):
    """A certificate authority: a function that makes a server's TLS context for a name."""
    key = ec.generate_private_key(ec.SECP256R1())

    def name(common):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])

    def certificate(subject, public_key, *extensions):
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("Authority"))
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(key, hashes.SHA256())

    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority = certificate(
        "Authority",
        key.public_key(),
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (identifier, False),
        (
            x509.KeyUsage(True, False, False, False, False, True, True, False, False),
            True,
        ),
    )
    bundle = tmp_path / "authority.pem"
    bundle.write_bytes(authority.public_bytes(serialization.Encoding.PEM))

    def context_for(host):
        own_key = ec.generate_private_key(ec.SECP256R1())
        alternative = x509.SubjectAlternativeName([x509.DNSName(host)])
        issued = certificate(
            host,
            own_key.public_key(),
            (alternative, False),
            (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False),
        )
        pem = tmp_path / f"{host}.pem"
        pem.write_bytes(
            own_key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + issued.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    context_for.bundle = str(bundle)
    return context_for


@pytest.mark.parametrize("named", [True, False])
def test_the_certificate_is_checked_against_the_name_though_an_address_is_dialled(
    authority, monkeypatch, named
):
    hubs = ModelHubs(authority("mirror.test" if named else "other.test"))
    try:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.bundle)
        answers_with(monkeypatch, [[str(ipaddress.ip_address("127.0.0.1"))]])
        hubs.misbehave("/a", lambda request: send(request, 200, b"safe"))
        origin = f"https://mirror.test:{hubs.port}"
        if named:
            answer = fetch(f"{origin}/a", allowed_hosts=[origin], max_bytes=10, timeout=5)
            assert answer.body == b"safe"
        else:
            with pytest.raises(SourceUnavailable, match="certificate is not trusted"):
                fetch(f"{origin}/a", allowed_hosts=[origin], max_bytes=10, timeout=5)
            assert hubs.requests == []
    finally:
        hubs.stop()


def test_tls_that_stalls_ends_on_time():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        origin = f"https://127.0.0.1:{listening.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(SourceUnavailable, match="did not answer within 1 seconds"):
            fetch(origin, allowed_hosts=[origin], max_bytes=10, timeout=1)
        assert time.monotonic() - started < 4
