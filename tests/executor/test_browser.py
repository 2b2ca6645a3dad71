"""What a browser tells the tests that share it, with a program in its place that says what a test wants."""

from pathlib import Path
from typing import Any, Final

import pytest
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from awt.executor.engines.cdp.browser import Browser
from awt.executor.engines.cdp.pipe import Crashed
from tests.executor.sites import reactor

CRASHED: Final = '{"method": "Inspector.targetCrashed", "sessionId": "session"}'
ENDED: Final = """{"method": "Inspector.detached", "sessionId": "session", "params":
    {"reason": "Render process gone."}}"""
CRASHING: Final = """#!/bin/bash
says() { printf '%s\\0' "$1" >&4; }
hears() { read -r -d '' -u 3; }
hears; says '{"id": 1, "result": {}}'
hears; says '{"id": 2, "result": {"browserContextId": "context"}}'
says '{"method": "Target.attachedToTarget", "params": {"sessionId": "session", "targetInfo":
    {"type": "page", "targetId": "page", "browserContextId": "context"}}}'
hears; says "$CRASH"
hears
"""
"""Has one page, which is gone over what it is asked first."""


class Listener:
    """A test that notes what it hears."""

    def __init__(self) -> None:
        self.there: Deferred[None] = Deferred()
        self.said: list[str] = []

    def attached(self, *_: Any) -> None:
        self.there.callback(None)

    def detached(self, session: str) -> None:
        raise AssertionError(session)

    def heard(self, _session: str, method: str, _values: dict[str, Any]) -> None:
        self.said.append(method)


class Browsers(TestCase):
    timeout = 30

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    async def test_a_test_knows_that_its_page_crashed_before_its_commands_fail(self) -> None:
        await self.crashes(CRASHED)

    async def test_a_page_whose_process_is_gone_for_unknown_reasons_has_crashed(self) -> None:
        await self.crashes(ENDED)

    async def crashes(self, how: str) -> None:
        """Ask a page that is gone, as its browser says."""
        program = self.folder / "browser"
        program.write_text(CRASHING.replace("$CRASH", how.replace('"', r"\"")))
        program.chmod(0o755)
        browser = Browser(
            reactor=reactor, program=str(program), profile=self.folder / "profile", owner=None
        )
        await browser.start()
        listener = Listener()
        await browser.open(lambda _: listener, "127.0.0.1:9")
        await listener.there
        with self.assertRaises(Crashed):
            await browser.call("Runtime.evaluate", session="session")
        self.assertEqual(listener.said, ["Inspector.targetCrashed"])
        await browser.stop()
