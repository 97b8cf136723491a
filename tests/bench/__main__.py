"""`make bench`: the search, and the hub against nginx serving the same bytes from a file.

Of the search: how good its answers are, and its time in the database, on SQLite and, if
TEST_DATABASE_URL names one, on PostgreSQL (`ARGS="--only search"` ends there).

Of pages, lists, an import and 10,000 changes: what they cost with up to 10,000 models, on
PostgreSQL 100,000 (`--only growth`, `lists`, `changes`).

Of the hub: ratios, which can be compared between machines. Each row is measured in rounds that
take turns with nginx, with MLflow's registry (`make mlflow` installs it) or with the hub's own
smallest answers; its figures are medians. "By CPU" divides requests by the CPU seconds of the
servers' own processes, which a busy machine changes least.
Needs nginx and wrk (Debian: apt-get install nginx-light wrk). `--quick` takes two minutes, and
`--write` puts the tables into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time

from tests.bench.load import measure_load
from tests.bench.plot import drawn
from tests.bench.search import ROOT

SHARED = ROOT.parent / "shared" / "upstream" / "catalogue-4.1.0"
BEGIN, END = "<!-- figures -->", "<!-- end of the figures -->"
GROWTH_MARKS = ("<!-- growth -->", "<!-- end of growth -->")
LISTS_MARKS = ("<!-- lists -->", "<!-- end of lists -->")
CHANGES_MARKS = ("<!-- changes -->", "<!-- end of changes -->")
POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "")


def printed_by(module: str, *arguments: str, url: str) -> str:
    """What a module of the bench prints, on a database beside that of the URL; "" for SQLite."""
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    if url:
        environment["DATABASE_URL"] = url
    command = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    print(done.stdout, flush=True)
    return done.stdout


def measure_search() -> None:
    """Print the figures of `tests.bench.search`: of the catalogue, and of many models."""
    for url, counts in (("", (0, 10_000)), (POSTGRESQL, (0, 100_000) if POSTGRESQL else ())):
        for count in counts:
            printed_by("search", "--models", str(count), url=url)
    if not POSTGRESQL:
        print("PostgreSQL was not measured: TEST_DATABASE_URL names none.")


# What the plots of growth show, in the order of their legend.
SHOWN = (
    "list, first page", "list, last page", "list, type and 3 facets", "list by newest, last page",
    "search, a common word", "My Models, 1,000 own",
)  # fmt: skip
GOALS = {"postgresql": 30.0, "sqlite": 100.0}
# Vendor → what is asked → number of models → milliseconds.
Growth = dict[str, dict[str, dict[int, float]]]


def growth_in(printed: str) -> Growth:
    """The figures in what `tests.bench.growth` prints, for one or more databases."""
    found: Growth = {}
    vendor, count = "", 0
    for line in printed.splitlines():
        if head := re.match(r"(\w+), ([\d,]+) models:", line):
            vendor, count = head[1], int(head[2].replace(",", ""))
        elif row := re.match(r"\| (.+) \| ([\d.]+) \| \d+ \|", line):
            found.setdefault(vendor, {}).setdefault(row[1], {})[count] = float(row[2])
    return found


def write_growth(printed: str) -> None:
    """Put the figures into docs/benchmarks.md, and the plots beside it."""
    found = growth_in(printed)
    text = ""
    for vendor, rows in found.items():
        counts = sorted({count for row in rows.values() for count in row})
        series = {label: rows[label] for label in SHOWN if label in rows}
        name = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}[vendor]
        svg = drawn(f"{name}: database time of a request", series, bar=GOALS[vendor])
        (ROOT / f"docs/growth-{vendor}.svg").write_text(svg, encoding="utf-8")
        text += f"![{name}: database time by number of models](growth-{vendor}.svg)\n\n"
        text += f"| {name}, ms | {' | '.join(f'{count:,}' for count in counts)} |\n"
        text += f"|---|{'---|' * len(counts)}\n"
        for label, row in rows.items():
            cells = " | ".join(f"{row[count]:.1f}" if count in row else "" for count in counts)
            text += f"| {label} | {cells} |\n"
        text += "\n"
    put(text.strip() + "\n", *GROWTH_MARKS)


def measure_growth(*, is_written: bool) -> None:
    """What pages cost the database with ever more models (`tests.bench.growth`)."""
    printed = ""
    for url, counts in (
        ("", (1_000, 10_000)),
        (POSTGRESQL, (1_000, 10_000, 100_000) if POSTGRESQL else ()),
    ):
        for count in counts:
            printed += printed_by("growth", "--models", str(count), url=url)
    if is_written:
        write_growth(printed)


def measure_lists(*, is_written: bool) -> None:
    """What a list and an import cost with ever more models (`tests.bench.lists`)."""
    counts = (1_000, 10_000, 100_000) if POSTGRESQL else (1_000, 10_000)
    printed = [
        printed_by("lists", "--models", str(count), url=POSTGRESQL).strip() for count in counts
    ]
    if is_written:
        put("\n\n".join(printed) + "\n", *LISTS_MARKS)


def measure_changes(*, is_written: bool) -> None:
    """What 10,000 changes do to the memory of a process (`tests.bench.changes`)."""
    printed = printed_by("changes", url=POSTGRESQL)
    if is_written:
        put(printed.strip() + "\n", *CHANGES_MARKS)


def put(tables: str, begin: str, end: str) -> None:
    """Put tables between two marks of docs/benchmarks.md."""
    page = ROOT / "docs/benchmarks.md"
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    after = rest.partition(end)[2]
    today = time.strftime("%Y-%m-%d")
    machine = f"Measured on {today}, {os.cpu_count()} cores, Python {sys.version.split()[0]}.\n\n"
    page.write_text(f"{before}{begin}\n{machine}{tables}{end}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="how long each address is loaded")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--quick", action="store_true", help="one round of two seconds, no search")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    default = f"dir:{SHARED}" if SHARED.is_dir() else "pypi:xinference==4.1.0"
    parser.add_argument("--source", default=default, help="catalogue to fill the hub with")
    parts = {
        "search": measure_search,
        "growth": lambda: measure_growth(is_written=options.write),
        "lists": lambda: measure_lists(is_written=options.write),
        "changes": lambda: measure_changes(is_written=options.write),
        "load": lambda: print_load(options),
    }
    parser.add_argument("--only", choices=parts, help="a part")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds, options.only = 2, 1, options.only or "load"
    for part, measure in parts.items():
        if options.only in (None, part):
            measure()


def print_load(options: argparse.Namespace) -> None:
    """The hub beside nginx, MLflow and itself (`tests.bench.load`)."""
    for tool in ("nginx", "wrk"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: apt-get install nginx-light wrk")
    tables = measure_load(options)
    print(tables)
    if options.write:
        put(tables, BEGIN, END)


if __name__ == "__main__":
    main()
