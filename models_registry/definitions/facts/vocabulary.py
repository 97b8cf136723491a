"""Canonical spellings of languages, engines, hubs and sizes, which records spell in many ways."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from urllib.parse import quote

# The keys of `SUPPORTED_ENGINES` in Xinference 4.1.0's model packages, folded; spelled as their
# projects do.
_ENGINES: Final = {
    "vllm": "vLLM",
    "sglang": "SGLang",
    "transformers": "Transformers",
    "llama.cpp": "llama.cpp",
    "llama_cpp": "llama.cpp",
    "llama-cpp-python": "llama.cpp",
    "mlx": "MLX",
    "trt-llm": "TRT-LLM",
    "sentence_transformers": "sentence_transformers",
    "sentence-transformers": "sentence_transformers",
    "flag": "flag",
    "diffusers": "Diffusers",
    "pytorch": "PyTorch",
    "deepdoc": "DeepDoc",
}
_ENGINE_OF_FORMAT: Final = {"ggufv2": "llama.cpp", "mlx": "MLX"}
# `_ENGINE_MARKER_RE` of Xinference 4.1.0's model/utils.py.
_ENGINE_MARKER = re.compile(r"#(?:engine|model_engine)#\s*==\s*[\"']([^\"']+)[\"']", re.IGNORECASE)

# Names of languages, and country codes that upstream's records use for languages, to ISO 639 codes.
_LANGUAGES: Final = {
    "arabic": "ar",
    "cantonese": "yue",
    "chinese": "zh",
    "czech": "cs",
    "dutch": "nl",
    "english": "en",
    "finnish": "fi",
    "french": "fr",
    "german": "de",
    "greek": "el",
    "hindi": "hi",
    "indonesian": "id",
    "italian": "it",
    "japanese": "ja",
    "jp": "ja",
    "kh": "km",
    "korean": "ko",
    "kr": "ko",
    "mandarin": "zh",
    "mm": "my",
    "ph": "tl",
    "polish": "pl",
    "portuguese": "pt",
    "romanian": "ro",
    "russian": "ru",
    "spanish": "es",
    "thai": "th",
    "turkish": "tr",
    "ukrainian": "uk",
    "vietnamese": "vi",
    "beijing_dialect": "zh",
    "sichuan_dialect": "zh",
}
_NO_LANGUAGE: Final = frozenset({"", "auto", "unknown", "none"})
_MANY_LANGUAGES = re.compile(r"multi-?lingual|\d+\+? languages( supported)?")
_REGIONAL = re.compile(r"([a-z]{2,3})[-_][a-z0-9_-]+")

HUBS: Final = ("huggingface", "modelscope", "openmind_hub", "csghub")
_REPOSITORY_PAGES: Final = {
    "huggingface": "https://huggingface.co/",
    "modelscope": "https://www.modelscope.cn/models/",
    "openmind_hub": "https://modelers.cn/models/",
    "csghub": "https://opencsg.com/models/",
}
_REPOSITORY_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
# The rule of huggingface_hub's validate_repo_id, with a required owner; ModelScope's ids match it.
_ID_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_STRICT_ID = re.compile(rf"{_ID_PART}/{_ID_PART}")

_SIZE = re.compile(r"([0-9]{1,6})(?:[_.]([0-9]{1,6}))?")


@dataclass(frozen=True, slots=True)
class Bucket:
    """One choice of a facet: `key` is for URLs, `label` for people, `low` its smallest value."""

    key: str
    label: str
    low: float


# Billions of parameters; each bucket ends where the next begins, but 110B itself belongs to the
# last bucket but one.
SIZE_BUCKETS: Final = (
    Bucket("lt-1b", "<1B", 0),
    Bucket("1-4b", "1–4B", 1),
    Bucket("4-9b", "4–9B", 4),
    Bucket("9-15b", "9–15B", 9),
    Bucket("15-40b", "15–40B", 15),
    Bucket("40-110b", "40–110B", 40),
    Bucket("gt-110b", ">110B", 110.000001),
)
# Tokens; cumulative, and decimal on purpose: 128000 and 131072 are both sold as 128K.
CONTEXT_BUCKETS: Final = (
    Bucket("8k", "≥8K", 8_000),
    Bucket("32k", "≥32K", 32_000),
    Bucket("128k", "≥128K", 128_000),
    Bucket("256k", "≥256K", 256_000),
    Bucket("1m", "≥1M", 1_000_000),
)
if any(
    low.low >= high.low
    for buckets in (SIZE_BUCKETS, CONTEXT_BUCKETS)
    for low, high in pairwise(buckets)
):
    raise ValueError("The buckets of a facet must rise.")


def size_bucket(billions: float) -> str:
    """Return the key of the size bucket that a number of parameters, in billions, falls into."""
    return SIZE_BUCKETS[
        max(bisect_right([bucket.low for bucket in SIZE_BUCKETS], billions) - 1, 0)
    ].key


def context_buckets(tokens: int | None) -> tuple[str, ...]:
    """Return the keys of all context buckets that a context length, in tokens, reaches."""
    return tuple(
        bucket.key for bucket in CONTEXT_BUCKETS if tokens is not None and tokens >= bucket.low
    )


def engine_name(engine: str) -> str:
    """Return the canonical spelling of an engine's name; an unknown one stays as it is."""
    return _ENGINES.get(engine.strip().casefold(), engine.strip())


