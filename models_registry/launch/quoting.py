"""Quotes untrusted text for Markdown, shell commands and Python code. SECURITY."""

import json
import re
import shlex

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
SURROGATES = re.compile(r"[\ud800-\udfff]")
# The special characters of Markdown, its usual extensions and automatic links. They become
# entities, because renderers differ in what a backslash escapes.
SPECIAL = re.compile(
    r"[\\`*{}\[\]<>#|~$&@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=www)\."
    r"|^[-+=](?=[-+=\s]|$)|(?<=^\d)[.)](?=\s|$)|(?<=^\d\d)[.)](?=\s|$)",
    re.IGNORECASE,
)
BACKTICKS = re.compile(r"`+")


def one_line(text: str) -> str:
    """Return the text on one line, without invisible characters and lone surrogates."""
    text = SURROGATES.sub("\ufffd", text)
    return " ".join(UNPRINTABLE.sub(" ", text).split())


def markdown(text: str) -> str:
    """Return Markdown that shows the text as it is, in a paragraph, a heading or a table cell."""
    return SPECIAL.sub(lambda match: f"&#{ord(match[0])};", one_line(text))


def link(text: str, url: str | None) -> str:
    """Return a Markdown link with `text` shown as it is; without an http(s) `url` just the text."""
    if not url or not re.fullmatch(r"https?://[!-~]+", url) or re.search(r"[<>\"\\`|]", url):
        return markdown(text)
    return f"[{markdown(text)}](<{url}>)"


def fenced(code: str, language: str) -> str:
    """Return a fenced code block that nothing in the code can close."""
    longest = max(map(len, BACKTICKS.findall(code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def python_string(text: str) -> str:
    """Return a Python (and JSON) literal of the text."""
    return json.dumps(text, ensure_ascii=False)


def option(name: str, value: str) -> str:
    """Return a command line option, quoted for a POSIX shell.

    A value that begins with a dash is joined with `=`, so that it is not taken for an option.
    """
    glue = "=" if value.startswith("-") else " "
    return f"{name}{glue}{shlex.quote(value)}"
