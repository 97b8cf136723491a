"""What memory the variants of a model need, and which GPUs hold them."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from models_registry.api.parameters import GpuName
from models_registry.launch.memory import GIB, OVERHEAD_BYTES
from models_registry.launch.needs import (
    GPUS,
    ByteKey,
    KnownBytes,
    fitting_gpus,
    needs_of,
    smallest,
)
from tests.factories import image_record, llm_record
from tests.upstream_data import of_all

SHAPE = {
    "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "hidden_size": 4096,
    "num_hidden_layers": 32,
}  # fmt: skip
# 2 · 32 layers · 8 heads · 128 · 8192 tokens · 2 bytes
CACHE = 2**30


def spec(model_format, size, quantizations, hub="huggingface", **source):
    source = {"quantizations": quantizations, "model_id": "example/m", **source}
    return {
        "model_format": model_format,
        "model_size_in_billions": size,
        "model_src": {hub: source},
    }


def needs(*specs, known=None, context=8192, **changes):
    record = llm_record("m", model_specs=list(specs), context_length=131072, **changes)
    return needs_of("llm", [record], known, context=context)


def test_a_need_is_weights_cache_and_overhead():
    [need] = needs(spec("pytorch", 8, ["none"], model_metadata=SHAPE))
    assert (need.weights, need.cache, need.bits) == (16 * 10**9, CACHE, 16)
    assert need.total == 16 * 10**9 + CACHE + OVERHEAD_BYTES
    assert fitting_gpus(need) == ("24", "48", "80", "160")


def test_a_longer_context_needs_a_larger_cache_up_to_what_the_model_has():
    long = spec("pytorch", 8, ["none"], model_metadata=SHAPE)
    assert needs(long, context=32768)[0].cache == 4 * CACHE
    assert needs(long, context=10**9)[0].context == 131072


def test_quantizations_of_a_size_share_the_shape_of_the_cache():
    plain = spec("pytorch", 8, ["none"], model_metadata=SHAPE)
    [_plain, gguf, other] = needs(
        plain, spec("ggufv2", 8, ["Q4_K_M"]), spec("ggufv2", 70, ["Q4_K_M"])
    )
    assert gguf.cache == CACHE
    assert smallest([_plain, gguf, other]) is gguf
    assert (other.cache, other.total, fitting_gpus(other)) == (None, None, ())


def test_real_sizes_count_before_estimates_whichever_hub_has_them():
    specs = spec("pytorch", 8, ["none"], model_metadata=SHAPE)
    specs["model_src"]["modelscope"] = {"quantizations": ["none"], "model_id": "example/m"}
    known = {ByteKey(0, 0, "modelscope", "pytorch", "none"): KnownBytes(17 * 10**9, 15 * 10**9)}
    [need] = needs(specs, known=known)
    assert (need.weights, need.bits, need.download) == (15 * 10**9, None, 17 * 10**9)


def test_files_that_can_not_be_all_the_weights_do_not_count():
    known = {ByteKey(0, 0, "huggingface", "pytorch", "none"): KnownBytes(10**9, 10**9)}
    [need] = needs(spec("pytorch", 8, ["none"], model_metadata=SHAPE), known=known)
    assert (need.weights, need.bits) == (16 * 10**9, 16)


def test_mlx_needs_a_mac_and_never_fits_a_gpu():
    [need] = needs(spec("mlx", 8, ["4bit"], model_metadata=SHAPE))
    assert need.total is not None
    assert (fitting_gpus(need), smallest([need])) == ((), None)


def test_other_types_count_by_the_size_of_their_files_only():
    [unknown] = needs_of("image", [image_record()])
    assert (unknown.total, smallest([unknown])) == (None, None)
    known = {ByteKey(0, 0, "huggingface", "pytorch", ""): KnownBytes(9 * 10**9, 7 * 10**9)}
    [need] = needs_of("image", [image_record()], known)
    assert (need.cache, need.total) == (0, 7 * 10**9 + OVERHEAD_BYTES)
    assert smallest([need]) is need


@pytest.mark.parametrize("records", [[], [7], [{}], [{"model_specs": "x"}], [{"model_specs": [3]}]])
def test_rubbish_has_no_need(records):
    assert smallest(needs_of("llm", records)) is None


def test_an_absurd_shape_has_no_need():
    shape = dict.fromkeys(SHAPE, 10**14)
    [need] = needs(spec("pytorch", 8, ["none"], model_metadata=shape))
    assert (need.total, fitting_gpus(need), smallest([need])) == (None, (), None)


def test_gpus_grow_and_leave_a_tenth_free():
    sizes = [gpu.usable for gpu in GPUS]
    assert sizes == sorted(set(sizes))
    assert GPUS[0].usable == int(8 * GIB * 0.9)
    assert sizes[-1] == int(160 * GIB * 0.9) - OVERHEAD_BYTES
    assert get_args(GpuName) == tuple(gpu.key for gpu in GPUS)


def test_most_released_language_models_have_a_need(released_catalogue):
    files = sorted((released_catalogue / "xinference/model/llm/models").glob("*.json"))
    known = [smallest(needs_of("llm", json.loads(path.read_text()))) for path in files]
    assert sum(need is not None for need in known) >= of_all(165)
