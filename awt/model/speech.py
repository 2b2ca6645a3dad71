"""What a line of chat means, before anybody looks at who wrote it."""

import difflib
import re
from typing import Final, Literal

from attrs import frozen

YES: Final = frozenset({"yes", "y", "да", "ага"})
NO: Final = frozenset({"no", "n", "нет", "отмена", "cancel"})
STOP: Final = frozenset({"stop", "стоп"})
"""Words of somebody who does not want to be written to, with or without the sign of a command."""
CHOICES: Final = 99
"""Numbers up to this answer a menu."""

_COMMAND = re.compile(r"[#/]\s?([\w-]+|\?)(?:\s+(.*))?", re.DOTALL)
_NUMBER = re.compile(r"[#/]?([0-9]{1,2})[.)]?")
_URL = re.compile(
    r"https?://\S+|(?:[\w-]+\.)+[^\W\d_][\w-]+(?::[0-9]{1,5})?(?:[/?#]\S*)?", re.IGNORECASE
)


@frozen(kw_only=True)
class Speech:
    """A line of chat. ``word`` is the command, the first word or the URL, ``rest`` what follows."""

    kind: Literal["command", "number", "yes", "no", "url", "words"]
    word: str = ""
    rest: str = ""
    number: int = 0


def understand(text: str) -> Speech:
    """Return what a line means. Any text means something; nothing is raised."""
    text = text.strip()
    number = _NUMBER.fullmatch(text)
    if number and 1 <= int(number.group(1)) <= CHOICES:
        return Speech(kind="number", number=int(number.group(1)))
    command = _COMMAND.fullmatch(text)
    if command:
        rest = (command.group(2) or "").strip()
        return Speech(kind="command", word=command.group(1).lower(), rest=rest)
    word = text.rstrip("!.").lower()
    if word in YES | NO:
        return Speech(kind="yes" if word in YES else "no")
    if word in STOP:
        return Speech(kind="command", word="stop")
    first, rest = first_word(text)
    if _URL.fullmatch(first) and (not rest or quoted(rest) is not None):
        return Speech(kind="url", word=first, rest=rest)
    return Speech(kind="words", word=first.lower(), rest=rest)


def is_stop(text: str) -> bool:
    """Tell whether somebody says that he does not want to be written to."""
    said = understand(text)
    return said.kind == "command" and said.word in STOP and not said.rest


def first_word(text: str) -> tuple[str, str]:
    """Return the first word of a text and what follows it; white space of any kind parts them."""
    parts = text.split(maxsplit=1)
    return (parts[0] if parts else "", parts[1].strip() if len(parts) > 1 else "")


def quoted(text: str) -> str | None:
    """Return what stands between the quotes that a text begins and ends with, else None."""
    text = text.strip()
    for opening, closing in ('""', "''", "«»", "“”", "„“"):
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing):
            return text[1:-1].strip()
    return None


def nearest(word: str, known: list[str]) -> str | None:
    """Return the known word that is most like another, None when none is."""
    word = word.lower().lstrip("#/")
    if len(word) > 40:  # noqa: PLR2004 - no command is as long, and comparing costs the square
        return None
    if len(word) > 1:
        for name in known:
            if name.startswith(word):
                return name
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] if found else None
