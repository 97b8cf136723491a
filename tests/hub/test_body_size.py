"""What is too much is refused in words."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import a_user

pytestmark = pytest.mark.django_db


def test_a_body_over_the_limit_is_refused_in_words(client):
    client.force_login(a_user())
    large = SimpleUploadedFile("me.png", b"x" * (6 * 1024 * 1024))
    page = client.post("/user-center/avatar", {"picture": large})
    assert page.status_code == 413
    assert "at most 5 MB" in page.content.decode()
    answer = client.post("/api/models", "x" * (6 * 1024 * 1024), content_type="application/json")
    assert (answer.status_code, answer.json()["error_code"]) == (413, "REQUEST_TOO_LARGE")


def test_a_form_with_too_many_fields_is_refused_in_words(client):
    client.force_login(a_user())
    page = client.post("/user-center", {f"f{number}": "" for number in range(20_001)})
    assert page.status_code == 413
    assert "20000 fields" in page.content.decode()
