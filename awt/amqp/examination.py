"""Looks at a broker as the doctor does: lets us in, is new enough, has what all share, gives the rights.

It changes nothing: what is there is asked for by name, and declared again only where it is, as it is.
The one message that is published has a routing key that no queue has.
"""

from collections.abc import Awaitable, Iterable
from typing import Any, Final

from attrs import field, frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import ConnectError
from txamqp.client import Closed

from awt.amqp.adapter import HEARTBEAT, Channel, Connection, Lost, Returned, why
from awt.amqp.link import Address, Connections
from awt.amqp.topology import DEAD, SUSPECT, WORK, common, declare_working
from awt.errors import ConfigError, Unavailable
from awt.timers import in_time

LEAST: Final = (3, 10)
"""The oldest RabbitMQ whose quorum queues have what we ask of them."""
SECONDS: Final = 5.0
NOBODYS: Final = "doctor"
"""A routing key that no queue has."""


@frozen(kw_only=True)
class Seen:
    """What a broker is, and what of it does not fit."""

    version: str
    problems: list[str] = field(factory=list)


async def look(address: Address, *, queues: Iterable[str], owner: bool, reactor: Any) -> Seen:
    """Look at a broker as a node that uses ``queues``; ``owner``: one that makes what all share.

    Raises `ConfigError` when it lets nobody in as we come, and `Unavailable`.
    """
    connection = await _connected(address, reactor)
    looking: Deferred[Seen] = Deferred.fromCoroutine(_look(connection, queues, owner=owner))
    try:
        return await looking.addTimeout(SECONDS, reactor)
    except (DeferredTimeout, CancelledError):
        raise Unavailable("the broker does not answer in time") from None
    finally:
        await connection.finish(seconds=SECONDS)


async def _connected(address: Address, reactor: Any) -> Connection:
    factory = Connections(address=address, reactor=reactor, heartbeat=HEARTBEAT)
    try:
        connecting: Deferred[Connection] = address.endpoint(reactor).connect(factory)
        connection = await in_time(connecting, SECONDS, reactor)
    except DeferredTimeout:
        raise Unavailable("the broker accepts no connection in time") from None
    except (ConnectError, OSError) as error:
        raise Unavailable(" ".join(str(error).split()) or type(error).__name__) from None
    opening: Deferred[None] = Deferred.fromCoroutine(connection.open())
    try:
        await opening.addTimeout(SECONDS, reactor)
    except DeferredTimeout:
        connection.abort()
        raise Unavailable("the broker does not greet in time") from None
    except Lost as error:
        if str(error).startswith(("403 ", "530 ")):
            said = str(error).split(". For details")[0]
            raise ConfigError([f"{said}; put user, password and vhost of amqp.url right"]) from None
        raise Unavailable(str(error)) from None
    return connection


async def _look(connection: Connection, queues: Iterable[str], *, owner: bool) -> Seen:
    problems: list[str] = []
    version = connection.version
    if tuple(int(part) for part in version.split(".")[:2] if part.isdecimal()) < LEAST:
        problems.append(f"RabbitMQ {version} is too old: take 3.10 or newer")
    missing = await _missing(connection)
    if missing and not owner:
        problems.append(
            f"there is no {', '.join(missing)} in vhost {connection.vhost}: start a server node once"
        )
    if not missing:
        problems += [p for queue in queues if (p := await _declare(connection, queue))]
        problems += await _publish(connection)
    if connection.blocked:
        problems.append(f"it takes no messages now ({connection.blocked}): see its log")
    return Seen(version=version, problems=problems)


async def _missing(connection: Connection) -> list[str]:
    """Return what of that which all share is not there."""
    found = []
    for name in dict.fromkeys((WORK, SUSPECT, DEAD, *(q.exchange for q in common()))):
        channel = await connection.open_channel()
        asked = channel.exchange_declare(exchange=name, type="topic", passive=True, durable=True)
        if await _refusal(channel, asked):
            found.append(f"exchange {name}")
    return found


async def _declare(connection: Connection, queue: str) -> str:
    """Declare a queue that is there once more; return why that is refused."""
    channel = await connection.open_channel()
    if await _refusal(channel, channel.queue_declare(queue=queue, passive=True, durable=True)):
        return ""  # the node makes it when it needs it
    channel = await connection.open_channel()
    said = await _refusal(channel, declare_working(channel, queue))
    if said.startswith("406"):
        return f"queue {queue} is not as it should be ({said}): delete it when it is empty"
    return f"{said}: give the user the rights of a node that reads {queue}" if said else ""


async def _publish(connection: Connection) -> list[str]:
    """Publish to nobody, and return why that is refused: not for its key, which is nobody's."""
    channel = await connection.open_channel(confirms=True)
    try:
        await channel.publish(exchange=WORK, key=NOBODYS, body=b"", properties={})
    except (Returned, Lost) as error:
        said = str(error)
        if isinstance(error, Returned) or "access to topic" in said:
            return []
        return [f"{said}: give the user the right to write to exchange {WORK}"]
    return []


async def _refusal(channel: Channel, asked: Awaitable[Any]) -> str:
    """Wait for an answer, end the channel, and return why the broker refused, or nothing."""
    try:
        await asked
    except Closed as error:
        said = why(error)
        if not said[:3].isdecimal():
            raise Lost(said) from None
        return said
    await channel.finish(seconds=SECONDS)
    return ""
