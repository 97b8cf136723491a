"""Brings a catalogue's files into the hub: new models, changed ones, and what could not be read."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import User
from hub.audit import Tag, record
from models_registry import publication
from models_registry.catalogue import build, compare
from models_registry.definitions import facts as definition_facts
from models_registry.definitions import schema
from models_registry.definitions import text as definition_text
from models_registry.definitions.kinds import name_key
from models_registry.definitions.layouts import AGGREGATE_PATHS, UpstreamModel, read_tree
from models_registry.definitions.text import Definition
from models_registry.models import ReadmeOrigin, RegisteredModel, UpstreamFile, Visibility
from models_registry.outbox_tables import LIVE_STATES, UpstreamChange, UpstreamPath
from models_registry.readme.generate import generate
from models_registry.sources.tree import Progress, SourceTree, silent
from models_registry.upstream.joining import bring_in, remember_parsed

AUTHOR = "upstream"


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell about one file: where, and what is wrong."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.message}"


@dataclass(slots=True)
class ImportReport:
    """What an import did: names by outcome, and its warnings and failures."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    # The types whose list is now the very one of the hub that exported the catalogue.
    same_lists: list[str] = field(default_factory=list)
    warnings: list[Note] = field(default_factory=list)
    failures: list[Note] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many models are in the hub as the source has them."""
        return len(self.added) + len(self.updated) + len(self.unchanged)

    def summary(self) -> str:
        """One line with the numbers, as scripts read it."""
        warned = len({note.path for note in self.warnings})
        return (
            f"imported {self.total} models: {len(self.added)} added, {len(self.updated)} updated, "
            f"{len(self.unchanged)} unchanged, {warned} with warnings, {len(self.failures)} failed"
        )


def _compare_lists(tree: SourceTree, models: list[UpstreamModel], report: ImportReport) -> None:
    """Note where a list is not the one of the hub that exported the catalogue, and why."""
    for model_type, told in tree.lists.items():
        theirs = {
            found.name: found.text
            for found in models
            if found.model_type == model_type and found.name not in told.left_out
        }
        comparison = compare.with_theirs(model_type, theirs, told.sha256)
        if comparison is None:
            report.same_lists.append(model_type)
        elif theirs:
            report.warnings.append(Note(f"the {model_type} list", 0, 0, comparison))


def remember_aggregates(files: Mapping[str, str]) -> None:
    """Keep the aggregates among these files whole, for patches that apply to them."""
    for path in AGGREGATE_PATHS.values():
        if path in files:
            UpstreamPath.objects.update_or_create(
                path=path, defaults={"blob": blob_id(files[path]), "text": files[path]}
            )


def blob_id(text: str) -> str:
    """The id that git gives a file with this text."""
    raw = text.encode()
    return hashlib.sha1(b"blob %d\x00" % len(raw) + raw).hexdigest()  # noqa: S324


class _DryRun(Exception):
    """Carries an import's report out of the transaction that must not be kept."""


def import_catalogue(
    tree: SourceTree,
    *,
    by: User | None,
    only_types: Collection[str] = (),
    owner: User | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
) -> ImportReport:
    """Make the hub's public models those of a catalogue, in one transaction.

    In: the source's files, the person who imports (None: the machine's administrator), the types to
    import (none: all), whom new models shall belong to. Out: a report. A file that can't be read is
    reported and stops nothing else; a definition that breaks the schema is imported with warnings,
    so that nothing existing is lost. A model that was edited here is kept as it is, with a warning.
    Models that the source lacks stay. With dry_run nothing is kept.
    """
    reading = read_tree(tree.files)
    report = ImportReport()
    report.failures += [Note(path, 0, 0, why) for path, why in tree.unreadable.items()]
    for problem in reading.problems:
        report.failures.append(Note(problem.path, problem.line, problem.column, problem.message))
    models = [m for m in reading.models if not only_types or m.model_type in only_types]
    # What the exporting hub serves comes first, so that it keeps its place before what it left out.
    models.sort(key=lambda m: m.name in tree.left_out(m.model_type))
    try:
        with transaction.atomic():
            for count, found in enumerate(models, start=1):
                _import_one(found, tree, report, owner=owner)
                progress(count, len(models), f"{found.model_type}/{found.name}")
            build.rebuild({found.model_type for found in models})
            _compare_lists(tree, models, report)
            remember_aggregates(tree.files)
            record(
                Tag.CATALOGUE_IMPORT,
                by=by,
                source=tree.label,
                added=report.added,
                updated=report.updated,
                failed=[str(note) for note in report.failures],
            )
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return report


