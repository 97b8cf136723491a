"""One GET: what it follows, what it refuses, and that it ends on time."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import time
import tracemalloc
from email.utils import format_datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from models_registry.errors import (
    SourceBusy,
    SourceNotFound,
    SourceRefused,
    SourceTooLarge,
    SourceUnavailable,
)
from models_registry.sources.addresses import AllowedHosts, is_public, origin_of
from models_registry.sources.fetch import fetch
from tests.standins.model_hubs import (
    ModelHubs,
    announces,
    bomb,
    drips,
    drips_body,
    fails,
    hangs_up,
    redirects_to,
    send,
    sends_forever,
)


@pytest.fixture
def get(hubs):
    """Fetch from the stand-in, which is configured as an origin."""

    def get(url, **options):
        options = {"allowed_hosts": [hubs.url], "max_bytes": 1_000_000, "timeout": 5, **options}
        return fetch(url, **options)

    return get


def test_an_answer_has_body_type_address_and_etag(hubs, get):
    url = hubs.misbehave(
        "/file",
        lambda asked: send(asked, 200, b"abc", ETag='"1"', **{"Content-Type": "Text/Plain"}),
    )
    answer = get(url, accept="text/plain")
    assert (answer.status, answer.body, answer.content_type) == (200, b"abc", "text/plain")
    assert (answer.url, answer.etag) == (url, '"1"')
    assert hubs.requests[0][1]["Accept"] == "text/plain"


def test_gzip_is_asked_for_and_inflated(hubs, get):
    url = hubs.misbehave("/long", lambda asked: send(asked, 200, b"abc" * 1_000))
    assert get(url).body == b"abc" * 1_000


def test_the_sender_names_itself_and_sends_no_cookie_back(hubs, get):
    hubs.misbehave(
        "/a", lambda asked: send(asked, 302, b"", Location="/b", **{"Set-Cookie": "a=1"})
    )
    get(hubs.misbehave("/b", lambda asked: send(asked, 200, b"x")).replace("/b", "/a"))
    assert "Cookie" not in hubs.requests[1][1]
    assert "Models-Hub" in hubs.requests[1][1]["User-Agent"]


def test_an_unchanged_file_is_304_to_a_condition(hubs, get):
    url = hubs.misbehave("/file", lambda asked: send(asked, 304, b""))
    assert get(url, headers={"If-None-Match": '"1"'}).status == 304
    with pytest.raises(SourceUnavailable, match="304"):
        get(url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(hubs, get, status):
    hubs.misbehave("/old", redirects_to("/new?x=1#part", status))
    hubs.misbehave("/new", lambda asked: send(asked, 200, b"here"))
    answer = get(hubs.url + "/old")
    assert answer.body == b"here"
    assert answer.url == hubs.url + "/new?x=1"


def test_the_body_of_a_redirect_is_not_read(hubs, get):
    def redirects_and_goes_on(asked):
        asked.close_connection = True
        asked.send_response(302)
        asked.send_header("Location", "/b")
        asked.end_headers()
        while True:
            asked.wfile.write(b"x" * 65_536)

    hubs.misbehave("/b", lambda asked: send(asked, 200, b"here"))
    assert get(hubs.misbehave("/a", redirects_and_goes_on)).body == b"here"


def test_a_redirect_in_a_circle_ends(hubs, get):
    hubs.misbehave("/a", redirects_to("/b"))
    hubs.misbehave("/b", redirects_to("/a"))
    with pytest.raises(SourceUnavailable, match="circle"):
        get(hubs.url + "/a")
    assert len(hubs.requests) == 2


def test_endless_redirects_end(hubs, get):
    hubs.answer = lambda asked: send(asked, 302, b"", Location=asked.path + "x")
    with pytest.raises(SourceUnavailable, match="more than 5 times"):
        get(hubs.url + "/a")
    assert len(hubs.requests) == 6


def test_a_redirect_without_a_target_is_no_answer(hubs, get):
    url = hubs.misbehave("/a", lambda asked: send(asked, 302, b""))
    with pytest.raises(SourceUnavailable, match="without saying where to"):
        get(url)


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::1]:6379/",
        "http://localhost:6379/",
        "http://2130706433/",
        "https://example.org/",
        "http://huggingface.co/",
        "https://huggingface.co:8443/",
        "https://huggingface.co.example.org/",
        "https://name:password@huggingface.co/",
        "https://huggingface.co\\@example.org/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/",
        "//127.0.0.1:1/",
        "http://",
        "http://[",
    ],
)
def test_a_redirect_does_not_lead_anywhere_else(hubs, target):
    url = hubs.misbehave("/a", redirects_to(target))
    with pytest.raises(SourceUnavailable):
        fetch(url, allowed_hosts=[hubs.url, "huggingface.co"], max_bytes=10, timeout=5)
    assert hubs.paths == ["/a"]


def test_another_port_of_a_configured_host_is_not_reached(hubs, get):
    other = ModelHubs()
    try:
        url = hubs.misbehave("/a", redirects_to(other.url + "/secret"))
        with pytest.raises(SourceUnavailable, match="not among the addresses"):
            get(url)
        assert other.requests == []
    finally:
        other.stop()


def test_the_address_itself_must_be_allowed():
    with pytest.raises(SourceUnavailable, match="not among the addresses"):
        fetch("https://example.org/", allowed_hosts=["huggingface.co"], max_bytes=10)


def test_headers_of_the_caller_stay_with_the_first_origin(hubs):
    other = ModelHubs()
    try:
        other.misbehave("/c", lambda asked: send(asked, 200, b"x"))
        hubs.misbehave("/b", redirects_to(other.url + "/c"))
        url = hubs.misbehave("/a", redirects_to("/b"))
        fetch(
            url,
            allowed_hosts=[hubs.url, other.url],
            max_bytes=10,
            timeout=5,
            headers={"X-Models-Token": "secret"},
        )
        assert [headers.get("X-Models-Token") for _, headers in hubs.requests] == ["secret"] * 2
        assert "X-Models-Token" not in other.requests[0][1]
    finally:
        other.stop()


def answers_with(monkeypatch, addresses):
    """Let the resolver give one list of addresses after the other; the last one from then on."""
    asked = []

    def resolve(host, port, *args, **kwargs):
        if host.replace(".", "").isdigit():
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        asked.append(host)
        found = addresses[min(len(asked), len(addresses)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1"])
def test_an_allowed_name_at_a_private_address_is_refused(monkeypatch, address):
    answers_with(monkeypatch, [["93.184.216.34", address]])
    with pytest.raises(SourceUnavailable, match=f"{address}, which is not a public address"):
        fetch("https://huggingface.co/", allowed_hosts=["huggingface.co"], max_bytes=10, timeout=5)


def test_a_name_that_changes_its_address_is_resolved_once_for_each_connection(monkeypatch):
    asked = answers_with(monkeypatch, [["203.0.114.1"], ["127.0.0.1"]])
    connected = []

    def connect(address, **options):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(SourceUnavailable, match="not a public address"):
        fetch("https://huggingface.co/", allowed_hosts=["huggingface.co"], max_bytes=10, timeout=5)
    assert connected == [("203.0.114.1", 443)]
    assert asked == ["huggingface.co"] * 2


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("192.168.1.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("2001:0:4136:e378:8000:63bf:f5ff:fffe", False),
        ("localhost", False),
    ],
)
def test_public_addresses_are_told_from_all_others(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://hf.co/x", True),
        ("https://HF.CO./x", True),
        ("https://us.aws.cdn.hf.co/x", True),
        ("https://evil-hf.co/x", False),
        ("https://hf.co.evil.org/x", False),
        ("http://hf.co/x", False),
        ("http://mirror.corp:8080/x", True),
        ("https://mirror.corp/x", True),
        ("http://mirror.corp/x", False),
        ("https://sub.mirror.corp/x", False),
    ],
)
def test_hosts_are_allowed_by_name_and_origins_exactly(url, allowed):
    hosts = AllowedHosts(["hf.co", "*.hf.co", "http://mirror.corp:8080"])
    if allowed:
        hosts.check(origin_of(url))
    else:
        with pytest.raises(SourceUnavailable):
            hosts.check(origin_of(url))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, SourceUnavailable),
        (401, SourceRefused),
        (403, SourceRefused),
        (404, SourceNotFound),
        (410, SourceNotFound),
        (418, SourceUnavailable),
        (204, SourceUnavailable),
    ],
)
def test_refusals_are_told_apart_and_not_tried_again(hubs, get, status, error):
    url = hubs.misbehave("/a", lambda asked: send(asked, status, b"" if status == 204 else b"why"))
    with pytest.raises(error):
        get(url + "?signature=secret")
    assert len(hubs.requests) == 1


def test_a_message_names_the_path_but_no_query(hubs, get):
    with pytest.raises(SourceNotFound) as refused:
        get(hubs.url + "/some/file?signature=secret")
    assert refused.value.message == f"127.0.0.1:{hubs.port} has no /some/file."
    assert refused.value.said == "Not found"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_errors_of_the_server_are_tried_again(hubs, get, status):
    assert get(hubs.misbehave("/a", fails(2, status))).body == b"at last"
    assert len(hubs.requests) == 3


def test_three_failures_are_enough(hubs, get):
    with pytest.raises(SourceUnavailable, match=r"error of its own \(503\)"):
        get(hubs.misbehave("/a", fails(3, 503)))
    assert len(hubs.requests) == 3


def test_a_short_pause_that_is_asked_for_is_made(hubs, get):
    url = hubs.misbehave("/a", fails(1, 429, **{"Retry-After": "1"}))
    started = time.monotonic()
    assert get(url).body == b"at last"
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("as_date", [False, True])
def test_a_long_pause_is_told_instead(hubs, get, as_date):
    after = "60"
    if as_date:
        moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60.5)
        after = format_datetime(moment, usegmt=True)
    with pytest.raises(SourceBusy, match=r"Try again in [56][0-9] seconds") as refused:
        get(hubs.misbehave("/a", fails(9, 429, **{"Retry-After": after})))
    assert 55 <= refused.value.details["retry_after"] <= 60
    assert len(hubs.requests) == 1


def test_a_pause_that_does_not_fit_into_the_time_is_not_made(hubs, get):
    started = time.monotonic()
    with pytest.raises(SourceBusy):
        get(hubs.misbehave("/a", fails(9, 429, **{"Retry-After": "4"})), timeout=2)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("behaviour", [hangs_up, announces(100, b"short")])
def test_an_answer_that_breaks_off_is_tried_again_and_then_told(hubs, get, behaviour):
    with pytest.raises(SourceUnavailable, match="breaks off"):
        get(hubs.misbehave("/a", behaviour))
    assert len(hubs.requests) == 3


def test_nothing_beyond_the_announced_length_is_taken(hubs, get):
    assert get(hubs.misbehave("/a", announces(3, b"abcdef"))).body == b"abc"


def test_broken_gzip_is_told(hubs, get):
    url = hubs.misbehave(
        "/a", lambda asked: send(asked, 200, b"abc", **{"Content-Encoding": "gzip"})
    )
    with pytest.raises(SourceUnavailable):
        get(url)


def test_a_server_that_is_not_there_is_told(hubs, get):
    hubs.stop()
    with pytest.raises(SourceUnavailable, match="can't be reached"):
        get(hubs.url + "/a")


def test_a_name_that_is_not_there_is_told(monkeypatch):
    def resolve(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(SourceUnavailable, match=r"name hf\.co can't be looked up"):
        fetch("https://hf.co/", allowed_hosts=["hf.co"], max_bytes=10, timeout=5)


@pytest.mark.parametrize("behaviour", [drips, drips_body, lambda asked: time.sleep(5)])
def test_everything_ends_on_time(hubs, get, behaviour):
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="did not answer within 1 seconds"):
        get(hubs.misbehave("/a", behaviour), timeout=1)
    assert time.monotonic() - started < 2


def test_a_resolver_that_hangs_ends_on_time(monkeypatch):
    def resolve(*args, **kwargs):
        time.sleep(3)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"did not answer within 0\.5 seconds"):
        fetch("https://hf.co/", allowed_hosts=["hf.co"], max_bytes=10, timeout=0.5)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("behaviour", [sends_forever, announces(10_000_001, b"x")])
def test_too_much_is_refused(hubs, get, behaviour):
    with pytest.raises(SourceTooLarge, match="more than the 10,000,000 bytes"):
        get(hubs.misbehave("/a", behaviour), max_bytes=10_000_000)


def test_a_bomb_is_refused_before_it_fills_the_memory(hubs, get):
    url = hubs.misbehave("/a", bomb())
    tracemalloc.start()
    try:
        with pytest.raises(SourceTooLarge):
            get(url, max_bytes=1_000_000, timeout=20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def test_the_environment_s_proxies_and_passwords_are_not_used(hubs, get, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    get(hubs.misbehave("/a", lambda asked: send(asked, 200, b"x")))
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
    own = certificate(
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
    bundle.write_bytes(own.public_bytes(serialization.Encoding.PEM))

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
        hubs.misbehave("/a", lambda asked: send(asked, 200, b"safe"))
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
        assert time.monotonic() - started < 2
