"""How an operation is called: with curl, and in Python."""

from __future__ import annotations

from pprint import pformat
from textwrap import indent
from typing import Any


def curl(method: str, url: str, body: str, *, token: bool) -> str:
    """A command for a shell, with the token in a variable."""
    quoted = body.replace("'", r"'\''")
    options = [
        # With a body, curl sends POST by itself.
        f"-X {method.upper()}" * (method != ("post" if body else "get")),
        '-H "Authorization: Bearer $HUB_TOKEN"' * token,
        '-H "Content-Type: application/json"' * bool(body),
        f"-d '{quoted}'" * bool(body),
    ]
    return " \\\n  ".join(filter(None, [f'curl "{url}"', *options]))


def python(method: str, url: str, content: dict[str, Any], *, token: bool) -> str:
    """A program with `requests`."""
    arguments = [
        f'"{url}"',
        """headers={"Authorization": f"Bearer {os.environ['HUB_TOKEN']}"}""" * token,
        f"json={pformat(content['example'], sort_dicts=False, width=76)}" if content else "",
        "timeout=60",
    ]
    lines = [f"{argument}," for argument in arguments if argument]
    return "\n".join(
        [
            *["import os\n"] * token,
            "import requests\n",
            f"answer = requests.{method}(",
            indent("\n".join(lines), "    "),
            ")",
            "answer.raise_for_status()",
            "print(answer.text)",
        ]
    )
