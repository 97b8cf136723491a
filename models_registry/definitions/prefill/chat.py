"""Abilities and stop tokens of a model, from its chat template and token configuration."""

import re
from collections.abc import Mapping
from typing import Any, Final

from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.prefill.facts import RepositoryFacts
from models_registry.definitions.prefill.gguf import projectors

# Templates of real models have up to 30 KB; a definition may have 1 MB, and a character may take
# six bytes in it.
MAX_TEMPLATE: Final = 100_000
MAX_STOPS: Final = 20

# The keys under which a multimodal model keeps the configuration of its language model.
_TEXT_PARTS: Final = ("text_config", "llm_config", "language_config", "thinker_config")
_TOOLS: Final = re.compile(r"\btools\b|\btool_calls\b")
_VISION_TASKS: Final = frozenset(
    {"image-text-to-text", "visual-question-answering", "video-text-to-text", "image-to-text"}
)
_AUDIO_TASKS: Final = frozenset({"audio-text-to-text"})
# The parser that released records give to models of an architecture (4.1.0's catalogue), by its
# name in transformers or in GGUF headers. Many architectures are called Llama; Llama 3 has its own
# format of tool calls.
_TOOL_PARSERS: Final = (
    (re.compile(r"Qwen[234]|qwen[234]"), "", "qwen"),
    (re.compile(r"Llama(?:ForCausalLM|4)|llama$"), "ipython", "llama3"),
    (re.compile(r"Glm4v?Moe|GlmMoeDsa|glm4moe"), "", "glm5"),
    (re.compile(r"MiniMaxM2|minimax-m2"), "", "minimax"),
    (re.compile(r"DeepseekV32"), "", "deepseek-v3.2"),
    (re.compile(r"DeepseekV3ForCausalLM"), "", "deepseek-v3"),
    (re.compile(r"Gemma4|gemma4"), "", "gemma"),
)


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the configuration of the language model in a multimodal one; else the whole."""
    for key in _TEXT_PARTS:
        part = config.get(key)
        if isinstance(part, Mapping):
            return text_config(part) if key == "thinker_config" else part
    return config


def has_part(config: Mapping[str, Any], *keys: str) -> bool:
    """True if a configuration, or the thinker in it, has one of these parts."""
    thinker = config.get("thinker_config")
    holders = [config, thinker] if isinstance(thinker, Mapping) else [config]
    return any(isinstance(holder.get(key), Mapping) for holder in holders for key in keys)


def abilities_of(facts: RepositoryFacts, template: str | None) -> list[tuple[str, Message]]:
    """Return the abilities of an llm in upstream's order, each with the reason for it."""
    abilities = [
        ("chat", gettext_noop("The repository has a chat template."))
        if template
        else ("generate", gettext_noop("The repository has no chat template."))
    ]
    sees = has_part(facts.config, "vision_config", "visual", "vision_model_config")
    if sees or facts.task in _VISION_TASKS or projectors(facts.files):
        abilities.append(("vision", gettext_noop("The configuration has a part for images.")))
    hears = has_part(facts.config, "audio_config", "audio_tower_config")
    if hears or facts.task in _AUDIO_TASKS:
        abilities.append(("audio", gettext_noop("The configuration has a part for sound.")))
    if has_part(facts.config, "talker_config"):
        abilities.append(("omni", gettext_noop("The configuration has a part that speaks.")))
    if template and "<think>" in template:
        abilities.append(("reasoning", gettext_noop("The chat template has <think> in it.")))
        if "enable_thinking" in template:
            abilities.append(("hybrid", gettext_noop("The chat template can turn thinking off.")))
    if template and _TOOLS.search(template):
        abilities.append(("tools", gettext_noop("The chat template mentions tools.")))
    return abilities


def tool_parser_of(facts: RepositoryFacts, template: str) -> str | None:
    """Return the tool parser that upstream's records give to models of this architecture."""
    given = facts.config.get("architectures")
    named = [*(given if isinstance(given, list) else []), facts.gguf.get("architecture")]
    for architecture in named:
        for pattern, word, parser in _TOOL_PARSERS:
            if isinstance(architecture, str) and pattern.match(architecture) and word in template:
                return parser
    return None


def stops_of(facts: RepositoryFacts) -> tuple[list[str], list[int]]:
    """Return the texts and the ids of the tokens that end an answer."""
    ids: list[int] = []
    for holder in (facts.generation_config, facts.config, text_config(facts.config)):
        if ids := _ids(holder.get("eos_token_id")):
            break
    texts = [text for text in (_token_text(facts, token_id) for token_id in ids) if text]
    end = _content(facts.tokenizer_config.get("eos_token")) or _content(facts.gguf.get("eos_token"))
    if end and end not in texts:
        texts.append(end)
        ids += [token_id for token_id in _ids_of(facts, end) if token_id not in ids]
    return list(dict.fromkeys(texts))[:MAX_STOPS], ids[:MAX_STOPS]


def _ids(value: object) -> list[int]:
    listed = value if isinstance(value, list) else [value]
    numbers = [item for item in listed if isinstance(item, int) and not isinstance(item, bool)]
    return list(dict.fromkeys(number for number in numbers if 0 <= number < 2**31))


def _added(facts: RepositoryFacts) -> Mapping[str, Any]:
    added = facts.tokenizer_config.get("added_tokens_decoder")
    return added if isinstance(added, Mapping) else {}


def _token_text(facts: RepositoryFacts, token_id: int) -> str | None:
    return _content(_added(facts).get(str(token_id)))


def _ids_of(facts: RepositoryFacts, text: str) -> list[int]:
    keys = [key for key, token in _added(facts).items() if _content(token) == text]
    return [int(key) for key in keys if re.fullmatch(r"[0-9]{1,9}", key)]


def _content(token: object) -> str | None:
    """Return the text of a token, which is a text or an object with a `content`."""
    text = token.get("content") if isinstance(token, Mapping) else token
    return text if isinstance(text, str) and 0 < len(text) <= 200 else None
