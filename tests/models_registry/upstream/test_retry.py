"""Retrying and cancelling changes while other people and workers are at the same rows."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction

from models_registry.models import PullRequest, UpstreamChange
from models_registry.upstream import retry
from tests.factories import a_user
from tests.threads import ON_POSTGRESQL


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite locks the whole database, not single rows")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [retry.try_again, retry.call_back])
def test_a_retry_locks_the_pull_request_first_so_that_its_end_is_no_deadlock(act):
    maintainer = a_user("ada", is_superuser=True)
    pull_request = PullRequest.objects.create(branch="hub/add-alpha", title="Add alpha")
    change = UpstreamChange.objects.create(
        model_type="llm", name="alpha", name_key="alpha", kind="add", state="waiting",
        pull_request=pull_request, wanted="[]",
    )  # fmt: skip

    def run() -> None:
        try:
            act(change, by=maintainer)
        finally:
            connection.close()

    # As `settle` does it: the pull request, then its changes.
    thread = threading.Thread(target=run)
    with transaction.atomic():
        PullRequest.objects.select_for_update().get(pk=pull_request.pk)
        thread.start()
        _wait_for_blocked_connection()
        UpstreamChange.objects.select_for_update(nowait=True).get(pk=change.pk)
    thread.join(timeout=60)
    assert not thread.is_alive()


def _wait_for_blocked_connection() -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits for the pull request")
