"""One GET: what it follows, what it refuses, and that it ends on time."""

from __future__ import annotations

import datetime
import time
import tracemalloc
from email.utils import format_datetime

import pytest

from hub import request_id
from models_registry.errors import (
    SourceBusy,
    SourceNotFound,
    SourceRefused,
    SourceTooLarge,
    SourceUnavailable,
)
from models_registry.http.fetch import fetch
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
        lambda request: send(request, 200, b"abc", ETag='"1"', **{"Content-Type": "Text/Plain"}),
    )
    answer = get(url, accept="text/plain")
    assert (answer.status, answer.body, answer.content_type) == (200, b"abc", "text/plain")
    assert (answer.url, answer.etag) == (url, '"1"')
    assert hubs.requests[0][1]["Accept"] == "text/plain"


def test_the_id_of_the_request_goes_along(hubs, get):
    url = hubs.misbehave("/file", lambda request: send(request, 200, b"abc"))
    with request_id.using("0123-given-id"):
        get(url)
    get(url)
    assert hubs.requests[0][1]["X-Request-ID"] == "0123-given-id"
    assert "X-Request-ID" not in hubs.requests[1][1]


def test_gzip_is_asked_for_and_inflated(hubs, get):
    url = hubs.misbehave("/long", lambda request: send(request, 200, b"abc" * 1_000))
    assert get(url).body == b"abc" * 1_000


def test_the_sender_names_itself_and_sends_no_cookie_back(hubs, get):
    hubs.misbehave(
        "/a", lambda request: send(request, 302, b"", Location="/b", **{"Set-Cookie": "a=1"})
    )
    get(hubs.misbehave("/b", lambda request: send(request, 200, b"x")).replace("/b", "/a"))
    assert "Cookie" not in hubs.requests[1][1]
    assert "Models-Hub" in hubs.requests[1][1]["User-Agent"]


def test_an_unchanged_file_is_304_to_a_condition(hubs, get):
    url = hubs.misbehave("/file", lambda request: send(request, 304, b""))
    assert get(url, headers={"If-None-Match": '"1"'}).status == 304
    for headers in ({}, {"Authorization": "Bearer x"}):
        with pytest.raises(SourceUnavailable, match="304"):
            get(url, headers=headers)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(hubs, get, status):
    hubs.misbehave("/old", redirects_to("/new?x=1#part", status))
    hubs.misbehave("/new", lambda request: send(request, 200, b"here"))
    answer = get(hubs.url + "/old")
    assert answer.body == b"here"
    assert answer.url == hubs.url + "/new?x=1"


def test_the_body_of_a_redirect_is_not_read(hubs, get):
    def redirects_and_goes_on(request):
        request.close_connection = True
        request.send_response(302)
        request.send_header("Location", "/b")
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 65_536)

    hubs.misbehave("/b", lambda request: send(request, 200, b"here"))
    assert get(hubs.misbehave("/a", redirects_and_goes_on)).body == b"here"


def test_a_redirect_in_a_circle_ends(hubs, get):
    hubs.misbehave("/a", redirects_to("/b"))
    hubs.misbehave("/b", redirects_to("/a"))
    with pytest.raises(SourceUnavailable, match="in a loop"):
        get(hubs.url + "/a")
    assert len(hubs.requests) == 2


def test_endless_redirects_end(hubs, get):
    hubs.answer = lambda request: send(request, 302, b"", Location=request.path + "x")
    with pytest.raises(SourceUnavailable, match="more than 5 times"):
        get(hubs.url + "/a")
    assert len(hubs.requests) == 6


def test_a_redirect_without_a_target_is_not_an_answer(hubs, get):
    url = hubs.misbehave("/a", lambda request: send(request, 302, b""))
    with pytest.raises(SourceUnavailable, match="without giving an address"):
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
        with pytest.raises(SourceUnavailable, match="not an address that the hub may fetch from"):
            get(url)
        assert other.requests == []
    finally:
        other.stop()


def test_the_address_itself_must_be_allowed():
    with pytest.raises(SourceUnavailable, match="not an address that the hub may fetch from"):
        fetch("https://example.org/", allowed_hosts=["huggingface.co"], max_bytes=10)


def test_headers_of_the_caller_stay_with_the_first_origin(hubs):
    other = ModelHubs()
    try:
        other.misbehave("/c", lambda request: send(request, 200, b"x"))
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
def test_refusals_have_errors_of_their_own_and_are_not_retried(hubs, get, status, error):
    url = hubs.misbehave(
        "/a", lambda request: send(request, status, b"" if status == 204 else b"why")
    )
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
    with pytest.raises(SourceUnavailable, match=r"internal error \(503\)"):
        get(hubs.misbehave("/a", fails(3, 503)))
    assert len(hubs.requests) == 3


def test_a_short_pause_that_is_asked_for_is_made(hubs, get):
    url = hubs.misbehave("/a", fails(1, 429, **{"Retry-After": "1"}))
    started = time.monotonic()
    assert get(url).body == b"at last"
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("as_date", [False, True])
def test_a_long_pause_is_reported_instead(hubs, get, as_date):
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
        get(hubs.misbehave("/a", fails(9, 429, **{"Retry-After": "4"})), timeout=3.5)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("behaviour", [hangs_up, announces(100, b"short")])
def test_a_truncated_answer_is_retried_and_then_reported(hubs, get, behaviour):
    with pytest.raises(SourceUnavailable, match="interrupted"):
        get(hubs.misbehave("/a", behaviour))
    assert len(hubs.requests) == 3


def test_nothing_beyond_the_announced_length_is_taken(hubs, get):
    assert get(hubs.misbehave("/a", announces(3, b"abcdef"))).body == b"abc"


def test_broken_gzip_is_reported(hubs, get):
    url = hubs.misbehave(
        "/a", lambda request: send(request, 200, b"abc", **{"Content-Encoding": "gzip"})
    )
    with pytest.raises(SourceUnavailable):
        get(url)


def test_a_missing_server_is_reported(hubs, get):
    hubs.stop()
    with pytest.raises(SourceUnavailable, match="can't be reached"):
        get(hubs.url + "/a")


@pytest.mark.parametrize("behaviour", [drips, drips_body, lambda request: time.sleep(5)])
def test_everything_ends_on_time(hubs, get, behaviour):
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="did not answer within 1 seconds"):
        get(hubs.misbehave("/a", behaviour), timeout=1)
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("behaviour", [sends_forever, announces(10_000_001, b"x")])
def test_too_much_is_refused(hubs, get, behaviour):
    with pytest.raises(SourceTooLarge, match="larger than the 10,000,000 bytes"):
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
