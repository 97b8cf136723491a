#!/usr/bin/env python
"""The hub's command line: `python manage.py help` lists the commands."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line, load_command_class
from django.db import OperationalError


def main() -> None:
    """Run a command. A wrong setting and an absent database are one line, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
    try:
        if sys.argv[1:2] == ["version"]:  # Django would print its own
            load_command_class("hub", "version").run_from_argv(sys.argv)
        else:
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(_refused(str(error), 2))
    except OperationalError as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(_refused(f"The database can't be used: {error}", 1))


def _refused(text: str, status: int) -> int:
    sys.stderr.write(" ".join(text.split()) + "\n")
    return status


if __name__ == "__main__":
    main()
