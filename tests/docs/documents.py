"""The documents, as tests read them."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/*.md", "newsfragments/README.md")
    for path in ROOT.glob(pattern)
)
"""Their paths from the root."""

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CELLS = re.compile(r"(?<!\\)\|")


def read(name: str) -> str:
    """Return a document by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """Return a document without its blocks of code."""
    return _FENCE.sub("", text)


def blocks(text: str, language: str) -> list[str]:
    """Return the blocks of code in a language."""
    return [body for found, body in _FENCE.findall(text) if found == language]


def table(text: str, *head: str) -> list[list[str]]:
    """Return the rows of every table whose head begins with these cells."""
    rows: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        cells = _cells(line)
        if not cells:
            inside = False
        elif inside:
            rows.append(cells)
        elif tuple(cells[: len(head)]) == head:
            inside = True
    assert rows, f"there is no table {head}"
    return [row for row in rows if set("".join(row)) != {"-"}]


def _cells(line: str) -> list[str]:
    line = line.strip()
    if not line.startswith("|"):
        return []
    return [cell.strip().replace(r"\|", "|") for cell in _CELLS.split(line)[1:-1]]


def codes(text: str) -> list[str]:
    """Return what stands between backquotes, outside of blocks."""
    return re.findall(r"`([^`\n]+)`", prose(text))


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
