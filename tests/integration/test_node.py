"""A node inside this process leaves nothing behind when it stops."""

import http.client
import threading
from pathlib import Path
from typing import Any

from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from awt import config, first
from awt.node import Node
from awt.testing.ports import free_port
from awt.testing.site import Browser
from awt.testing.website import Website

reactor: Any = _reactor


def open_files() -> list[str]:
    """Return what this process has open, but for what belongs to the reactor for good."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except OSError:  # that of the listing itself
            continue
    return sorted(name for name in found if name.startswith(("/", "socket")))


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if "awt" in thread.name}


class Life(TestCase):
    timeout = 60

    async def live(self, folder: Path, website: Website) -> None:
        """Start a node, leave all kinds of things open in it, and stop it."""
        environ = {
            "AWT_DATA_DIR": str(folder),
            "AWT_WEB_LISTEN": f"tcp:{free_port()}:interface=127.0.0.1",
            "AWT_TEST_ALLOW_PRIVATE_ADDRESSES": "127.0.0.0/8",
        }
        found = config.load(environ=environ, reactor=reactor)
        lock = first.prepare(found)
        node = Node(config=found, reactor=reactor)
        node.startService()
        await node.started
        kept = http.client.HTTPConnection(found.site_url.removeprefix("http://"), timeout=30)
        browser = Browser(found.site_url)

        def use() -> Any:
            browser.join()
            kept.request("GET", "/healthz")
            kept.getresponse().read()
            stream = browser.events()
            browser.say(f"#check {website.url}/")
            website.fetched(1)
            return stream

        with website.hold():
            stream = await deferToThread(use)
            await node.stopService()
        await deferToThread(stream.close)
        kept.close()
        assert stream.ended.is_set()
        assert lock is not None
        lock.close()

    async def test_two_nodes_one_after_the_other_leave_nothing(self) -> None:
        folder = Path(self.mktemp()).resolve()  # noqa: ASYNC240 - once
        left = []
        for _ in range(2):
            with Website() as website:
                await self.live(folder, website)
            left.append(open_files())
            self.assertEqual(threads(), set())
        self.assertEqual(left[0], left[1])
        self.assertEqual([name for name in left[1] if str(folder) in name], [])
