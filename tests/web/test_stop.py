"""A site that is stopped while something is asked of it."""

import http.client
import threading
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from awt import config, first
from awt.db.engine import READERS
from awt.fetch import fetch
from awt.node import Node
from awt.resources import ServerResources
from awt.web.part import WebPart

reactor: Any = _reactor


class Stopping(TestCase):
    timeout = 120

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        environ = {
            "AWT_DATA_DIR": str(tmp_path),
            "AWT_DATABASE_TIMEOUT_SECONDS": "100",
            "AWT_WEB_LISTEN": "tcp:0:interface=127.0.0.1",
        }
        self.config = config.load(environ=environ, reactor=reactor)

    async def test_a_stream_that_is_about_to_begin_does_not(self) -> None:
        lock = first.prepare(self.config)
        assert lock is not None
        self.addCleanup(lock.close)
        resources = Node(config=self.config, reactor=reactor).resources
        assert isinstance(resources, ServerResources)
        database = resources.database
        database.start()
        self.addCleanup(database.stop)
        site = WebPart(resources)
        await site.start()
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        held = [
            Deferred.fromCoroutine(database.read(lambda _tx: go_on.wait(60)))
            for _ in range(READERS)
        ]
        url = f"http://127.0.0.1:{site.address.port}/chat/events"
        asked = Deferred.fromCoroutine(fetch("GET", url, seconds=60, reactor=reactor))
        assert site._site is not None
        while not site._site._in_hand:
            await deferLater(reactor, 0.001)
        stopping = Deferred.fromCoroutine(site.stop())
        while not site._routes._waiting.ended:
            await deferLater(reactor, 0.001)
        go_on.set()
        status, _ = await asked
        assert status == http.client.SERVICE_UNAVAILABLE
        await stopping
        for each in held:
            await each
