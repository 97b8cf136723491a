"""Imports a catalogue's files: new models, changed models, and reports of unreadable files."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from hub.audit import Tag, record
from models_registry import publication
from models_registry.catalogue import comparison as compare
from models_registry.catalogue.refresh import stale_among
from models_registry.changes import changing
from models_registry.definitions.checks import schema
from models_registry.definitions.compare.reconcile import (
    same_but_for_layout,
    stamped,
    with_their_stamps,
)
from models_registry.definitions.facts.kinds import name_key
from models_registry.definitions.facts.naming import name_in, with_name
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.timestamps import is_timestamp
from models_registry.definitions.upstream_files.layouts import (
    AGGREGATE_PATHS,
    UpstreamModel,
    read_tree,
    split_names,
)
from models_registry.definitions.upstream_files.placing import path_of
from models_registry.errors import NameTaken
from models_registry.models import (
    FormerName,
    RegisteredModel,
    RegisteredModelQuerySet,
    ShippedName,
    UpstreamFile,
    UpstreamPath,
    Visibility,
)
from models_registry.stored_reasons import shown
from models_registry.sync import source_facts
from models_registry.sync.known_models import KnownModels, base_here
from models_registry.sync.source_publication import (
    ChangedModels,
    NewModels,
    content_from,
)
from models_registry.sync.sources.bundle import REPOSITORIES
from models_registry.sync.sources.tree import Progress, SourceTree, silent
from models_registry.sync.unchanged_files import UnchangedFiles, read_files, validity
from models_registry.upstream.merge_back import (
    AUTHOR,
    OF_HUBS,
    SeenFile,
    base_text,
    merge_upstream,
    remember_all,
)


@dataclass(frozen=True, slots=True)
class FileNote:
    """A warning or failure about one file, with its position."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.message}"


@dataclass(slots=True)
class ImportReport:
    """The result of an import: names by outcome, warnings and failures."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    # The types whose list now equals the list of the hub that exported the catalogue.
    same_lists: list[str] = field(default_factory=list)
    warnings: list[FileNote] = field(default_factory=list)
    failures: list[FileNote] = field(default_factory=list)
    # The files of models that get their names here once no renamed model answers to them.
    reserved: list[str] = field(default_factory=list)
    # Models that are newer here than in the source: kept, unless the import may roll back.
    newer_here: list[str] = field(default_factory=list)
    rolled_back: list[str] = field(default_factory=list)
    # The number of source repositories of which the source had later facts.
    repositories: int = 0

    @property
    def total(self) -> int:
        """The number of models that equal the source's now."""
        return len(self.added) + len(self.updated) + len(self.unchanged)

    def summary(self) -> str:
        """One line with the numbers, for scripts."""
        warned = len({note.path for note in self.warnings})
        return (
            f"imported {self.total} models: {len(self.added)} added, {len(self.updated)} updated, "
            f"{len(self.unchanged)} unchanged, {warned} with warnings, {len(self.failures)} failed"
        )


def _compare_lists(tree: SourceTree, models: list[UpstreamModel], report: ImportReport) -> None:
    """Warn about each list that differs from the list of the exporting hub, and say why."""
    for model_type, exported in tree.lists.items():
        theirs = {
            model.name: model.text
            for model in models
            if model.model_type == model_type and model.name not in exported.left_out
        }
        comparison = compare.with_theirs(model_type, theirs, exported.sha256)
        if comparison is None:
            report.same_lists.append(model_type)
        elif theirs:
            report.warnings.append(FileNote(f"the {model_type} list", 0, 0, comparison))


def remember_aggregates(files: Mapping[str, str]) -> None:
    """Store the texts of the aggregate files among these, as the base of patches.

    If one can't be read, the last readable text stays.
    """
    aggregates = {path: files[path] for path in AGGREGATE_PATHS.values() if path in files}
    broken = {problem.path for problem in read_tree(aggregates).problems}
    for path in aggregates:
        if path not in broken:
            UpstreamPath.objects.update_or_create(
                path=path, defaults={"blob": blob_id(files[path]), "text": files[path]}
            )


