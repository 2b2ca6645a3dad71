"""What a login name, a password and a language may be. Each check returns the code of what is wrong."""

import functools
import re
import unicodedata
import zoneinfo
from typing import Final

LOGIN: Final = re.compile(r"[a-z0-9._-]{3,32}")
PASSWORD_MIN: Final = 8
"""Shortest password, in characters."""
PASSWORD_MAX_BYTES: Final = 72
"""Longest password, in bytes of UTF-8: bcrypt looks at no more."""
TEXT_MAX: Final = 4096
"""Longest chat message, in characters."""


def login_problem(login: str) -> str | None:
    """Say what is wrong with a login name, as a field code."""
    return None if LOGIN.fullmatch(login) else "login"


def password_problem(password: str) -> str | None:
    """Say what is wrong with a new password, as a field code."""
    if len(password) < PASSWORD_MIN:
        return "password_short"
    try:
        size = len(password.encode())
    except UnicodeEncodeError:
        return "characters"
    if size > PASSWORD_MAX_BYTES:
        return "password_long"
    return "characters" if has_controls(password) else None


def has_controls(text: str) -> bool:
    """Tell whether a text has control characters, surrogates or unassigned noise in it."""
    return any(unicodedata.category(c) in {"Cc", "Cs"} for c in text)


def clean_text(text: str) -> str:
    """Return a text that may go out to any network: line breaks and tabs kept, controls dropped.

    Control characters, surrogates, private use (our marks live there), U+FFFE and U+FFFF and the
    bidirectional overrides are removed: XML forbids some of them and a server closes the whole
    stream on one (XML 1.0, section 2.2); the overrides would let a text pretend to be another.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or not _unwanted(c))


def _unwanted(char: str) -> bool:
    if "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069":
        return True
    return unicodedata.category(char) in {"Cc", "Cs", "Co"} or ord(char) & 0xFFFE == 0xFFFE  # noqa: PLR2004 - the two noncharacters of each plane


@functools.cache
def zones() -> frozenset[str]:
    """Return the names of the time zones of the IANA database."""
    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime"})
