"""This machine, as it is called from here."""

from typing import Final

LOCAL: Final = "127.0.0.1"
LOOPBACK: Final = frozenset({LOCAL, "localhost", "::1"})
