"""A command of a menu whose message was taken although nobody could say so."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.errors import Unavailable
from awt.xmpp.adhoc import AdHoc, Session
from awt.xmpp.shim import StanzaError

BOT = "assistant@base.localhost"


class Running(TestCase):
    def test_a_command_that_was_answered_before_it_failed_is_refused_like_any_other(self) -> None:
        nobody: Any = None

        async def say(_sender: str, _text: str, _lang: str, message_id: str) -> None:
            assert menus.catch(message_id, "hello", ())
            raise Unavailable("no answer in time")

        menus = AdHoc(service="base", bot=BOT, call=nobody, say=say, reactor=Clock())
        session = Session(sender="ann@example.org/x", node="whoami", asks=False)
        running = Deferred.fromCoroutine(menus._perform(session, "1", "#whoami", "en"))
        self.assertEqual(self.failureResultOf(running).type, StanzaError)
