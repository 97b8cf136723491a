"""`manage.py lists`: which revisions of the lists there are, and which are served."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from models_registry.catalogue import build
from models_registry.catalogue_tables import ListRevision
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.models import CatalogueList


class Command(BaseCommand):
    """One line a revision; what is held back from the newest one below each type."""

    help = "Show the newest revisions of the lists, the one that is served, and what is held back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("type", metavar="TYPE", nargs="?", choices=MODEL_TYPES)
        parser.add_argument(
            "--last", metavar="N", type=int, default=5, help="so many of each type (5)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        build.rebuild_missing()
        self.stdout.write(f"{'TYPE':10} {'REV':>6}  {'BUILT (UTC)':16} {'MODELS':>6}  SHA-256")
        for model_type in [options["type"]] if options["type"] else MODEL_TYPES:
            listing = CatalogueList.objects.defer("body", "gzip_body", "brotli_body").get(
                model_type=model_type
            )
            self._show(listing, max(options["last"], 1))

    def _show(self, listing: CatalogueList, last: int) -> None:
        kept = ListRevision.objects.filter(model_type=listing.model_type).defer("brotli_body")
        shown = list(kept.order_by("-number")[:last])
        # The served one is shown, however old it is.
        shown += kept.filter(number=listing.revision).exclude(pk__in=[one.pk for one in shown])
        for one in shown:
            marks = []
            if one.number == listing.revision:
                marks.append("pinned" if listing.pinned is not None else "served")
            if listing.pinned is not None and one.number > listing.pinned:
                marks.append("waits for release")
            if one.signature:
                marks.append("signed")
            told = f"  {', '.join(marks)}" if marks else ""
            self.stdout.write(
                f"{one.model_type:10} {one.number:>6}  {one.created_at:%Y-%m-%d %H:%M} "
                f"{one.model_count:>6}  {one.sha256}{told}"
            )
        for entry in listing.left_out:
            self.stdout.write(f"{'':10} held back: {entry['name']} ({' '.join(entry['reasons'])})")
