"""A node that kills itself at one point of the way of a message.

Run as ``python crashing.py QUEUE WHEN [WORD]``.
"""

import os
import signal
import sys
from typing import Any

from twisted.internet import reactor as _reactor  # noqa: TID251 - the program runs it
from twisted.python.log import startLogging

from awt import config, first
from awt.model.messages import Message
from awt.node import Node
from awt.ports import Bus, Consumer, Handler

reactor: Any = _reactor


class Crashing:
    """A bus whose process dies right before or right after one queue's first message is handled.

    With a ``word``: the first message that has it.
    """

    def __init__(self, bus: Bus, *, queue: str, when: str, word: str) -> None:
        self._bus = bus
        self._queue = queue
        self._when = when
        self._word = word

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    def consume(self, queue: str, handler: Handler, *, concurrency: int = 1) -> Consumer:
        async def handle(message: Message) -> None:
            is_it = queue == self._queue and self._word in str(message.body)
            if is_it and self._when == "before":
                self._crash()
            await handler(message)
            if is_it:
                self._crash()

        return self._bus.consume(queue, handle, concurrency=concurrency)

    def _crash(self) -> None:
        os.write(2, f"crash: {self._queue} {self._when}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


def main(queue: str, when: str, word: str = "") -> None:
    startLogging(sys.stdout)
    found = config.load(reactor=reactor)
    lock = first.prepare(found)
    node = Node(config=found, reactor=reactor)
    bus: Any = Crashing(node.resources.bus, queue=queue, when=when, word=word)
    object.__setattr__(node.resources, "bus", bus)
    node.startService()
    reactor.run()
    assert lock is not None


if __name__ == "__main__":
    main(*sys.argv[1:])
