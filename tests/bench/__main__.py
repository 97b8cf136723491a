"""`make bench`: the search, and the hub against nginx serving the same bytes from a file.

Of the search: how good its answers are, and its time in the database, on SQLite and, if
TEST_DATABASE_URL names one, on PostgreSQL (`ARGS="--only search"` ends there).

Of lists: what they cost the database with up to 10,000 models, on PostgreSQL 100,000
(`ARGS="--only growth"`).

Of the hub: ratios, which can be compared between machines. Each row is measured in rounds that
take turns with nginx, or with the hub's own `/healthz`; its figures are medians. "By CPU" divides
requests by the CPU seconds of the server's own processes, which a busy machine changes least.
Needs nginx and wrk (Debian: apt-get install nginx-light wrk). `--quick` takes two minutes, and
`--write` puts the tables into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from tests.bench.plot import drawn

ROOT = Path(__file__).resolve().parent.parent.parent
SHARED = ROOT.parent / "shared" / "upstream" / "catalogue-4.1.0"
LIST = "/api/models/download?model_type=llm"
BEGIN, END = "<!-- figures -->", "<!-- end of the figures -->"
GROWTH_MARKS = ("<!-- growth -->", "<!-- end of growth -->")


@dataclass(frozen=True)
class Measured:
    """Requests a second, requests a CPU second of the server, and p99 in milliseconds."""

    rate: float
    per_cpu: float
    p99: float


@dataclass(frozen=True)
class Row:
    """What is asked of the hub, what it is compared with, and the ratio it should reach."""

    label: str
    url: str
    headers: dict[str, str]
    other: str
    other_headers: dict[str, str]
    bar: float


def median(rounds: Sequence[Measured]) -> Measured:
    rates, per_cpu, p99 = zip(
        *((each.rate, each.per_cpu, each.p99) for each in rounds), strict=True
    )
    return Measured(statistics.median(rates), statistics.median(per_cpu), statistics.median(p99))


def cpu_seconds(pid: int) -> float:
    """The CPU seconds of a process and all below it."""
    seconds = 0.0
    waiting = [pid]
    while waiting:
        process = waiting.pop()
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        except OSError:
            continue
        # Its own, and those of children that have ended.
        seconds += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        waiting += map(int, children)
    return seconds


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def fetch(url: str, headers: dict[str, str]) -> tuple[bytes, Message]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as response:
        return response.read(), response.headers


def load(pid: int, url: str, headers: dict[str, str], seconds: int, connections: int) -> Measured:
    """Load one address of a server for some seconds; an error ends the run."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    before = cpu_seconds(pid)
    out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    spent = max(cpu_seconds(pid) - before, 0.01)
    if "Non-2xx" in out:
        sys.exit(f"{url} failed: {out}")
    count = int(re.search(r"(\d+) requests in", out).group(1))
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", out).groups()
    p99 = float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}[unit]
    return Measured(count / seconds, count / spent, p99)


def environment_of(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hub.settings",
        "SECRET_KEY": "for-the-benchmark-only-" + "x" * 40,
        "HUB_VAR_DIR": str(folder / "var"),
        "HUB_SKIP_IMPORT": "1",
        "WEB_PORT": str(free_port()),
    }


