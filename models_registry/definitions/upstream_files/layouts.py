"""The two layouts in which upstream keeps its definitions, read from the files of a checkout.

Split (4.x): `xinference/model/<type>/models/<name>.json`, an array of one model's records.
Aggregate (until 3.x): one array of all records of a type. The layout of a type is detected from its
files, and the split one wins.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from models_registry.definitions.facts.kinds import (
    MODEL_TYPES,
    is_valid_name,
    name_key,
    record_name,
)
from models_registry.definitions.json_text.document import join_slices, parse, scan_text
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.json_text.nodes import Node, Scan
from models_registry.definitions.json_text.problems import DefinitionTextError, Problem, quoted

Layout = Literal["split", "aggregate"]

SPLIT_DIR: Final = "xinference/model/{type}/models/"
AGGREGATE_PATHS: Final = {
    model_type: f"xinference/model/{model_type}/"
    + ("llm_family.json" if model_type == "llm" else "model_spec.json")
    for model_type in MODEL_TYPES
}
SCHEMA_FOLDER: Final = "xinference/model/schemas"
# The largest of upstream was 1.4 MB (llm, 3.x).
MAX_AGGREGATE_BYTES: Final = 16 * 1_048_576


@dataclass(frozen=True, slots=True)
class UpstreamModel:
    """One model of upstream, with the file of its definition."""

    model_type: str
    name: str
    text: str
    path: str
    layout: Layout


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why a file, or a record in it, could not be read; line and column count from 1."""

    path: str
    line: int
    column: int
    message: Message


def not_text(start: int) -> Message:
    """Return the problem of a file that is not UTF-8 from this byte on."""
    return gettext_noop("The file is not UTF-8 text (byte %(start)s).", start=start)


@dataclass(slots=True)
class TreeReading:
    """The models of a tree, and the problems of its files."""

    models: list[UpstreamModel] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)


def split_path(model_type: str, name: str) -> str:
    """Return the path of a model's file in the split layout."""
    return SPLIT_DIR.format(type=model_type) + f"{name}.json"


def is_schema(path: str) -> bool:
    """Whether a path, from the root, is one of upstream's own JSON Schemas."""
    folder, _, name = path.rpartition("/")
    return folder == SCHEMA_FOLDER and name.endswith(".schema.json") and len(name) <= 100


def layout_of(model_type: str, paths: Iterable[str]) -> Layout | None:
    """Return the layout of a type among the paths of a tree, or None if it has no file."""
    layout: Layout | None = None
    for path in paths:
        if _split_name(model_type, path) is not None:
            return "split"
        if path == AGGREGATE_PATHS[model_type]:
            layout = "aggregate"
    return layout


def read_tree(files: Mapping[str, str], *, known_good: Collection[str] = ()) -> TreeReading:
    """Read the models from the files of a checkout or a wheel, path from the root → text.

    Files other than model files are ignored. A broken file or record is reported in `problems` and
    does not stop the rest. A model of the split layout has the text of its file; a model of an
    aggregate gets an array with the exact source of its records. Models are in the order of types,
    then of upstream's loader. `known_good` are split files that were read before without a problem,
    with the same path and text: they are not parsed again. Never raises.
    """
    reading = TreeReading()
    for model_type in MODEL_TYPES:
        layout = layout_of(model_type, files)
        if layout == "split":
            _read_split(model_type, files, reading, known_good)
        elif layout == "aggregate":
            _read_aggregate(model_type, files[AGGREGATE_PATHS[model_type]], reading)
    return reading


def split_names(paths: Iterable[str]) -> set[tuple[str, str]]:
    """Return the (type, name) of the models whose split files are among these paths."""
    pairs = ((kind, _split_name(kind, path)) for path in paths for kind in MODEL_TYPES)
    return {(kind, name) for kind, name in pairs if name is not None}


def _split_name(model_type: str, path: str) -> str | None:
    """Return the name of the model whose split file has this path, or None."""
    folder = SPLIT_DIR.format(type=model_type)
    if not path.startswith(folder) or not path.endswith(".json"):
        return None
    name = path[len(folder) : -len(".json")]
    return None if "/" in name else name


