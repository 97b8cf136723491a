"""A class name has one meaning in the whole project."""

import ast
from collections import defaultdict

from tests.environment import ROOT

PACKAGES = ("accounts", "hub", "models_registry", "reviews")
# Names that Django prescribes, by the folder in which it looks for them.
PRESCRIBED = {"Command": "management/commands"}


def test_no_two_classes_of_the_project_have_the_same_name():
    places = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            module = path.relative_to(ROOT)
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    folder = PRESCRIBED.get(node.name)
                    if folder is None or not module.parent.as_posix().endswith(folder):
                        places[node.name].append(f"{module}:{node.lineno}")
    assert len(places) > 300, "the walk finds the project's classes"
    assert {name: modules for name, modules in places.items() if len(modules) > 1} == {}