def manage(environment: dict[str, str], *arguments: str) -> float:
    """Run a command of the hub; returns its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start_hub(environment: dict[str, str]) -> tuple[subprocess.Popen, str]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--only", "web"],
        cwd=ROOT, env=environment,
    )  # fmt: skip
    return process, f"http://127.0.0.1:{environment['WEB_PORT']}"


def start_nginx(folder: Path, bodies: dict[str, bytes]) -> tuple[subprocess.Popen, str]:
    port = free_port()
    site = folder / "site"
    site.mkdir()
    for name, body in bodies.items():
        (site / name).write_bytes(body)
    config = folder / "nginx.conf"
    config.write_text(
        f"""daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 2;
        events {{ worker_connections 512; }}
        http {{ access_log off; sendfile on; keepalive_requests 1000000;
          client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
          uwsgi_temp_path {folder}; scgi_temp_path {folder};
          server {{ listen 127.0.0.1:{port}; root {site}; }} }}"""
    )
    process = subprocess.Popen(["nginx", "-c", str(config)], stderr=subprocess.DEVNULL)
    return process, f"http://127.0.0.1:{port}"


def wait_for(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"{url} does not answer.")


def measure_search() -> None:
    """Print the figures of `tests.bench.search`: of the catalogue, and of many models."""
    postgresql = os.environ.get("TEST_DATABASE_URL", "")
    for url, counts in (("", (0, 10_000)), (postgresql, (0, 100_000) if postgresql else ())):
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        if url:
            environment["DATABASE_URL"] = url
        for count in counts:
            command = [sys.executable, "-m", "tests.bench.search", "--models", str(count)]
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
    if not postgresql:
        print("PostgreSQL was not measured: TEST_DATABASE_URL names none.")


# What the plots of growth show, in the order of their legend.
SHOWN = (
    "list, first page", "list, last page", "list, type and 3 facets", "list by newest, last page",
    "API list", "list, first page, signed in with own",
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
    """Print what lists cost the database with ever more models (`tests.bench.growth`)."""
    printed = ""
    postgresql = os.environ.get("TEST_DATABASE_URL", "")
    for url, counts in (
        ("", (1_000, 10_000)),
        (postgresql, (1_000, 10_000, 100_000) if postgresql else ()),
    ):
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        if url:
            environment["DATABASE_URL"] = url
        for count in counts:
            command = [sys.executable, "-m", "tests.bench.growth", "--models", str(count)]
            out = subprocess.run(
                command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
            ).stdout
            print(out, flush=True)
            printed += out
    if is_written:
        write_growth(printed)


def rows_of(base: str, plain: str, etag: str, file_etag: str) -> list[Row]:
    """The rows, with the files of nginx: 0 the list, 1 the same compressed, 2 one model."""
    gzip = {"Accept-Encoding": "gzip"}
    one = f"{LIST}&model_name=qwen3&include_readme=true"
    # A cookie that the hub does not know: Django answers.
    cold = {**gzip, "Cookie": "other=1"}
    health = f"{base}/healthz"
    return [
        Row("list of llm, identity", base + LIST, {}, f"{plain}/0.bin", {}, 0.65),
        Row("list of llm, gzip", base + LIST, gzip, f"{plain}/1.bin", {}, 0.5),
        Row("list of llm, 304", base + LIST, {"If-None-Match": etag}, f"{plain}/1.bin",
            {"If-None-Match": file_etag}, 0.25),
        Row("one model with README, gzip", base + one, gzip, f"{plain}/2.bin", {}, 0.02),
        Row("API list", f"{base}/api/models", gzip, health, {}, 0),
        Row("API search", f"{base}/api/models?query=qwen", gzip, health, {}, 0),
        Row("API, one model", f"{base}/api/models/qwen3", gzip, health, {}, 0),
        Row("page of the list", f"{base}/models", gzip, health, {}, 0.5),
        Row("page of a search", f"{base}/models?q=qwen", gzip, health, {}, 0.5),
        Row("page of a model", f"{base}/models/detail/qwen3", gzip, health, {}, 0.5),
        Row("page of the list, by Django", f"{base}/models", cold, health, {}, 0.15),
        Row("page of a model, by Django", f"{base}/models/detail/qwen3", cold, health, {}, 0.15),
    ]  # fmt: skip


def measure_load(options: argparse.Namespace) -> str:
    """The tables of what the hub answers, and of what it does, as Markdown."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder = Path(name)
        environment = environment_of(folder)
        manage(environment, "prepare")
        times = [
            ("import of the catalogue", manage(environment, "import_catalogue", options.source), 5),
            ("the same again", manage(environment, "import_catalogue", options.source), 1),
            ("`prepare` of a prepared hub", manage(environment, "prepare"), 0),
            *publication(environment),
        ]
        began = time.monotonic()
        hub, base = start_hub(environment)
        wait_for(f"{base}/healthz")
        started, spent = time.monotonic() - began, cpu_seconds(hub.pid)
        times.append((f"web server until its first 200 ({started:.1f} s by the clock)", spent, 3))
        paths = (LIST, LIST, f"{LIST}&model_name=qwen3&include_readme=true")
        codings = ({}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "gzip"})
        fetched = [fetch(base + path, coding) for path, coding in zip(paths, codings, strict=True)]
        nginx, plain = start_nginx(
            folder, {f"{number}.bin": body for number, (body, _headers) in enumerate(fetched)}
        )
        try:
            wait_for(f"{plain}/0.bin")
            file_etag = fetch(f"{plain}/1.bin", {})[1]["ETag"]
            rows = rows_of(base, plain, fetched[1][1]["ETag"], file_etag)
            return table_of(rows, measured(rows, hub.pid, nginx.pid, options)) + times_of(times)
        finally:
            for process in (hub, nginx):
                process.terminate()
                process.wait(timeout=20)


