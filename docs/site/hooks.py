"""What MkDocs can't know: documents in the folder above, the order of pages, where links lead.

Every complaint is a warning of MkDocs, and `make docs` fails on a warning.
"""

from __future__ import annotations

import logging
import posixpath
import re
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).resolve().parents[2]
log = logging.getLogger("mkdocs.hooks.hub")

# Files outside of docs, and their names in the site.
OUTSIDE: Final = {
    "README.md": "index.md",
    "README.zh-CN.md": "index.zh.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "static/img/logo.svg": "site/logo.svg",
    "static/img/icon-32.png": "site/icon-32.png",
    "node_modules/iframe-worker/shim/index.js": "site/iframe-worker.js",
}
HELP: Final = ("visitor", "author", "reviewer", "maintainer", "operator", "api", "glossary")
GUIDES: Final = (
    "install", "configure", "operate", "backup", "upgrade", "secure", "scale", "troubleshoot",
    "monitoring", "mirror", "catalogue-as-code", "search-vocabulary",
)  # fmt: skip
DECISIONS: Final = "decisions/index.md"

LINK: Final = re.compile(r"\[([^\]\[]*)\]\(([^()\s]+)\)")
# What a browser loads by itself.
LOADED: Final = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"']?((?:https?:)?//[^\"'\s>]+)"
    r"|<link\b(?![^>]*canonical)[^>]*\bhref=[\"']?((?:https?:)?//[^\"'\s>]+)"
)


def _decisions() -> list[Path]:
    return sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))


def on_config(config: Any) -> Any:
    config.nav = [
        {"Home": ["index.md", {"简体中文": "index.zh.md"}, {"Changes": "changelog.md"}]},
        {"Help": [f"help/{name}.md" for name in HELP]},
        {"帮助": [f"help/{name}.zh.md" for name in HELP]},
        {"Guides": [f"guides/{name}.md" for name in GUIDES]},
        {
            "Development": [
                "architecture.md", "contributing.md", "security.md", "releases.md", "benchmarks.md",
            ]
        },
        {"Decisions": [DECISIONS, *(f"decisions/{path.name}" for path in _decisions())]},
    ]  # fmt: skip
    return config


def on_files(files: Files, config: Any) -> Files:
    for source, name in OUTSIDE.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / source)))
    rows = ["# Decisions\n", "Why things are as they are: what was chosen, and what was not.\n"]
    for path in _decisions():
        title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        rows.append(f"- {path.name[:4]} [{title}]({path.name})")
    files.append(File.generated(config, DECISIONS, content="\n".join(rows)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    name = page.file.src_uri
    outside = {made: source for source, made in OUTSIDE.items()}.get(name)
    here = posixpath.dirname(outside or f"docs/{name}")

    def link(match: re.Match[str]) -> str:
        text, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        if target.startswith("/"):  # a page of the hub
            return text if f"`{target}`" == text else f"{text} (`{target}`)"
        path, mark, fragment = target.partition("#")
        path = posixpath.normpath(posixpath.join(here, path))
        made = OUTSIDE.get(path) or (path.startswith("docs/") and path.removeprefix("docs/"))
        if not made:
            if not (ROOT / path).exists():
                log.warning("%s: %s does not exist", name, target)
            return f"{text} (`{path}`)"
        return (
            f"[{text}]({posixpath.relpath(made, posixpath.dirname(name) or '.')}{mark}{fragment})"
        )

    # Blocks of code stay as they are.
    parts = re.split(r"(^```.*?^```)", markdown, flags=re.DOTALL | re.MULTILINE)
    parts[::2] = [LINK.sub(link, part).replace('src="docs/', 'src="') for part in parts[::2]]
    text = "".join(parts)
    other = name.replace(".zh.md", ".md") if name.endswith(".zh.md") else name[:-3] + ".zh.md"
    if name.startswith("help/") and files.get_file_from_path(other):
        label = "English" if name.endswith(".zh.md") else "中文"
        title, _, rest = text.partition("\n")
        text = f"{title}\n\n[{label}]({posixpath.basename(other)}){{ .other-language }}\n{rest}"
    return text


def on_post_page(output: str, page: Any, config: Any) -> str:
    for match in LOADED.finditer(output):
        log.warning("%s loads %s", page.file.src_uri, match[1] or match[2])
    if page.file.src_uri.endswith(".zh.md"):
        output = output.replace('<html lang="en"', '<html lang="zh-Hans"', 1)
    return output
