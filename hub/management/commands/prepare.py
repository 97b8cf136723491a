"""`manage.py prepare`: updates database, cache table, static files and derived data.

On the first start it imports the catalogue.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from io import StringIO
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
        # Looking at the database creates it.
        os.umask(var_folder.PRIVATE_UMASK)
        self._missing = missing_migrations()
        self._is_empty = "accounts.0001_initial" in self._missing
        # Which rows there are is known only with the tables of this version.
        self._is_upgrade = bool(self._missing) and not self._is_empty
        steps = [
            self._close_folder(),
            self._make_tables(),
            self._collect_static_files(),
            self._derive_again(),
            # The steps below are for the models of the first start, too.
            self._import_first_catalogue(),
            self._use_these_rules(),
            self._recommend(),
            self._sign_again(),
        ]
        for line in filter(None, [next(step) for step in steps]):
            self.stdout.write(line)
        self.stdout.flush()
        if options["plan"]:
            return
        for step in steps:
            next(step, None)

    # Each step first says what it will do, nothing if there is nothing to do, and then does it: a
    # plan of its own could go out of date.

    def _close_folder(self) -> Iterator[str]:
        count = sum(1 for _ in var_folder.open_to_others(settings.VAR_DIR))
        yield f"Closing {count} files and folders of the hub that others can read." if count else ""
        var_folder.make_private(settings.VAR_DIR)

    def _make_tables(self) -> Iterator[str]:
        if self._is_empty:
            yield "Creating the tables of the database."
        elif self._missing:
            names = ", ".join(self._missing)
            yield f"Migrating the database, {len(self._missing)} steps: {names}."
        else:
            sql = StringIO()
            call_command("createcachetable", dry_run=True, stdout=sql)
            yield "Creating the table of the cache." if "CREATE" in sql.getvalue() else ""
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)

    def _collect_static_files(self) -> Iterator[str]:
        digest = static_files.outdated()
        yield "Collecting the static files." if digest else ""
        if digest:
            static_files.collect(digest)

    def _derive_again(self) -> Iterator[str]:
        if self._is_upgrade:
            yield "Deriving models again, where other rules have derived them."
        else:
            count = 0 if self._is_empty else stale_models().count()
            yield f"Deriving {count} models again, by the rules of this version." if count else ""
        try:
            call_command("derive_again", stale=True)
        except CommandError as error:
            self.stderr.write(self.style.WARNING(str(error)))

    def _use_these_rules(self) -> Iterator[str]:
        """From now on these rules decide, while processes of the former version still run."""
        is_needed = self._is_upgrade or (
            not self._is_empty and release_lists.by_other_rules().exists()
        )
        yield "Letting the rules of this version build the lists of releases." if is_needed else ""
        release_lists.use_these_rules()

    def _recommend(self) -> Iterator[str]:
        """Workers do it again each hour."""
        if self._is_upgrade:
            yield "Putting the models into a recommended order, if they have none."
        else:
            is_needed = self._has_models() and not ListingFigures.objects.exists()
            yield "Putting the models into their first recommended order." if is_needed else ""
        if not ListingFigures.objects.exists():
            recommend()

    def _sign_again(self) -> Iterator[str]:
        """Lists are signed when they are built; those without the present key's signature, here."""
        has_key = bool(settings.ENV.signing_key)
        if self._is_upgrade:
            yield (
                "Signing revisions of lists, where the present key's signature is missing."
                if has_key
                else "Removing signatures of lists, if there are any: no key is set."
            )
        else:
            count = 0 if self._is_empty else sum(1 for _ in history.wrongly_signed())
            doing = "Signing" if has_key else "Removing, without a key, the signatures of"
            yield f"{doing} {count} revisions of lists." if count else ""
        if count := history.sign_again():
            done = "were signed with the present key" if has_key else "have no signature any more"
            self.stdout.write(f"{count} revisions of lists {done}.")

    def _import_first_catalogue(self) -> Iterator[str]:
        is_first = not settings.ENV.skip_import and not self._is_upgrade and not self._has_models()
        yield f"First start: importing the models of {FIRST_CATALOGUE}." if is_first else ""
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

    def _has_models(self) -> bool:
        return not self._missing and RegisteredModel.objects.exists()
