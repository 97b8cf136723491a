"""The version of the rules that derive what lists, search and pages use of a definition."""

from __future__ import annotations

import hashlib
from typing import Final

from models_registry.definitions.checks import release_rules, server_rules
from models_registry.definitions.facts import facts
from models_registry.launch import needs
from models_registry.search import documents

_RULES: Final = (
    facts.VERSION,
    server_rules.VERSION,
    documents.VERSION,
    needs.VERSION,
    release_rules.VERSION,
)
# Each model stores the one that derived its fields. A digest, since the column has 20 characters.
DERIVED_BY: Final = hashlib.sha256(".".join(_RULES).encode()).hexdigest()[:16]
