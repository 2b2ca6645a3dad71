"""The scheduler: tasks whose node was lost or that nobody runs, news that go on, the monthly report."""

from typing import Final

from twisted.internet.interfaces import IReactorTime

from awt.background import Periodic
from awt.ports import NodeApi
from awt.resources import Resources

SECONDS: Final = 5.0
"""How often leases are looked at."""
UNCLAIMED_SECONDS: Final = 60.0
"""How often tasks are looked for that nobody runs; longer than a node waits before it asks again."""
NEWS_SECONDS: Final = 1.0
"""How often news go on; how many at once is their pace."""
REPORT_SECONDS: Final = 600.0
"""How often it is asked whether a month has begun that administrators were not told of."""


class Scheduler:
    """Looks at the leases of tasks, keeps news going, and has the monthly report sent."""

    def __init__(self, *, calls: NodeApi, reactor: IReactorTime) -> None:
        self._calls = calls
        self._recover = Periodic(
            self._turn, seconds=SECONDS, name="recovering tasks", reactor=reactor
        )
        self._unclaimed = Periodic(
            self._end_unclaimed,
            seconds=UNCLAIMED_SECONDS,
            name="looking for tasks that nobody runs",
            reactor=reactor,
        )
        self._answered = False
        self._news = Periodic(
            self._tell, seconds=NEWS_SECONDS, name="sending news", reactor=reactor
        )
        self._report = Periodic(
            self._month, seconds=REPORT_SECONDS, name="sending the report", reactor=reactor
        )

    async def start(self) -> None:
        """Begin."""
        self._recover.start(now=False)
        self._unclaimed.start(now=False)
        self._news.start(now=False)
        self._report.start(now=False)

    async def stop(self) -> None:
        """End, after the turns that run."""
        await self._recover.stop()
        await self._unclaimed.stop()
        await self._news.stop()
        await self._report.stop()

    async def _turn(self) -> None:
        await self._calls.call("RecoverTasks", {})

    async def _end_unclaimed(self) -> None:
        """End what nobody runs; not before the nodes had a minute to come back after we were away."""
        answered, self._answered = self._answered, False
        await self._calls.call("RecoverTasks", {"unclaimed": answered})
        self._answered = True

    async def _tell(self) -> None:
        await self._calls.call("ContinueNews", {})

    async def _month(self) -> None:
        await self._calls.call("SendReport", {})


def make(resources: Resources) -> Scheduler:
    """Return the part."""
    return Scheduler(calls=resources.calls, reactor=resources.reactor)