def _import_one(
    found: UpstreamModel, tree: SourceTree, report: ImportReport, *, owner: User | None
) -> None:
    source, readme = tree.label, tree.readmes.get((found.model_type, found.name), "")
    label = f"{found.model_type}/{found.name}"
    model = (
        RegisteredModel.objects.select_related("published_revision", "upstream_file")
        .filter(
            model_type=found.model_type,
            name_key=name_key(found.name),
            visibility=Visibility.PUBLIC,
        )
        .first()
    )
    definition = definition_text.parse(found.text)
    if model is None and is_kept_from_the_public(found):
        report.unchanged.append(label)
        message = f"{label} is no longer public here, so that it stays as it is."
        report.warnings.append(Note(found.path, 0, 0, message))
        return
    if model is not None and model.published_revision is None:
        _take_name_of_proposal(model, found, owner=owner)
    if model is not None and model.name != found.name:
        report.failures.append(
            Note(found.path, 0, 0, f"{model.name} is in the hub; the names differ in case alone.")
        )
        return
    if model is not None and _is_edited_here(model, found.text):
        _join(model, found, source, report)
        return
    for problem in schema.validate(found.model_type, definition):
        report.warnings.append(Note(found.path, problem.line, problem.column, problem.message))
    is_new = model is None or model.published_revision is None
    if model is not None and published_text(model) == found.text:
        report.unchanged.append(label)
    if model is None:
        model = RegisteredModel.objects.create(
            model_type=found.model_type,
            name=found.name,
            name_key=name_key(found.name),
            visibility=Visibility.PUBLIC,
            owner=owner,
        )
    if published_text(model) != found.text:
        publish_found(model, found, definition, source, readme=readme)
        (report.added if is_new else report.updated).append(label)
    remember_parsed(model, definition, (found.layout, found.path), source=source)


def _join(model: RegisteredModel, found: UpstreamModel, source: str, report: ImportReport) -> None:
    """Keep what was edited here, together with what the source has changed since."""
    label = f"{found.model_type}/{found.name}"
    seen = getattr(model, "upstream_file", None)
    problem = ""
    if seen is None or seen.text != found.text:
        place = (found.layout, found.path)
        problem = bring_in(model, found.text, place, source=source).problem
        if not problem:
            report.updated.append(label)
            return
    report.unchanged.append(label)
    told = f"{label} was edited here since its last import and is kept. {problem}".strip()
    report.warnings.append(Note(found.path, 0, 0, told))


def is_kept_from_the_public(found: UpstreamModel) -> bool:
    """Whether the model came from upstream once and was made private or enterprise here."""
    return (
        UpstreamFile.objects.filter(
            model_type=found.model_type, name_key=name_key(found.name), model__isnull=False
        )
        .exclude(model__visibility=Visibility.PUBLIC)
        .exists()
    )


def _take_name_of_proposal(
    model: RegisteredModel, found: UpstreamModel, *, owner: User | None
) -> None:
    """Give a name that somebody proposed to the model that upstream has under it.

    The proposal is withdrawn: what it proposed as new is there now, and is not its author's.
    """
    proposal = publication.open_proposal(model)
    if proposal is not None:
        publication.withdraw(proposal)
        record(Tag.MODEL_WITHDRAW, by=None, target=model, reason="upstream has this model")
    model.name, model.owner = found.name, owner
    model.save(update_fields=["name", "owner"])


def published_text(model: RegisteredModel) -> str | None:
    """The text of the published definition, if there is one."""
    return model.published_revision.definition if model.published_revision else None


def _is_edited_here(model: RegisteredModel, text: str) -> bool:
    """Whether the hub has a definition of its own, other than what upstream had and has."""
    published = published_text(model)
    if published is None or published == text:
        return False
    base = getattr(model, "upstream_file", None)
    if base is None or base.text != published:
        return True
    # What is on the way must learn of it, also where it wants no more than upstream had.
    return UpstreamChange.objects.filter(model=model, state__in=LIVE_STATES).exists()


def publish_found(
    model: RegisteredModel,
    found: UpstreamModel,
    definition: Definition,
    source: str,
    *,
    readme: str = "",
) -> None:
    """Publish a source's text as a model's next revision, by nobody of the hub.

    Its README is the one given, else the one that somebody wrote for it here, else a generated one.
    """
    origin = ReadmeOrigin.FETCHED if readme else ReadmeOrigin.GENERATED
    if not readme:
        facts = definition_facts.derive(found.model_type, definition.records)
        readme = generate(found.model_type, found.name, facts, definition.records)
    published = model.published_revision
    is_written = published is not None and published.readme_origin != ReadmeOrigin.GENERATED
    if origin == ReadmeOrigin.GENERATED and published is not None and is_written:
        readme, origin = published.readme, ReadmeOrigin(published.readme_origin)
    draft = publication.Content(
        definition=found.text,
        readme=readme,
        readme_origin=origin,
        message=f"Imported from {source}",
    )
    publication.publish(model, draft, by=None, by_name=AUTHOR)
