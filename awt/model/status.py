"""The states that rows are in, by their stored names."""

from typing import Final

NEW: Final = "NW"
"""Registered but not activated (user); asked (service, authorisation)."""
ACTIVE: Final = "AC"
BLOCKED: Final = "BL"
"""User: blocked by an operator."""
DELETED: Final = "DL"
"""User: deleted by its owner. Service: removed."""
REJECTED: Final = "RJ"
"""Authorisation: the user refused or removed the assistant."""

ASKED: Final = "asked"
CONFIRMED: Final = "confirmed"
REMOVED: Final = "removed"

KINDS: Final = ("jabber", "skype", "webchat", "telegram", "matrix")
"""Kinds of IM."""

BASE: Final = "base"
"""The service that always exists, is free and carries the account."""

LANGS: Final = ("en", "ru")
"""Languages of the catalogues, the default first."""
