"""The README in Chinese that may stand beside the README of a repository."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# The usual names, for repositories whose files are not listed.
NAMES: Final = ("README_zh.md", "README.zh.md", "README_CN.md")
_NAME: Final = re.compile(r"readme[._-](zh|cn|chinese)([._-](cn|hans))?\.md", re.IGNORECASE)


def chinese_readme(paths: Iterable[str]) -> str:
    """The path of the README in Chinese among the files of a repository; "" without one."""
    return next((path for path in sorted(paths) if _NAME.fullmatch(path)), "")
