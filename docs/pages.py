"""Pages of the site that are made while it is built: the commands' help, and files from elsewhere.

mkdocs calls these functions by their names: see its page on hooks.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

import click
import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from laughtrack.cli.app import app

# What stands beside the code it speaks of, and is a page of the site all the same.
ELSEWHERE = {
    "README.md": "index.md",
    "analytics/README.md": "certainty.md",
    "edge/deploy/README.md": "deploy.md",
    "models/artifacts/README.md": "model-card.md",
    "models/artifacts/findernet.md": "findernet.md",
    "models/artifacts/mouthnet.md": "mouthnet.md",
    "tests/bench/README.md": "trackers.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
}
LINK = re.compile(r"\[([^\[\]]+)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that no file in docs/ holds."""
    files.append(File.generated(config, "commands.md", content=commands()))
    for source, page in ELSEWHERE.items():
        with open(source, encoding="utf-8") as file:
            files.append(File.generated(config, page, content=file.read()))
    return files


def on_page_markdown(markdown: str, page: Page, files: Files, **_: Any) -> str:
    """Lead links between files of the repository to their pages; where none is, words are left."""
    place = page.file.src_uri
    source = next((file for file, made in ELSEWHERE.items() if made == place), f"docs/{place}")

    def lead(match: re.Match[str]) -> str:
        words, link, anchor = match.groups()
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
        target = ELSEWHERE.get(target, target.removeprefix("docs/"))
        if files.get_file_from_path(target) is None:
            return words
        return f"[{words}]({posixpath.relpath(target, posixpath.dirname(place))}{anchor or ''})"

    return LINK.sub(lead, markdown)


def commands() -> str:
    """Return the help of every command, as one page."""
    parts = ["# Commands\n"]
    for name, command in _each(typer.main.get_command(app), "laughtrack"):
        context = click.Context(command, info_name=name, max_content_width=100)
        parts.append(f"## {name}\n\n```\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def _each(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    inner = [
        _each(one, f"{name} {word}")
        for word, one in sorted(getattr(command, "commands", {}).items())
    ]
    return [(name, command), *(pair for pairs in inner for pair in pairs)]
