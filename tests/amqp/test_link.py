"""A link that is stopped at an awkward moment."""

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from awt.amqp.adapter import Connection
from awt.amqp.link import Link
from tests.amqp.wire import Wire, reactor


class TheLink(Wire, TestCase):
    timeout = 60

    async def test_that_is_stopped_while_its_connection_is_prepared_ends(self) -> None:
        stopped: Deferred[None] = Deferred()

        async def stop() -> None:
            await link.stop()
            stopped.callback(None)

        async def prepare(connection: Connection) -> None:
            channel = await connection.open_channel()
            reactor.callLater(0, lambda: Deferred.fromCoroutine(stop()))
            await channel.finish(seconds=60)

        link = Link(address=self.address, reactor=reactor, name="ours", prepare=prepare)
        link.start()
        await stopped
        self.assertIsNone(link.connection)
