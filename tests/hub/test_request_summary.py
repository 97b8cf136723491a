"""The address of a visitor, from what proxies and the visitor have written."""

from __future__ import annotations

import dataclasses
import tracemalloc

from hub.request_summary import RequestSummary


def address_of(forwarded):
    return RequestSummary("GET", "/", lambda *_: forwarded, "127.0.0.1").client_address


def test_a_long_forwarded_header_is_read_at_its_end_and_not_remembered(settings):
    settings.ENV = dataclasses.replace(settings.ENV, trusted_proxies=1)
    tracemalloc.start()
    try:
        before, _peak = tracemalloc.get_traced_memory()
        for number in range(20):
            assert address_of(f"9.9.9.{number}, " * 10_000 + "1.2.3.4") == "1.2.3.4"
        after, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 200_000
