"""What the scheduler asks for, and when."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.errors import Unavailable
from awt.schedule.part import Scheduler


class Calls:
    """The methods, counted."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.unclaimed: list[bool] = []
        self.away = False

    async def call(self, name: str, values: Mapping[str, Any], **_: Any) -> Any:
        self.made[name] += 1
        if "unclaimed" in values:
            self.unclaimed.append(values["unclaimed"])
        if self.away:
            raise Unavailable("database: away")

    async def upload(self, task: int, number: int, jpeg: bytes, *, attempt: int) -> None:
        raise NotImplementedError


class Turns(TestCase):
    async def test_each_of_its_duties_has_its_turn_until_it_is_stopped(self) -> None:
        clock, calls = Clock(), Calls()
        scheduler = Scheduler(calls=calls, reactor=clock)
        await scheduler.start()
        clock.pump([1] * 600)
        made = {"ContinueNews": 600, "RecoverTasks": 130, "SendReport": 1}
        assert calls.made == made
        await scheduler.stop()
        clock.pump([1] * 600)
        assert calls.made == made

    async def test_nothing_ends_unclaimed_before_the_nodes_had_a_minute_to_come_back(self) -> None:
        clock, calls = Clock(), Calls()
        scheduler = Scheduler(calls=calls, reactor=clock)
        await scheduler.start()
        clock.pump([60] * 2)
        calls.away = True
        clock.pump([60] * 2)
        calls.away = False
        clock.pump([60] * 3)
        assert calls.unclaimed == [False, True, True, False, False, True, True]
        await scheduler.stop()
