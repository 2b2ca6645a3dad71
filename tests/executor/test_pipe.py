"""The pipe to a browser, with a process at its other end that does what a test wants."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from awt.executor.engines.cdp.pipe import Gone, Pipe, spawn
from tests.executor.sites import reactor

COMMANDS = 3
"""The file descriptor from which a browser reads commands."""


class Noticing(Pipe):
    """Tells when the process has closed its end."""

    def __init__(self) -> None:
        super().__init__(lambda *_: None, reactor=reactor)
        self.closed: Deferred[None] = Deferred()

    def childConnectionLost(self, childFD: int) -> None:
        super().childConnectionLost(childFD)
        if childFD == COMMANDS:
            self.closed.callback(None)


class Pipes(TestCase):
    timeout = 30

    async def test_a_browser_that_is_dying_is_told_nothing_more(self) -> None:
        pipe = Noticing()
        program = ["/bin/sh", "-c", "exec 3<&-; exec sleep 1000"]
        spawn(reactor, pipe, program, environment={"PATH": "/usr/bin:/bin"}, owner=None)
        early: Any = pipe.call("Browser.getVersion")
        await pipe.closed
        self.assertTrue(pipe.running, "its end is not known yet")
        await self.assertFailure(pipe.call("Browser.getVersion"), Gone)
        pipe.hang_up()
        pipe.kill()
        await pipe.until_ended()
        await self.assertFailure(early, Gone)