def blob_id(text: str) -> str:
    """The git blob id of a file with this text."""
    raw = text.encode()
    return hashlib.sha1(b"blob %d\x00" % len(raw) + raw).hexdigest()  # noqa: S324


# The prefix of a source's label if it is a released package.
_OF_PACKAGES: Final = "pypi:"
_PACKAGE_VERSION: Final = re.compile(r"pypi:[^=]+==([0-9]{1,6}(?:\.[0-9]{1,6}){0,3})")


class _DryRun(Exception):
    """Carries the report out of a transaction that must be rolled back."""


@definition_text.scanned_once()
def import_catalogue(
    tree: SourceTree,
    *,
    by: User | None,
    only_types: Collection[str] = (),
    owner: User | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
    roll_back: bool = False,
    as_it_is: bool = False,
    without: Collection[tuple[str, str]] = (),
    paths: Collection[str] = (),
) -> ImportReport:
    """Make the hub's public models equal to a catalogue, in one transaction, and report the result.

    `by` is None for the administrator of the machine; without `only_types` all types are imported;
    `owner` becomes the owner of new models; `without` are (type, name) to skip; `paths` are all
    files of the source, if the tree has only some. An unreadable file is reported and does not stop
    the import. A definition that breaks the schema is imported
    with warnings, so that no existing model is lost. A model that was edited here is kept, with a
    warning, and so are models that the source lacks. A model of which the hub has imported a newer
    definition is kept as well, unless the import may `roll_back`; it then gets a newer
    `updated_at`, so that servers take it. `as_it_is` takes upstream's own present texts as they
    are, older or not. With `dry_run` everything is rolled back.
    """
    reading = read_files(tree.files)
    report = ImportReport()
    report.failures += [FileNote(path, 0, 0, why) for path, why in tree.unreadable.items()]
    for problem in reading.problems:
        report.failures.append(
            FileNote(problem.path, problem.line, problem.column, problem.message)
        )
    models = [
        source_model
        for source_model in reading.models
        if not only_types or source_model.model_type in only_types
    ]
    models = [
        source_model
        for source_model in models
        if (source_model.model_type, source_model.name) not in without
    ]
    there = {(model.model_type, model.name) for model in models} | split_names(paths)
    # Models in the exporting hub's list come first, so that they precede those it left out.
    models.sort(
        key=lambda source_model: source_model.name in tree.left_out(source_model.model_type)
    )
    try:
        with transaction.atomic():
            types = {source_model.model_type for source_model in models}
            with changing(_public_models(models), lists=types) as change:
                unchanged = UnchangedFiles.among(models)
                # Names that upstream's files hold back, besides what a list is built from.
                freed = unchanged.remember_seen(tree.label)
                changed = [model for model in models if model not in unchanged]
                due = freed | {source_model.model_type for source_model in changed}
                new = NewModels.among(changed, tree, owner)
                known = KnownModels.among(filter(new.is_known, changed))
                rewritten = ChangedModels(tree.label, remember_all)
                for count, source_model in enumerate(models, start=1):
                    label = f"{source_model.model_type}/{source_model.name}"
                    if source_model in unchanged:
                        report.unchanged.append(label)
                    else:
                        _import_one(
                            source_model,
                            tree,
                            report,
                            there,
                            new,
                            known,
                            rewritten,
                            may_roll_back=roll_back,
                            as_it_is=as_it_is,
                        )
                    progress(count, len(models), label)
                rewritten.publish()
                new.publish()
                report.added += new.added
                for source_model in new.refused:
                    _report_reserved(source_model, report)
                _remember_shipped_names(
                    tree, (model for model in models if not unchanged.has_updated_at(model))
                )
                change.build_lists([*due, *stale_among(types - due)])
            _compare_lists(tree, models, report)
            remember_aggregates(tree.files)
            record(
                Tag.CATALOGUE_IMPORT,
                by=by,
                source=tree.label,
                added=report.added,
                updated=report.updated,
                rolled_back=report.rolled_back,
                newer_here=report.newer_here,
                failed=[str(note) for note in report.failures],
            )
            if dry_run:
                raise _DryRun
    except _DryRun:
        return report
    # No list and no definition depends on it, so it is not part of the transaction.
    repositories = source_facts.taken_over(tree.repositories)
    if repositories is None:
        message = "It could not be imported; the log says why. The models were imported."
        report.warnings.append(FileNote(REPOSITORIES, 0, 0, message))
    report.repositories = repositories or 0
    return report