def measured(
    rows: Sequence[Row], hub: int, nginx: int, options: argparse.Namespace
) -> list[tuple[Measured, Measured]]:
    """Each row of the hub and what it is compared with, in rounds that take turns."""
    rounds: list[list[tuple[Measured, Measured]]] = [[] for _row in rows]
    for _round in range(options.rounds):
        for row, results in zip(rows, rounds, strict=True):
            other = hub if row.other.endswith("/healthz") else nginx
            results.append(
                (
                    load(hub, row.url, row.headers, options.seconds, options.connections),
                    load(other, row.other, row.other_headers, options.seconds, options.connections),
                )
            )
    return [
        (median([ours for ours, _theirs in results]), median([theirs for _, theirs in results]))
        for results in rounds
    ]


def ratio(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.2g}" if theirs else "?"


def table_of(rows: Sequence[Row], results: Sequence[tuple[Measured, Measured]]) -> str:
    lines = [
        "| what | compared with | ratio | bar | ratio by CPU | ratio of p99 | a second |",
        "|---|---|---|---|---|---|---|",
    ]
    for row, (ours, theirs) in zip(rows, results, strict=True):
        name = "`/healthz`" if row.other.endswith("/healthz") else "nginx"
        bar = f"{row.bar:g}" if row.bar else ""
        lines.append(
            f"| {row.label} | {name} | {ratio(ours.rate, theirs.rate)} | {bar} "
            f"| {ratio(ours.per_cpu, theirs.per_cpu)} | {ratio(ours.p99, theirs.p99)} "
            f"| {ours.rate:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def times_of(times: Sequence[tuple[str, float, float]]) -> str:
    lines = ["", "| what | CPU seconds | bar |", "|---|---|---|"]
    lines += [f"| {label} | {spent:.2f} | {bar or ''} |" for label, spent, bar in times]
    return "\n".join(lines) + "\n"


def publication(environment: dict[str, str]) -> list[tuple[str, float, float]]:
    """CPU seconds of a change of one model: the first of a process, and a later one."""
    out = subprocess.run(
        [sys.executable, "-m", "tests.bench.publication"],
        cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    labels = ("publication in the llm list, first of a process", "publication in the llm list")
    return [(label, float(spent), 0.2) for label, spent in zip(labels, out, strict=True)]


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
    parser.add_argument("--only", choices=("search", "growth", "load"), help="a part")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds, options.only = 2, 1, options.only or "load"
    if options.only in (None, "search"):
        measure_search()
    if options.only in (None, "growth"):
        measure_growth(is_written=options.write)
    if options.only in ("search", "growth"):
        return
    for tool in ("nginx", "wrk"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: apt-get install nginx-light wrk")
    tables = measure_load(options)
    print(tables)
    if options.write:
        put(tables, BEGIN, END)


if __name__ == "__main__":
    main()
