"""What a new model can start from: a copy of a model, or JSON of any kind."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from models_registry.definitions.facts.kinds import MODEL_TYPES, record_name
from models_registry.definitions.facts.naming import with_name
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.definitions.prefill.conversion import converted
from models_registry.definitions.prefill.shapes import recognised
from models_registry.definitions.upstream_files.layouts import (
    AGGREGATE_PATHS,
    UpstreamModel,
    read_tree,
)
from models_registry.drafting import drafts
from models_registry.errors import InvalidModelType, InvalidParameter, StaleState
from models_registry.labels import translated_lazy
from models_registry.models import Draft, ReadmeOrigin, RegisteredModel

# Upstream's largest file with many models had 1.4 MB.
MAX_UPLOAD_BYTES = 4 * 1024 * 1024
# Addresses as people copy them, without https.
_HOST = re.compile(r"(?:www\.)?(?:hf\.co|huggingface\.co|modelscope\.(?:cn|ai))/", re.IGNORECASE)
_PAGES = re.compile(r"(?:models/)?([^/]+/[^/?#]+)")


def known_type(model_type: str) -> str:
    """The type, if it exists. Raises InvalidModelType."""
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    return model_type


def start_from_copy(model: RegisteredModel, *, by: User) -> Draft:
    """Start with the published definition and README of a visible model, under another name."""
    revision = model.published_revision
    if revision is None:
        raise StaleState("model_not_published_yet")
    text = with_name(revision.definition, f"{model.name}-copy")
    origin = ReadmeOrigin(revision.readme_origin)
    # A generated README contains the old name; the new model gets its own.
    readme = "" if origin is ReadmeOrigin.GENERATED else revision.readme
    return drafts.start(
        model.model_type,
        by=by,
        definition=text,
        readme=readme,
        readme_origin=origin,
        readme_zh=revision.readme_zh,
    )


def uploaded_text(file: UploadedFile[bytes] | None) -> str:
    """The text of an uploaded file; "" without a file. Raises InvalidParameter."""
    if file is None:
        return ""
    if (file.size or 0) > MAX_UPLOAD_BYTES:
        raise InvalidParameter("file_is_too_large")
    try:
        text: str = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidParameter("file_is_not_utf8") from error
    return text


def definitions_in(model_type: str, text: str) -> list[UpstreamModel]:
    """The definitions in a pasted text: one record, an array, or a whole upstream file.

    A text that can't be parsed is one definition, to be fixed in the editor. Custom models, as
    servers store them, are converted. Raises InvalidParameter for an empty or too large text, and
    for another kind of file.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise InvalidParameter("no_json_given")
    if len(text.encode("utf-8", "replace")) > MAX_UPLOAD_BYTES:
        raise InvalidParameter("json_is_too_large")
    text = text.replace("\r\n", "\n")
    path = AGGREGATE_PATHS[model_type]
    shape = recognised(text)
    if shape is not None and not shape.can_convert:
        raise InvalidParameter("reason_as_given", text=translated_lazy(shape.message))
    if converted_models := converted(model_type, text):
        return [
            UpstreamModel(model_type, model.name, model.text, path, "aggregate")
            for model in converted_models
        ]
    try:
        array = definition_text.as_array(text)
        names = {record_name(record) for record in definition_text.parse(array).records}
    except DefinitionTextError:
        names, array = set(), text
    several = read_tree({path: text}).models if len(names) != 1 else []
    if len(several) > 1:
        return several
    return [UpstreamModel(model_type, "", array, path, "aggregate")]


def repository_id(typed: str) -> str:
    """The repository's id in a typed text: owner/name, or the address of its page."""
    typed = typed.strip()
    if _HOST.match(typed):
        typed = f"https://{typed}"
    if "://" in typed:
        match = _PAGES.match(urlsplit(typed).path.strip("/"))
        return match.group(1) if match else typed
    return typed
