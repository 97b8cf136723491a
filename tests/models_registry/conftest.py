"""The fixtures that the rooms of the registry share."""

from tests.models_registry.history_fixtures import (  # noqa: F401
    grown,
)
from tests.models_registry.list_fixtures import (  # noqa: F401
    _fresh_memory,
    keys,
    run,
    signing,
)
from tests.models_registry.repository_fixtures import (  # noqa: F401
    hubs,
)
from tests.models_registry.server_fixtures import (  # noqa: F401
    change_env,
    keeper,
    owner,
    server,
    there,
    used,
)
from tests.models_registry.sync_fixtures import (  # noqa: F401
    folder,
)
from tests.models_registry.upstream_fixtures import (  # noqa: F401
    github,
    imported,
    maintainer,
)
