"""All checks, one after the other, and their stored result."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from hub.doctor import configuration, database, machine, mail, secrets, services, workers
from hub.doctor.findings import Finding, Severity, worst, wrong
from hub.models import DoctorReport
from hub.version import VERSION

Check = Callable[[], Iterator[Finding]]

KEPT_REPORTS: Final = 30
_CHECKS: Final[tuple[Check, ...]] = (
    configuration.version,
    configuration.configuration,
    machine.disk,
    machine.rights,
    machine.uploads,
    database.database,
    database.migrations,
    configuration.administrators,
    secrets.secrets,
    database.shared_cache,
    workers.broker,
    workers.workers,
    workers.waiting_mail,
    workers.waiting_changes,
    workers.waiting_updates,
    mail.server,
    services.site,
    services.github,
    services.single_sign_on,
    services.source_hub,
    services.model_hubs,
    services.xinference,
    services.clock,
)
# Without a database these could only fail; what is wrong would stand among lines that are not.
_NEED_DATABASE: Final[frozenset[Check]] = frozenset(
    {
        database.migrations,
        configuration.administrators,
        secrets.secrets,
        workers.waiting_mail,
        workers.waiting_changes,
        workers.waiting_updates,
        services.github,
        services.single_sign_on,
    }
)

logger = logging.getLogger(__name__)


def examine(mail_address: str = "", *, daily: bool = False) -> Iterator[Finding]:
    """Run all checks. A check that fails itself is a finding, and the others go on."""
    checks = [*_CHECKS]
    if daily and urlsplit(settings.SITE_URL).hostname in configuration.LOCAL:
        # A worker runs it, and in its container there is nobody at this address.
        checks.remove(services.site)
    if mail_address:
        checks.append(lambda: mail.mail_to(mail_address))
    has_database = True
    for check in checks:
        if check in _NEED_DATABASE and not has_database:
            continue
        try:
            for finding in check():
                if finding.check == "database" and finding.severity == Severity.WRONG:
                    has_database = False
                yield finding
        # The doctor is called when something is broken: anything may be raised.
        except Exception as error:
            name = getattr(check, "__name__", "check").replace("_", " ")
            logger.debug("The check %s failed.", name, exc_info=True)
            yield wrong(
                name,
                f"This could not be checked: {type(error).__name__}.",
                "Repair what is wrong above first; the log has the details (LOG_LEVEL=DEBUG).",
            )


def store(findings: list[Finding]) -> None:
    """Keep the result for the administration, and delete old ones."""
    DoctorReport.objects.create(
        severity=worst(findings).value,
        version=VERSION,
        findings=[
            {**finding._asdict(), "severity": finding.severity.value} for finding in findings
        ],
    )
    kept = DoctorReport.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT_REPORTS]
    DoctorReport.objects.exclude(pk__in=list(kept)).delete()


def examine_and_store() -> None:
    """Examine daily: the result goes to the administration, and what is wrong to the log, too."""
    findings = list(examine(daily=True))
    for finding in findings:
        if finding.severity == Severity.WRONG:
            logger.error("%s: %s %s", finding.check, finding.text, finding.advice)
    store(findings)
