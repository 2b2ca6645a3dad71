"""What the doctor says of a broker that is worse than not there."""

from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import TestCase

from awt.amqp.examination import SECONDS, look
from awt.amqp.link import Address
from awt.errors import Unavailable


class Looking(TestCase):
    def test_a_broker_that_never_accepts_is_unavailable(self) -> None:
        reactor = MemoryReactorClock()
        address = Address.parse("amqp://127.0.0.1/")
        looking = Deferred.fromCoroutine(look(address, queues=[], owner=True, reactor=reactor))
        reactor.advance(SECONDS)
        self.failureResultOf(looking, Unavailable)
