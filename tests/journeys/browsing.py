"""An administrator's session at a hub in a process of its own."""

from __future__ import annotations

import requests

ADMIN = {
    "DJANGO_SUPERUSER_USERNAME": "root",
    "DJANGO_SUPERUSER_EMAIL": "root@example.org",
    "DJANGO_SUPERUSER_PASSWORD": "correct horse battery",
}


def signed_in(url: str) -> requests.Session:
    """A browser of the administrator."""
    session = requests.Session()
    session.get(f"{url}/signin", timeout=60)
    form = {"login": "root", "password": ADMIN["DJANGO_SUPERUSER_PASSWORD"]}
    answer = post(session, f"{url}/signin", form)
    assert "sessionid" in session.cookies, answer.text[:500]
    return session


def post(session: requests.Session, url: str, form: dict[str, str]) -> requests.Response:
    form = {**form, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    return session.post(url, form, headers={"Referer": url}, timeout=60)
