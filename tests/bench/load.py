"""The hub under load: ratios to nginx serving the same bytes, to MLflow, and to itself."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import mlflow
from tests.bench.search import ROOT
from tests.bench.servers import (
    Asked,
    Measured,
    Server,
    cpu_seconds,
    environment_of,
    fetch,
    load,
    manage,
    median,
    start_files,
    start_front,
    start_hub,
    wait_for,
)

LIST = "/api/models/download?model_type=llm"
ONE = f"{LIST}&model_name=qwen3&include_readme=true"
GZIP = {"Accept-Encoding": "gzip"}
# A cookie that the hub does not know: Django answers.
COLD = {**GZIP, "Cookie": "other=1"}
BY_DJANGO = ", by Django"
# Of a download the slowest hundredth takes so many times as long as nginx's at most.
MOST_P99 = 3.0
# 0.15 of what `/healthz` gave a CPU second when the bar was set, and Django answered it.
MOST_MS_BY_DJANGO = 1000 / (0.15 * 415)


@dataclass(frozen=True)
class Row:
    """What is asked of the hub, what it is compared with, and the ratios it should reach: of
    requests a second, and of p99."""

    label: str
    hub: Asked
    other: Asked
    bar: float
    p99_bar: float = 0.0


def rows_of(hub: Server, front: Server, files: Server, registry: Server | None) -> list[Row]:
    """All rows. The files of nginx are 0.bin, the list, 1.bin, compressed, and 2.bin, a model."""
    held = {"If-None-Match": fetch(hub.base + LIST, GZIP)[1]["ETag"], **GZIP}
    file_held = {"If-None-Match": fetch(f"{files.base}/1.bin", {})[1]["ETag"]}
    plain, packed, one = (Asked(files, f"/{number}.bin", {}) for number in range(3))
    not_modified = Asked(files, "/1.bin", file_held)
    health = Asked(hub, "/healthz", GZIP)
    # A view of two lines, which no process keeps, behind the same middleware as pages.
    smallest = Asked(hub, "/robots.txt", COLD)
    pages = {
        "the list": "/models", "a search": "/models?q=qwen", "a model": "/models/detail/qwen3",
    }  # fmt: skip
    rows = [
        Row("list of llm, identity", Asked(hub, LIST, {}), plain, 0.65, MOST_P99),
        Row("list of llm, gzip", Asked(hub, LIST, GZIP), packed, 0.5, MOST_P99),
        Row("list of llm, 304", Asked(hub, LIST, held), not_modified, 0.25, MOST_P99),
        Row("one model with README, gzip", Asked(hub, ONE, GZIP), one, 0.02, MOST_P99),
        Row("list of llm, identity, production", Asked(front, LIST, {}), plain, 0, MOST_P99),
        Row("list of llm, gzip, production", Asked(front, LIST, GZIP), packed, 0.6, MOST_P99),
        Row("list of llm, 304, production", Asked(front, LIST, held), not_modified, 0.5, MOST_P99),
    ]
    api = {
        "API list": ("/api/models", mlflow.LIST),
        "API search": ("/api/models?query=qwen", mlflow.SEARCH),
        "API, one model": ("/api/models/qwen3", mlflow.ONE),
    }
    for label, (path, theirs) in api.items():
        asked = Asked(hub, path, GZIP)
        other = Asked(registry, theirs, {}) if registry is not None else health
        rows.append(Row(label, asked, other, 10 if registry is not None else 0))
    if registry is not None:
        for label, (path, theirs) in api.items():
            asked, other = Asked(hub, path, COLD), Asked(registry, theirs, {})
            rows.append(Row(label + BY_DJANGO, asked, other, 0))
    rows += [
        Row(f"page of {name}", Asked(hub, path, GZIP), health, 0.5) for name, path in pages.items()
    ]
    rows += [
        Row(f"page of {name}{BY_DJANGO}", Asked(hub, path, COLD), smallest, 0.15)
        for name, path in pages.items()
    ]
    return rows


def measure_load(options: argparse.Namespace) -> str:
    """The tables of what the hub answers, and of what it does, as Markdown."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name, ExitStack() as running:
        folder = Path(name)
        environment = environment_of(folder)
        times = measure_work(environment, options.source)
        process, hub = start_hub(environment)
        running.enter_context(ended(process))
        wait_for(f"{hub.base}/healthz", seconds=300)
        bodies = [
            fetch(hub.base + LIST, {}),
            fetch(hub.base + LIST, GZIP),
            fetch(hub.base + ONE, GZIP),
        ]
        process, files = start_files(
            folder, {f"{number}.bin": body for number, (body, _headers) in enumerate(bodies)}
        )
        running.enter_context(ended(process))
        process, front = start_front(folder / "front", hub)
        running.enter_context(ended(process))
        registry = None
        if mlflow.PROGRAM.exists():
            registry = running.enter_context(mlflow.served(folder / "mlflow", models_of(hub)))
        else:
            print("MLflow was not measured: `make mlflow` installs it.", file=sys.stderr)
        for server in (files, front):
            wait_for(f"{server.base}{'/0.bin' if server is files else '/healthz'}")
        rows = rows_of(hub, front, files, registry)
        results = measured(rows, options)
    return table_of(rows, results) + pages_of(rows, results) + times_of(times)


