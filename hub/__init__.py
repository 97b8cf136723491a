"""The project's wiring: settings, URLs, workers, audit log. It contains no business rules."""

import gc

# Python's default of 700 makes it look for garbage in all that is loaded, a dozen times at each
# start and for a fifth of an import's time. Only objects that refer to each other wait for it.
gc.set_threshold(20_000)
