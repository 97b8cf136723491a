"""The limits of a README: its size, its nesting and the time to render it."""

import re
import time

MAX_BYTES = 1_048_576
MAX_TAGS = 40_000
MAX_HTML_CHARACTERS = 600_000
MAX_OPEN_TAGS = 80
MAX_OPEN_INLINE_TAGS = 12

VOID_TAGS = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()
)
# HTML closes these implicitly, so a missing end tag nests nothing.
SELF_CLOSING_TAGS = frozenset("p li dt dd tr td th thead tbody tfoot colgroup rp rt option".split())
# An HTML parser opens an unclosed one of these again in every following paragraph.
INLINE_TAGS = frozenset(
    "a b big code em font i nobr s small strike strong tt u sub sup span".split()
)
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")


class ReadmeTooLarge(ValueError):
    """The README exceeds the size limit; the message is a sentence for people."""

    error_code = "README_TOO_LARGE"

    def __init__(self, size: int) -> None:
        super().__init__(
            f"The README has {size:,} bytes; at most {MAX_BYTES:,} bytes (1 MB) are allowed. "
            "Shorten it, and link to pictures and long tables instead of including them."
        )
        self.size = size


class OutOfBudgetError(Exception):
    """Rendering this text exceeds the limits."""


class Budget:
    """A budget of processor time, counted only for the current thread.

    Processor time, not wall-clock time: a busy machine must not change what a README looks like.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.thread_time() + seconds
        self._calls = 0

    def check(self) -> None:
        """Raise OutOfBudgetError if the time is used up; only every eighth call reads the clock."""
        self._calls += 1
        if not self._calls % 8 and time.thread_time() > self._end:
            raise OutOfBudgetError("The README takes too long to format.")


def check_size(text: str) -> None:
    """Raise ReadmeTooLarge if `text` has more than MAX_BYTES bytes as UTF-8."""
    size = len(text.encode("utf-8", errors="replace"))
    if size > MAX_BYTES:
        raise ReadmeTooLarge(size)


def check_html(html: str) -> None:
    """Raise OutOfBudgetError for HTML whose size or nesting makes an HTML5 parser slow.

    SECURITY: such a parser searches all open elements at most tags, and repeats unclosed inline
    elements in each new block, so deep or unclosed nesting takes quadratic time and space.
    """
    if len(html) > MAX_HTML_CHARACTERS:
        raise OutOfBudgetError("The README is too long to format.")
    open_tags: dict[str, int] = {}
    depth = inline_depth = 0
    for count, match in enumerate(TAG.finditer(html)):
        name = match[2].lower()
        if name in VOID_TAGS or name in SELF_CLOSING_TAGS:
            step = 0
        elif match[1]:
            step = -1 if open_tags.get(name) else 0
        else:
            step = 1
        open_tags[name] = open_tags.get(name, 0) + step
        depth += step
        inline_depth += step if name in INLINE_TAGS else 0
        too_deep = depth > MAX_OPEN_TAGS or inline_depth > MAX_OPEN_INLINE_TAGS
        if too_deep or count > MAX_TAGS:
            raise OutOfBudgetError("The README has too many tags to format.")
