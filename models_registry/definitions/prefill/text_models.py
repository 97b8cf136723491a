"""Fills records of llm, embedding and rerank models from the facts of a repository."""

import re
from collections.abc import Mapping
from typing import Any, Final

from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.prefill.chat import (
    MAX_TEMPLATE,
    abilities_of,
    has_part,
    stops_of,
    text_config,
    tool_parser_of,
)
from models_registry.definitions.prefill.draft import RecordDraft
from models_registry.definitions.prefill.facts import RepositoryFacts
from models_registry.definitions.prefill.format import Weights, weights_of
from models_registry.definitions.prefill.gguf import gguf_sources, projectors
from models_registry.definitions.prefill.size import activated_size, guessed_size

MAX_TOKENS: Final = 100_000_000
_LENGTHS: Final = (
    "max_position_embeddings", "n_positions", "max_sequence_length", "seq_length", "max_seq_len",
    "n_ctx",
)  # fmt: skip
# https://huggingface.co/tasks
_GENERATING: Final = frozenset(
    {"text-generation", "text2text-generation", "image-text-to-text", "conversational"}
)
_WEIGHTS: Final = (".safetensors", ".bin", ".pt", ".pth", ".npz")


def fill_llm(draft: RecordDraft, facts: RepositoryFacts) -> None:
    """Fill in what a record of an llm has besides name, languages and description."""
    _put_context(draft, facts)
    template = facts.chat_template
    if template is not None and len(template) > MAX_TEMPLATE:
        count = f"{len(template):,}"
        message = gettext_noop("The chat template has %(count)s characters.", count=count)
        draft.lacks(message, "chat_template")
        template = None
    abilities = abilities_of(facts, template)
    draft.put("model_ability", [name for name, _ in abilities])
    for index, (_, why) in enumerate(abilities):
        draft.note(why, "model_ability", index)
    _put_architecture(draft, facts)
    draft.put("model_specs", _llm_specs(draft, facts))
    if template:
        _put_chat(draft, facts, template)


def _put_context(draft: RecordDraft, facts: RepositoryFacts) -> None:
    tokens, why = _context_of(facts)
    if tokens is None:
        draft.lacks(
            gettext_noop("The context length is unknown. Look for it in the model card."),
            "context_length",
        )
    else:
        draft.put("context_length", tokens, why)


def _context_of(facts: RepositoryFacts) -> tuple[int | None, Message | None]:
    """Return the context length in tokens, and the reason if it is not stated plainly."""
    config = text_config(facts.config)
    for holder in (config, facts.config):
        for key in _LENGTHS:
            if length := _tokens(holder.get(key)):
                scaled = _scaled(config, length)
                if not scaled:
                    return length, None
                return scaled, gettext_noop("%(key)s, extended by the rope scaling.", key=key)
    if length := _tokens(facts.gguf.get("context_length")):
        return length, None
    if length := _tokens(facts.tokenizer_config.get("model_max_length")):
        return length, gettext_noop(
            "model_max_length of the tokenizer; the configuration has no length."
        )
    return None, None


def _scaled(config: Mapping[str, Any], length: int) -> int | None:
    """Return the length that YaRN extends a length to, if the configuration does not state it.

    Most configurations state the extended length, some (Qwen's with YaRN on) the original.
    """
    scaling = config.get("rope_scaling") or config.get("rope_parameters")
    if not isinstance(scaling, Mapping):
        return None
    kind = scaling.get("rope_type") or scaling.get("type")
    factor = scaling.get("factor")
    original = _tokens(scaling.get("original_max_position_embeddings"))
    if kind != "yarn" or not isinstance(factor, int | float) or original is None:
        return None
    stretched = _tokens(int(original * factor)) if 1 < factor < 1_000 else None
    return stretched if stretched and stretched > length else None


