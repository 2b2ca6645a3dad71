"""The scheduler: tasks whose node was lost wait again, or fail."""

from typing import Final

from twisted.internet.interfaces import IReactorTime

from awt.background import Periodic
from awt.ports import NodeApi
from awt.resources import Resources

SECONDS: Final = 5.0
"""How often leases are looked at."""


class Scheduler:
    """Looks at the leases of tasks."""

    def __init__(self, *, calls: NodeApi, reactor: IReactorTime) -> None:
        self._calls = calls
        self._recover = Periodic(
            self._turn, seconds=SECONDS, name="recovering tasks", reactor=reactor
        )

    async def start(self) -> None:
        """Begin."""
        self._recover.start(now=False)

    async def stop(self) -> None:
        """End, after the turn that runs."""
        await self._recover.stop()

    async def _turn(self) -> None:
        await self._calls.call("RecoverTasks", {})


def make(resources: Resources) -> Scheduler:
    """Return the part."""
    return Scheduler(calls=resources.calls, reactor=resources.reactor)
