import time

import pytest

from models_registry.definitions.facts.identity import (
    additions,
    canonical,
    package_key,
    pairs,
    role_of,
    set_key,
)
from tests.models_registry.definitions.samples import audio, spec


def mlx(quantization, **changes):
    return spec("mlx", quantizations=[quantization], model_id=f"o/{quantization}", **changes)


@pytest.mark.parametrize(
    ("one", "other"), [(3, 3.0), (1, True), (None, "null"), ("1", 1), ([], {})]
)
def test_values_that_are_written_otherwise_are_other_values(one, other):
    assert canonical(one) != canonical(other)


def test_the_order_of_keys_does_not_count():
    assert canonical({"a": 1, "b": {"c": 2, "d": 3}}) == canonical({"b": {"d": 3, "c": 2}, "a": 1})


def test_specs_are_paired_by_format_and_size():
    old = [spec(), spec("awq"), spec(size=72)]
    new = [
        spec("awq", model_revision="r"),
        spec(size=72, model_id="x/y"),
        spec(size="0_5", model_id="o/s"),
    ]
    assert pairs("spec", old, new) == {1: 0, 2: 1}


def test_specs_of_one_format_and_size_are_paired_by_source_or_quantization():
    four, eight = mlx("4bit"), mlx("8bit")
    moved = spec("mlx", quantizations=["4bit"], model_id="else/where")
    assert pairs("spec", [four, eight], [eight, moved]) == {0: 1, 1: 0}
    assert pairs("spec", [four, eight], [mlx("3bit"), mlx("6bit")]) == {}


def test_a_spec_whose_format_was_corrected_is_paired_by_its_sources():
    assert pairs("spec", [spec("gptq", model_id="o/a")], [spec("awq", model_id="o/a")]) == {0: 0}


def test_of_equal_entries_the_one_in_its_place_stays():
    assert pairs("spec", [spec(), spec()], [spec(model_revision="r"), spec()]) == {0: 0, 1: 1}


def test_records_are_paired_by_variant_whatever_else_changed():
    old = [audio(engine="PyTorch"), audio(engine="MLX", updated_at=1)]
    new = [audio(engine="MLX", updated_at=2, model_family="g"), audio(engine="diffusers")]
    assert pairs("record", old, new) == {1: 0, 0: 1}


def test_two_new_specs_without_a_common_quantization_are_two_specs():
    assert additions("spec", [mlx("4bit")], [mlx("8bit")]) == {}
    assert additions("spec", [mlx("4bit")], [mlx("4bit")]) == {0: 0}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("torch==2.1", "Torch>=2,<3"),
        ("mlx-audio[tts]==0.4", "mlx_audio"),
        ('vllm ; #engine# == "vllm"', "vllm==0.11;  #engine# == 'vllm'"),
        ("git+https://h.org/o/d@v1", "git+https://h.org/o/d@v2"),
        ("a @ git+https://h.org/o/a@v1", "a==1"),
        ("#system_torch#", "#system_torch# "),
    ],
)
def test_versions_of_one_package_have_one_key(one, other):
    assert package_key(one) == package_key(other)


def test_other_packages_and_markers_have_other_keys():
    packages = [
        "torch",
        "torchvision",
        'torch ; #engine# == "vllm"',
        "#system_torch#",
        "git+https://h.org/o/d",
        "git+https://h.org/o/e",
        "https://h.org/a-1.whl",
    ]
    assert len({package_key(one) for one in packages}) == len(packages)


@pytest.mark.parametrize(
    ("key", "lists", "is_set"),
    [
        ("model_lang", [["en"], ["en", "zh"]], True),
        ("stop_token_ids", [[1, 2], []], True),
        ("model_lang", [["en", "en"]], False),
        ("model_lang", [["en"], "en"], False),
        ("model_lang", [[{}]], False),
        ("layer_types", [["a"]], False),
        (None, [["a"]], False),
    ],
)
def test_lists_are_sets_by_their_key_and_what_is_in_them(key, lists, is_set):
    assert (set_key(key, lists) is not None) == is_set


def test_packages_that_stand_twice_are_told_apart_by_their_text():
    key = set_key("packages", [["torch==1", "torch==2"]])
    assert key("torch==1") != key("torch==2")


def test_what_is_in_the_settings_of_an_engine_has_no_known_meaning():
    assert role_of("record", "default_model_config") == "open"
    assert role_of(role_of("open", "model_specs"), None) == "open"
    assert role_of("value", "model_specs") == "value"


def test_long_lists_are_paired_in_time():
    old = [spec(size=place % 3) for place in range(20_000)]
    new = [spec(size=place % 3, model_revision="r") for place in range(20_000)]
    start = time.process_time()
    assert len(pairs("spec", old, new)) == 20_000
    assert time.process_time() - start < 60