def _tokens(value: object) -> int | None:
    """Return a positive number of tokens; None for 10^30, which stands for no limit."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_TOKENS
    return value if isinstance(value, int) and fits else None


def _put_architecture(draft: RecordDraft, facts: RepositoryFacts) -> None:
    given = facts.config.get("architectures")
    listed = given if isinstance(given, list) else []
    named = [name for name in listed if isinstance(name, str) and 0 < len(name) <= 100][:10]
    if named:
        draft.put("architectures", named)
    kind = facts.config.get("model_type")
    if isinstance(kind, str) and 0 < len(kind) <= 100:
        draft.put("model_type", kind)


def _llm_specs(draft: RecordDraft, facts: RepositoryFacts) -> list[dict[str, Any]]:
    specs: list[dict[str, Any]] = []
    for weights, source in _sources(draft, facts):
        spec: dict[str, Any] = {"model_format": weights.model_format}
        sized = guessed_size(facts, weights.bits)
        at = ("model_specs", len(specs), "model_size_in_billions")
        if sized is None:
            draft.lacks(gettext_noop("The number of parameters is unknown."), *at)
        else:
            spec["model_size_in_billions"] = sized.size
            draft.note(sized.why, *at)
        if (activated := activated_size(facts)) is not None:
            spec["activated_size_in_billions"] = activated
        seen_by = projectors(facts.files)
        if weights.model_format == "ggufv2" and seen_by:
            source["multimodal_projectors"] = seen_by
        spec["model_src"] = {facts.hub: source}
        specs.append(spec)
    return specs


def _sources(draft: RecordDraft, facts: RepositoryFacts) -> list[tuple[Weights, dict[str, Any]]]:
    """Return the sources of a repository: one of its weights, and those of its GGUF files."""
    found: list[tuple[Weights, dict[str, Any]]] = []
    gguf = gguf_sources(facts.files)
    if not gguf or any(file.path.endswith(_WEIGHTS) for file in facts.files):
        weights = weights_of(facts)
        found.append((weights, {"quantizations": [weights.quantization]}))
        if weights.why:
            draft.note(weights.why, "model_specs", 0, "model_format")
        if facts.files and not any(file.path.endswith(_WEIGHTS) for file in facts.files):
            draft.note(
                gettext_noop("No file of the repository looks like weights."), "model_specs", 0
            )
    found += [(Weights("ggufv2", ""), source) for source in gguf]
    for index, (_, source) in enumerate(found):
        source["model_id"] = facts.model_id
        if facts.revision is not None:
            source["model_revision"] = facts.revision
        if source.get("model_file_name_template") and "none" in source["quantizations"]:
            draft.note(
                gettext_noop("The name of the file has no quantization in it."),
                "model_specs", index, "model_src", facts.hub, "quantizations",
            )  # fmt: skip
    return found


def _put_chat(draft: RecordDraft, facts: RepositoryFacts, template: str) -> None:
    draft.put("chat_template", template)
    texts, ids = stops_of(facts)
    if ids:
        draft.put("stop_token_ids", ids)
    if texts:
        draft.put("stop", texts)
    if not ids and not texts:
        draft.lacks(gettext_noop("The token that ends an answer is unknown."), "stop")
    abilities = draft.record["model_ability"]
    if "reasoning" in abilities:
        draft.put("reasoning_start_tag", "<think>", gettext_noop("The chat template contains it."))
        draft.put("reasoning_end_tag", "</think>", gettext_noop("It belongs to <think>."))
    if "tools" in abilities:
        parser = tool_parser_of(facts, template)
        if parser is None:
            draft.lacks(
                gettext_noop("The server can't read tool calls without a parser."), "tool_parser"
            )
        else:
            draft.put(
                "tool_parser", parser, gettext_noop("Released models of this architecture use it.")
            )


def fill_embedding(draft: RecordDraft, facts: RepositoryFacts) -> None:
    """Fill in what a record of an embedding model has besides its name."""
    if _generates_text(facts):
        message = gettext_noop(
            "%(model_id)s generates text, and nothing in it says that it is an embedding model. "
            "Register it as a language model, if that is what it is.",
            model_id=facts.model_id,
        )
        draft.lacks(message, "pooling")
    dimensions, why = _dimensions_of(facts)
    if dimensions is None:
        draft.lacks(gettext_noop("The length of the vectors is unknown."), "dimensions")
    else:
        draft.put("dimensions", dimensions, why)
    _put_max_tokens(draft, facts)
    if has_part(facts.config, "vision_config"):
        why = gettext_noop("The configuration has a part for images.")
        draft.put("model_ability", ["embed_vision"], why)
    draft.put("model_specs", _plain_specs(draft, facts))


def _generates_text(facts: RepositoryFacts) -> bool:
    """True for a generator of text that has no files of sentence-transformers."""
    if facts.pooling or facts.sentence_bert_config or "sentence-transformers" in facts.tags:
        return False
    return facts.task in _GENERATING


def _dimensions_of(facts: RepositoryFacts) -> tuple[int | None, Message | None]:
    if length := _tokens(facts.pooling.get("word_embedding_dimension")):
        dense = any(re.match(r"\d_Dense/", file.path) for file in facts.files)
        return length, gettext_noop(
            "A dense layer follows, which may change it."
        ) if dense else None
    config = text_config(facts.config)
    for key in ("hidden_size", "d_model", "dim", "n_embd"):
        if length := _tokens(config.get(key)):
            return length, gettext_noop("%(key)s of the configuration.", key=key)
    return None, None


def _put_max_tokens(draft: RecordDraft, facts: RepositoryFacts) -> None:
    if length := _tokens(facts.sentence_bert_config.get("max_seq_length")):
        draft.put("max_tokens", length)
        return
    length, why = _context_of(facts)
    if length is None:
        draft.lacks(
            gettext_noop("The context length is unknown. Look for it in the model card."),
            "max_tokens",
        )
        return
    limit = _tokens(facts.tokenizer_config.get("model_max_length"))
    if limit and limit < length:
        draft.put("max_tokens", limit, gettext_noop("model_max_length of the tokenizer."))
        return
    if "roberta" in str(facts.config.get("model_type")) and length % 64 == 2:
        # RoBERTa numbers its positions from the padding token's id on, which takes two.
        length, why = (
            length - 2,
            gettext_noop("max_position_embeddings less two, as RoBERTa counts."),
        )
    draft.put(
        "max_tokens",
        length,
        why or gettext_noop("The configuration's length; the card may say less."),
    )


def _plain_specs(draft: RecordDraft, facts: RepositoryFacts) -> list[dict[str, Any]]:
    """Return specs of the two formats that embedding and rerank models have."""
    specs: list[dict[str, Any]] = []
    for weights, source in _sources(draft, facts):
        if weights.model_format != "ggufv2":
            source["quantizations"] = ["none"]
        kind = "ggufv2" if weights.model_format == "ggufv2" else "pytorch"
        specs.append({"model_format": kind, "model_src": {facts.hub: source}})
    return specs


def fill_rerank(draft: RecordDraft, facts: RepositoryFacts) -> None:
    """Fill in what a record of a rerank model has besides its name."""
    architectures = facts.config.get("architectures")
    generates = isinstance(architectures, list) and any(
        str(name).endswith("ForCausalLM") for name in architectures
    )
    name = facts.name.lower()
    kind, why = "normal", gettext_noop("Nearly all released rerank models have this type.")
    if "layerwise" in name:
        kind, why = "LLM-based layerwise", gettext_noop("From the name.")
    elif generates and name.startswith("bge-"):
        kind, why = "LLM-based", gettext_noop("It is a BGE reranker on a language model.")
    draft.put("type", kind, why)
    _put_max_tokens(draft, facts)
    if has_part(facts.config, "vision_config"):
        draft.put(
            "model_ability",
            ["rerank_vision"],
            gettext_noop("The configuration has a part for images."),
        )
    draft.put("model_specs", _plain_specs(draft, facts))