def _public_models(models: Iterable[UpstreamModel]) -> RegisteredModelQuerySet:
    """The public models with these names and types: no other row is locked."""
    names = {name_key(source_model.name) for source_model in models}
    renamed = FormerName.objects.filter(name_key__in=names).values("model")
    named = Q(name_key__in=names) | Q(pk__in=renamed)
    public = RegisteredModel.objects.filter(named, visibility=Visibility.PUBLIC)
    return public.filter(model_type__in={source_model.model_type for source_model in models}).defer(
        "facts", "search_text"
    )


def _remember_shipped_names(tree: SourceTree, models: Iterable[UpstreamModel]) -> None:
    """Keep names that a released package ships without `updated_at` out of all future lists."""
    if not tree.label.startswith(_OF_PACKAGES):
        return
    for source_model in models:
        records = definition_text.parse(source_model.text).records
        if not all(is_timestamp(record.get("updated_at")) for record in records):
            ShippedName.objects.get_or_create(
                model_type=source_model.model_type,
                name_key=name_key(source_model.name),
                defaults={"release": tree.label.removeprefix(_OF_PACKAGES)[:100]},
            )


def _import_one(
    source_model: UpstreamModel,
    tree: SourceTree,
    report: ImportReport,
    there: Collection[tuple[str, str]],
    new: NewModels,
    known: KnownModels,
    rewritten: ChangedModels,
    *,
    may_roll_back: bool,
    as_it_is: bool,
) -> None:
    key = (source_model.model_type, source_model.name)
    source = tree.label
    label = f"{source_model.model_type}/{source_model.name}"
    is_known = new.is_known(source_model)
    model = _present_model(source_model, known, rewritten) if is_known else None
    now_named = None
    if is_known and (model is None or model.name != source_model.name):
        rewritten.publish()
        names = [source_model.name]
        renamed = FormerName.objects.renamed(source_model.model_type, names, Visibility.PUBLIC)
        now_named = renamed.get(source_model.name)
    if now_named is not None:
        base = base_text(now_named)
        if is_other_model(source_model, base, there, is_present=as_it_is):
            now_named = None
        elif not is_named(base, source_model.name) and not may_roll_back:
            report.unchanged.append(label)
            report.newer_here.append(label)
            return
        else:
            model, source_model = now_named, under_base_name(source_model, base)
    if model is not None:
        known.use(model)
    definition = definition_text.parse(source_model.text)
    if (
        model is None
        and is_known
        and made_less_visible(source_model.model_type, only=name_key(source_model.name))
    ):
        report.unchanged.append(label)
        message = f"{label} is no longer public here and stays as it is."
        report.warnings.append(FileNote(source_model.path, 0, 0, message))
        return
    if model is not None and model.published_revision is None:
        _take_name_of_proposal(model, source_model, owner=new.owner)
    if model is not None and model.name != source_model.name and now_named is None:
        report.failures.append(
            FileNote(
                source_model.path,
                0,
                0,
                f"{model.name} is in the hub; the names differ only in case.",
            )
        )
        return
    if model is not None and not as_it_is and _is_newer_here(model, source_model.text, source):
        if not may_roll_back:
            report.unchanged.append(label)
            report.newer_here.append(label)
            return
        report.rolled_back.append(label)
    if model is not None and _is_edited_here(model, source_model.text, known):
        _merge(model, source_model, source, report, there)
        return
    problems = schema.validate(source_model.model_type, definition)
    for problem in problems:
        report.warnings.append(
            FileNote(source_model.path, problem.line, problem.column, f"{label}: {problem.message}")
        )
    valid_by = "" if problems else validity(definition.text)
    if model is None:
        new.add(source_model, definition, valid_by=valid_by)
        return
    is_new = model.published_revision is None
    published = published_text(model)
    is_published = is_published_here(published, source_model.text, source)
    is_other = not as_it_is and not is_published
    is_behind = published is not None and newest_time(source_model.text) < (
        newest_time(published) + (label in report.rolled_back)
    )
    if published and is_other and is_behind:
        # Servers keep the newest: a definition that is not newer than the one they have is lost.
        is_published = _differ_in_stamps(published, source_model.text)
        text = stamped(source_model.text, published, now=int(time.time()))
        source_model = replace(source_model, text=text)
    content = None
    if is_published:
        report.unchanged.append(label)
    else:
        content = content_from(
            source_model,
            definition,
            source,
            published=model.published_revision,
            readme=tree.readmes.get(key, ""),
            readme_zh=tree.readmes_zh.get(key, ""),
        )
        if is_new:
            try:
                publication.publish(model, content, by=None, by_name=AUTHOR)
            except NameTaken:
                _report_reserved(source_model, report)
                return
            content = None
        (report.added if is_new else report.updated).append(label)
    place = source_model.layout, source_model.path
    rewritten.add(SeenFile(model, definition, place, valid_by), content)


