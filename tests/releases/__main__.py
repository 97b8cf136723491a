"""`python -m tests.releases`: rules and tables out of the wheels of released Xinferences."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
from collections.abc import Iterable

import pytest

from models_registry.definitions.checks import release_rules
from tests.releases import rules, wheels


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.releases", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser(
        "rules", help="compare the rules of releases with the loaders in their wheels"
    )
    made.add_argument("releases", nargs="*", help="default: all known; a new one is added")
    made.add_argument("--write", action="store_true", help="write what the loaders say")
    fetched = commands.add_parser("fetch", help="bring the packages that the tests compare with")
    fetched.add_argument("--all", action="store_true", help="those of all known releases")
    commands.add_parser("matrix", help="measure all releases, and write docs/releases.md")
    options = parser.parse_args()
    if options.command == "rules":
        return _rules(options.releases, write=options.write)
    if options.command == "fetch":
        return _fetch(release_rules.RELEASES if options.all else wheels.TRIED)
    if status := _fetch(release_rules.RELEASES):
        return status
    os.environ["RELEASES_TABLE"] = "write"
    return int(pytest.main(["-q", "tests/models_registry/catalogue/test_release_matrix.py"]))


def _fetch(releases: Iterable[str]) -> int:
    try:
        for release in releases:
            wheels.folder_of(release)
    except wheels.NoPackage as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _rules(named: list[str], *, write: bool) -> int:
    wanted = set(named or release_rules.RELEASES)
    kept = {path.name: path.read_text("utf-8") for path in release_rules.FOLDER.glob("*.json")}
    measured = [rules.measured(release) for release in sorted(wanted, key=release_rules.key)]
    for text in kept.values():
        data = json.loads(text)
        for release in data["releases"]:
            if release not in wanted:
                names = data["shipped without updated_at"].get(release, {})
                one = {"releases": [release], "shipped without updated_at": {release: names}}
                measured.append(one | {"types": data["types"]})
    made = {
        f"{each['releases'][0]}.json": json.dumps(each, indent=1, ensure_ascii=False) + "\n"
        for each in rules.joined(measured)
    }
    for name in sorted(kept.keys() | made.keys()):
        old, new = kept.get(name, ""), made.get(name, "")
        sys.stdout.writelines(
            difflib.unified_diff(old.splitlines(True), new.splitlines(True), name, name)
        )
    if write:
        for name in kept.keys() - made.keys():
            (release_rules.FOLDER / name).unlink()
        for name, text in made.items():
            (release_rules.FOLDER / name).write_text(text, "utf-8")
    return int(made != kept and not write)


if __name__ == "__main__":
    sys.exit(main())