def marked_engines(packages: Iterable[str]) -> set[str]:
    """Return the engines that packages are marked for (`torch ; #engine# == "vllm"`)."""
    return {engine_name(name) for package in packages for name in _ENGINE_MARKER.findall(package)}


def engine_of_format(model_format: str) -> str | None:
    """Return the one engine that a format means by itself: ggufv2 is llama.cpp, mlx is MLX."""
    return _ENGINE_OF_FORMAT.get(model_format)


def language_code(language: str) -> str | None:
    """Return the ISO 639 code of a language if it is obvious, else the text in lower case.

    Regions and dialects count as their language, any "multilingual" or "30+ languages" is
    `multilingual`; None for a value that does not name a language (`auto`).
    """
    text = language.strip().casefold()
    if text in _NO_LANGUAGE:
        return None
    if _MANY_LANGUAGES.fullmatch(text):
        return "multilingual"
    if text in _LANGUAGES:
        return _LANGUAGES[text]
    regional = _REGIONAL.fullmatch(text)
    return regional.group(1) if regional else text


def hub_order(hub: str) -> tuple[int, str]:
    """Return a sort key: the hubs that Xinference knows in its order, then others by name."""
    return (HUBS.index(hub) if hub in HUBS else len(HUBS), hub)


def is_repository_id(text: str) -> bool:
    """True for a repository's id: owner/name, with the characters that both hubs allow."""
    return _STRICT_ID.fullmatch(text) is not None and ".." not in text and "--" not in text


def repository_page(hub: str, repository_id: str) -> str | None:
    """Return the web page of a repository; None for an unknown hub or an id not of owner/name."""
    base = _REPOSITORY_PAGES.get(hub)
    if base is None or _REPOSITORY_ID.fullmatch(repository_id) is None:
        return None
    return base + quote(repository_id, safe="/")


def billions(size: object) -> float | None:
    """Return a size in billions as a number: 7, "7", 1.5, or upstream's "1_5". Else None."""
    if isinstance(size, bool) or not isinstance(size, (int, float, str)):
        return None
    if isinstance(size, (int, float)):
        return float(size) if 0 < size < 1_000_000 else None
    match = _SIZE.fullmatch(size.strip().removesuffix("B").removesuffix("b"))
    if match is None:
        return None
    value = float(f"{match.group(1)}.{match.group(2) or 0}")
    return value if value > 0 else None


def size_label(size: object) -> str | None:
    """Return a size for people: "0_6" is 0.6B, 7 is 7B. None if it is not a size."""
    value = billions(size)
    return None if value is None else f"{value:.12g}B"