def _present_model(
    source_model: UpstreamModel, known: KnownModels, rewritten: ChangedModels
) -> RegisteredModel | None:
    model = known.of(source_model)
    if model is not None and model in rewritten:
        rewritten.publish()
        model = known.of(source_model)
    return model


def _report_reserved(source_model: UpstreamModel, report: ImportReport) -> None:
    report.reserved.append(source_model.path)
    name = source_model.name
    message = f"Another model has the name {name} here, or still answers to it after a renaming."
    report.failures.append(FileNote(source_model.path, 0, 0, message))


def _merge(
    model: RegisteredModel,
    source_model: UpstreamModel,
    source: str,
    report: ImportReport,
    there: Collection[tuple[str, str]],
) -> None:
    """Merge the source's changes into a model that was edited here."""
    label = f"{source_model.model_type}/{source_model.name}"
    upstream_file = getattr(model, "upstream_file", None)
    problem = ""
    if upstream_file is None or upstream_file.text != source_model.text:
        place = (source_model.layout, source_model.path)
        result = merge_upstream(model, source_model.text, place, source=source, there=there)
        problem = shown(result.problem)
        if not problem:
            report.updated.append(label)
            return
    report.unchanged.append(label)
    message = f"{label} was edited here since its last import and is kept. {problem}".strip()
    report.warnings.append(FileNote(source_model.path, 0, 0, message))


def is_named(base: str, name: str) -> bool:
    """Whether a source was last known to have a model under this name; also if nothing is known."""
    return name_in(base) in ("", name)


def is_other_model(
    source_model: UpstreamModel,
    base: str,
    there: Collection[tuple[str, str]],
    *,
    is_present: bool = False,
) -> bool:
    """Whether a source has another model by now under the name that a model had here.

    `base` is the text that it was last known to have of the renamed model, and `there` are the
    (type, name) of its models. Without `is_present`, the source may be an older one, from before
    the renaming.
    """
    if is_named(base, source_model.name):
        return False
    has_both = (source_model.model_type, name_in(base)) in there
    return is_present or has_both or newest_time(source_model.text) > newest_time(base)


