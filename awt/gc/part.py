"""The garbage collector as a part of a node."""

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from awt.background import Periodic
from awt.db.engine import Database
from awt.gc.collector import collect
from awt.ports import Clock
from awt.resources import ServerResources
from awt.shots import Shots

log = Logger()


class Collector:
    """Runs a pass now and then."""

    def __init__(
        self,
        *,
        database: Database,
        shots: Shots,
        clock: Clock,
        days: int,
        reactor: IReactorTime,
        seconds: float,
    ) -> None:
        self._database = database
        self._shots = shots
        self._clock = clock
        self._days = days
        self._periodic = Periodic(self._turn, seconds=seconds, name="garbage", reactor=reactor)

    async def start(self) -> None:
        """Begin, with a pass after the first period."""
        self._periodic.start(now=False)

    async def stop(self) -> None:
        """End, after the pass that runs."""
        await self._periodic.stop()

    async def _turn(self) -> None:
        gone = {kind: count for kind, count in (await collect(self._database)).items() if count}
        days = await self._shots.purge(now=self._clock(), days=self._days)
        if days:
            gone["days of screenshots"] = days
        if gone:
            log.info("collected {gone}", gone=gone)


def make(resources: ServerResources) -> Collector:
    """Return the part."""
    return Collector(
        database=resources.database,
        shots=resources.shots,
        clock=resources.env.clock,
        days=resources.config.gc.purge_days,
        reactor=resources.reactor,
        seconds=resources.config.gc.interval_seconds,
    )
