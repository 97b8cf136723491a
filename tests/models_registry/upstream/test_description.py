"""What upstream's maintainers read in a pull request: it fits, and says what is left out."""

from __future__ import annotations

import dataclasses
import re

import pytest

from models_registry.definitions.upstream_files.layouts import split_path
from models_registry.upstream import texts
from models_registry.upstream.description import ChangeOrigin
from models_registry.upstream.plan import Item, make_plan
from tests.factories import image_record, llm_record, written
from tests.models_registry.upstream.plans import Files, plan_one, spec


def plan_of(count: int, **changes):
    items, files = [], Files()
    for number in range(count):
        name = f"m-{number}"
        specs = [spec(size, [f"Q{n}" for n in range(12)]) for size in range(1, 9)]
        base = written(llm_record(name, model_specs=specs))
        files[split_path("llm", name)] = base
        items.append(Item("llm", name, base, written(llm_record(name, **changes))))
    return make_plan(items, files, now=1)


@pytest.mark.parametrize("count", [1, 3, 64, 300])
def test_a_body_of_any_number_of_models_fits_and_says_what_is_left_out(count):
    changes = {f"key_{n}": "𝕏" * 70 for n in range(20)}
    plan = plan_of(count, **changes)
    key = ("llm", f"m-{count - 1}")
    body = texts.body(plan, {key: ChangeOrigin("", "", "http://hub/p#c")}, hub="http://hub")
    assert len(body.encode("utf-16-le")) / 2 <= 65_536 - 5_000
    described = len(re.findall(r"^### Updates ", body, re.MULTILINE))
    rest = re.search(r"^### And (\d+) more models", body, re.MULTILINE)
    assert described + (int(rest.group(1)) if rest else 0) == count
    assert bool(rest) == (count == 300)
    assert "**Checks**" in body
    assert "stop the hub from changing something" in body


def test_removals_come_first_and_what_is_left_out_links_to_the_hub():
    plan = plan_of(100, context_length=1)
    last = plan.results[-1]
    plan.results[-1] = dataclasses.replace(last, sent="")
    origins = {
        ("llm", result.item.name): ChangeOrigin("", "", f"http://hub/{result.item.name}#c")
        for result in plan.results
    }
    body = texts.body(plan, origins, hub="http://hub", limit=8_000)
    assert body.startswith("### Removes `m-99` (llm)")
    assert len(body) <= 8_000
    assert re.search(r"^- updates \[`m-\d+`\]\(http://hub/m-\d+#c\)$", body, re.MULTILINE)


def test_a_body_says_which_releases_can_use_a_model_and_why_others_cant():
    index = {"packages": ["a"], "extra_index_url": ["https://example.org/simple"]}
    body = texts.body(plan_of(1, virtualenv=index), {}, hub="http://hub")
    assert "**Works with Xinference** from 2.0.0 on (before: from 1.13.0 on)" in body
    assert "- 1.13.0 to 1.17.1 can't load it: " in body
    assert "Works with Xinference" not in texts.body(plan_of(1, key="x"), {}, hub="http://hub")


def test_a_body_says_what_to_look_at_twice():
    """Also if nobody has reviewed the change in the hub; what upstream has already is no news."""
    packages = {"packages": ["git+https://github.com/evil/thing"]}
    base, risky = written(llm_record("a")), written(llm_record("a", virtualenv=packages))

    def body_of(before: str, after: str) -> str:
        plan, _path = plan_one(before, after)
        return texts.body(plan, {}, hub="http://hub")

    body = body_of(base, risky)
    assert "**Look twice at**" in body
    assert "is installed from a repository without a fixed commit" in body
    longer = written(llm_record("a", virtualenv=packages, context_length=1))
    assert "Look twice" not in body_of(risky, longer)


def test_a_body_says_which_servers_a_change_stops():
    source = {"model_id": "a/b", "model_revision": "master"}
    texts_of = [
        written(image_record("speaker", multilingual=True, model_src={hub: source}))
        for hub in ("huggingface", "modelscope")
    ]
    files = Files()
    files[split_path("audio", "speaker")] = texts_of[0]
    plan = make_plan([Item("audio", "speaker", *texts_of)], files, now=1)
    body = texts.body(plan, {}, hub="http://hub")
    assert "**Works with Xinference** from 3.2.0 on (before: from 1.13.0 on)" in body
    assert "- 1.13.0 to 3.1.0 do not start with it: " in body
