"""Source code as HTML with the token classes of Pygments; no inline style, no table.

The colours are in static/css/code.css. Blocks can scroll, so the keyboard reaches them.
"""

from collections.abc import Iterable, Iterator
from html import escape

from pygments.lexer import Lexer
from pygments.lexers import JsonLexer, get_lexer_by_name
from pygments.token import STANDARD_TYPES, Token, _TokenType
from pygments.util import ClassNotFound

from models_registry.readme.limits import Budget, OutOfBudgetError

MAX_FENCE_CHARACTERS = 50_000
MAX_JSON_CHARACTERS = 300_000
SECONDS = 1.0
# SECURITY: a short list, because lexers run on untrusted text, and some of Pygments' five hundred
# lexers take quadratic time.
LANGUAGES = frozenset(
    """bash sh shell zsh console shell-session bat powershell python py python3 pycon json json5
    jsonc yaml yml toml ini html xml css javascript js typescript ts c cpp c++ csharp java go rust
    rs sql diff docker dockerfile make ruby php swift kotlin lua r julia tex latex http""".split()
)
TOKEN_CLASSES = frozenset(filter(None, STANDARD_TYPES.values()))
PLAIN_TOKENS = frozenset({Token.Text, Token.Text.Whitespace, Token.Punctuation, Token})

Tokens = Iterable[tuple[_TokenType, str]]


def highlight(code: str, language: str) -> str:
    """Return `code` as a safe HTML block, coloured if `language` is one of LANGUAGES.

    Code that is too long or slow to colour is returned plain.
    """
    lexer = _lexer(language) if len(code) <= MAX_FENCE_CHARACTERS else None
    body = _coloured(code, lexer) if lexer else escape(code, quote=False)
    return f'<div class="codehilite" tabindex="0"><pre><code>{body}</code></pre></div>'


def highlight_json(text: str) -> str:
    """Return JSON text as a safe HTML block with one `<span class="line" id="L{n}">` per line.

    Lines are counted from 1; the visible numbers come from CSS counters, so that copied text has
    none. Text over MAX_JSON_CHARACTERS is returned in plain lines. Text need not be valid JSON.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    if len(text) <= MAX_JSON_CHARACTERS:
        body = _coloured(text, JsonLexer(stripnl=False, ensurenl=False))
    else:
        body = escape(text, quote=False)
    lines = "\n".join(
        f'<span class="line" id="L{number}">{line}</span>'
        for number, line in enumerate(body.split("\n"), start=1)
    )
    return f'<div class="codehilite numbered" tabindex="0"><pre><code>{lines}</code></pre></div>'


def _lexer(language: str) -> Lexer | None:
    if language.lower() not in LANGUAGES:
        return None
    try:
        return get_lexer_by_name(language.lower(), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _coloured(code: str, lexer: Lexer) -> str:
    try:
        return "".join(_spans(lexer.get_tokens(code), Budget(SECONDS)))
    except OutOfBudgetError:
        return escape(code, quote=False)


def _spans(tokens: Tokens, budget: Budget) -> Iterator[str]:
    """Yield escaped HTML; no span crosses the end of a line, so that lines can be wrapped."""
    for kind, value in tokens:
        budget.check()
        text = escape(value, quote=False)
        css_class = "" if kind in PLAIN_TOKENS else _css_class(kind)
        if not css_class:
            yield text
            continue
        yield "\n".join(
            f'<span class="{css_class}">{line}</span>' if line else "" for line in text.split("\n")
        )


def _css_class(kind: _TokenType) -> str:
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    return STANDARD_TYPES.get(kind, "")
