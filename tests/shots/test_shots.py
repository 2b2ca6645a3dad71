"""Screenshots on disk: what is kept, what is refused, what is purged."""

import io
from pathlib import Path
from typing import Any

from PIL import Image
from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.trial.unittest import TestCase

from awt.errors import Refused, Unavailable
from awt.model.moments import MOMENTS, moment_of, shot_number, step_of
from awt.model.times import DAY
from awt.shots import MOST, Shots, measure

reactor: Any = _reactor
NOW = 1_800_000_000_000  # 2027-01-15


def picture(width: int = 32, height: int = 16, kind: str = "JPEG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(data, kind)
    return data.getvalue()


class Keeping(TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.mktemp()) / "shots"
        self.directory.parent.mkdir()
        self.shots = Shots(directory=self.directory, reactor=reactor)

    async def test_a_picture_is_kept_under_its_day_with_its_size(self) -> None:
        kept = await self.shots.keep("1-1-1-ab", picture(), now=NOW)
        self.assertEqual((kept.file, kept.width, kept.height), ("2027-01-15/1-1-1-ab.jpg", 32, 16))
        self.assertEqual(await self.shots.read(kept.file), picture())
        self.assertEqual([path.suffix for path in self.directory.rglob("*.*")], [".jpg"])

    async def test_names_lead_nowhere_else(self) -> None:
        (self.directory.parent / "secret.jpg").write_bytes(b"secret")
        for name in ("../secret.jpg", "2027-01-15/../../secret.jpg", "/etc/passwd", ""):
            self.assertIsNone(await self.shots.read(name))
        self.assertIsNone(await self.shots.read("2027-01-15/1-1-1-ab.jpg"))

    async def test_days_that_are_over_are_purged_whole_and_nothing_else(self) -> None:
        self.assertEqual(await self.shots.purge(now=NOW, days=42), 0)
        kept = [await self.shots.keep("a", picture(), now=NOW + day * DAY) for day in (0, 1, 2)]
        (self.directory / "notes").mkdir()
        self.assertEqual(await self.shots.purge(now=NOW + 43 * DAY, days=42), 0)
        self.assertEqual(await self.shots.purge(now=NOW + 45 * DAY, days=42), 2)
        left = [await self.shots.read(each.file) is not None for each in kept]
        self.assertEqual(left, [False, False, True])
        self.assertTrue((self.directory / "notes").exists())

    async def test_a_disk_that_takes_nothing_is_our_side_and_passes(self) -> None:
        self.directory.write_text("a file where the directory should be")
        with self.assertRaises(Unavailable):
            await self.shots.keep("a", picture(), now=NOW)

    def test_what_is_no_picture_is_refused(self) -> None:
        whole = picture(200, 200)
        for bad in (
            b"",
            b"<svg onload=alert(1)>",
            picture(kind="PNG"),
            whole[: len(whole) // 2],
            b"\xff\xd8\xff\xe0" + b"\0" * 100,
            picture(10_001, 1),
            whole + b"\0" * MOST,
        ):
            with self.assertRaises(Refused):
                measure(bad)
        self.assertEqual(measure(whole), (200, 200))

    def test_numbers_tell_step_and_moment(self) -> None:
        numbers = [shot_number(action, moment) for action in range(3) for moment in MOMENTS]
        self.assertEqual(numbers, list(range(1, 10)))
        self.assertEqual([step_of(n) for n in numbers], [1, 1, 1, 2, 2, 2, 3, 3, 3])
        self.assertEqual([moment_of(n) for n in numbers], list(MOMENTS) * 3)
