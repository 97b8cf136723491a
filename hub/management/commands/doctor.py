"""`manage.py doctor`: says what is wrong with the installation, and what to do."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError

from hub.doctor import examination
from hub.doctor.findings import Finding, Severity, worst

_EXIT_STATUS = {Severity.OK: 0, Severity.WARNING: 1, Severity.WRONG: 2}


class Command(BaseCommand):
    """Prints a line for each check. The exit status is 0, 1 for a warning, 2 if something is wrong.

    Django's own checks would stop the command on what the doctor is there to name.
    """

    help = "Check settings, database, workers, mail, services, disk, clock and rights of files."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mail", metavar="ADDRESS", default="", help="send a test message")
        parser.add_argument("--json", action="store_true", help="print JSON for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        findings: list[Finding] = []
        for finding in examination.examine(options["mail"]):
            findings.append(finding)
            if not options["json"]:
                self._show(finding)
        severity = worst(findings)
        if options["json"]:
            report = {
                "status": severity.value,
                "findings": [finding._asdict() for finding in findings],
            }
            self.stdout.write(json.dumps(report, indent=2, ensure_ascii=False))
        try:
            examination.store(findings)
        except (DatabaseError, InterfaceError):
            self.stderr.write("The result could not be stored for the administration.")
        if status := _EXIT_STATUS[severity]:
            raise SystemExit(status)

    def _show(self, finding: Finding) -> None:
        style = {
            Severity.OK: self.style.SUCCESS,
            Severity.WARNING: self.style.WARNING,
            Severity.WRONG: self.style.ERROR,
        }[finding.severity]
        self.stdout.write(f"{style(f'{finding.severity:8}')} {finding.check}: {finding.text}")
        if finding.advice:
            self.stdout.write(f"{'':8} → {finding.advice}")
        self.stdout.flush()
