"""Checks that a proposal's source repositories exist and have the files that it names.

It needs the network, so a worker does it: soon after the proposal comes in, and again on request.
The findings are stored.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.task_queue import ask_worker
from models_registry.definitions.facts.variants import Variant, variants_of
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.document import Definition
from models_registry.errors import DomainError, SourceNotFound, SourceRefused
from models_registry.models import Revision
from models_registry.models.source_repositories import sources_of
from models_registry.repositories import repository as repositories
from reviews.findings import Level, ReviewFinding
from reviews.models import Proposal, SourceCheck

TASK = "reviews.check_sources"
MAX_REPOSITORIES = 40
SECONDS = 200.0
# After this time, a check that has not finished can be requested again.
STALE_AFTER = timedelta(minutes=10)
MAX_NEW = 20
ASK_AGAIN_AFTER = timedelta(seconds=30)
_HUBS = {"huggingface": "Hugging Face", "modelscope": "ModelScope"}


def ask(revision: Revision) -> SourceCheck:
    """Have a worker check the sources, unless one is doing it; returns the row for the findings."""
    with transaction.atomic():
        check, is_new = SourceCheck.objects.get_or_create(revision=revision)
        overdue = check.asked_at < timezone.now() - STALE_AFTER
        # The task of a waiting check may be lost; of two tasks, the second does nothing.
        needs_message = check.state == SourceCheck.State.WAITING
        if is_new or check.state == SourceCheck.State.DONE or overdue:
            SourceCheck.objects.filter(pk=check.pk).update(
                state=SourceCheck.State.WAITING, asked_at=timezone.now(), finished_at=None
            )
            needs_message = True
        if needs_message:
            transaction.on_commit(lambda: ask_worker(TASK, check.pk))
    check.refresh_from_db()
    return check


def ask_for_new_proposals() -> int:
    """Have the sources of proposals checked that wait for a review; returns how many are new.

    Not where visits are switched off: such a hub can't look, or must not.
    """
    if not settings.ENV.source_visits:
        return 0
    unchecked = Proposal.objects.waiting().filter(source_check__isnull=True)
    new = list(
        unchecked.order_by("created_at", "pk").defer("definition", "readme", "readme_zh")[:MAX_NEW]
    )
    for proposal in new:
        ask(proposal)
    return len(new)


def ask_again_for_waiting() -> int:
    """Send lost tasks again, and those of workers that have died; returns how many."""
    now = timezone.now()
    SourceCheck.objects.filter(
        state=SourceCheck.State.RUNNING, asked_at__lt=now - STALE_AFTER
    ).update(state=SourceCheck.State.WAITING)
    waiting = SourceCheck.objects.filter(
        state=SourceCheck.State.WAITING, asked_at__lt=now - ASK_AGAIN_AFTER
    )
    return sum(ask_worker(TASK, pk) for pk in waiting.values_list("pk", flat=True))


def run(pk: int) -> None:
    """Check the sources and store the findings, unless another worker has taken the check."""
    taken = SourceCheck.objects.filter(pk=pk, state=SourceCheck.State.WAITING).update(
        state=SourceCheck.State.RUNNING
    )
    check = SourceCheck.objects.select_related("revision__model").filter(pk=pk).first()
    if not taken or check is None:
        return
    results = findings(check.revision)
    SourceCheck.objects.filter(pk=pk).update(
        state=SourceCheck.State.DONE,
        findings=[finding.as_dict() for finding in results],
        finished_at=timezone.now(),
    )


def findings(revision: Revision) -> list[ReviewFinding]:
    """Findings about the repositories of a revision on Hugging Face and ModelScope."""
    definition = definition_text.parse(revision.definition)
    model = revision.model
    rows = list(variants_of(model.model_type, model.name, definition.records))
    users_of: dict[tuple[str, str], list[Variant]] = {}
    for row in rows:
        for repository in row.repositories:
            if row.hub in _HUBS:
                users_of.setdefault((row.hub, repository.model_id), []).append(row)
    end = time.monotonic() + SECONDS
    results: list[ReviewFinding] = []
    licences: dict[str, str] = {}
    for index, ((hub, model_id), users) in enumerate(users_of.items()):
        if index == MAX_REPOSITORIES or time.monotonic() > end:
            text = _("%(count)d more repositories were not checked.") % {
                "count": len(users_of) - index
            }
            results.append(ReviewFinding(Level.INFO, _("Sources"), text))
            break
        results.append(_check_repository(definition, hub, model_id, users))
        if licence := _licence_of(hub, model_id):
            licences.setdefault(licence, f"{model_id} ({_HUBS[hub]})")
    return [*_licences(revision, licences), *results]


def _licence_of(hub: str, model_id: str) -> str:
    try:
        return repositories.licence_of(hub, model_id)
    except DomainError:
        # What is wrong with the repository is a finding of its own.
        return ""


def _licences(revision: Revision, licences: Mapping[str, str]) -> Iterator[ReviewFinding]:
    """The licences of the repositories, and a risk for one that the published ones do not have."""
    model = revision.model
    is_update = model.published_revision is not None and (
        model.published_revision.visibility == revision.visibility
    )
    rows = sources_of(model).exclude(repository__licence="") if is_update else []
    before = {row.repository.licence for row in rows}
    for licence, where in licences.items():
        names = {"licence": licence, "where": where, "before": ", ".join(sorted(before))}
        if before and licence not in before:
            text = _("%(where)s has the licence %(licence)s. Until now it was %(before)s.")
            yield ReviewFinding(Level.RISK, _("Licence"), text % names)
        else:
            text = _("%(where)s has the licence %(licence)s.")
            yield ReviewFinding(Level.INFO, _("Licence"), text % names)


def _check_repository(
    definition: Definition, hub: str, model_id: str, users: list[Variant]
) -> ReviewFinding:
    name = _HUBS[hub]
    line = _line_of(definition, users[0])
    names = {"id": model_id, "hub": name}
    try:
        present = {file.path for file in repositories.files(hub, model_id)}
    except SourceNotFound:
        text = _("%(id)s does not exist on %(hub)s, or is private.") % names
        return ReviewFinding(Level.ERROR, _("Sources"), text, line)
    except SourceRefused:
        text = _("%(id)s exists on %(hub)s, but only signed-in people can see it.") % names
        return ReviewFinding(Level.WARNING, _("Sources"), text, line)
    except DomainError as error:
        return ReviewFinding(Level.INFO, _("Sources"), f"{model_id}: {error.message}", line)
    missing = [name for row in users for name in _missing_files(row, present)]
    if missing:
        listed = ", ".join(missing[:3]) + (f" (+{len(missing) - 3})" if len(missing) > 3 else "")
        text = _("%(id)s on %(hub)s has no file %(files)s.") % {**names, "files": listed}
        return ReviewFinding(Level.ERROR, _("Sources"), text, line)
    text = ngettext(
        "%(id)s exists on %(hub)s (%(count)d file).",
        "%(id)s exists on %(hub)s (%(count)d files).",
        len(present),
    ) % {**names, "count": len(present)}
    return ReviewFinding(Level.GOOD, _("Sources"), text, line)


def _missing_files(row: Variant, present: set[str]) -> Iterator[str]:
    """The files that a file template names and that the repository lacks, also in parts."""
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
