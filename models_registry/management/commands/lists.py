"""`manage.py lists`: shows the revisions of the lists, and which ones are served."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from models_registry.catalogue import refresh
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.models import CatalogueList, ListRevision


class Command(BaseCommand):
    """Prints one line for each revision, and below each type what its newest one holds back."""

    help = "Show the newest revisions of the lists, the one that is served, and what is held back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("type", metavar="TYPE", nargs="?", choices=MODEL_TYPES)
        parser.add_argument(
            "--last",
            metavar="N",
            type=int,
            default=5,
            help="the number of revisions of each type (5)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refresh.rebuild_missing()
        self.stdout.write(f"{'TYPE':10} {'REV':>6}  {'BUILT (UTC)':16} {'MODELS':>6}  SHA-256")
        for model_type in [options["type"]] if options["type"] else MODEL_TYPES:
            listing = CatalogueList.objects.defer("body", "gzip_body", "brotli_body").get(
                model_type=model_type
            )
            self._show(listing, max(options["last"], 1))

    def _show(self, listing: CatalogueList, last: int) -> None:
        stored = ListRevision.objects.filter(model_type=listing.model_type).defer(
            "brotli_body", "pieces"
        )
        revisions = list(stored.order_by("-number")[:last])
        # The served revision is always shown, however old it is.
        revisions += stored.filter(number=listing.revision).exclude(
            pk__in=[revision.pk for revision in revisions]
        )
        for revision in revisions:
            marks = []
            if revision.number == listing.revision:
                marks.append("pinned" if listing.pinned is not None else "served")
            if listing.pinned is not None and revision.number > listing.pinned:
                marks.append("waits for release")
            if revision.signature:
                marks.append("signed")
            marks_text = f"  {', '.join(marks)}" if marks else ""
            self.stdout.write(
                f"{revision.model_type:10} {revision.number:>6}  "
                f"{revision.created_at:%Y-%m-%d %H:%M} "
                f"{revision.model_count:>6}  {revision.sha256}{marks_text}"
            )
        for entry in listing.left_out:
            self.stdout.write(f"{'':10} held back: {entry['name']} ({' '.join(entry['reasons'])})")
