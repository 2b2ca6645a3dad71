"""What pressing the keys of a text is, as commands of the DevTools protocol."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

LONG: Final = 300
"""A text of more characters than this is put in at once, as a paste is."""

_NAMED: Final = {"\n": ("Enter", 13, "\r"), "\r": ("Enter", 13, "\r"), "\t": ("Tab", 9, "\t")}


def key_events(text: str) -> tuple[str, Sequence[dict[str, Any]]]:
    """Return the method that enters a text, and the parameters of its calls, in order."""
    if len(text) > LONG:
        return "Input.insertText", ({"text": text},)
    return "Input.dispatchKeyEvent", tuple(_presses(text))


def _presses(text: str) -> Iterator[dict[str, Any]]:
    for char in text:
        key, code, typed = _NAMED.get(char, (char, _code(char), char))
        press = {"key": key, "windowsVirtualKeyCode": code}
        yield press | {"type": "keyDown", "text": typed}
        yield press | {"type": "keyUp"}


def _code(char: str) -> int:
    """Return the number of the key; 0 where it is not known."""
    return ord(char.upper()) if char.isascii() and (char.isalnum() or char == " ") else 0
