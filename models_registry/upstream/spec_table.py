"""The specs of a model as a table in a pull request; for a changed model only the changed rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from models_registry.definitions.facts.vocabulary import repository_page, size_label
from models_registry.definitions.json_text.document import parse
from models_registry.upstream.markup import cell, link

_HEADS = ("change", "format", "size", "quantizations", "source")


@dataclass(frozen=True, slots=True)
class SpecRow:
    """One source of a spec; `change` says what happens to it, empty in a new or removed model."""

    format: str
    size: str
    hub: str
    model_id: str
    quantizations: tuple[str, ...]
    change: str = ""
    before: SpecRow | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """The key by which rows are matched."""
        return self.format, self.size, self.hub


def spec_table(before: str, after: str, *, limit: int, more_at: str = "") -> str:
    """Return the table of a model's specs, of at most `limit` rows; empty if no row changed.

    `before` is upstream's definition (empty for a new model), `after` the one that is sent (empty
    for a removed one); the last argument is the address of a page with the rest. Columns without a
    value are left out.
    """
    old, new = _rows(before), _rows(after)
    rows = _changed(old, new) if before and after else (new or old)
    if not rows or limit <= 0:
        return ""
    cells = [_cells(row) for row in rows[:limit]]
    used = [at for at in range(len(_HEADS)) if any(row[at] for row in cells)]
    lines = [[_HEADS[at] for at in used], ["---"] * len(used)]
    lines += [[row[at] for at in used] for row in cells]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    more = len(rows) - limit
    rest = f"[and {more} more]({more_at})" if more_at else f"and {more} more"
    return f"{table}\n\n… {rest}" if more > 0 else table


def _changed(old: Sequence[SpecRow], new: Sequence[SpecRow]) -> list[SpecRow]:
    unmatched: dict[tuple[str, str, str], list[SpecRow]] = {}
    for row in old:
        unmatched.setdefault(row.key, []).append(row)
    pairs: list[tuple[SpecRow, SpecRow | None]] = []
    for row in new:
        same = unmatched.get(row.key, [])
        match = row if row in same else (same[0] if same else None)
        if match is not None:
            same.remove(match)
        pairs.append((row, match))
    changed = [
        replace(row, change="changed" if match else "added", before=match)
        for row, match in pairs
        if match != row
    ]
    removed = (row for rows in unmatched.values() for row in rows)
    return changed + [replace(row, change="removed") for row in removed]


def _cells(row: SpecRow) -> Sequence[str]:
    quantizations = cell(", ".join(row.quantizations)) if row.quantizations else ""
    source = _source(row)
    if (before := row.before) is not None:
        if before.quantizations != row.quantizations:
            quantizations = _difference(before.quantizations, row.quantizations)
        if before.model_id != row.model_id:
            source = f"{_source(before)} → {source}"
    return (
        row.change,
        cell(row.format) if row.format else "",
        cell(row.size) if row.size else "",
        quantizations,
        source,
    )


def _difference(before: Sequence[str], after: Sequence[str]) -> str:
    added = [value for value in after if value not in before]
    removed = [value for value in before if value not in after]
    parts = [f"+ {cell(', '.join(added))}"] if added else []
    parts += [f"− {cell(', '.join(removed))}"] if removed else []
    return " ".join(parts) or cell(", ".join(after))


def _source(row: SpecRow) -> str:
    first = row.quantizations[0] if row.quantizations else ""
    page = repository_page(row.hub, row.model_id.replace("{quantization}", first))
    if page is not None:
        return f"{row.hub}: {link(row.model_id, page)}"
    return cell(f"{row.hub}: {row.model_id}")


def _rows(definition: str) -> list[SpecRow]:
    rows: list[SpecRow] = []
    for record in parse(definition).records if definition else []:
        specs = record.get("model_specs")
        for spec in specs if isinstance(specs, list) else [record]:
            sources = spec.get("model_src") if isinstance(spec, dict) else None
            for hub, source in (sources if isinstance(sources, dict) else {}).items():
                if isinstance(source, dict):
                    rows.append(_row(spec, hub, source))
    return rows


def _row(spec: dict[str, Any], hub: str, source: dict[str, Any]) -> SpecRow:
    quantizations = source.get("quantizations")
    return SpecRow(
        format=str(spec.get("model_format") or spec.get("engine") or ""),
        size=size_label(spec.get("model_size_in_billions")) or "",
        hub=hub,
        model_id=str(source.get("model_id") or ""),
        quantizations=tuple(map(str, quantizations)) if isinstance(quantizations, list) else (),
    )
