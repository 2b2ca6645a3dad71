"""What the scheduler asks for, and when."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.api.claims import MANY, Recovered
from awt.errors import Unavailable
from awt.schedule.part import Scheduler


class Calls:
    """The methods, counted."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.looks: list[str] = []
        self.away = False
        self.failed: list[int] = []
        """How many tasks each look gives up, none when there is no more here."""

    async def call(self, name: str, values: Mapping[str, Any], **_: Any) -> Any:
        self.made[name] += 1
        if self.away:
            raise Unavailable("database: away")
        self.looks += [what for what in ("unclaimed", "returned") if values.get(what)]
        return Recovered(again=0, failed=self.failed.pop() if self.failed and values else 0)

    async def upload(self, task: int, number: int, jpeg: bytes, *, attempt: int) -> None:
        raise NotImplementedError


class Turns(TestCase):
    async def test_each_of_its_duties_has_its_turn_until_it_is_stopped(self) -> None:
        clock, calls = Clock(), Calls()
        scheduler = Scheduler(calls=calls, reactor=clock)
        await scheduler.start()
        clock.pump([1] * 600)
        made = {"ContinueNews": 600, "RecoverTasks": 131, "SendReport": 1}
        assert calls.made == made
        await scheduler.stop()
        clock.pump([1] * 600)
        assert calls.made == made

    async def test_when_the_server_was_away_that_is_said_before_anything_ends_unclaimed(
        self,
    ) -> None:
        clock, calls = Clock(), Calls()
        calls.away = True
        scheduler = Scheduler(calls=calls, reactor=clock)
        await scheduler.start()
        calls.away = False
        clock.pump([60] * 3)
        assert calls.looks == ["returned", "unclaimed", "unclaimed"]
        calls.away = True
        clock.advance(60)
        calls.away = False
        clock.pump([60] * 2)
        assert calls.looks[3:] == ["returned", "unclaimed"]
        clock.advance(600)  # this process stood still
        assert calls.looks[5:] == ["returned"]
        self.flushLoggedErrors(Unavailable)
        await scheduler.stop()

    async def test_all_that_nobody_runs_ends_in_one_turn(self) -> None:
        clock, calls = Clock(), Calls()
        scheduler = Scheduler(calls=calls, reactor=clock)
        await scheduler.start()
        calls.failed = [MANY - 1, MANY, MANY]
        clock.advance(60)
        assert calls.looks == ["returned"] + ["unclaimed"] * 3
        await scheduler.stop()
