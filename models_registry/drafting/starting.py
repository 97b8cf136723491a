"""What a new model can be started from: a copy, JSON of any kind."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from accounts.models import User
from models_registry.definitions import text as definition_text
from models_registry.definitions.kinds import MODEL_TYPES, record_name
from models_registry.definitions.layouts import AGGREGATE_PATHS, UpstreamModel, read_tree
from models_registry.definitions.problems import DefinitionTextError
from models_registry.drafting import drafts
from models_registry.errors import InvalidModelType, InvalidParameter, StaleState
from models_registry.models import Draft, ReadmeOrigin, RegisteredModel

# Upstream's largest file with many models had 1.4 MB.
MAX_UPLOAD_BYTES = 4 * 1024 * 1024
_PAGES = re.compile(r"(?:models/)?([^/]+/[^/?#]+)")


def known_type(model_type: str) -> str:
    """The same type. Raises InvalidModelType."""
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    return model_type


def start_from_copy(model: RegisteredModel, *, by: User) -> Draft:
    """Begin with the published definition and README of a visible model, under another name."""
    revision = model.published_revision
    if revision is None:
        raise StaleState("This model is not published yet, so there is nothing to copy.")
    text = revision.definition
    for index, record in enumerate(definition_text.parse(text).records):
        key = "model_name" if record.get("model_name") else "model_family"
        if record_name(record) is not None:
            text = definition_text.set_members(text, index, {key: f"{model.name}-copy"})
    origin = ReadmeOrigin(revision.readme_origin)
    # One that was made of the definition has the old name in it; the new model gets its own.
    readme = "" if origin is ReadmeOrigin.GENERATED else revision.readme
    return drafts.start(
        model.model_type, by=by, definition=text, readme=readme, readme_origin=origin
    )


def uploaded_text(file: UploadedFile[bytes] | None) -> str:
    """The text of an uploaded file; empty where there is none. Raises InvalidParameter."""
    if file is None:
        return ""
    if (file.size or 0) > MAX_UPLOAD_BYTES:
        raise InvalidParameter(_("The file is larger than 4 MB."))
    try:
        text: str = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidParameter(_("The file is not UTF-8 text.")) from error
    return text


def definitions_in(model_type: str, text: str) -> list[UpstreamModel]:
    """The definitions in a pasted text: of one record, of an array, of a whole upstream file.

    A text that can't be read is one definition, to be mended in the editor. Raises
    InvalidParameter where there is no text, or too much.
    """
    if not text.strip():
        raise InvalidParameter(_("Paste JSON or choose a file."))
    if len(text.encode("utf-8", "replace")) > MAX_UPLOAD_BYTES:
        raise InvalidParameter(_("The JSON is larger than 4 MB."))
    text = text.replace("\r\n", "\n")
    path = AGGREGATE_PATHS[model_type]
    try:
        whole = definition_text.as_array(text)
        names = {record_name(one) for one in definition_text.parse(whole).records}
    except DefinitionTextError:
        names, whole = set(), text
    several = read_tree({path: text}).models if len(names) != 1 else []
    if len(several) > 1:
        return several
    return [UpstreamModel(model_type, "", whole, path, "aggregate")]


def repository_id(typed: str) -> str:
    """The id in what somebody typed: owner/name itself, or the address of its page."""
    typed = typed.strip()
    if "://" in typed:
        match = _PAGES.match(urlsplit(typed).path.strip("/"))
        return match.group(1) if match else typed
    return typed
