"""What a model can do and where it stops, from its chat template and token configuration."""

import re
from collections.abc import Mapping
from typing import Any, Final

from .facts import RepositoryFacts
from .gguf import projectors

# Templates of real models have up to 30 KB; a definition may have 1 MB altogether, in which a
# character may take six.
MAX_TEMPLATE: Final = 100_000
MAX_STOPS: Final = 20

# Where a multimodal model keeps the configuration of the language model in it.
_TEXT_PARTS: Final = ("text_config", "llm_config", "language_config", "thinker_config")
_TOOLS: Final = re.compile(r"\btools\b|\btool_calls\b")
_VISION_TASKS: Final = frozenset(
    {"image-text-to-text", "visual-question-answering", "video-text-to-text", "image-to-text"}
)
_AUDIO_TASKS: Final = frozenset({"audio-text-to-text"})
# The parser that released records give to models of an architecture (4.1.0's catalogue), by its
# name in transformers or in GGUF headers. Many architectures are called Llama; Llama 3 speaks to
# its tools in a way of its own.
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
    """Whether a configuration, or the thinker in it, has one of these parts."""
    thinker = config.get("thinker_config")
    holders = [config, thinker] if isinstance(thinker, Mapping) else [config]
    return any(isinstance(one.get(key), Mapping) for one in holders for key in keys)


def abilities_of(facts: RepositoryFacts, template: str | None) -> list[tuple[str, str]]:
    """Return the abilities of an llm in upstream's order, each with why it is thought so."""
    found = [
        ("chat", "The repository has a chat template.")
        if template
        else ("generate", "The repository has no chat template.")
    ]
    sees = has_part(facts.config, "vision_config", "visual", "vision_model_config")
    if sees or facts.task in _VISION_TASKS or projectors(facts.files):
        found.append(("vision", "The configuration has a part for images."))
    hears = has_part(facts.config, "audio_config", "audio_tower_config")
    if hears or facts.task in _AUDIO_TASKS:
        found.append(("audio", "The configuration has a part for sound."))
    if has_part(facts.config, "talker_config"):
        found.append(("omni", "The configuration has a part that speaks."))
    if template and "<think>" in template:
        found.append(("reasoning", "The chat template has <think> in it."))
        if "enable_thinking" in template:
            found.append(("hybrid", "The chat template can turn thinking off."))
    if template and _TOOLS.search(template):
        found.append(("tools", "The chat template mentions tools."))
    return found


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
    texts = [text for text in (_token_text(facts, one) for one in ids) if text]
    own = _content(facts.tokenizer_config.get("eos_token")) or _content(facts.gguf.get("eos_token"))
    if own and own not in texts:
        texts.append(own)
        ids += [one for one in _ids_of(facts, own) if one not in ids]
    return list(dict.fromkeys(texts))[:MAX_STOPS], ids[:MAX_STOPS]


def _ids(value: object) -> list[int]:
    listed = value if isinstance(value, list) else [value]
    found = [one for one in listed if isinstance(one, int) and not isinstance(one, bool)]
    return list(dict.fromkeys(one for one in found if 0 <= one < 2**31))


def _added(facts: RepositoryFacts) -> Mapping[str, Any]:
    added = facts.tokenizer_config.get("added_tokens_decoder")
    return added if isinstance(added, Mapping) else {}


def _token_text(facts: RepositoryFacts, token_id: int) -> str | None:
    return _content(_added(facts).get(str(token_id)))


def _ids_of(facts: RepositoryFacts, text: str) -> list[int]:
    keys = [key for key, token in _added(facts).items() if _content(token) == text]
    return [int(key) for key in keys if re.fullmatch(r"[0-9]{1,9}", key)]


def _content(token: object) -> str | None:
    """Return the text of a token, which is written as a text or as an object around it."""
    text = token.get("content") if isinstance(token, Mapping) else token
    return text if isinstance(text, str) and 0 < len(text) <= 200 else None
