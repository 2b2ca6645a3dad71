"""txamqp as we need it: all that it lacks for a dependable RabbitMQ client is in this one file.

From the library come the connection with its handshake, channels, and a method for each line of `SPEC`
(``await channel.queue_declare(queue=...)``). Here: frames are read and written without its queues, so
that a value that cannot be encoded is the error of that very call and never stops the writer; all
types of fields; bodies stay bytes; publisher confirms, returned messages attributed to their publish,
cancelled consumers, ``connection.blocked``, heartbeats against a peer that has stalled, and the
numbers of channels, which are used again after an error.
"""

import struct
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, Final

from attrs import define
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.defer import TimeoutError as Late
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from txamqp.client import Closed, TwistedDelegate
from txamqp.content import Content
from txamqp.message import Message
from txamqp.protocol import AMQChannel, AMQClient

from awt.amqp.spec import PROPERTIES, SPEC
from awt.errors import Unavailable

log = Logger()

HEARTBEAT: Final = 5
"""Seconds between heartbeats that we ask for; a peer is dead after twice as long."""
FRAME_MAX: Final = 131072
CHANNELS: Final = 2047
"""The greatest frame in bytes and number of a channel, RabbitMQ's own defaults."""
NUMBER: Final = "x-publish"
"""Header of every message: its number on the channel, by which a returned one is known again."""
GOODBYE: Final = "closed by us"
CAPABILITIES: Final = {
    "authentication_failure_close": True,
    "basic.nack": True,
    "connection.blocked": True,
    "consumer_cancel_notify": True,
    "exchange_exchange_bindings": True,
    "publisher_confirms": True,
}

_HEAD: Final = struct.Struct("!BHI")
_IDS: Final = struct.Struct("!HH")
_HEADER: Final = struct.Struct("!HHQH")
_METHOD, _CONTENT, _BODY, _BEAT, _END = 1, 2, 3, 8, 206
_BASIC: Final = 60
_RETURN, _DELIVER, _GOT, _ACK, _NACK = 50, 60, 71, 80, 120

Properties = Mapping[str, Any]
"""The properties of a message by their names with ``_``: ``message_id``, ``headers``, ..."""


class Lost(Unavailable):
    """The connection or the channel ended: what is unconfirmed may have arrived or not."""


class Nacked(Unavailable):
    """The broker refused a message."""


class Returned(Exception):
    """No queue took a message: the exchange has none for its routing key."""


class Unencodable(ValueError):
    """A value that AMQP has no form for, or that is too long for its field."""


class Garbage(Exception):
    """The peer does not speak AMQP."""


# --- Fields ---------------------------------------------------------------------------------------

_FIXED: Final = {
    "octet": struct.Struct("!B"),
    "short": struct.Struct("!H"),
    "long": struct.Struct("!I"),
    "longlong": struct.Struct("!Q"),
    "timestamp": struct.Struct("!Q"),
}
_NUMBERS: Final = {
    b"b": struct.Struct("!b"),
    b"B": struct.Struct("!B"),
    b"s": struct.Struct("!h"),
    b"u": struct.Struct("!H"),
    b"I": struct.Struct("!i"),
    b"i": struct.Struct("!I"),
    b"l": struct.Struct("!q"),
    b"L": struct.Struct("!q"),
    b"T": struct.Struct("!Q"),
    b"f": struct.Struct("!f"),
    b"d": struct.Struct("!d"),
}
"""The types of numbers in tables, as RabbitMQ understands them."""


def encode_short(value: str) -> bytes:
    """Return a short string with its length."""
    data = value.encode()
    if len(data) > 255:  # noqa: PLR2004 - the length is one byte
        raise Unencodable(f"{len(data)} bytes do not fit into a short string")
    return bytes((len(data),)) + data


