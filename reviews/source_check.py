"""Asks the source repositories of a proposal whether they are there and have what it names.

It needs the network, so a worker does it when somebody asks; the answer is kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from celery import current_app
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from models_registry.definitions import text as definition_text
from models_registry.definitions.text import Definition
from models_registry.definitions.variants import Variant, variants_of
from models_registry.errors import DomainError, SourceNotFound, SourceRefused
from models_registry.models import Revision
from models_registry.sources import repositories
from reviews.findings import Finding, Level
from reviews.models import SourceCheck

TASK = "reviews.check_sources"
MAX_REPOSITORIES = 40
SECONDS = 200.0
# After that, a check that never came back may be asked for again.
STALE_AFTER = timedelta(minutes=10)
_HUBS = ("huggingface", "modelscope")


def ask(revision: Revision) -> SourceCheck:
    """Have a worker ask the sources, unless it is at it; the row that will hold the answer."""
    with transaction.atomic():
        check, is_new = SourceCheck.objects.get_or_create(revision=revision)
        overdue = check.asked_at < timezone.now() - STALE_AFTER
        if is_new or check.state == SourceCheck.State.DONE or overdue:
            SourceCheck.objects.filter(pk=check.pk).update(
                state=SourceCheck.State.WAITING, asked_at=timezone.now(), finished_at=None
            )
            transaction.on_commit(lambda: current_app.send_task(TASK, [check.pk]))
    check.refresh_from_db()
    return check


def run(pk: int) -> None:
    """Ask the sources and keep what they say; a check that another worker has taken is left."""
    taken = SourceCheck.objects.filter(pk=pk, state=SourceCheck.State.WAITING).update(
        state=SourceCheck.State.RUNNING
    )
    check = SourceCheck.objects.select_related("revision__model").filter(pk=pk).first()
    if not taken or check is None:
        return
    found = findings(check.revision)
    SourceCheck.objects.filter(pk=pk).update(
        state=SourceCheck.State.DONE,
        findings=[finding.as_dict() for finding in found],
        finished_at=timezone.now(),
    )


def findings(revision: Revision) -> list[Finding]:
    """What the repositories on Hugging Face and ModelScope say to a revision's definition."""
    definition = definition_text.parse(revision.definition)
    model = revision.model
    rows = list(variants_of(model.model_type, model.name, definition.records))
    wanted: dict[tuple[str, str], list[Variant]] = {}
    for row in rows:
        for repository in row.repositories:
            if row.hub in _HUBS:
                wanted.setdefault((row.hub, repository.model_id), []).append(row)
    end = time.monotonic() + SECONDS
    found: list[Finding] = []
    for index, ((hub, model_id), users) in enumerate(wanted.items()):
        if index == MAX_REPOSITORIES or time.monotonic() > end:
            text = _("%(count)d more repositories were not asked.") % {"count": len(wanted) - index}
            found.append(Finding(Level.INFO, _("Sources"), text))
            break
        found.append(_ask_one(definition, hub, model_id, users))
    return found


def _ask_one(definition: Definition, hub: str, model_id: str, users: list[Variant]) -> Finding:
    name = {"huggingface": "Hugging Face", "modelscope": "ModelScope"}[hub]
    line = _line_of(definition, users[0])
    said = {"id": model_id, "hub": name}
    try:
        present = {file.path for file in repositories.files(hub, model_id)}
    except SourceNotFound:
        text = _("%(id)s is not on %(hub)s, or is private.") % said
        return Finding(Level.ERROR, _("Sources"), text, line)
    except SourceRefused:
        text = _("%(id)s on %(hub)s is there, but shown to signed-in people only.") % said
        return Finding(Level.WARNING, _("Sources"), text, line)
    except DomainError as error:
        return Finding(Level.INFO, _("Sources"), f"{model_id}: {error.message}", line)
    missing = [name for row in users for name in _missing_files(row, present)]
    if missing:
        listed = ", ".join(missing[:3]) + (f" (+{len(missing) - 3})" if len(missing) > 3 else "")
        text = _("%(id)s on %(hub)s has no file %(files)s.") % {**said, "files": listed}
        return Finding(Level.ERROR, _("Sources"), text, line)
    text = ngettext(
        "%(id)s is on %(hub)s (%(count)d file).",
        "%(id)s is on %(hub)s (%(count)d files).",
        len(present),
    ) % {**said, "count": len(present)}
    return Finding(Level.GOOD, _("Sources"), text, line)


def _missing_files(row: Variant, present: set[str]) -> Iterator[str]:
    """The files that a template names and the repository has not, not even in parts."""
    template = row.file_template
    for quantization in (row.quantizations or ("",)) if template else ():
        name = str(template).replace("{quantization}", quantization)
        in_parts = quantization and any(quantization in path for path in present)
        if name not in present and not in_parts:
            yield name


def _line_of(definition: Definition, row: Variant) -> int:
    base = f"/{row.record_index}"
    spec = f"{base}/model_specs/{row.spec_index}/model_src/{row.hub}/model_id"
    _node, _member, exists = definition.find(spec)
    pointer = spec if exists else f"{base}/model_src/{row.hub}/model_id"
    return definition.locate(pointer).line
