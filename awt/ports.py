"""What rooms use of each other, as protocols: a room never imports its neighbour, only its port."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from attrs import frozen

from awt.model.messages import Body, Message
from awt.model.settings import Settings


class Clock(Protocol):
    """The time, in milliseconds since the epoch."""

    def __call__(self) -> int:
        """Return the time now."""


class Cache(Protocol):
    """Counters and values that may be lost at any time: nothing is kept here alone that must not be.

    It may block for a moment, so it is called inside database threads; never an error.
    """

    def increment(self, key: str, *, seconds: int) -> int:
        """Count one more under ``key`` and return the count; the counter ends ``seconds`` after its first."""

    def count(self, key: str) -> int:
        """Return what was counted under ``key``; 0 for a counter that is not there."""

    def get(self, key: str) -> str | None:
        """Return a value, or None when it is not there. It may be an older one, within its time."""

    def set(self, key: str, value: str, *, seconds: int) -> None:
        """Keep a value, which is not empty, for a while."""

    def renew(self, key: str, *, seconds: int) -> None:
        """Keep a random value in the place of one that others, away now, may still have: nobody saw it yet."""

    def delete(self, key: str) -> None:
        """Forget a value or a counter."""

    def away(self) -> list[str]:
        """Return the addresses of servers that do not answer."""

    def close(self) -> None:
        """Close what is open; no thread asks any more."""


class Texts(Protocol):
    """The catalogue: what is said, in each language."""

    def __call__(self, lang: str, message: str, /, **values: Any) -> str:
        """Return the text of a message in a language, filled with values."""

    def has(self, lang: str, message: str) -> bool:
        """Tell whether the catalogue of a language has a message."""


class Chance(Protocol):
    """Randomness fit for secrets."""

    def token(self) -> str:
        """Return 256 random bits, URL-safe."""

    def hex(self) -> str:
        """Return 128 random bits as 32 hexadecimal digits."""

    def uuid(self) -> str:
        """Return a random UUID."""


@frozen(kw_only=True)
class Env:
    """What every transaction may use besides its rows."""

    settings: Settings
    texts: Texts
    cache: Cache
    chance: Chance
    clock: Clock


class Signals(Protocol):
    """News inside one process: said after a commit, heard by whoever waits for it, lost at a crash."""

    def tell(self, topic: str, value: object) -> None:
        """Call everybody who listens to a topic, in the reactor's thread."""

    def listen(self, topic: str, listener: Callable[[Any], None]) -> Callable[[], None]:
        """Call ``listener`` with every value of a topic from now on; the result ends that."""


Handler = Callable[[Message], Awaitable[None]]
"""Takes one message; returning means done, `Unavailable` (or a bug) means later, `Undeliverable` never."""


class Undeliverable(Exception):
    """A message that can never be handled: it goes to the dead letters at once."""


class PutBack(Exception):
    """A message that this consumer cannot handle now, by no fault of the message: it comes again.

    No attempt is counted. A transport that lost its network says so before it stops to consume.
    """


class Consumer(Protocol):
    """One consumer of one queue."""

    async def stop(self) -> None:
        """Take nothing more, and finish what is in hand."""


class Bus(Protocol):
    """Durable queues with delivery at least once."""

    async def publish(self, queue: str, body: Body, *, message_id: str, trace: str) -> None:
        """Put a message into a queue; it is durable when this returns.

        A second one with the same id changes nothing. Raises `Unavailable` when it may be lost: at
        once where the bus is not `ready`, within 15 s otherwise.
        """

    def consume(self, queue: str, handler: Handler, *, concurrency: int = 1) -> Consumer:
        """Hand the messages of a queue to ``handler``, in order for each address."""

    @property
    def ready(self) -> bool:
        """Whether messages can be published now."""


class NodeApi(Protocol):
    """The methods, called as this node: in process, or over HTTPS."""

    async def call(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        trace: str = "",
        message_id: str | None = None,
    ) -> Any:
        """Call a method and return its result, of the type that the method declares.

        ``message_id`` makes the effect happen once: a second call with it does nothing and returns
        None. Raises `Refused` and `Unavailable`.
        """

    async def upload(self, task: int, number: int, jpeg: bytes, *, attempt: int) -> None:
        """Keep a screenshot of a task that this node runs. Raises `Refused` and `Unavailable`."""