@contextmanager
def ended(process: subprocess.Popen) -> Iterator[None]:
    """Ends a server when the measuring is over."""
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def models_of(hub: Server) -> list[dict[str, Any]]:
    """All models as the API tells them. MLflow has a name once, so of several the first."""
    found: dict[str, dict[str, Any]] = {}
    page = 1
    while data := json.loads(fetch(f"{hub.base}/api/models?pageSize=100&page={page}", {})[0])[
        "data"
    ]:
        for model in data:
            found.setdefault(model["model_name"], model)
        page += 1
    return list(found.values())


def measured(rows: Sequence[Row], options: argparse.Namespace) -> list[tuple[Measured, Measured]]:
    """Each row of the hub and what it is compared with, in rounds that take turns."""
    rounds: list[list[tuple[Measured, Measured]]] = [[] for _row in rows]
    for _round in range(options.rounds):
        for row, results in zip(rows, rounds, strict=True):
            ours = load(row.hub, options.seconds, options.connections)
            results.append((ours, load(row.other, options.seconds, options.connections)))
    return [
        (median([ours for ours, _theirs in results]), median([theirs for _, theirs in results]))
        for results in rounds
    ]


def ratio(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.2g}" if theirs else "?"


def table_of(rows: Sequence[Row], results: Sequence[tuple[Measured, Measured]]) -> str:
    lines = [
        "| what | compared with | ratio | bar | ratio by CPU | ratio of p99 | bar | a second |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row, (ours, theirs) in zip(rows, results, strict=True):
        is_own = row.other.server is row.hub.server
        name = f"`{row.other.path}`" if is_own else row.other.server.name
        bar = f"{row.bar:g}" if row.bar else ""
        most = f"{row.p99_bar:g}" if row.p99_bar else ""
        lines.append(
            f"| {row.label} | {name} | {ratio(ours.rate, theirs.rate)} | {bar} "
            f"| {ratio(ours.per_cpu, theirs.per_cpu)} | {ratio(ours.p99, theirs.p99)} | {most} "
            f"| {ours.rate:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def pages_of(rows: Sequence[Row], results: Sequence[tuple[Measured, Measured]]) -> str:
    """What pages that Django renders take, beside the bar in absolute terms."""
    lines = ["", "| what | CPU ms | bar |", "|---|---|---|"]
    for row, (ours, _theirs) in zip(rows, results, strict=True):
        if row.label.endswith(BY_DJANGO) and row.label.startswith("page"):
            spent = f"{1000 / ours.per_cpu:.1f}" if ours.per_cpu else "?"
            lines.append(f"| {row.label} | {spent} | {MOST_MS_BY_DJANGO:.0f} |")
    return "\n".join(lines) + "\n"


def times_of(times: Sequence[tuple[str, float, float]]) -> str:
    lines = ["", "| what | CPU seconds | bar |", "|---|---|---|"]
    lines += [f"| {label} | {spent:.2f} | {bar or ''} |" for label, spent, bar in times]
    return "\n".join(lines) + "\n"


def measure_work(environment: Mapping[str, str], source: str) -> list[tuple[str, float, float]]:
    """What the hub's commands take, in CPU seconds, with the bar or 0."""
    # As `make run` does, even where PYTHONDONTWRITEBYTECODE is set.
    packages = ["hub", "accounts", "models_registry", "reviews", "tests"]
    subprocess.run([sys.executable, "-m", "compileall", "-qq", *packages], cwd=ROOT, check=True)
    manage(environment, "prepare")
    return [
        ("import of the catalogue", manage(environment, "import_catalogue", source), 5),
        ("the same again", manage(environment, "import_catalogue", source), 1),
        ("`prepare` of a prepared hub", manage(environment, "prepare"), 0),
        *publication(environment),
        first_answer(environment),
    ]


def first_answer(environment: Mapping[str, str]) -> tuple[str, float, float]:
    """From `make run` of a prepared hub to its first 200, which the bar gives by the clock."""
    began = time.monotonic()
    # What is installed is as it should be, whatever the age of files.
    process = subprocess.Popen(
        ["make", "--silent", "--old-file", ".venv/.installed", "run"],
        cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{environment['WEB_PORT']}/healthz", seconds=300)
        seconds, spent = time.monotonic() - began, cpu_seconds((process.pid,))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
    return f"`make run` until its first 200 ({seconds:.1f} s by the clock, bar 3)", spent, 0


def publication(environment: Mapping[str, str]) -> list[tuple[str, float, float]]:
    """CPU seconds of a change of one model: the first of a process, and a later one."""
    out = subprocess.run(
        [sys.executable, "-m", "tests.bench.publication"],
        cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    labels = ("publication in the llm list, first of a process", "publication in the llm list")
    return [(label, float(spent), 0.2) for label, spent in zip(labels, out, strict=True)]
