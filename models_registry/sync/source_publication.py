"""Publishes models as a source has them, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, Self

from accounts.models import User
from models_registry import publication, revision_messages
from models_registry.definitions.facts import facts as definition_facts
from models_registry.definitions.facts.kinds import name_key
from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.upstream_files.layouts import UpstreamModel
from models_registry.models import (
    FormerName,
    ReadmeOrigin,
    RegisteredModel,
    Revision,
    UpstreamFile,
    Visibility,
)
from models_registry.readme.generate import NOTE, generate
from models_registry.sync.sources.tree import SourceTree
from models_registry.upstream.merge_back import AUTHOR, SeenFile, remember_all

# So many models are published together.
BATCH: Final = 100

# A type, and a name without letter case.
_Key = tuple[str, str]


def publish_source_model(
    model: RegisteredModel,
    source_model: UpstreamModel,
    definition: Definition,
    source: str,
    *,
    readme: str = "",
    readme_zh: str = "",
) -> None:
    """Publish a source's text as a model's next revision, without an author in the hub."""
    content = content_from(
        source_model,
        definition,
        source,
        published=model.published_revision,
        readme=readme,
        readme_zh=readme_zh,
    )
    publication.publish(model, content, by=None, by_name=AUTHOR)


def content_from(
    source_model: UpstreamModel,
    definition: Definition,
    source: str,
    *,
    published: Revision | None = None,
    readme: str = "",
    readme_zh: str = "",
) -> publication.Content:
    """The content of a revision with a source's text.

    Its README is the one given, else the one that somebody wrote for it here, else a generated one.
    One that another hub generated counts as none: this one generates its own. Its Chinese README is
    the one given, else the one that is here.
    """
    if readme.startswith(NOTE):
        readme = ""
    origin = ReadmeOrigin.FETCHED if readme else ReadmeOrigin.GENERATED
    if not readme:
        facts = definition_facts.derive(source_model.model_type, definition.records)
        readme = generate(source_model.model_type, source_model.name, facts, definition.records)
    is_written = published is not None and published.readme_origin != ReadmeOrigin.GENERATED
    if origin == ReadmeOrigin.GENERATED and published is not None and is_written:
        readme, origin = published.readme, ReadmeOrigin(published.readme_origin)
    return publication.Content(
        definition=source_model.text,
        readme=readme,
        readme_origin=origin,
        message=revision_messages.IMPORTED % {"source": source},
        readme_zh=readme_zh or (published.readme_zh if published is not None else ""),
    )


@dataclass(slots=True)
class ChangedModels:
    """The models of a source that are published here and change, or of which it has another text
    than before, gathered to be written."""

    source: str
    _remember: Callable[..., None]
    _publications: dict[int, publication.NextPublication] = field(default_factory=dict)
    _files: dict[int, SeenFile] = field(default_factory=dict)

    def __contains__(self, model: RegisteredModel) -> bool:
        """Whether the model waits to be written: what was read of it before is out of date."""
        return model.pk in self._files

    def add(self, file: SeenFile, content: publication.Content | None) -> None:
        """Have the source's text of a model stored, and published if there is content."""
        if file.model in self:
            self.publish()
        self._files[file.model.pk] = file
        if content is not None:
            following = publication.NextPublication(file.model, content)
            self._publications[file.model.pk] = following
        if len(self._files) >= BATCH:
            self.publish()

    def publish(self) -> None:
        """Write what waits."""
        publication.publish_next(list(self._publications.values()), by_name=AUTHOR)
        self._remember(list(self._files.values()), source=self.source)
        self._publications, self._files = {}, {}


@dataclass(slots=True)
class NewModels:
    """The public models of a source that the hub does not have, gathered to be published.

    `added` are the labels of those that were published, `refused` those whose name is taken.
    """

    tree: SourceTree
    owner: User | None
    _known: set[_Key]
    added: list[str] = field(default_factory=list)
    refused: list[UpstreamModel] = field(default_factory=list)
    _waiting: list[tuple[UpstreamModel, Definition, str]] = field(default_factory=list)

    @classmethod
    def among(cls, models: Collection[UpstreamModel], tree: SourceTree, owner: User | None) -> Self:
        """Find out which names of models the hub knows; call it once the models are locked."""
        names = {name_key(source_model.name) for source_model in models}
        public = RegisteredModel.objects.filter(visibility=Visibility.PUBLIC)
        known: set[_Key] = set()
        for rows in (public, FormerName.objects.all(), UpstreamFile.objects.exclude(model=None)):
            keys = rows.filter(name_key__in=names).values_list("model_type", "name_key")
            known.update(keys.order_by())
        return cls(tree, owner, known)

    def is_known(self, source_model: UpstreamModel) -> bool:
        """Whether a model here has or had the name, or upstream has one under it."""
        return (source_model.model_type, name_key(source_model.name)) in self._known

    def add(self, source_model: UpstreamModel, definition: Definition, *, valid_by: str) -> None:
        """Have a model published, by `publish` at the latest."""
        self._waiting.append((source_model, definition, valid_by))
        if len(self._waiting) >= BATCH:
            self.publish()

    def publish(self) -> None:
        """Publish the models that wait."""
        waiting, self._waiting = self._waiting, []
        new = [self._new(source_model, definition) for source_model, definition, _ in waiting]
        models = publication.publish_new(new, by_name=AUTHOR)
        files = []
        for model, (source_model, definition, valid_by) in zip(models, waiting, strict=True):
            if model is None:
                self.refused.append(source_model)
                continue
            self.added.append(f"{source_model.model_type}/{source_model.name}")
            place = source_model.layout, source_model.path
            files.append(SeenFile(model, definition, place, valid_by))
        remember_all(files, source=self.tree.label)

    def _new(
        self, source_model: UpstreamModel, definition: Definition
    ) -> publication.FirstPublication:
        name = source_model.model_type, source_model.name
        content = content_from(
            source_model,
            definition,
            self.tree.label,
            readme=self.tree.readmes.get(name, ""),
            readme_zh=self.tree.readmes_zh.get(name, ""),
        )
        return publication.FirstPublication(*name, Visibility.PUBLIC, content, self.owner)
