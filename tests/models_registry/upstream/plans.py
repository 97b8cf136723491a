"""Plans from texts, without GitHub."""

from __future__ import annotations

from models_registry.definitions.upstream_files.layouts import split_path
from models_registry.upstream.plan import Item, make_plan
from tests.factories import llm_record, written

NOW = 1_900_000_000


class Files(dict):
    """Upstream's files in a dictionary."""

    def paths(self):
        return list(self)

    def text(self, path):
        return self.get(path)


def plan_one(base: str, wanted: str, theirs: str | None = None, name: str = "a"):
    path = split_path("llm", name)
    now = base if theirs is None else theirs
    files = Files({path: now} if now else {split_path("llm", "z"): written(llm_record("z"))})
    return make_plan([Item("llm", name, base, wanted)], files, now=NOW), path


HOSTILE = [
    "@octocat fixes #1", "</td><script>alert(1)</script>", "`code` ``` @x", "a|b|c", "x\n\n# Title",
    "https://example.org/issues/1", "![](http://x/y.png)", "\u202egpj.exe",
    "GH-1 closes xorbitsai/inference#2",
]  # fmt: skip


def spec(size, quantizations=("none",), model_id="org/model", **more):
    source = {"model_id": model_id, "quantizations": list(quantizations)}
    return {
        "model_format": "pytorch",
        "model_size_in_billions": size,
        "model_src": {"huggingface": source},
        **more,
    }
