"""Times: milliseconds since the epoch inside, ISO 8601 in UTC outside."""

from datetime import UTC, datetime
from typing import Final

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def iso(at: int) -> str:
    """Return a time in milliseconds as ``2026-11-22T03:36:33Z``."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def millis(time: str) -> int:
    """Return the milliseconds of a time that `iso` wrote."""
    return round(datetime.fromisoformat(time).timestamp() * SECOND)


def iso_or_none(at: int | None) -> str | None:
    """Return `iso` of a time that may be missing."""
    return None if at is None else iso(at)
