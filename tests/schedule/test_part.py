"""What the scheduler asks for, and when."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.schedule.part import Scheduler


class Calls:
    """The methods, counted."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()

    async def call(self, name: str, values: Mapping[str, Any], **_: Any) -> Any:
        self.made[name] += 1

    async def upload(self, task: int, number: int, jpeg: bytes, *, attempt: int) -> None:
        raise NotImplementedError


class Turns(TestCase):
    async def test_each_of_its_duties_has_its_turn_until_it_is_stopped(self) -> None:
        clock, calls = Clock(), Calls()
        scheduler = Scheduler(calls=calls, reactor=clock)
        await scheduler.start()
        clock.pump([1] * 600)
        made = {"ContinueNews": 600, "RecoverTasks": 120, "SendReport": 1}
        assert calls.made == made
        await scheduler.stop()
        clock.pump([1] * 600)
        assert calls.made == made
