"""The files of screenshots: a folder a day, so that a whole day is purged at once.

Nothing keeps account of single files: whatever becomes of the row of one (a task that is purged, an
account that is deleted, a transaction that is rolled back), the file goes with its day.
"""

import io
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from attrs import frozen
from PIL import Image
from twisted.internet.threads import deferToThreadPool

from awt.errors import Unavailable, bad_field

MOST: Final = 2 * 2**20
"""Largest screenshot, in bytes."""
SIDE: Final = 10_000
"""Longest side of a screenshot, in pixels."""
PIXELS: Final = 25_000_000
"""Most pixels of a screenshot."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FILE = re.compile(rf"{_DAY.pattern}/[0-9a-f-]{{1,60}}\.jpg")
P = ParamSpec("P")
T = TypeVar("T")


@frozen
class Kept:
    """A screenshot that was kept: its file, its size in pixels."""

    file: str
    width: int
    height: int


class Shots:
    """Keeps screenshots in a directory; what blocks is done in the reactor's threads."""

    def __init__(self, *, directory: Path, reactor: Any) -> None:
        self._directory = directory
        self._reactor = reactor

    async def keep(self, name: str, jpeg: bytes, *, now: int) -> Kept:
        """Keep a screenshot; it has a file of its own when this returns. ``now``: milliseconds.

        Raises `Refused` (``bad_request``) for what is no JPEG of an allowed size, and `Unavailable` where
        there is no room.
        """
        return await self._in_thread(self._keep, name, jpeg, now)

    async def read(self, file: str) -> bytes | None:
        """Return a screenshot, None where it is gone."""
        return await self._in_thread(self._read, file)

    async def purge(self, *, now: int, days: int) -> int:
        """Remove the days before the last ``days``; return how many."""
        return await self._in_thread(self._purge, now, days)

    async def _in_thread(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await deferToThreadPool(
            self._reactor, self._reactor.getThreadPool(), function, *args, **kwargs
        )

    def _keep(self, name: str, jpeg: bytes, now: int) -> Kept:
        width, height = measure(jpeg)
        file = f"{_day(now).isoformat()}/{name}.jpg"
        path = self._directory / file
        part = path.with_suffix(".part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.write_bytes(jpeg)
            part.replace(path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()  # what there was room for
            raise Unavailable(f"screenshots: {error.strerror}") from None
        return Kept(file, width, height)

    def _read(self, file: str) -> bytes | None:
        if not _FILE.fullmatch(file):
            return None
        try:
            return (self._directory / file).read_bytes()
        except FileNotFoundError:
            return None

    def _purge(self, now: int, days: int) -> int:
        first = (_day(now) - timedelta(days=days + 1)).isoformat()
        gone = [folder for folder in self._days() if folder.name < first]
        for folder in gone:
            shutil.rmtree(folder, ignore_errors=True)
        return len(gone)

    def _days(self) -> list[Path]:
        try:
            return [path for path in self._directory.iterdir() if _DAY.fullmatch(path.name)]
        except FileNotFoundError:
            return []


def _day(now: int) -> date:
    return datetime.fromtimestamp(now / 1000, UTC).date()


def measure(jpeg: bytes) -> tuple[int, int]:
    """Return width and height of a JPEG, which is read to its end. Raises `Refused` (``bad_request``)."""
    if len(jpeg) > MOST:
        raise bad_field("jpeg", "picture")
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
            width, height = image.size
            if max(width, height) > SIDE or width * height > PIXELS:
                raise bad_field("jpeg", "picture")
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise bad_field("jpeg", "picture") from None
    return width, height
