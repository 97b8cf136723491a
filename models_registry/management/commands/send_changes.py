"""`manage.py send_changes`: does the work of the worker for all waiting changes at once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from models_registry.sync import follow_upstream
from models_registry.upstream import polling, worker


class Command(BaseCommand):
    """Sends what waits, then polls the open pull requests. For cron and for tests."""

    help = "Send all waiting changes to upstream now, and look at the open pull requests."

    def handle(self, *args: Any, **options: Any) -> None:
        follow_upstream.record_expired()
        polling.poll()
        pull_requests = worker.send_due(at_once=True)
        for pull_request in pull_requests:
            where = pull_request.url or pull_request.branch
            error = f": {pull_request.error_text}" if pull_request.last_error else ""
            self.stdout.write(f"{pull_request.state} {where}{error}")
        failed = sum(bool(pull_request.last_error) for pull_request in pull_requests)
        waiting = worker.due(at_once=True).count()
        self.stdout.write(
            f"sent {len(pull_requests) - failed} pull requests, {failed} failed, "
            f"{waiting} still wait"
        )
