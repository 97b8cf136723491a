"""The hub behind its own server; `/calls` tells how many requests Django has answered.

The first request for `q=hangs` takes HANG_SECONDS, and what `q=bad-note` notes fails.
"""

from __future__ import annotations

import time

from hub import rsgi
from models_registry.catalogue.serve import list_versions

HANG_SECONDS = 10
# So that the lists of the tests are sent from files.
rsgi.DIRECT_BYTES = 2_000
calls = 0
has_hung = False


def counting(environ, start_response):
    global calls, has_hung
    if environ["PATH_INFO"] == "/calls":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(calls).encode()]
    calls += 1
    if environ["QUERY_STRING"] == "q=hangs" and not has_hung:
        has_hung = True
        time.sleep(HANG_SECONDS)
    answer = rsgi.django_application(environ, start_response)
    if environ["QUERY_STRING"] == "q=bad-note":
        answer.request_notes = [lambda asked: 1 / 0]
    return answer


application = rsgi.RsgiServer(counting, list_versions)
