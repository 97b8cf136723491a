"""Behind the hub's own server, an application that shows what it is asked, or never answers."""

from __future__ import annotations

import json
import time

from hub import rsgi

rsgi.REQUEST_SECONDS = 3.0
rsgi.BODY_SECONDS = 6.0
rsgi.MOST_BODY_BYTES = 1_048_576


def show(environ, start_response):
    if environ["PATH_INFO"] == "/loop":
        while True:
            time.sleep(0.01)
    body = environ["wsgi.input"].read()
    shown = {name: value for name, value in environ.items() if isinstance(value, str)}
    answer = json.dumps({**shown, "body_length": len(body)}).encode()
    if environ["PATH_INFO"] == "/long":
        answer = b"x" * 5_000_000
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer[start : start + 65536] for start in range(0, len(answer), 65536)]


application = rsgi.RsgiServer(show)
