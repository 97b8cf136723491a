"""`make bench`: the hub against nginx serving the same bytes from a file.

Absolute figures are this machine's; the ratio is what can be compared. Needs nginx and wrk
(Debian: apt-get install nginx-light wrk).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "upstream" / "catalogue-4.1.0"
LIST = "/api/models/download?model_type=llm"


@dataclass
class Measured:
    """Requests a second, latencies in milliseconds, and answers that were no success."""

    rate: float
    p50: float
    p99: float
    bad: int


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def fetch(url: str, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as response:
        return response.read(), dict(response.headers)


def wrk(url: str, headers: dict[str, str], seconds: int, connections: int) -> Measured:
    """Load one address for some seconds. An answer of 304 counts as good; wrk counts it as such."""
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout

    def milliseconds(label: str) -> float:
        number, unit = re.search(rf"{label}%\s+([\d.]+)(us|ms|s)", out).groups()
        return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]

    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return Measured(rate, milliseconds("50"), milliseconds("99"), int(bad.group(1)) if bad else 0)


def start_hub(folder: Path, source: str) -> tuple[subprocess.Popen, str]:
    port = free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hub.settings",
        "SECRET_KEY": "for-the-benchmark-only-" + "x" * 40,
        "HUB_VAR_DIR": str(folder / "var"),
        "HUB_SKIP_IMPORT": "1",
        "WEB_PORT": str(port),
    }
    for arguments in (["prepare"], ["import_catalogue", source]):
        subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
    process = subprocess.Popen(
        [Path(sys.executable).parent / "gunicorn", "hub.wsgi", "--bind", f"127.0.0.1:{port}",
         "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--log-level", "error"],
        cwd=ROOT, env=environment,
    )  # fmt: skip
    return process, f"http://127.0.0.1:{port}"


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="how long each address is loaded")
    parser.add_argument("--connections", type=int, default=8)
    default = f"dir:{SHARED}" if SHARED.is_dir() else "pypi:xinference==4.1.0"
    parser.add_argument("--source", default=default, help="catalogue to fill the hub with")
    options = parser.parse_args()
    for tool in ("nginx", "wrk"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: apt-get install nginx-light wrk")
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder = Path(name)
        hub, base = start_hub(folder, options.source)
        wait_for(f"{base}/healthz")
        cases = {
            "list page": ("/models", {}),
            "list page, filtered": ("/models?type=llm&ability=chat&q=qwen", {}),
            "model page": ("/models/detail/qwen3?type=llm", {}),
            "download llm": (LIST, {}),
            "download llm, gzip": (LIST, {"Accept-Encoding": "gzip"}),
            "download llm, revision": (f"{LIST}&revision=1", {"Accept-Encoding": "br"}),
            "download one model": (f"{LIST}&model_name=qwen3", {}),
        }
        fetched = {label: fetch(base + path, headers) for label, (path, headers) in cases.items()}
        files = {f"{number}.bin": fetched[label][0] for number, label in enumerate(cases)}
        nginx, plain = start_nginx(folder, files)
        wait_for(f"{plain}/0.bin")
        try:
            print(
                f"{'':24}{'bytes':>10}{'hub/s':>10}{'p50 ms':>9}{'p99 ms':>9}"
                f"{'nginx/s':>10}{'hub:nginx':>11}"
            )
            rows = [
                (label, base + path, headers, f"{plain}/{number}.bin", {}, len(fetched[label][0]))
                for number, (label, (path, headers)) in enumerate(cases.items())
            ]
            etag = fetched["download llm"][1]["ETag"]
            file_etag = fetch(f"{plain}/3.bin", {})[1]["ETag"]
            rows.append(
                ("download llm, 304", base + LIST, {"If-None-Match": etag},
                 f"{plain}/3.bin", {"If-None-Match": file_etag}, 0)
            )  # fmt: skip
            for label, url, headers, file_url, file_headers, size in rows:
                ours = wrk(url, headers, options.seconds, options.connections)
                theirs = wrk(file_url, file_headers, options.seconds, options.connections)
                print(
                    f"{label:24}{size:>10}{ours.rate:>10.0f}{ours.p50:>9.1f}{ours.p99:>9.1f}"
                    f"{theirs.rate:>10.0f}{ours.rate / theirs.rate:>11.4f}"
                    + (f"  {ours.bad} failed" if ours.bad else "")
                )
        finally:
            for process in (hub, nginx):
                process.terminate()
                process.wait(timeout=20)


if __name__ == "__main__":
    main()
