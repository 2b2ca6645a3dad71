"""The scheduler: tasks whose node was lost wait again, or fail; news go on."""

from typing import Final

from twisted.internet.interfaces import IReactorTime

from awt.background import Periodic
from awt.ports import NodeApi
from awt.resources import Resources

SECONDS: Final = 5.0
"""How often leases are looked at."""
NEWS_SECONDS: Final = 1.0
"""How often news go on; how many at once is their pace."""


class Scheduler:
    """Looks at the leases of tasks, and keeps news going."""

    def __init__(self, *, calls: NodeApi, reactor: IReactorTime) -> None:
        self._calls = calls
        self._recover = Periodic(
            self._turn, seconds=SECONDS, name="recovering tasks", reactor=reactor
        )
        self._news = Periodic(
            self._tell, seconds=NEWS_SECONDS, name="sending news", reactor=reactor
        )

    async def start(self) -> None:
        """Begin."""
        self._recover.start(now=False)
        self._news.start(now=False)

    async def stop(self) -> None:
        """End, after the turns that run."""
        await self._recover.stop()
        await self._news.stop()

    async def _turn(self) -> None:
        await self._calls.call("RecoverTasks", {})

    async def _tell(self) -> None:
        await self._calls.call("ContinueNews", {})


def make(resources: Resources) -> Scheduler:
    """Return the part."""
    return Scheduler(calls=resources.calls, reactor=resources.reactor)
