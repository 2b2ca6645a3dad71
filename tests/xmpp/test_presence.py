"""Telling the contacts, while the server of the node is away."""

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.xmpp.presence import Contacts


class Telling(TestCase):
    def test_ends_when_it_is_cancelled_while_the_contacts_are_asked_for(self) -> None:
        nobody: Any = None
        time = Clock()
        asked: list[Deferred[Any]] = []

        async def call(_name: str, _values: Any) -> Any:
            asked.append(Deferred())
            return await asked[-1]

        contacts = Contacts(
            service="base",
            bot="assistant@base.localhost",
            component=nobody,
            inbox=nobody,
            clients=nobody,
            call=call,
            reactor=time,
            inside="",
        )
        telling = Deferred.fromCoroutine(contacts.arrive())
        telling.cancel()
        self.failureResultOf(telling, CancelledError)
        self.assertEqual(time.getDelayedCalls(), [])
