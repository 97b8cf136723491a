"""`manage.py fetch_readmes [MODEL…]`: visits the source repositories for their READMEs now."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from models_registry.errors import InvalidParameter
from models_registry.models import RepositoryRecord
from models_registry.repositories.visit import Visit, VisitOutcome
from models_registry.visits.readmes import repositories_for
from models_registry.visits.rounds import visit_all


class Command(BaseCommand):
    """Waits where a hub of models asks to; a run that is stopped goes on where it was."""

    help = (
        "Fetch the READMEs of source repositories for models that have only a generated one: of "
        "every MODEL (NAME or TYPE/NAME), or of all models whose README is not known yet or is due."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("models", metavar="MODEL", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.ENV.source_visits:
            raise CommandError("HUB_SOURCE_VISITS is off: the hub visits no source repository.")
        try:
            chosen = repositories_for(options["models"])
        except InvalidParameter as error:
            raise CommandError(error.message) from error
        fetched: list[str] = []
        failed: list[str] = []
        with tqdm(
            total=chosen.count(),
            unit=" repositories",
            file=sys.stderr,
            disable=options["verbosity"] == 0,
        ) as bar:

            def on_visit(record: RepositoryRecord, found: Visit) -> None:
                bar.set_description(record.repository_id, refresh=False)
                if found.outcome == VisitOutcome.BUSY:
                    return
                bar.update()
                if found.readme:
                    fetched.append(str(record))
                elif found.outcome not in (VisitOutcome.FOUND, VisitOutcome.UNCHANGED):
                    failed.append(str(record))

            def on_pause(seconds: float) -> None:
                bar.set_description(f"waiting {seconds:.0f} s, as the hub of models asks")

            visit_all(chosen, on_visit=on_visit, on_pause=on_pause)
        for name in failed:
            problem = self.style.WARNING(f"not read: {name}")
            self.stderr.write(problem)
        self.stdout.write(f"fetched {len(fetched)} READMEs, {len(failed)} repositories not read")
