"""The options for launching a model that its definition allows.

The options are those of `xinference launch` (deploy/cmdline.py) and `Client.launch_model`
(client/restful/restful_client.py) of Xinference 4.1.0.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models_registry.definitions.facts.facts import Facts
from models_registry.definitions.facts.variants import Variant
from models_registry.definitions.facts.vocabulary import engine_of_format, marked_engines
from models_registry.launch.quoting import one_line, option, python_string

# The engines that a server may choose from for most files; a record can mark others.
DEFAULT_ENGINES = {
    "llm": "Transformers",
    "embedding": "sentence_transformers",
    "rerank": "sentence_transformers",
}
QUANTIZED_FORMATS = frozenset({"awq", "fp8", "fp4", "gptq"})
FORMAT_ORDER = ("pytorch", "diffusers", "fp8", "awq", "gptq", "bnb", "fp4", "ggufv2", "mlx")
SIZE = re.compile(r"[0-9]{1,6}([_.][0-9]{1,6})?")
ENDPOINT = "http://localhost:9997"


@dataclass(frozen=True)
class Launch:
    """The options of a launch; None leaves an option out."""

    model_name: str
    model_type: str
    model_engine: str | None = None
    model_size_in_billions: str | None = None
    model_format: str | None = None
    quantization: str | None = None

    def command(self) -> str:
        """Return the command line, one option a line, quoted for a POSIX shell."""
        options = [
            ("--model-name", self.model_name),
            ("--model-type", self.model_type),
            ("--model-engine", self.model_engine),
            ("--size-in-billions", self.model_size_in_billions),
            ("--model-format", self.model_format),
            ("--quantization", self.quantization),
        ]
        lines = [option(name, value) for name, value in options if value]
        return " \\\n  ".join(["xinference launch", *lines])

    def python(self) -> str:
        """Return Python that launches the model and leaves its handle in `model`."""
        arguments = [
            # The command line passes a whole number as a number too.
            f"    {name}={value if _is_size(name, value) else python_string(value)},"
            for name, value in vars(self).items()
            if value
        ]
        return "\n".join(
            [
                "from xinference.client import Client",
                "",
                f"client = Client({python_string(ENDPOINT)})",
                "model_uid = client.launch_model(",
                *arguments,
                ")",
                "model = client.get_model(model_uid)",
            ]
        )


def choose_launch(
    model_type: str, name: str, facts: Facts, records: Sequence[Mapping[str, Any]]
) -> Launch:
    """Return the options for the default variant of the model."""
    server_type = "LLM" if model_type == "llm" else model_type
    launch = Launch(model_name=one_line(name), model_type=server_type)
    if not facts.variants:
        return launch
    variant = min(facts.variants, key=_preference)
    if model_type not in DEFAULT_ENGINES:
        return Launch(launch.model_name, server_type, model_engine=_clean(variant.engine))
    return Launch(
        model_name=launch.model_name,
        model_type=server_type,
        model_engine=_engine(model_type, variant, records),
        model_size_in_billions=_size(variant, records) if model_type == "llm" else None,
        model_format=_clean(variant.model_format),
        quantization=_quantization(variant),
    )


def _is_size(name: str, value: str) -> bool:
    return name == "model_size_in_billions" and value.isdigit()


def _preference(variant: Variant) -> tuple[int, float]:
    is_known = variant.model_format in FORMAT_ORDER
    rank = FORMAT_ORDER.index(str(variant.model_format)) if is_known else len(FORMAT_ORDER)
    return rank, variant.size_in_billions or 0.0


def _engine(model_type: str, variant: Variant, records: Sequence[Mapping[str, Any]]) -> str | None:
    model_format = variant.model_format or ""
    marked = marked_engines(_packages(variant, records))
    by_format = engine_of_format(model_format)
    if by_format:
        return by_format
    default = DEFAULT_ENGINES[model_type]
    # The marked engines serve all of a record's formats; these two serve only one format.
    fitting = sorted(marked - {"llama.cpp", "MLX"})
    if fitting and default not in fitting:
        return _clean(fitting[-1])
    if model_format in QUANTIZED_FORMATS and (not fitting or "vLLM" in fitting):
        return "vLLM"
    return default


def _packages(variant: Variant, records: Sequence[Mapping[str, Any]]) -> list[str]:
    virtualenv = records[variant.record_index].get("virtualenv")
    packages = virtualenv.get("packages") if isinstance(virtualenv, Mapping) else None
    return (
        [name for name in packages if isinstance(name, str)] if isinstance(packages, list) else []
    )


def _size(variant: Variant, records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the size in the record's spelling, since the server compares spellings."""
    specs = records[variant.record_index].get("model_specs")
    spec = specs[variant.spec_index] if isinstance(specs, list) else {}
    size = str(spec.get("model_size_in_billions", "")) if isinstance(spec, Mapping) else ""
    return size if SIZE.fullmatch(size) else None


def _quantization(variant: Variant) -> str | None:
    """Return the most common quantization: none, 4 bits, or else the first."""
    names = [one_line(name) for name in variant.quantizations]
    for wanted in ("none", "q4_k_m", "int4", "4bit"):
        for name in names:
            if name.lower() == wanted:
                return name
    return names[0] if names else None


def _clean(value: str | None) -> str | None:
    return one_line(value) or None if value else None
