"""The names at the broker, declared in one place by one rule.

The rule: the routing key of a message is the name of its working queue, wherever the message is. So
there is one topic exchange a purpose: `WORK` hands a message to its queue, `SUSPECT` to the queue
beside it, `DEAD` collects what nobody could handle, and each delay has an exchange and a queue whose
messages come back to `WORK` by themselves when their time is up.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from attrs import field, frozen

from awt.amqp.adapter import Channel
from awt.model.messages import API, spamer, user_op

WORK: Final = "work"
SUSPECT: Final = "suspect"
DEAD: Final = "dead"
DELAYS: Final = (1.0, 5.0, 30.0, 300.0, 1800.0)
"""Seconds before each further try; a message that fails once more is dead."""
CRASHES: Final = 1
"""Redeliveries after which a message that ends its consumers is suspect: after two crashed deliveries."""
SUSPECT_CRASHES: Final = 2
"""The same among the suspects, which are fetched and handled one by one, alone: then a message is dead.
One more than in a working queue, for a broker or a node may be killed while an innocent one is looked at."""


@frozen(kw_only=True)
class Queue:
    """A queue, its arguments and what binds it."""

    name: str
    exchange: str
    key: str
    arguments: dict[str, Any] = field(factory=dict)
    carries: str = ""


def delay_name(seconds: float) -> str:
    """Return the name of the exchange, and of the queue, of a delay."""
    return f"delay.{seconds:g}s"


def suspect_name(queue: str) -> str:
    """Return the name of the queue beside a working queue."""
    return f"{queue}.suspect"


def _quorum(**arguments: Any) -> dict[str, Any]:
    """Return the arguments of a queue that survives, those of ours with ``_`` for ``-``."""
    named = {f"x-{name.replace('_', '-')}": value for name, value in arguments.items()}
    if "x-dead-letter-exchange" in named:
        named["x-dead-letter-strategy"] = "at-least-once"
    return {"x-queue-type": "quorum", "x-overflow": "reject-publish"} | named


def working(name: str) -> tuple[Queue, Queue]:
    """Return a working queue and the queue of its suspects.

    A queue with an IM belongs to one transport: one consumer at a time reads it.
    """
    single = {"single_active_consumer": True} if is_of_an_im(name) else {}
    return (
        Queue(
            name=name,
            exchange=WORK,
            key=name,
            arguments=_quorum(dead_letter_exchange=SUSPECT, delivery_limit=CRASHES, **single),
        ),
        Queue(
            name=suspect_name(name),
            exchange=SUSPECT,
            key=name,
            arguments=_quorum(dead_letter_exchange=DEAD, delivery_limit=SUSPECT_CRASHES),
        ),
    )


def is_of_an_im(queue: str) -> bool:
    """Tell whether a queue belongs to an assistant on an IM."""
    return queue.startswith(("user_op.", "spamer."))


def common(delays: Sequence[float] = DELAYS) -> list[Queue]:
    """Return the queues that all share: the delays, and the dead letters."""
    waiting = [
        Queue(
            name=delay_name(seconds),
            exchange=delay_name(seconds),
            key="#",
            arguments=_quorum(dead_letter_exchange=WORK, message_ttl=round(seconds * 1000)),
        )
        for seconds in delays
    ]
    return [*waiting, Queue(name=DEAD, exchange=DEAD, key="#", arguments=_quorum())]


def exchanges(delays: Sequence[float] = DELAYS) -> list[str]:
    """Return the names of all exchanges."""
    return [WORK, SUSPECT, *(queue.exchange for queue in common(delays))]


async def declare_common(channel: Channel, delays: Sequence[float] = DELAYS) -> None:
    """Make all that is shared, unless it is there."""
    for exchange in exchanges(delays):
        await channel.exchange_declare(exchange=exchange, type="topic", durable=True)
    for queue in common(delays):
        await _declare(channel, queue)


async def declare_working(channel: Channel, name: str) -> None:
    """Make a working queue and the queue of its suspects, unless they are there."""
    for queue in working(name):
        await _declare(channel, queue)


async def _declare(channel: Channel, queue: Queue) -> None:
    await channel.queue_declare(queue=queue.name, durable=True, arguments=queue.arguments)
    await channel.queue_bind(queue=queue.name, exchange=queue.exchange, routing_key=queue.key)


# --- Rights ---------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Rights:
    """What a broker user may do in a vhost: regular expressions of names and of routing keys.

    The keys hold for every topic exchange (``rabbitmqctl set_topic_permissions``).
    """

    configure: str = ".*"
    write: str = ".*"
    read: str = ".*"
    write_keys: str = ".*"
    read_keys: str = ".*"


ALL: Final = Rights()
"""The rights of a server node."""


def rights(*, services: Iterable[str], ims: Iterable[str], w1: bool = False) -> Rights:
    """Return the rights of a client node that speaks for services on IMs.

    ``w1``: it also reads what people said. It may write to the queue ``api`` and back into its own;
    what it says is checked once more by whoever reads it, by the broker-validated ``user-id``.
    """
    places = [re.escape(q) for s in services for im in ims for q in (user_op(s, im), spamer(s, im))]
    if w1:
        places += [API, r"remote\..+"]
    queues = _any(places) + r"(\.suspect)?"
    keys = f"^{_any(places)}$"
    return Rights(
        configure=f"^{queues}$",
        write=f"^(work|suspect|dead|delay\\..+|{queues})$",
        read=f"^(work|suspect|{queues})$",
        write_keys=f"^{_any([API, *places])}$",
        read_keys=keys,
    )


def _any(patterns: Iterable[str]) -> str:
    return f"({'|'.join(dict.fromkeys(patterns))})"


# --- For the docs ---------------------------------------------------------------------------------

CARRIES: Final = (
    (API, "chat nodes", "w1", "`Hear`, `ImEvent`: what people said and did"),
    ("user_op.SERVICE.IM", "outbox", "w2", "`add`, `delete`, `reauth`, `invite`, `answer`"),
    ("spamer.SERVICE.IM", "outbox", "w3", "what an assistant sends unasked"),
    ("remote.SERVICE", "outbox", "w1", "`call`: what is said to a service that is another program"),
)
"""Working queue, who writes, who reads, what is in it."""


def table() -> str:
    """Return the queues as a Markdown table."""
    lines = [
        "| queue | exchange, key | writes | reads | carries | arguments |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, writes, reads, carries in CARRIES:
        work, suspect = working(name)
        lines.append(_row(work, writes, reads, carries))
        beside = "what ended its consumer twice, read one by one"
        lines.append(_row(suspect, "broker", reads, beside))
    for queue in common():
        if queue.name == DEAD:
            lines.append(_row(queue, "all", "server", "what nobody could handle"))
        else:
            lines.append(_row(queue, "readers", "broker", "what is tried again later"))
    return "\n".join(lines) + "\n"


def _row(queue: Queue, writes: str, reads: str, carries: str) -> str:
    arguments = ", ".join(
        f"{name.removeprefix('x-')}={str(value).lower() if value is True else value}"
        for name, value in queue.arguments.items()
    )
    cells = (f"`{queue.name}`", f"`{queue.exchange}`, `{queue.key}`", writes, reads, carries)
    return f"| {' | '.join(cells)} | {arguments} |"
