"""The scheduler: tasks whose node was lost or that nobody runs, news that go on, the monthly report."""

from contextlib import suppress
from typing import Final

from twisted.internet.interfaces import IReactorTime

from awt.api.claims import MANY, Recovered
from awt.background import Periodic
from awt.errors import Unavailable
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
        self._reactor = reactor
        self._answered_at: float | None = None
        self._news = Periodic(
            self._tell, seconds=NEWS_SECONDS, name="sending news", reactor=reactor
        )
        self._report = Periodic(
            self._month, seconds=REPORT_SECONDS, name="sending the report", reactor=reactor
        )

    async def start(self) -> None:
        """Begin; first it is told that the server is back, as soon as the database is."""
        with suppress(Unavailable):
            await self._end_unclaimed()
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
        """End what nobody runs, unless it was we who were away: then the nodes have their time again."""
        answered_at, self._answered_at = self._answered_at, None
        since = self._reactor.seconds() - (answered_at or 0)
        stayed = answered_at is not None and since < 2 * UNCLAIMED_SECONDS
        what = "unclaimed" if stayed else "returned"
        ended = MANY
        while ended >= MANY:
            found: Recovered = await self._calls.call("RecoverTasks", {what: True})
            ended = found.failed
        self._answered_at = self._reactor.seconds()

    async def _tell(self) -> None:
        await self._calls.call("ContinueNews", {})

    async def _month(self) -> None:
        await self._calls.call("SendReport", {})


def make(resources: Resources) -> Scheduler:
    """Return the part."""
    return Scheduler(calls=resources.calls, reactor=resources.reactor)
