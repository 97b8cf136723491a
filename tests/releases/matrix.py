"""What servers of each release take from the lists: the table in `docs/releases.md`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from models_registry.catalogue.selection import select
from models_registry.definitions.checks import release_rules
from models_registry.definitions.checks.release_loading import taken_models
from models_registry.definitions.facts.kinds import MODEL_TYPES, name_key
from models_registry.models import RegisteredModel, Revision, Visibility
from tests.factories import written
from tests.releases import wheels

TABLE: Final = wheels.ROOT / "docs" / "releases.md"
BEGIN, END = "<!-- made by `python -m tests.releases matrix` -->", "<!-- end -->"


@dataclass(slots=True)
class Taken:
    """What the loaders of a release took of one type, and how its start ended."""

    total: int
    # One by one, as the definitions are.
    accepted: int = 0
    # From the list that names no version, and from the one for the release: taken, and in it.
    unstated: int = 0
    stated: int = 0
    in_stated: int = 0
    errors: list[str] = field(default_factory=list)


def catalogue() -> dict[str, list[RegisteredModel]]:
    """The models that a hub with the newest catalogue serves; none of them is stored."""
    models: dict[str, list[RegisteredModel]] = {}
    for kind, shipped in wheels.shipped(release_rules.RELEASES[-1]).items():
        models[kind] = [
            RegisteredModel(
                model_type=kind,
                name=_name(records),
                name_key=name_key(_name(records)),
                visibility=Visibility.PUBLIC,
                published_revision=Revision(definition=written(*records)),
            )
            for records in shipped
            if all(isinstance(record.get("updated_at"), int) for record in records)
        ]
    return models


def measured(release: str, models: dict[str, list[RegisteredModel]]) -> dict[str, Taken]:
    """What the loaders of a release take, type by type; needs the database."""
    alone, starts = {}, {}
    lists: dict[str, dict[str, list[Any]]] = {}
    for kind in MODEL_TYPES:
        alone[kind] = [json.loads(_text(model)) for model in models[kind]]
        lists[kind] = {
            "none": [],
            "unstated": _records(select(kind, models[kind])),
            "stated": _records(select(kind, models[kind], release=release)),
        }
        starts[kind] = [[records, None] for records in lists[kind].values()]
    answer = wheels.ask(release, load=alone, start=starts)
    rows = {}
    for kind in answer["types"]:
        none, unstated, stated = answer["start"][kind]
        names = lambda end: set(end["loaded"])  # noqa: E731
        row = rows[kind] = Taken(
            total=len(models[kind]),
            accepted=sum(refusal is None for refusal in answer["load"][kind]),
            unstated=count(kind, lists[kind]["unstated"], names(unstated)),
            stated=count(kind, lists[kind]["stated"], names(stated)),
            in_stated=count(kind, lists[kind]["stated"], None),
        )
        # What a package can't do without any list is not the list's doing.
        # Loaders count variants of world models, and skip MLX ones; the rest must agree.
        if kind != "world":
            ours = taken_models(release, kind, _models_in(lists[kind]["unstated"]))
            assert ours == row.unstated, (release, kind, ours, row.unstated)
        row.errors = [
            end["error"]
            for end in (unstated, stated)
            if end["error"] is not None and end["error"] != none["error"]
        ]
    return rows


def line(release: str, rows: dict[str, Taken]) -> str:
    """One line of the table."""
    cells = []
    for kind in MODEL_TYPES:
        row = rows.get(kind)
        if row is None:
            cells.append("–")
            continue
        cell = str(row.stated) if row.unstated == row.stated else f"{row.unstated} → {row.stated}"
        cells.append(cell if row.stated < row.total or "→" in cell else f"all {row.total}")
    start = "yes" if not any(row.errors for row in rows.values()) else "NO"
    return f"| {release} | {' | '.join(cells)} | {start} |"


def lines_in_docs() -> dict[str, str]:
    """The lines of the table as it is: release → line."""
    text = TABLE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    lines = [each for each in text.splitlines() if each.startswith("| ")][1:]
    return {each.split("|")[1].strip(): each for each in lines}


def write(lines: list[str]) -> None:
    """Put these lines in place of the table's."""
    before, _, rest = TABLE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    head = f"| release | {' | '.join(MODEL_TYPES)} | starts |\n|{'---|' * (len(MODEL_TYPES) + 2)}"
    TABLE.write_text("\n".join([before + BEGIN, "", head, *lines, "", END + after]), "utf-8")


def count(kind: str, records: list[Any], loaded: set[str] | None) -> int:
    """How many models of a list were taken; all of it if `loaded` is None.

    A world model is taken if one of its variants is, which are models of their own there.
    """
    names: dict[str, set[str]] = {}
    for record in records:
        name = record.get("model_name") or record.get("model_family")
        variants = [spec.get("model_name") for spec in record.get("model_specs", ())]
        names.setdefault(name, set()).update(
            [name, *filter(None, variants)] if kind == "world" else [name]
        )
    # An MLX variant alone is not read on this machine, and counts as taken where it is read over.
    return sum(
        loaded is None or bool(each & loaded) or _is_mlx(records, key)
        for key, each in names.items()
    )


def _is_mlx(records: list[Any], name: str) -> bool:
    own = [record for record in records if record.get("model_name") == name]
    return bool(own) and all(str(record.get("engine")).upper() == "MLX" for record in own)


def _models_in(records: list[Any]) -> list[list[Any]]:
    models: dict[str, list[Any]] = {}
    for record in records:
        models.setdefault(record.get("model_name") or record["model_family"], []).append(record)
    return list(models.values())


def _records(selection: Any) -> list[Any]:
    return [record for text in selection.definitions() for record in json.loads(text)]


def _text(model: RegisteredModel) -> str:
    assert model.published_revision is not None
    return model.published_revision.definition


def _name(records: list[dict[str, Any]]) -> str:
    return str(records[0].get("model_name") or records[0]["model_family"])
