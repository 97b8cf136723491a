"""The hub's own settings, read in the environment of the test run."""

import tests.environment  # noqa: F401, I001 - it must come first: the settings read the environment
from hub.settings import *  # noqa: F403
