"""The facts of a source repository about its model, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class RepositoryFile:
    """A file of a repository: its path from the root, and its size in bytes where it is known."""

    path: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """The facts of one repository at one revision; unknown ones are empty or None.

    hub          "huggingface" or "modelscope"
    revision     the commit that was read, where the hub names one
    files        all files of the repository
    config …     the JSON files of those names, as transformers, sentence-transformers and
                 diffusers write them; `pooling` is 1_Pooling/config.json
    chat_template  the template, from whichever file has it
    card         the simple entries of the README's front matter; `card_text` is what follows it
    task         what the hub says the model is for, such as "text-generation"
    tags         the hub's tags, the libraries among them
    parameters   number of stored parameters by data type ("BF16"), from the safetensors headers
    gguf         what the hub read from the header of a GGUF file: total, architecture,
                 context_length, chat_template, eos_token
    unread       path → why it could not be read, in a sentence
    """

    hub: str
    model_id: str
    revision: str | None = None
    files: tuple[RepositoryFile, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    generation_config: Mapping[str, Any] = field(default_factory=dict)
    tokenizer_config: Mapping[str, Any] = field(default_factory=dict)
    sentence_bert_config: Mapping[str, Any] = field(default_factory=dict)
    pooling: Mapping[str, Any] = field(default_factory=dict)
    model_index: Mapping[str, Any] = field(default_factory=dict)
    chat_template: str | None = None
    card: Mapping[str, Scalar | list[Scalar]] = field(default_factory=dict)
    card_text: str = ""
    task: str | None = None
    tags: tuple[str, ...] = ()
    licence: str | None = None
    parameters: Mapping[str, int] = field(default_factory=dict)
    gguf: Mapping[str, Any] = field(default_factory=dict)
    gated: bool = False
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The id without its owner."""
        return self.model_id.rpartition("/")[2]

    def has_file(self, path: str) -> bool:
        """True if the repository has a file of this path."""
        return any(file.path == path for file in self.files)
