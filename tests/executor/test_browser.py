"""What a browser tells the tests that share it, with a program in its place that says what a test wants."""

from pathlib import Path
from typing import Any, Final

import pytest
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from awt.executor.engines.cdp.browser import Browser
from awt.executor.engines.cdp.pipe import Crashed
from tests.executor.sites import reactor

CRASHING: Final = """#!/bin/bash
says() { printf '%s\\0' "$1" >&4; }
hears() { read -r -d '' -u 3; }
hears; says '{"id": 1, "result": {}}'
hears; says '{"id": 2, "result": {"browserContextId": "context"}}'
says '{"method": "Target.attachedToTarget", "params": {"sessionId": "session", "targetInfo":
    {"type": "page", "targetId": "page", "browserContextId": "context"}}}'
hears; says '{"method": "Inspector.targetCrashed", "sessionId": "session"}'
hears
"""
"""Has one page, which crashes over what it is asked first."""


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
        program = self.folder / "browser"
        program.write_text(CRASHING)
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
