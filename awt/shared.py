"""The cache of several server nodes: memcached, with the memory of this process behind it.

Every counter is kept here as well, and the higher count holds. So memcached may be down, hang, begin
anew with nothing or forget what it was full of, and a node still knows what it counted and what it saw
counted: limits then hold for each node instead of for all together, and never lapse. A server that fails
is left alone for `PAUSE` seconds, so that only the first calls wait for it.
"""

import hashlib
import math
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheError, MemcacheUnexpectedCloseError
from twisted.logger import Logger

from awt.local import LocalCache

T = TypeVar("T")

log = Logger()

SECONDS: Final = 0.25
"""How long a server may take to accept a connection, and again to answer; it answers in 0.1 ms."""
MARGIN: Final = 2
"""Seconds by which the clocks of a node and of memcached may differ over the life of a counter."""
_OWED: Final = "owed:"
"""Before the names of values that memcached has still to renew."""
PAUSE: Final = 5.0
"""How long a server that failed is not asked; then one call tries it."""


class Server:
    """One memcached: connections for whichever thread asks, and a circuit that opens when it fails."""

    def __init__(self, address: str, *, now: Callable[[], float], wait: float = SECONDS) -> None:
        self.address = address
        self._wait = wait
        self._now = now
        self._lock = threading.Lock()
        self._idle: deque[Client] = deque()
        self._failed = False
        self._asked_again_at = 0.0

    def ask(self, question: Callable[[Client], T], *, at_once: bool = False) -> T | None:
        """Return the answer to a question, None when there is none. ``at_once``: open circuit or not."""
        if not at_once and not self._is_worth_asking():
            return None
        try:
            try:
                answer = self._ask(question, self._idle.popleft())
            except (IndexError, ConnectionError, MemcacheUnexpectedCloseError):
                self.close()  # none was left, or the server was restarted meanwhile
                answer = self._ask(question, self._connection())
        except (OSError, MemcacheError, ValueError) as error:  # ValueError: an answer that is none
            self._leave_alone(error)
            return None
        self._works()
        return answer

    def _connection(self) -> Client:
        return Client(self.address, connect_timeout=self._wait, timeout=self._wait, no_delay=True)

    def _ask(self, question: Callable[[Client], T], client: Client) -> T:
        try:
            answer = question(client)
        except BaseException:
            client.close()
            raise
        self._idle.append(client)
        return answer

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with suppress(IndexError):  # other threads take them as well
            while True:
                self._idle.popleft().close()

    def _is_worth_asking(self) -> bool:
        if not self._failed:
            return True
        with self._lock:
            if self._now() < self._asked_again_at:
                return False
            self._asked_again_at = (
                self._now() + PAUSE
            )  # this thread tries, the others go on without
            return True

    def _leave_alone(self, error: Exception) -> None:
        with self._lock:
            self._asked_again_at = self._now() + PAUSE
            news, self._failed = not self._failed, True
        self.close()
        if news:
            why = " ".join(str(error).split()) or type(error).__name__
            log.warn(
                "memcached {server} is away ({error}): this node counts alone",
                server=self.address,
                error=why,
            )

    def _works(self) -> None:
        if self._failed:
            with self._lock:
                news, self._failed = self._failed, False
            if news:
                log.info("memcached {server} is back", server=self.address)


