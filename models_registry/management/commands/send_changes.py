"""`manage.py send_changes`: do at once what the worker does for all waiting outgoing changes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from models_registry import following
from models_registry.upstream import outbox, pulls


class Command(BaseCommand):
    """Sends what waits, then asks what became of the open pull requests. For cron and for tests."""

    help = "Send all waiting changes to upstream now, and look at the open pull requests."

    def handle(self, *args: Any, **options: Any) -> None:
        following.note_expired()
        pulls.poll()
        done = outbox.send_due(at_once=True)
        for pull_request in done:
            where = pull_request.url or pull_request.branch
            told = f": {pull_request.last_error}" if pull_request.last_error else ""
            self.stdout.write(f"{pull_request.state} {where}{told}")
        waiting = outbox.due(at_once=True).count()
        self.stdout.write(f"sent {len(done)} pull requests, {waiting} still wait")
