"""What a process makes of its settings."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.environment import ROOT

pytestmark = pytest.mark.django_db


def settings_with(**environment: str) -> str:
    """What a new process makes of an environment."""
    code = (
        "import django; django.setup(); from django.test import Client;"
        "from django.conf import settings as s; from django.core import checks;"
        "a = Client().get('/theme', headers={'Host': 'hub.example.org'});"
        "print(s.SECURE_SSL_REDIRECT, a.status_code, [c.id for c in checks.run_checks()])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "hub.settings", **environment},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return run.stdout + run.stderr


def test_https_without_a_trusted_proxy_redirects_nobody_for_ever():
    said = settings_with(SITE_URL="https://hub.example.org", HUB_TRUSTED_PROXIES="0")
    assert "False" in said.splitlines()[0]
    assert " 301 " not in said
    assert "hub.W001" in said


def test_https_behind_a_trusted_proxy_redirects():
    said = settings_with(SITE_URL="https://hub.example.org", HUB_TRUSTED_PROXIES="1")
    assert said.startswith("True 301")
    assert "hub.W001" not in said
