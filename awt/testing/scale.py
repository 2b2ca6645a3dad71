"""How much the long tests do: ``AWT_TEST_SCALE`` multiplies their counts."""

import os
from typing import Final


def scale(text: str | None = None) -> int:
    """Return the multiplier, a whole number from 1, by default that of the environment.

    Raises ValueError for anything else: a mistyped knob must not pass for a long run.
    """
    if text is None:
        text = os.environ.get("AWT_TEST_SCALE") or "1"
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        message = f"AWT_TEST_SCALE is a whole number from 1, not {text!r}"
        raise ValueError(message)
    return int(text)


SCALE: Final = scale()
"""The multiplier of this run."""