def encode_value(value: object) -> bytes:  # noqa: PLR0911 - one type a line
    """Return a value of a table, its type first."""
    match value:
        case bool():
            return b"t\1" if value else b"t\0"
        case int() if -(1 << 31) <= value < 1 << 31:
            return b"I" + _NUMBERS[b"I"].pack(value)
        case int() if -(1 << 63) <= value < 1 << 63:
            return b"l" + _NUMBERS[b"l"].pack(value)
        case float():
            return b"d" + _NUMBERS[b"d"].pack(value)
        case str():
            return b"S" + _long(value.encode())
        case bytes():
            return b"x" + _long(value)
        case None:
            return b"V"
        case list() | tuple():
            return b"A" + _long(b"".join(map(encode_value, value)))
        case dict():
            return b"F" + encode_table(value)
        case _:
            raise Unencodable(f"AMQP has no form for {value!r:.80}")


def encode_table(table: Mapping[str, object]) -> bytes:
    """Return a table with its length."""
    return _long(b"".join([encode_short(k) + encode_value(v) for k, v in table.items()]))


def _long(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _encode_field(kind: str, value: Any) -> bytes:
    if kind == "shortstr":
        return encode_short(value)
    if kind == "table" or isinstance(value, dict):
        return encode_table(value)
    if kind == "longstr":
        return _long(value if isinstance(value, bytes) else value.encode())
    return _FIXED[kind].pack(value)


def encode_method(method: Any, values: Any) -> bytes:
    """Return the payload of a method frame; raise `Unencodable`."""
    parts = [_IDS.pack(method.klass.id, method.id)]
    bits = 0
    flags = 0
    try:
        for field, value in zip(method.fields, values, strict=True):
            if field.type == "bit":
                flags |= bool(value) << bits
                bits += 1
                continue
            if bits:
                parts.append(bytes((flags,)))
                bits = flags = 0
            parts.append(_encode_field(field.type, value))
    except (struct.error, AttributeError, TypeError, UnicodeEncodeError) as error:
        raise Unencodable(f"{method.name}: {error}") from error
    if bits:
        parts.append(bytes((flags,)))
    return b"".join(parts)


def encode_properties(properties: Properties) -> bytes:
    """Return the flags and the values of the properties of a message."""
    flags = 0
    parts = []
    left = len(properties)
    try:
        for name, kind, flag in _PROPERTIES:
            value = properties.get(name)
            if value is not None:
                flags |= flag
                left -= 1
                parts.append(_encode_field(kind, value))
            elif name in properties:
                left -= 1
    except (struct.error, AttributeError, TypeError, UnicodeEncodeError) as error:
        raise Unencodable(str(error)) from error
    if left:
        raise Unencodable(f"unknown properties among {', '.join(properties)}")
    return flags.to_bytes(2, "big") + b"".join(parts)


_PROPERTIES: Final = tuple(
    (name.replace("-", "_"), kind, 1 << (15 - number))
    for number, (name, kind) in enumerate(PROPERTIES)
)


class Reader:
    """Reads fields one after the other. Strings that are not UTF-8 are returned as bytes."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        end = self.at + size
        if end > len(self.data):
            raise Garbage("a frame ends in the middle of a field")
        part = self.data[self.at : end]
        self.at = end
        return part

    def string(self, width: int) -> Any:
        """Return a string whose length is a number of ``width`` bytes."""
        data = self.take(int.from_bytes(self.take(width), "big"))
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data

    def field(self, kind: str) -> Any:
        """Return a field of a method or a property."""
        match kind:
            case "shortstr":
                return self.string(1)
            case "longstr":
                return self.string(4)
            case "table":
                return self.table()
            case _:
                form = _FIXED[kind]
                return form.unpack(self.take(form.size))[0]

    def table(self) -> dict[str, Any]:
        """Return a table."""
        end = int.from_bytes(self.take(4), "big") + self.at
        table = {}
        while self.at < end:
            key = self.string(1)
            table[key] = self.value()
        return table

    def value(self) -> Any:  # noqa: PLR0911 - one type a line
        """Return a value of a table."""
        kind = self.take(1)
        if (number := _NUMBERS.get(kind)) is not None:
            return number.unpack(self.take(number.size))[0]
        match kind:
            case b"t":
                return self.take(1) != b"\0"
            case b"S":
                return self.string(4)
            case b"x":
                return self.take(int.from_bytes(self.take(4), "big"))
            case b"F":
                return self.table()
            case b"V":
                return None
            case b"D":
                scale = self.take(1)[0]
                return Decimal(_NUMBERS[b"I"].unpack(self.take(4))[0]).scaleb(-scale)
            case b"A":
                end = int.from_bytes(self.take(4), "big") + self.at
                values = []
                while self.at < end:
                    values.append(self.value())
                return values
            case _:
                raise Garbage(f"a field of type {kind!r}")

    def method(self, method: Any) -> tuple[Any, ...]:
        """Return the fields of a method, of which the numbers were read."""
        values: list[Any] = []
        bits = 0
        flags = 0
        for field in method.fields:
            if field.type == "bit":
                if not bits:
                    flags = self.take(1)[0]
                values.append(bool(flags >> bits & 1))
                bits += 1
                continue
            bits = 0
            values.append(self.field(field.type))
        return tuple(values)


# --- Channels -------------------------------------------------------------------------------------


@define(kw_only=True, eq=False)
class Delivery:
    """A message as it came, with the means to settle it."""

    channel: "Channel"
    tag: int
    redelivered: bool
    exchange: str
    key: str
    properties: Properties
    body: bytes

    def ack(self) -> None:
        """Tell the broker that the message is done; nothing when its channel is gone."""
        self.channel.ack(self.tag)

    def requeue(self) -> None:
        """Give the message back."""
        self.channel.requeue(self.tag)

    @property
    def headers(self) -> Mapping[str, Any]:
        """Its headers."""
        return self.properties.get("headers") or {}


Receiver = Callable[[Delivery], None]
Ended = Callable[[str], None]


class Channel(AMQChannel):  # type: ignore[misc]  # txamqp has no types
    """A channel: the library's methods, and what publishes and consumes."""

    closed: bool

    def __init__(self, number: int, outgoing: Any, connection: "Connection") -> None:
        super().__init__(number, outgoing, connection)
        self.connection = connection
        self._published = 0
        self._unconfirmed: OrderedDict[int, Deferred[None]] = OrderedDict()
        self._returned: dict[Any, str] = {}
        self._consumers: dict[str, tuple[Receiver, Ended]] = {}
        self._on_close: list[Ended] = []
        self._finishing = False
        self._asked: deque[tuple[Any, Deferred[Any]]] = deque()
        self._content: tuple[int, bytes] | None = None
        self._properties: Properties = {}
        self._missing = 0
        self._body: list[bytes] = []

    def invoke(self, method: Any, values: Any, _content: object = None) -> Deferred[Any]:
        """Call a method of the broker: what each line of the table comes to."""
        if self.closed:
            return fail(Closed(self.reason))
        if self._finishing and not method.response:
            return fail(Closed(GOODBYE))
        try:
            payload = encode_method(method, values)
        except Unencodable as error:
            return fail(error)
        self.connection.write(pack_frame(_METHOD, self.id, payload))
        nowait = method.fields.byname.get("nowait")
        if not method.responses or (nowait and values[method.fields.index(nowait)]):
            return succeed(None)
        answer: Deferred[Any] = Deferred()
        self._asked.append((method, answer))
        return answer

    def answered(self, message: Any) -> None:
        """Take the answer to what was asked first."""
        method, answer = self._asked.popleft()
        if message.method not in method.responses:
            raise Garbage(f"{message.method.name} answers {method.name}")
        answer.callback(message)

    @property
    def gone(self) -> bool:
        """Whether nothing can be sent any more: it is closed, or being closed by us."""
        return bool(self.closed or self._finishing)

    @property
    def unconfirmed(self) -> int:
        """How many messages wait for their confirm."""
        return len(self._unconfirmed)

    def on_close(self, listener: Ended) -> None:
        """Call ``listener`` with the reason when the channel ends, for whatever reason."""
        self._on_close.append(listener)

    def publish(
        self,
        *,
        exchange: str,
        key: str,
        body: bytes,
        properties: Properties,
        mandatory: bool = True,
    ) -> Deferred[None]:
        """Publish; done when the broker confirmed. The channel is in confirm mode.

        Fails with `Unencodable`, `Returned`, `Nacked` or `Lost`.
        """
        if self.gone:
            return fail(Lost(str(self.reason or GOODBYE)))
        number = self._published + 1
        try:
            headers = {**(properties.get("headers") or {}), NUMBER: number}
            data = self._encode(
                exchange, key, body, {**properties, "headers": headers}, mandatory=mandatory
            )
        except Unencodable as error:
            return fail(error)
        self._published = number
        confirmed: Deferred[None] = Deferred()
        self._unconfirmed[number] = confirmed
        self.connection.write(data)
        return confirmed

    def _encode(
        self, exchange: str, key: str, body: bytes, properties: Properties, *, mandatory: bool
    ) -> bytes:
        try:
            method = b"".join(
                (
                    b"\x00\x3c\x00\x28\x00\x00",  # basic.publish, reserved-1
                    encode_short(exchange),
                    encode_short(key),
                    b"\1" if mandatory else b"\0",
                )
            )
        except (AttributeError, UnicodeEncodeError) as error:
            raise Unencodable(str(error)) from error
        flagged = encode_properties(properties)
        header = _HEADER.pack(_BASIC, 0, len(body), 0)[:-2] + flagged
        frames = [pack_frame(_METHOD, self.id, method), pack_frame(_CONTENT, self.id, header)]
        room = self.connection.frame_max - 8
        frames += [
            pack_frame(_BODY, self.id, body[at : at + room]) for at in range(0, len(body), room)
        ]
        return b"".join(frames)

    async def consume(
        self, queue: str, receiver: Receiver, *, ended: Ended, arguments: Any = None
    ) -> str:
        """Consume a queue with manual acknowledgement and return the consumer's tag.

        ``ended`` is called when the broker cancels the consumer (its queue is gone).
        """
        tag = f"c{len(self._consumers) + 1}.{self.id}"
        self._consumers[tag] = (receiver, ended)  # deliveries may come before the answer
        try:
            await self.basic_consume(queue=queue, consumer_tag=tag, arguments=arguments or {})
        except BaseException:
            self._consumers.pop(tag, None)
            raise
        return tag

    async def get(self, queue: str) -> Delivery | None:
        """Take one message out of a queue, to be acknowledged; None when it is empty."""
        answer = await self.basic_get(queue=queue)
        return answer if isinstance(answer, Delivery) else None

    def ack(self, tag: int) -> None:
        """Acknowledge one delivery."""
        if not self.gone:
            payload = b"\x00\x3c\x00\x50" + tag.to_bytes(8, "big") + b"\0"
            self.connection.write(pack_frame(_METHOD, self.id, payload))

    def requeue(self, tag: int) -> None:
        """Give one delivery back."""
        if not self.gone:
            payload = b"\x00\x3c\x00\x78" + tag.to_bytes(8, "big") + b"\2"
            self.connection.write(pack_frame(_METHOD, self.id, payload))

    async def finish(self, *, seconds: float) -> None:
        """Close the channel and wait a while for that; an answer that comes later ends it all the same.

        Nothing is sent on it any more: the broker takes that for an error of the whole connection.
        """
        if self.gone:
            return
        closing = self.channel_close(reply_code=200, reply_text="bye")
        self._finishing = True
        ended: Deferred[None] = Deferred()

        def end(_answer: Any) -> None:
            self.close(Closed(GOODBYE))
            ended.callback(None)

        _ = closing.addBoth(end)
        with suppress(Late):
            await ended.addTimeout(seconds, self.connection.clock)

    def ended(self, reason: Any) -> None:
        """Take note that the broker ends the channel.

        Where we have asked for that ourselves, it answers yet, and until then the number is taken.
        """
        if not self._finishing:
            self.do_close(reason)
            return
        *asked, closing = self._asked
        self._asked = deque([closing])
        for _, answer in asked:
            answer.errback(Closed(reason))

    def do_close(self, reason: Any) -> None:
        """Take note of the end: nothing that was published is confirmed any more."""
        if self.closed:
            return
        self.connection.forget(self.id)  # first: whoever waits for an answer goes on inside
        self.closed = True
        self.reason = reason
        said = describe(reason)
        unconfirmed, self._unconfirmed = self._unconfirmed, OrderedDict()
        for confirmed in unconfirmed.values():
            confirmed.errback(Lost(said))
        listeners, self._on_close = self._on_close, []
        for listener in listeners:
            listener(said)
        asked, self._asked = self._asked, deque()
        for _, answer in asked:
            answer.errback(Closed(reason))

    def cancelled(self, tag: str) -> None:
        """Take note that the broker ended a consumer."""
        _, ended = self._consumers.pop(tag, (None, None))
        if ended is not None:
            ended("the broker cancelled the consumer")

    def begin_content(self, method: int, arguments: bytes) -> None:
        """Take the method that a content follows."""
        self._content = (method, arguments)

    def header(self, data: bytes) -> None:
        """Take the header of a content."""
        reader = Reader(data, 12)
        self._missing = int.from_bytes(data[4:12], "big")
        flags = int.from_bytes(reader.take(2), "big")
        properties = {}
        for name, kind, flag in _PROPERTIES:
            if flags & flag:
                properties[name] = reader.field(kind)
        self._properties = properties
        self._body = []
        if not self._missing:
            self._complete()

    def body(self, data: bytes) -> None:
        """Take a part of the body of a content."""
        self._body.append(data)
        self._missing -= len(data)
        if self._missing <= 0:
            self._complete()

    def _complete(self) -> None:
        assert self._content is not None
        method, arguments = self._content
        self._content = None
        parts = self._body
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        reader = Reader(arguments, 4)
        if method == _DELIVER:
            consumer = self._consumers.get(reader.string(1))
            delivery = self._delivery(reader, body)
            if consumer is None:  # cancelled while it was on its way
                delivery.requeue()
            else:
                consumer[0](delivery)
        elif method == _GOT:
            _, answer = self._asked.popleft()
            answer.callback(self._delivery(reader, body))
        elif method == _RETURN:
            number = (self._properties.get("headers") or {}).get(NUMBER)
            code = int.from_bytes(reader.take(2), "big")
            self._returned[number] = f"{code} {reader.string(1)}"

    def _delivery(self, reader: Reader, body: bytes) -> Delivery:
        return Delivery(
            channel=self,
            tag=int.from_bytes(reader.take(8), "big"),
            redelivered=reader.take(1) != b"\0",
            exchange=reader.string(1),
            key=reader.string(1),
            properties=self._properties,
            body=body,
        )

    def confirm(self, method: int, payload: bytes) -> None:
        """Take an acknowledgement, or a refusal, of what was published."""
        number = int.from_bytes(payload[4:12], "big")
        if payload[12] & 1:  # multiple: this one and all before
            while self._unconfirmed and next(iter(self._unconfirmed)) <= number:
                self._settle(next(iter(self._unconfirmed)), method)
        else:
            self._settle(number, method)

    def _settle(self, number: int, method: int) -> None:
        confirmed = self._unconfirmed.pop(number, None)
        returned = self._returned.pop(number, None)
        if confirmed is None:
            return
        if method == _NACK:
            confirmed.errback(Nacked("the broker refused a message"))
        elif returned is not None:
            confirmed.errback(Returned(returned))
        else:
            confirmed.callback(None)


def pack_frame(kind: int, channel: int, payload: bytes) -> bytes:
    """Return a whole frame."""
    return _HEAD.pack(kind, channel, len(payload)) + payload + b"\xce"


def describe(reason: Any) -> str:
    """Say in one line why a channel or a connection ended."""
    if isinstance(reason, Message):
        return f"{reason.reply_code} {reason.reply_text}"
    value = getattr(reason, "value", reason)
    return str(value) or type(value).__name__


def why(error: BaseException) -> str:
    """Say in one line what a call was answered."""
    return describe(error.args[0] if isinstance(error, Closed) and error.args else error)


# --- Connections ----------------------------------------------------------------------------------


class Delegate(TwistedDelegate):  # type: ignore[misc]  # txamqp has no types
    """Answers what the broker says of itself."""

    client: "Connection"

    def connection_start(self, channel: Channel, message: Any) -> None:
        """Say who we are and what we can do."""
        self.client.version = str(message.server_properties.get("version", ""))
        channel.connection_start_ok(
            client_properties={"product": "awt", "capabilities": CAPABILITIES},
            mechanism="PLAIN",
            response=self.client.response,
            locale="en_US",
        )

    def connection_tune(self, channel: Channel, message: Any) -> None:
        """Agree on sizes and heartbeats."""
        self.client.tuned(message.frame_max or FRAME_MAX, message.heartbeat)
        channel.connection_tune_ok(
            channel_max=min(message.channel_max or CHANNELS, CHANNELS),
            frame_max=self.client.frame_max,
            heartbeat=self.client.heartbeat,
        )
        self.client.started.fire()

    def channel_close(self, channel: Channel, message: Any) -> None:
        """Take note that the broker ends a channel."""
        channel.channel_close_ok()
        channel.ended(message)

    def connection_blocked(self, _channel: Channel, message: Any) -> None:
        """Note that the broker takes nothing for a while."""
        self.client.set_blocked(str(message.reason) or "blocked")

    def connection_unblocked(self, _channel: Channel, _message: Any) -> None:
        """Note that it takes messages again."""
        self.client.set_blocked(None)

    def basic_cancel(self, channel: Channel, message: Any) -> None:
        """Note that a consumer has lost its queue."""
        channel.cancelled(message.consumer_tag)


class Connection(AMQClient):  # type: ignore[misc]  # txamqp has no types
    """One connection to the broker. `open` it first; it never comes back once it ended."""

    closed: bool
    channelClass = Channel  # noqa: N815 - the library's name

    def __init__(
        self, *, user: str, password: str, vhost: str, reactor: IReactorTime, heartbeat: int
    ) -> None:
        super().__init__(Delegate(), vhost, SPEC, heartbeat=0, clock=reactor)
        self.response = f"\0{user}\0{password}"
        self.frame_max = FRAME_MAX
        self.heartbeat = heartbeat
        self.version = ""
        """What the broker says that it is of, e.g. ``3.10.8``."""
        self.blocked: str | None = None
        """Why the broker takes no messages just now, or None."""
        self.channels[0] = self.channelFactory(0, self.outgoing, self)
        self._rest = b""
        self._heard = self._said = True
        self._silence = 0
        self._beats = LoopingCall(self._beat)
        self._beats.clock = reactor
        self._ended: list[Ended] = []
        self._on_blocked: list[Callable[[], None]] = []

    async def open(self) -> None:
        """Finish the handshake; raises `Lost` with the reason when the broker refuses."""
        try:
            await self.started.wait()
            await self.channels[0].connection_open(self.vhost)
        except Closed as error:
            raise Lost(why(error)) from None

    async def open_channel(self, *, confirms: bool = False) -> Channel:
        """Return a new channel, in confirm mode where messages are published on it."""
        if self.closed:
            raise Lost("the connection is closed")
        number = next(n for n in range(1, CHANNELS) if n not in self.channels)
        channel: Channel = self.channelFactory(number, self.outgoing, self)
        self.channels[number] = channel
        try:
            await channel.channel_open()
            if confirms:
                await channel.confirm_select()
        except Closed as error:
            raise Lost(why(error)) from None
        return channel

    async def finish(self, *, seconds: float) -> None:
        """Close the connection in good order; abort it when the broker does not answer in time."""
        if self.closed:
            return
        late = self.clock.callLater(seconds, self.abort)
        try:
            await self.channels[0].connection_close(reply_code=200, reply_text="bye")
        except Closed:
            pass
        finally:
            if late.active():
                late.cancel()
        self.do_close(Closed(GOODBYE))

    def abort(self) -> None:
        """End the connection without a word."""
        if self.transport is not None:
            self.transport.abortConnection()

    def on_close(self, listener: Ended) -> None:
        """Call ``listener`` with the reason when the connection ends."""
        self._ended.append(listener)

    def on_blocked(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` when the broker blocks us and when it takes messages again."""
        self._on_blocked.append(listener)

    def set_blocked(self, reason: str | None) -> None:
        """Take note of what the broker says."""
        self.blocked = reason
        for listener in self._on_blocked:
            listener()

    def forget(self, number: int) -> None:
        """Let the number of a closed channel be used again."""
        self.channels.pop(number, None)

    def tuned(self, frame_max: int, heartbeat: int) -> None:
        """Take what the broker proposes, where it is less than what we do."""
        self.frame_max = min(frame_max, FRAME_MAX)
        if heartbeat:
            self.heartbeat = min(heartbeat, self.heartbeat) or heartbeat
        if self.heartbeat:
            _ = self._beats.start(self.heartbeat / 2, now=False)

    def write(self, data: bytes) -> None:
        """Write frames."""
        self._said = True
        self.transport.write(data)

    def _beat(self) -> None:
        """Say that we are there, unless we have just said something; give up a peer that is silent."""
        if not self._said:
            self.transport.write(pack_frame(_BEAT, 0, b""))
        self._silence = 0 if self._heard else self._silence + 1
        self._heard = self._said = False
        if self._silence >= 4:  # noqa: PLR2004 - halves of the interval
            log.warn("the broker has been silent for {seconds} s", seconds=2 * self.heartbeat)
            self.abort()

    # Twisted's side

    def send_init_string(self) -> None:
        """Greet: AMQP 0-9-1."""
        self.transport.write(b"AMQP\x00\x00\x09\x01")

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take what came and handle the frames that are whole."""
        self._heard = True
        if self._rest:
            data = self._rest + data
        at = 0
        end = len(data)
        try:
            while end - at > 7:  # noqa: PLR2004 - the head of a frame and its last byte
                kind, number, size = _HEAD.unpack_from(data, at)
                if size > self.frame_max:
                    raise Garbage(f"a frame of {size} bytes")  # noqa: TRY301 - one place deals with it
                stop = at + 7 + size
                if stop >= end:
                    break
                if data[stop] != _END:
                    raise Garbage("a frame without its end")  # noqa: TRY301 - see above
                self._frame(kind, number, data[at + 7 : stop])
                at = stop + 1
        except (Garbage, KeyError, struct.error) as error:
            log.error("the broker sent garbage: {error}", error=repr(error))  # noqa: TRY400 - one line
            self.abort()
            return
        self._rest = data[at:]

    def _frame(self, kind: int, number: int, payload: bytes) -> None:
        if kind == _BEAT:
            return
        channel = self.channels.get(number)
        if channel is None:
            return  # it was closed meanwhile
        if kind == _METHOD:
            self._method(channel, payload)
        elif kind == _CONTENT:
            channel.header(payload)
        elif kind == _BODY:
            channel.body(payload)

    def _method(self, channel: Channel, payload: bytes) -> None:
        klass, number = _IDS.unpack_from(payload)
        if klass == _BASIC:
            if number in {_DELIVER, _RETURN, _GOT}:
                channel.begin_content(number, payload)
                return
            if number in {_ACK, _NACK}:
                channel.confirm(number, payload)
                return
        method = SPEC.classes.byid[klass].methods.byid[number]
        values = Reader(payload, 4).method(method)
        if method.response:
            channel.answered(Message(method, list(values), Content()))
        else:
            self.delegate.dispatch(channel, Message(method, list(values), Content()))

    def do_close(self, reason: Any) -> None:
        """Take note of the end."""
        if self.closed:
            return
        self.closed = True  # first: whoever waits for an answer goes on inside
        for channel in list(self.channels.values()):
            channel.close(reason)
        self.delegate.close(reason)
        listeners, self._ended = self._ended, []
        for listener in listeners:
            listener(describe(reason))

    def connectionLost(self, reason: Any) -> None:  # noqa: N802 - Twisted's name
        """Take note that the connection is gone."""
        if self._beats.running:
            self._beats.stop()
        self.do_close(reason)
        if self.disconnected._result is None:  # noqa: SLF001 - the library has no other way to ask
            self.disconnected.fire()
