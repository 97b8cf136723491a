"""The log: one line for each event, for people or as JSON, with the id of the request."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse

from hub import request_id

# SECURITY: whoever reads the log must not be able to follow the link of a mail.
_LINK_KEYS: Final = re.compile(
    r"(/accounts/(?:password/reset/key|confirm-email|invitation)/)[^\s\"']+"
)
_PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id"}
_MOST_SQL: Final = 1000

logger = logging.getLogger("hub.requests")


class ContextFilter(logging.Filter):
    """Adds the id of the request to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record."""
        record.request_id = request_id.current()
        return True


class LineFormatter(logging.Formatter):
    """A line for people; the id of the request comes last."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and a traceback below it if there is one."""
        text = super().format(record)
        if name := getattr(record, "request_id", ""):
            first, newline, rest = text.partition("\n")
            text = f"{first} [{name}]{newline}{rest}"
        return without_keys(text)


class JsonFormatter(logging.Formatter):
    """One JSON object in one line, with what the caller gave as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """The object."""
        content: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", ""),
        }
        # Django's own records carry the request itself, and celery's all arguments of a task.
        simple = (str, int, float, bool)
        content |= {
            key: value
            for key, value in vars(record).items()
            if key not in _PLAIN and isinstance(value, simple)
        }
        if record.exc_info:
            content["traceback"] = self.formatException(record.exc_info)
        return without_keys(json.dumps(content, ensure_ascii=False))


class RequestLogMiddleware:
    """Gives each request its id, and logs those that fail or are slow (LOG_REQUESTS=1: all)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Only a proxy of our own may choose the id.
        given = request.headers.get(request_id.HEADER, "") if settings.ENV.trusted_proxies else ""
        began = time.monotonic()
        with request_id.using(request_id.checked(given)):
            response = self.get_response(request)
            seconds = time.monotonic() - began
            # Answers that may be kept and given to others carry no id.
            if response.status_code >= 400:
                response.headers[request_id.HEADER] = request_id.current()
            self._log(request, response, seconds)
        return response

    def _log(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        is_slow = seconds >= settings.ENV.log_slow_seconds
        if not is_slow and not settings.ENV.log_requests:
            return
        match = request.resolver_match
        # The route, since an address may contain the key of a link.
        route = f"/{match.route}" if match else "(no page)"
        user = getattr(request, "user", None)
        extra = {
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "seconds": round(seconds, 3),
            "user_id": getattr(user, "pk", None) or 0,
        }
        logger.log(
            logging.WARNING if is_slow else logging.INFO,
            "%s%s %s %d in %.3f s",
            "Slow request: " if is_slow else "",
            request.method,
            route,
            response.status_code,
            seconds,
            extra=extra,
        )


def without_keys(text: str) -> str:
    """The text without keys of links that reset a password or confirm an address."""
    return _LINK_KEYS.sub(r"\1…", text)


def log_slow_queries() -> None:
    """From now on, log each query that takes LOG_SLOW_SECONDS or longer, without its values."""
    connection_created.connect(_watch, dispatch_uid="hub.logs")


def _watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)


def _timed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    began = time.monotonic()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = time.monotonic() - began
        if seconds >= settings.ENV.log_slow_seconds:
            logging.getLogger("hub.queries").warning(
                "Slow query, %.3f s: %s", seconds, " ".join(str(sql).split())[:_MOST_SQL],
                extra={"seconds": round(seconds, 3)},
            )  # fmt: skip


def settings_for(level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING for LOG_LEVEL and LOG_FORMAT."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": "hub.logs.ContextFilter"}},
        "formatters": {
            "line": {
                "()": "hub.logs.LineFormatter",
                "format": "{asctime} {levelname} {name}: {message}",
                "style": "{",
            },
            "json": {"()": "hub.logs.JsonFormatter"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": form,
                "filters": ["context"],
            },
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Without these, Django's own configuration would send its records twice.
            "django": {"handlers": ["console"], "level": level, "propagate": False},
            "django.server": {"handlers": ["console"], "level": level, "propagate": False},
        },
    }
