"""The files of etc/, as an operator changes them: only what they say is to be changed."""

import os
import shutil
from pathlib import Path
from typing import Final

ETC: Final = Path(__file__).parents[2] / "etc"


def changed(name: str, **places: str) -> str:
    """Return a file with its places filled in, ``DATABASE_PASSWORD`` being DATABASE-PASSWORD, each there."""
    return replaced((ETC / name).read_text(), {k.replace("_", "-"): v for k, v in places.items()})


def replaced(text: str, pairs: dict[str, str]) -> str:
    """Return a text in which each of some pieces, which have to be there, stands for another."""
    for old, new in pairs.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def link(source: str | Path, target: str | Path) -> None:
    """Make a file that is the same as another one, which others may not be able to reach."""
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)
