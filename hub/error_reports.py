"""Reports of errors to a server that speaks Sentry's protocol, if SENTRY_DSN names one.

SECURITY: a report says which code failed, on which route, for which request id. It carries no
variables, headers, cookies, queries, bodies, addresses or people; see decision 0060.
"""

from __future__ import annotations

import re
from typing import Any, Final

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import Event, Hint

from hub import request_id
from hub.logs import without_keys
from hub.version import VERSION

# Tokens of the hub, of GitHub and Hugging Face, and passwords in addresses.
_SECRETS: Final = re.compile(
    r"\b(?:xhub_|gh[a-z]_|github_pat_|hf_)[A-Za-z0-9_]+|(?<=://)[^/\s@]+@|(?i:bearer|basic)\s+\S+"
)
_KEPT: Final = frozenset(
    {"event_id", "timestamp", "level", "platform", "logger", "exception", "logentry", "release",
     "transaction", "transaction_info", "tags", "fingerprint", "threads", "sdk"}
)  # fmt: skip


def begin(dsn: str) -> None:
    """From now on, report errors of this process to the server that the DSN names."""
    sentry_sdk.init(
        dsn=dsn,
        release=VERSION,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            DjangoIntegration(transaction_style="url", middleware_spans=False),
            CeleryIntegration(propagate_traces=False),
            LoggingIntegration(level=None),
            # A command from cron ends before the thread that reports has sent anything.
            AtexitIntegration(callback=lambda *_: None),
        ],
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        server_name="hub",
        before_send=scrub,
        shutdown_timeout=1,
    )


def scrub(event: Event, hint: Hint) -> Event | None:
    """The report with what helps to find the error, and nothing else."""
    # What a later release of the SDK adds is not sent until somebody has thought about it.
    report: dict[str, Any] = {key: value for key, value in event.items() if key in _KEPT}
    if "logentry" in report:
        # With the values of its parameters it is in the log.
        report["logentry"] = {"message": report["logentry"].get("message", "")}
    if name := request_id.current():
        report["tags"] = {**(report.get("tags") or {}), "request_id": name}
    return _without_secrets(report)  # type: ignore[no-any-return]


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRETS.sub("…", without_keys(value))
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value
