"""Moments in words: in the zone of whoever reads, with its name."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

SHAPES: Final = {"ru": "%d.%m.%Y %H:%M"}
"""How a language writes a moment; the others like ISO 8601."""


def moment(at: int | str, lang: str, zone_name: str | None) -> str:
    """Return a time (milliseconds or ISO 8601) in a zone, UTC without one, with the zone's name."""
    zone = ZoneInfo(zone_name or "UTC")
    found = (
        datetime.fromisoformat(at).astimezone(zone)
        if isinstance(at, str)
        else datetime.fromtimestamp(at / 1000, zone)
    )
    return f"{found.strftime(SHAPES.get(lang, '%Y-%m-%d %H:%M'))} {found.tzname()}"
