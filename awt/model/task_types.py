"""The kinds of nodes that a test can ask for: a tree, so that a node also runs what asks for less."""

from collections.abc import Collection, Iterable
from typing import Final

PARENTS: Final[dict[str, str | None]] = {
    "default": None,
    "desktop": "default",
    "mobile": "default",
    "gc": "desktop",
    "ff": "desktop",
    "gc_1280x800": "gc",
    "gc_1366x768": "gc",
    "gc_1920x1080": "gc",
    "ff_1280x800": "ff",
    "ff_1920x1080": "ff",
    "gc_390x844": "mobile",
    "gc_360x800": "mobile",
    "http": None,
}
"""Type -> its parent. ``default`` is any browser, ``gc`` Chromium, ``ff`` Firefox, with the size of the
window behind them; ``http`` has no browser and is a root of its own: a test has to ask for it."""

HTTP: Final = "http"
DEFAULT: Final = "default"


def lineage(name: str) -> tuple[str, ...]:
    """Return a type and its ancestors, itself first; a type of no tree stands for itself."""
    found = [name]
    while (parent := PARENTS.get(found[-1])) is not None:
        found.append(parent)
    return tuple(found)


def runs(own: Iterable[str]) -> tuple[str, ...]:
    """Return all types that a node with types of its ``own`` runs, each once."""
    return tuple(dict.fromkeys(name for each in own for name in lineage(each)))


def serving(wanted: str, own: Collection[str]) -> str | None:
    """Return the first of a node's ``own`` types that runs a wanted one, None where none does."""
    if wanted in own:
        return wanted
    return next((name for name in own if wanted in lineage(name)), None)
