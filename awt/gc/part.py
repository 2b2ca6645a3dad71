"""The garbage collector as a part of a node."""

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from awt.background import Periodic
from awt.db.engine import Database
from awt.gc.collector import collect
from awt.resources import ServerResources

log = Logger()


class Collector:
    """Runs a pass now and then."""

    def __init__(self, *, database: Database, reactor: IReactorTime, seconds: float) -> None:
        self._database = database
        self._periodic = Periodic(self._turn, seconds=seconds, name="garbage", reactor=reactor)

    async def start(self) -> None:
        """Begin, with a pass after the first period."""
        self._periodic.start(now=False)

    async def stop(self) -> None:
        """End, after the pass that runs."""
        await self._periodic.stop()

    async def _turn(self) -> None:
        gone = {kind: count for kind, count in (await collect(self._database)).items() if count}
        if gone:
            log.info("collected {gone}", gone=gone)


def make(resources: ServerResources) -> Collector:
    """Return the part."""
    return Collector(
        database=resources.database,
        reactor=resources.reactor,
        seconds=resources.config.gc.interval_seconds,
    )
