"""What each field of a definition reaches on a server: a download, pip, or code that runs.

The names are those of upstream's schemas, wherever they stand in a record; a name without a row
fails a test, so that somebody looks when upstream adds one. The files behind each group are
Xinference's (4.1.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.json_text.problems import make_pointer


class Reach(StrEnum):
    """What a field reaches."""

    NOTHING = "nothing"
    # The id of a repository that servers download from.
    REPOSITORY = "repository"
    # The commit, tag or branch of one.
    REVISION = "revision"
    # Code that servers fetch and run, or a switch that lets a repository's code run.
    CODE = "code"
    # What pip installs, and how: its packages run code, too.
    PIP = "pip"
    # A text that servers render.
    TEMPLATE = "template"
    # Keyword arguments that go to a library as they are.
    ARGUMENTS = "arguments"


# model/cache_manager.py of each type, model/world/model.py, model/audio/yue2.py,
# model/video/mlx_video.py, model/llm/llm_family.py: draft models.
REPOSITORIES: Final = frozenset(
    {
        "model_id", "auxiliary_model_id", "draft_model_id", "gguf_model_id", "lightning_model_id",
        "text_encoder_model_id", "vae_model_id",
    }
)  # fmt: skip
REVISIONS: Final = frozenset(
    {
        "model_revision", "auxiliary_model_revision", "draft_model_revision",
        "lightning_model_revision", "text_encoder_model_revision", "vae_model_revision",
        "source_revision",
    }
)  # fmt: skip
# model/world/model.py: clones the address and runs what is in it. utils.allow_trust_remote_code: a
# built-in model's repository may run code; diffusers runs a custom pipeline's.
CODE: Final = frozenset(
    {
        "source_url", "source_subdir", "is_built_in", "is_builtin", "trust_remote_code",
        "custom_pipeline", "remote_code",
    }
)  # fmt: skip
# core/worker.py: the virtual environment of a model; model/core.py: VirtualEnvSettings.
PIP: Final = frozenset(
    {
        "virtualenv", "packages", "index_url", "extra_index_url", "find_links", "trusted_host",
        "no_build_isolation", "index_strategy", "inherit_pip_config",
    }
)  # fmt: skip
# model/llm/utils.py renders it with Jinja in a sandbox.
TEMPLATES: Final = frozenset({"chat_template"})
# model/*/core.py: passed to the constructor or the call of a model.
ARGUMENTS: Final = frozenset(
    {
        "default_model_config", "default_generate_config", "default_transcription_config",
        "cache_config", "lightning_version_configs",
    }
)  # fmt: skip
NOTHING: Final = frozenset(
    """
    activated_size_in_billions allow_patterns architecture_type architectures
    auxiliary_model_allow_patterns cache_name config_sha256 config_source context_length controlnet
    dimensions draft_model_file_name_template draft_quantizations engine featured
    full_attention_interval gguf_model_file_name_template gguf_quantizations head_dim hidden_size
    ignore_file_pattern ignore_patterns inference_mode inference_task intermediate_size language
    layer_types lightning_model_file_name_template lightning_versions linear_conv_kernel_dim
    linear_key_head_dim linear_num_key_heads linear_num_value_heads linear_value_head_dim max_tokens
    model_ability model_description model_family model_file_name model_file_name_split_template
    model_file_name_template model_format model_lang model_metadata model_metadata_by_quantization
    model_name model_size_in_billions model_specs model_src model_type multilingual
    multimodal_projector multimodal_projectors num_attention_heads num_experts num_experts_per_tok
    num_hidden_layers num_key_value_heads prompt_style quantization quantization_parts quantizations
    reasoning_end_tag reasoning_start_tag roles shared_expert_intermediate_size spatial_merge_size
    stop stop_token_ids style_name system_prompt tool_parser type updated_at version vision
    vocab_size weights_bytes weights_sha256 weights_source
    """.split()
)
FIELDS: Final[dict[str, Reach]] = {
    **dict.fromkeys(NOTHING, Reach.NOTHING),
    **dict.fromkeys(REPOSITORIES, Reach.REPOSITORY),
    **dict.fromkeys(REVISIONS, Reach.REVISION),
    **dict.fromkeys(CODE, Reach.CODE),
    **dict.fromkeys(PIP, Reach.PIP),
    **dict.fromkeys(TEMPLATES, Reach.TEMPLATE),
    **dict.fromkeys(ARGUMENTS, Reach.ARGUMENTS),
}
Path = tuple[str | int, ...]


def fields_of(definition: Definition | None) -> Iterator[tuple[Path, str, Any, Mapping[str, Any]]]:
    """Path, name, value and holder of every field, at any depth, in the order of the text."""
    if definition is not None:
        for index, record in enumerate(definition.records):
            yield from _fields(record, (index,))


def reaching(
    definition: Definition | None, *reaches: Reach
) -> Iterator[tuple[str, str, Any, Mapping[str, Any]]]:
    """Pointer, name, value and holder of the fields that reach one of these."""
    for path, name, value, holder in fields_of(definition):
        if FIELDS.get(name) in reaches:
            yield make_pointer(path), name, value, holder


def _fields(value: Any, path: Path) -> Iterator[tuple[Path, str, Any, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            inner = (*path, name)
            yield inner, name, member, value
            if isinstance(member, (dict, list)):
                yield from _fields(member, inner)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            if isinstance(member, (dict, list)):
                yield from _fields(member, (*path, index))