class SharedCache:
    """Counters and values in memcached, for all nodes with the same servers and prefix.

    It blocks, for ``wait`` seconds at the first failure: for threads only. Names are hashed, so that they fit
    whatever they are and memcached knows nobody's address.
    """

    def __init__(
        self,
        *,
        servers: Sequence[str],
        prefix: str,
        local: LocalCache,
        now: Callable[[], float] = time.monotonic,
        wait: float = SECONDS,
    ) -> None:
        self._servers = [Server(address, now=now, wait=wait) for address in servers]
        self._prefix = prefix
        self._local = local

    def increment(self, key: str, *, seconds: int) -> int:
        """Count one more and return the count; the counter ends ``seconds`` after its first."""
        here, left = self._local.tick(key, seconds=seconds)
        first, life = _beginning(here, left, seconds)
        server, name = self._place(key)
        # Meta arithmetic: one more, or a new counter. The no-op makes the end of the answer known.
        command = f"ma {name} N{life} J{first} t v\r\nmn"
        answer = server.ask(lambda client: _counted(client.raw_command(command, "MN\r\n")))
        if answer is None:
            return here
        there, life = answer
        if there > here and life > 1:
            self._local.set(key, str(there), seconds=life - 1)  # never longer than there
        return max(here, there)

    def count(self, key: str) -> int:
        """Return what was counted under ``key``."""
        server, name = self._place(key)
        there = server.ask(lambda client: int(client.get(name, b"0")))
        return max(self._local.count(key), there or 0)

    def get(self, key: str) -> str | None:
        """Return a value, or None."""
        mine = self._local.get(key)
        if mine is not None and self._local.get(_OWED + key) is not None:
            # Others may have renewed it since: neither what they have nor what is here holds any more.
            self._renew(key, max(1, math.ceil(self._local.left(key))))
            return self._local.get(key)
        server, name = self._place(key)
        found = server.ask(lambda client: client.get(name, b"").decode())
        return found or mine

    def set(self, key: str, value: str, *, seconds: int) -> None:
        """Keep a value for a while."""
        self._local.set(key, value, seconds=seconds)
        self._share(key, value, seconds)

    def renew(self, key: str, *, seconds: int) -> None:
        """Keep a random value; where memcached is away, the next `get` that finds it back renews it anew."""
        if not self._renew(key, seconds):
            self._local.renew(key, seconds=seconds)
            self._local.set(_OWED + key, "1", seconds=seconds)

    def _renew(self, key: str, seconds: int) -> bool:
        """Keep a random value here and in memcached; False, and nothing changed, while that is away."""
        value = secrets.token_hex(16)
        done = self._share(key, value, seconds)
        if done:
            self._local.set(key, value, seconds=seconds)
            self._local.delete(_OWED + key)
        return done

    def _share(self, key: str, value: str, seconds: int) -> bool:
        """Give a value to memcached; False where that did not say that it has it."""
        server, name = self._place(key)
        content = value.encode()
        return bool(
            server.ask(lambda client: client.set(name, content, expire=seconds, noreply=False))
        )

    def delete(self, key: str) -> None:
        """Forget a value: here and in memcached, while other nodes may remember what they counted."""
        self._local.delete(key)
        self._local.delete(_OWED + key)
        server, name = self._place(key)
        server.ask(lambda client: client.delete(name, noreply=False))

    def away(self) -> list[str]:
        """Ask every server, and return the addresses of those that do not answer."""
        return [
            server.address
            for server in self._servers
            if not server.ask(lambda client: client.version(), at_once=True)
        ]

    def close(self) -> None:
        """Close the connections; no thread uses them any more."""
        for server in self._servers:
            server.close()

    def _place(self, key: str) -> tuple[Server, str]:
        """Return where a key is kept and under which name: always there, whoever else is down."""
        digest = hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=16).hexdigest()
        return self._servers[int(digest, 16) % len(self._servers)], f"{self._prefix}:{digest}"


def _beginning(here: int, left: float, seconds: int) -> tuple[int, int]:
    """Return what a counter that memcached has not begins with, and its life in seconds.

    One that has been counted here for a while goes on: memcached began anew, or was full. A new one
    begins with 1, for what other threads count meanwhile comes by itself; so does one that is about to
    end, for the clock of memcached has ticks of a second, and a counter has to end at last.
    """
    if MARGIN <= left <= seconds - MARGIN:
        return here, int(left)
    return 1, seconds


def _counted(answer: bytes) -> tuple[int, int]:
    """Return the count, and the seconds that are left to it, of ``VA <size> t<seconds>``."""
    head, value = answer.split(b"\r\n")[:2]
    mark, _, left = head.split(b" ")
    if mark != b"VA":
        raise ValueError(f"memcached: {head!r}")
    return int(value), int(left[1:])
