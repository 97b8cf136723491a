"""Small inputs that make large pages, and what a page may cost."""

from __future__ import annotations

import json
import time

from tests.factories import llm_record

# Seconds of CPU that one request may take: twice what the slowest one here takes on two busy cores.
MOST_SECONDS = 15


MOST_BYTES = 8_000_000


def many_specs() -> str:
    """A sound definition of 950 kB in one line: thousands of variants, each with a repository."""
    record = llm_record("m-large")
    spec = record["model_specs"][0]
    count = 930_000 // len(json.dumps(spec))
    record["model_specs"] = [
        {**spec, "model_size_in_billions": number} for number in range(1, count + 1)
    ]
    return json.dumps([record])


def many_keys() -> str:
    return json.dumps([llm_record("m-large", **{f"k{number}": 1 for number in range(80_000)})])


def long_lines() -> str:
    return json.dumps([llm_record("m-large", model_description="word " * 180_000)])


def cost(ask) -> tuple[object, float]:
    before = time.process_time()
    answer = ask()
    return answer, time.process_time() - before
