"""Every word of the vocabulary, and every label of the pages, is understood."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils import translation

from models_registry import labels
from models_registry.definitions.facts.facts import derive
from models_registry.definitions.facts.vocabulary import CONTEXT_BUCKETS, engine_name
from models_registry.models import ModelType
from models_registry.search.documents import document_of
from models_registry.search.query import parse
from models_registry.search.vocabulary import Meaning, read

KNOWN = {
    "type": ModelType.values,
    "ability": labels.ABILITIES,
    "format": labels.FORMATS,
    "language": {*LANG_INFO, *labels.LANGUAGES},
    "context": [bucket.key for bucket in CONTEXT_BUCKETS],
}
LINES = [
    (kind, value, words["words"] if isinstance(words, dict) else words)
    for kind, values in read().items()
    if isinstance(values, dict)
    for value, words in values.items()
]
LABELS = [
    *[("type", kind.value, kind.label) for kind in ModelType],
    *[("ability", value, label) for value, label in labels.ABILITIES.items()],
    *[("format", value, label) for value, label in labels.FORMATS.items()],
    *[("language", value, label) for value, label in labels.LANGUAGES.items()],
]


def meanings(text: str) -> list[Meaning]:
    return [meaning for term in parse(text).terms for meaning in term.meanings]


@pytest.mark.parametrize(("kind", "value", "words"), LINES, ids=lambda part: str(part)[:30])
def test_each_line_names_a_known_value_and_each_of_its_words_means_it(kind, value, words):
    if kind == "engine":
        assert engine_name(value) == value
    elif kind in KNOWN:
        assert value in KNOWN[kind]
    for word in words:
        for typed in (word, word.upper(), f" {word.replace(' ', '-')} "):
            terms = parse(typed).terms
            assert len(terms) == 1, typed
            assert Meaning(kind, value) in terms[0].meanings, typed


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_the_labels_of_the_pages_are_understood_in_every_language_of_the_site(language):
    with translation.override(language):
        for kind, value, label in LABELS:
            assert Meaning(kind, value) in meanings(str(label)), (language, label)


@pytest.mark.parametrize("kind", ["maker", "family"])
def test_models_of_each_origin_are_known_by_their_names_or_owners(kind):
    for value, row in read()[kind].items():
        for name, sources in [
            *[(f"{name}-7b-chat", ()) for name in row["names"]],
            *[("its-model", (f"{owner}/its-model",)) for owner in row.get("owners", ())],
        ]:
            specs = [{"model_src": {"huggingface": {"model_id": source}}} for source in sources]
            facts = derive("llm", [{"model_name": name, "model_specs": specs}])
            document = document_of("llm", name, facts, {}, "")
            assert f"{kind}:{value}" in document.fields["values"], (value, name, sources)


def test_words_inside_a_chinese_sentence_are_understood():
    assert [(m.kind, m.value) for m in meanings("支持函数调用的中文嵌入模型")] == [
        ("ability", "tools"),
        ("language", "zh"),
        ("type", "embedding"),
    ]
