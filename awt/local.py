"""The ports of `awt.ports` inside one process: signals, cache, randomness, clock."""

import secrets
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from awt.errors import Unavailable
from awt.ports import Consumer


def clock() -> int:
    """Return the time now, in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class LocalSignals:
    """News inside this process. Told and heard in the reactor's thread."""

    def __init__(self) -> None:
        self._listeners: dict[str, dict[object, Callable[[Any], None]]] = {}

    def tell(self, topic: str, value: object) -> None:
        """Call everybody who listens to a topic."""
        for listener in list(self._listeners.get(topic, {}).values()):
            listener(value)

    def listen(self, topic: str, listener: Callable[[Any], None]) -> Callable[[], None]:
        """Call ``listener`` with every value of a topic; the result ends that."""
        key = object()
        self._listeners.setdefault(topic, {})[key] = listener

        def end() -> None:
            listeners = self._listeners.get(topic, {})
            listeners.pop(key, None)
            if not listeners:
                self._listeners.pop(topic, None)

        return end


class LocalCache:
    """Counters and values in memory, the oldest dropped beyond ``most``."""

    def __init__(self, *, most: int = 100_000, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._lock = threading.Lock()
        self._values: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def increment(self, key: str, *, seconds: int) -> int:
        """Count one more and return the count; the counter ends ``seconds`` after its first."""
        return self.tick(key, seconds=seconds)[0]

    def tick(self, key: str, *, seconds: int) -> tuple[int, float]:
        """Count one more; return the count, and the seconds that are left to the counter."""
        with self._lock:
            value, until = self._values.get(key, ("0", 0.0))
            if until <= self._now():
                value, until = "0", self._now() + seconds
            count = int(value) + 1
            self._put(key, str(count), until)
            return count, until - self._now()

    def count(self, key: str) -> int:
        """Return what was counted under ``key``."""
        return int(self.get(key) or 0)

    def get(self, key: str) -> str | None:
        """Return a value, or None."""
        with self._lock:
            value, until = self._values.get(key, (None, 0.0))
            return value if until > self._now() else None

    def left(self, key: str) -> float:
        """Return for how many seconds a value is still kept; 0 where there is none."""
        with self._lock:
            return max(0.0, self._values.get(key, ("", 0.0))[1] - self._now())

    def set(self, key: str, value: str, *, seconds: float) -> None:
        """Keep a value for a while."""
        with self._lock:
            self._put(key, value, self._now() + seconds)

    def renew(self, key: str, *, seconds: int) -> None:
        """Keep a random value in the place of one that is over."""
        self.set(key, secrets.token_hex(16), seconds=seconds)

    def delete(self, key: str) -> None:
        """Forget a value."""
        with self._lock:
            self._values.pop(key, None)

    def away(self) -> list[str]:
        """Return nothing: this is as near as the process itself."""
        return []

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def _put(self, key: str, value: str, until: float) -> None:
        self._values[key] = (value, until)
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)


class SystemChance:
    """Randomness of the operating system."""

    def token(self) -> str:
        """Return 256 random bits, URL-safe."""
        return secrets.token_urlsafe(32)

    def hex(self) -> str:
        """Return 128 random bits as 32 hexadecimal digits."""
        return secrets.token_hex(16)

    def uuid(self) -> str:
        """Return a random UUID."""
        return str(uuid.uuid4())


class NoCalls:
    """The methods of a node that calls none: one that is just a proxy knows no server."""

    async def call(self, *_: Any, **__: Any) -> Any:
        """Refuse to."""
        raise Unavailable("this node has no server: server.url")

    async def upload(self, *_: Any, **__: Any) -> None:
        """Refuse to."""
        raise Unavailable("this node has no server: server.url")


class NoBus:
    """The bus of a node whose parts say nothing: one that only runs tests needs no broker."""

    ready = True

    async def publish(self, *_: Any, **__: Any) -> None:
        """Refuse to."""
        raise Unavailable("this node has no broker: amqp.url")

    def consume(self, *_: Any, **__: Any) -> Consumer:
        """Refuse to."""
        raise Unavailable("this node has no broker: amqp.url")
