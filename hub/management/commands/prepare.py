"""`manage.py prepare`: updates database, cache table, static files and derived data.

On the first start it imports the catalogue.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from hub import static_files, var_folder
from hub.doctor.database import missing_migrations
from models_registry.actions.derive_again import stale_models
from models_registry.actions.recommend import recommend
from models_registry.catalogue import history, release_lists
from models_registry.models import ListingFigures, RegisteredModel

FIRST_CATALOGUE = "pypi:xinference==4.1.0"


class Command(BaseCommand):
    """Everything needed before the hub starts; idempotent."""

    # The others would load all views: a third of the time.
    requires_system_checks = [Tags.security]

    help = (
        "Migrate the database, collect static files, derive data again if the rules have changed, "
        "and import the catalogue on the first start."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plan", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        for line in self._plan():
            self.stdout.write(line)
        self.stdout.flush()
        if options["plan"]:
            return
        var_folder.make_private(settings.VAR_DIR)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if self._static_digest is not None:
            static_files.collect(self._static_digest)
        self._derive_again()
        # From now on these rules decide, while processes of the former version still run.
        release_lists.use_these_rules()
        # Workers do it again each hour.
        if not ListingFigures.objects.exists():
            recommend()
        # Lists are signed when they are built; those that lack the present key's signature, here.
        if signed := history.sign_again():
            self.stdout.write(f"{signed} revisions of lists were signed with the present key.")
        if settings.ENV.skip_import or RegisteredModel.objects.exists():
            return
        try:
            call_command("import_catalogue", FIRST_CATALOGUE)
        except CommandError as error:
            self.stderr.write(self.style.WARNING(f"The catalogue could not be imported: {error}"))
            self.stderr.write(
                "The hub starts without models. Import them later with: "
                f".venv/bin/python manage.py import_catalogue {FIRST_CATALOGUE}"
            )

    def _plan(self) -> Iterator[str]:
        """What will be done, a line for each step; nothing if the hub is ready."""
        if count := sum(1 for _ in var_folder.open_to_others(settings.VAR_DIR)):
            yield f"Closing {count} files and folders of the hub that others can read."
        missing = missing_migrations()
        is_empty = "accounts.0001_initial" in missing
        if is_empty:
            yield "Creating the tables of the database."
        elif missing:
            yield f"Migrating the database, {len(missing)} steps: {', '.join(missing)}."
        self._static_digest = static_files.outdated()
        if self._static_digest is not None:
            yield "Collecting the static files."
        # Which models there are is known only with the tables of this version.
        stale = None if missing else stale_models().count()
        if missing and not is_empty:
            yield "Deriving again what other rules have derived of models, if there is any."
        elif stale:
            yield f"Deriving {stale} models again, by the rules of this version."
        has_models = not missing and RegisteredModel.objects.exists()
        if has_models and not ListingFigures.objects.exists():
            yield "Putting the models into their first recommended order."
        is_new = is_empty or not (missing or has_models)
        if is_new and not settings.ENV.skip_import:
            yield f"First start: importing the models of {FIRST_CATALOGUE}."

    def _derive_again(self) -> None:
        """Derive data again that an older version of the hub derived by other rules."""
        try:
            call_command("derive_again", stale=True)
        except CommandError as error:
            self.stderr.write(self.style.WARNING(str(error)))
