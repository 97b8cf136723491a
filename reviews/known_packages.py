"""The packages that the catalogue installs on servers."""

from __future__ import annotations

from typing import Final

from hub.cached_values import CachedValues
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.models import RegisteredModel
from reviews.risks import package_names

# Rising versions of the rules that read names: what is kept by older ones is read again.
VERSION: Final = "1"
KEPT_SECONDS: Final = 600
_kept: Final = CachedValues[list[str]](list[str], version=VERSION)


def known_packages() -> frozenset[str]:
    """The names of the packages that public models install, as they were ten minutes ago at most.

    SECURITY: of public models only, so that a finding reveals no other.
    """
    if (names := _kept.get("known-packages")) is None:
        names = sorted(_read())
        _kept.set("known-packages", names, KEPT_SECONDS)
    return frozenset(names)


def _read() -> set[str]:
    public = RegisteredModel.objects.public()
    texts = public.filter(published_revision__definition__contains='"packages"').values_list(
        "published_revision__definition", flat=True
    )
    names: set[str] = set()
    for text in texts.order_by().iterator(chunk_size=50):
        try:
            names |= package_names(definition_text.parse(text))
        except DefinitionTextError:
            continue
    return names
