"""Forms of definitions, as a browser shows and sends them."""

from functools import cache
from pathlib import Path

from models_registry.definitions.form.changes import apply
from models_registry.definitions.form.tree import form_of
from models_registry.definitions.json_text.document import parse
from models_registry.definitions.upstream_files.layouts import read_tree


def sent_by(form):
    """What a browser sends for a form: line ends as CR LF, a marker for groups of checkboxes."""
    sent = {}
    for field in form.fields():
        texts = [text.replace("\n", "\r\n") for text in field.shown.texts]
        sent[field.name] = ["", *texts] if field.kind == "checks" else texts
    return sent


def field_at(form, pointer):
    return next(field for field in form.fields() if field.pointer == pointer)


def changed(text, pointer, typed, model_type="llm"):
    """The text after one field of its form was changed, and all others sent back as they were."""
    form = form_of(parse(text), model_type)
    sent = sent_by(form)
    sent[field_at(form, pointer).name] = typed if isinstance(typed, list) else [typed]
    result, problems = apply(text, model_type, sent)
    assert problems == []
    return result


@cache
def catalogue(folder):
    files = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in Path(folder).rglob("*.json")
        if "schemas" not in path.parts
    }
    return read_tree(files).models


TEXT = """[
  {
    "version": 2,
    "context_length": 32768,
    "model_name": "tiny",
    "model_lang": ["en",   "zh"],
    "model_ability": [
      "generate",
      "chat"
    ],
    "x_unknown": 3.0,
    "stop": [
      "\\n",
      "<|im_end|>"
    ],
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": 3.0,
        "model_src": {
          "huggingface": {
            "model_id": "a/b",
            "quantizations": [
              "none"
            ]
          }
        }
      },
      {
        "model_format": "mlx",
        "model_size_in_billions": "0_6",
        "model_src": {"modelscope": {"model_id": "a/c", "quantizations": ["4bit"]}}
      }
    ]
  }
]
"""