def _read_split(
    model_type: str, files: Mapping[str, str], reading: TreeReading, known_good: Collection[str]
) -> None:
    named = ((name, path) for path in files if (name := _split_name(model_type, path)) is not None)
    seen: dict[str, str] = {}
    # The order of `load_model_catalog`: by file name, without regard to case.
    for name, path in sorted(named, key=lambda pair: (f"{pair[0]}.json".casefold(), pair[0])):
        is_known = path in known_good
        problems = [] if is_known else list(_split_problems(name, path, files[path]))
        first = seen.setdefault(name_key(name), path)
        if first != path:
            message = gettext_noop(
                "The name differs from the name of %(first)s only in case. Rename one of the two.",
                first=first,
            )
            problems.insert(0, FileProblem(path, 1, 1, message))
        reading.problems.extend(problems)
        if not problems:
            reading.models.append(UpstreamModel(model_type, name, files[path], path, "split"))


def _split_problems(name: str, path: str, text: str) -> Iterator[FileProblem]:
    if not is_valid_name(name):
        yield FileProblem(path, 1, 1, _bad_name(name))
        return
    try:
        definition = parse(text)
    except DefinitionTextError as error:
        yield from _in_file(path, error.problems)
        return
    for index, record in enumerate(definition.records):
        its_name = record_name(record)
        if its_name != name:
            line, column = definition.locate(f"/{index}/model_name")
            file = quoted(f"{name}.json")
            message = (
                gettext_noop("The record has no name, but its file is %(file)s.", file=file)
                if its_name is None
                else gettext_noop(
                    "The record is named %(name)s, but its file is %(file)s. Both must agree.",
                    name=quoted(its_name),
                    file=file,
                )
            )
            yield FileProblem(path, line, column, message)


def _read_aggregate(model_type: str, text: str, reading: TreeReading) -> None:
    path = AGGREGATE_PATHS[model_type]
    try:
        scan = scan_text(text, max_bytes=MAX_AGGREGATE_BYTES)
    except DefinitionTextError as error:
        reading.problems.extend(_in_file(path, error.problems))
        return
    reading.problems.extend(_in_file(path, scan.problems))
    if scan.root is None:
        return
    if scan.root.items is None:
        line, column = scan.lines.location(scan.root.start)
        message = gettext_noop("The file must contain a JSON array of records.")
        reading.problems.append(FileProblem(path, line, column, message))
        return
    groups, broken = _grouped(path, scan, scan.root.items, reading.problems)
    for name, nodes in groups.items():
        # A model with records missing would look like an edit that removed them.
        if name in broken:
            continue
        definition = join_slices(text[node.start : node.end] for node in nodes)
        reading.models.append(UpstreamModel(model_type, name, definition, path, "aggregate"))


def _grouped(
    path: str, scan: Scan, items: list[Node], problems: list[FileProblem]
) -> tuple[dict[str, list[Node]], set[str]]:
    """Return the records of each name in the order of the file, and the names that are broken."""
    groups: dict[str, list[Node]] = {}
    broken: set[str] = set()
    first_spelling: dict[str, str] = {}
    offsets = [fault.offset for fault in scan.faults]
    for index, node in enumerate(items):
        name = record_name(node.value) if node.members is not None else None
        message = None
        if name is None:
            message = gettext_noop(
                "Record %(number)s is not an object with a name. It was left out.",
                number=index + 1,
            )
        elif not is_valid_name(name):
            message = _bad_name(name)
        elif (first := first_spelling.setdefault(name_key(name), name)) != name:
            message = gettext_noop(
                "The names %(name)s and %(first)s differ only in case.",
                name=quoted(name),
                first=quoted(first),
            )
        elif any(node.start <= offset < node.end for offset in offsets):
            broken.add(name)
        else:
            groups.setdefault(name, []).append(node)
        if message is not None:
            line, column = scan.lines.location(node.start)
            problems.append(FileProblem(path, line, column, message))
    return groups, broken


def _bad_name(name: str) -> Message:
    return gettext_noop(
        "%(name)s is not a valid model name. Use letters, digits, dots, underscores and hyphens, "
        "and begin with a letter or digit.",
        name=quoted(name),
    )


def _in_file(path: str, problems: Iterable[Problem]) -> list[FileProblem]:
    return [
        FileProblem(path, problem.line, problem.column, problem.message) for problem in problems
    ]
