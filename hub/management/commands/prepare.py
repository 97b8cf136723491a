"""`manage.py prepare`: brings database, cache table, static files and what is derived of models up
to date, and on the first start the catalogue into the hub."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from models_registry.catalogue import history
from models_registry.models import RegisteredModel

FIRST_CATALOGUE = "pypi:xinference==4.1.0"


class Command(BaseCommand):
    """Everything between an installation and its start; running it again is harmless."""

    help = (
        "Migrate the database, collect static files, derive anew what other rules have derived, "
        "and import the catalogue on the first start."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self._derive_again()
        # Lists are signed when they are built; those from before the key, or another one, here.
        if signed := history.sign_again():
            self.stdout.write(f"{signed} revisions of lists have the signature of today's key.")
        if settings.ENV.skip_import or RegisteredModel.objects.exists():
            return
        self.stdout.write(f"First start: importing the models of {FIRST_CATALOGUE}.")
        try:
            call_command("import_catalogue", FIRST_CATALOGUE)
        except CommandError as error:
            self.stderr.write(self.style.WARNING(f"The catalogue could not be imported: {error}"))
            self.stderr.write(
                "The hub starts empty and works. Import later with: "
                f".venv/bin/python manage.py import_catalogue {FIRST_CATALOGUE}"
            )

    def _derive_again(self) -> None:
        """Bring up to date what an older version of the hub derived by other rules."""
        try:
            call_command("derive_again", stale=True)
        except CommandError as error:
            self.stderr.write(self.style.WARNING(str(error)))