def under_base_name(source_model: UpstreamModel, base: str) -> UpstreamModel:
    """A model that was renamed here, under the name that the source was last known to have for it.

    An older source may still have the former name where upstream has the new one already.
    """
    name = name_in(base)
    if name in ("", source_model.name):
        return source_model
    path = path_of(source_model.layout, source_model.model_type, name)
    text = with_name(source_model.text, name)
    return replace(source_model, name=name, text=text, path=path)


def made_less_visible(model_type: str, *, only: str | None = None) -> set[str]:
    """The keys of names of models that came from upstream and were then made private or enterprise
    here; with `only`, this key or none."""
    files = UpstreamFile.objects.filter(model_type=model_type, model__isnull=False)
    if only is not None:
        files = files.filter(name_key=only)
    hidden = files.exclude(model__visibility=Visibility.PUBLIC)
    return set(hidden.values_list("name_key", flat=True))


def _take_name_of_proposal(
    model: RegisteredModel, source_model: UpstreamModel, *, owner: User | None
) -> None:
    """Give a proposal's name to the model that upstream now has under that name.

    The proposal is withdrawn: its new model exists by now, and does not belong to its author.
    """
    proposal = publication.open_proposal(model)
    if proposal is not None:
        publication.withdraw(proposal)
        record(Tag.MODEL_WITHDRAW, by=None, target=model, reason="upstream has this model")
    model.name, model.owner = source_model.name, owner
    model.save(update_fields=["name", "owner"])


def published_text(model: RegisteredModel | None) -> str | None:
    """The text of the published definition; empty if there is none."""
    published = model.published_revision if model is not None else None
    return published.definition if published is not None else None


def is_published_here(published: str | None, text: str, source: str) -> bool:
    """Whether a source's text equals the published one; a different layout does not count.

    In another hub's list every byte counts, since servers compare its digest.
    """
    if published is None or published == text or source.startswith(OF_HUBS):
        return published == text
    return same_but_for_layout(published, text)


def _is_edited_here(model: RegisteredModel, text: str, known: KnownModels) -> bool:
    """Whether the hub's definition differs from upstream's old and new one."""
    published, base = published_text(model), base_here(model)
    if published is None or published == text:
        return False
    if not same_but_for_layout(base, published) and not _differ_in_stamps(published, base):
        return True
    # Changes on their way must be updated, even if the model now equals upstream's last text.
    return known.is_sending(model)


def _differ_in_stamps(published: str, other: str) -> bool:
    """Whether a published text differs from another in nothing but `updated_at` and layout.

    Records of older packages may lack `updated_at` and `featured`, which they got here with their
    new time.
    """
    return bool(other) and (
        same_but_for_layout(with_their_stamps(published, other), other)
        or same_but_for_layout(published, stamped(other, published, now=0))
    )


def _is_newer_here(model: RegisteredModel, text: str, source: str) -> bool:
    """Whether the hub has imported a newer definition of the model than this one.

    Releases differ in content under the same time, so of two packages the later release is newer.
    """
    known = base_here(model) or published_text(model)
    if not known or same_but_for_layout(known, text):
        return False
    base = getattr(model, "upstream_file", None)
    before, now = _version(base.source if base is not None else ""), _version(source)
    if before is not None and now is not None:
        # A later release may have dropped the record with the newest time.
        return now < before
    return 0 < newest_time(text) < newest_time(known)


def _version(source: str) -> tuple[int, ...] | None:
    """The version of the package that a source's label names; None if it names none."""
    match = _PACKAGE_VERSION.fullmatch(source)
    return tuple(map(int, match[1].split("."))) if match else None


def newest_time(text: str) -> int:
    """The newest `updated_at` of a definition's records, in Unix seconds; 0 without one."""
    return max(map(_moment, definition_text.records_of(text)), default=0)


def _moment(record: Mapping[str, Any]) -> int:
    stamp = record.get("updated_at")
    return stamp if isinstance(stamp, int) and is_timestamp(stamp) else 0
