"""Members who talk to a node over connections that stay open, and crowds of them."""

import http.client
import itertools
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from awt.testing.site import Browser, RunningNode
from benchmarks.measure import cpu

COMMANDS: Final = ("#help", "#balance")
"""What is said, in turns."""
PATIENCE: Final = 30.0
"""Seconds after which an answer counts as lost, which ends the benchmark."""
FREE: Final = {
    "LIMITS_MESSAGES_PER_MINUTE": "1000000",
    "LIMITS_REGISTRATIONS_PER_HOUR": "1000000",
}
"""Settings of a node whose limits are not what is measured."""


class Speaker(Protocol):
    """Somebody who gives one command at a time."""

    def ask(self) -> None:
        """Give a command and wait until it is answered."""


class Keeper:
    """A connection that stays open, and posts JSON."""

    def __init__(self, url: str, *, cookies: str = "") -> None:
        parts = urllib.parse.urlsplit(url)
        assert parts.hostname is not None
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
        self.headers = {"Content-Type": "application/json", "Cookie": cookies}

    def post(self, path: str, value: object) -> bytes:
        """Post a value and return the body of the answer, which has to be 202."""
        self.connection.request("POST", path, json.dumps(value).encode(), self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == http.client.ACCEPTED, (answer.status, body)
        return body


class Member:
    """A member with an open chat: a command goes in by POST, its answer comes by the event stream."""

    def __init__(self, node: RunningNode) -> None:
        browser = Browser(node.url)
        browser.join()
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        self._keeper = Keeper(node.url, cookies=cookies)
        self._stream = Keeper(node.url, cookies=cookies)
        self._stream.connection.request("GET", "/chat/events", headers=self._stream.headers)
        self._events = self._stream.connection.getresponse()
        self._commands = itertools.cycle(COMMANDS)

    def ask(self) -> None:
        """Give the next of `COMMANDS`."""
        said = {"service": "base", "text": next(self._commands)}
        message_id = json.loads(self._keeper.post("/chat/messages", said))["id"]
        while True:
            line = self._events.readline()
            assert line, "the stream has ended"
            if line.startswith(b"data:") and json.loads(line[5:])["reply_to"] == message_id:
                return


def latencies(speaker: Speaker, count: int) -> list[float]:
    """Return how long each of ``count`` commands took, in seconds."""
    found = []
    for _ in range(count):
        began = time.perf_counter()
        speaker.ask()
        found.append(time.perf_counter() - began)
    return found


def cost(pid: int, crowd: Sequence[Speaker], count: int) -> tuple[float, float]:
    """Have a crowd give ``count`` commands, all speaking at once.

    Return the CPU that each command cost the process, in seconds, and the commands a second.
    """
    before, began = cpu(pid), time.perf_counter()
    each = count // len(crowd)
    at_once([partial(latencies, speaker, each) for speaker in crowd])
    done = each * len(crowd)
    return (cpu(pid) - before) / done, done / (time.perf_counter() - began)


def at_once(works: Sequence[Callable[[], object]]) -> None:
    """Run functions in a thread each; the first error of one is raised at the end of all."""
    errors: list[Exception] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - raised below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
