"""w1: from the queue ``api`` into methods, from the queues ``remote.<service>`` to other programs.

While the methods cannot be called, whatever is wrong with them (a server node, its database, a token), the
messages wait in their order, and none of their attempts is used up.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from twisted.logger import Logger

from awt.background import Periodic
from awt.calls import Patient
from awt.errors import Refused, Unavailable
from awt.model.messages import API, Call, Hear, ImEvent, Message, remote
from awt.model.remote import SIGNATURE, TIMESTAMP, Request, Response
from awt.model.times import iso
from awt.ports import Bus, Consumer, Handler, NodeApi, Undeliverable
from awt.resources import Resources
from awt.workers.remote import BadAnswer, NoAnswer, RemoteClient, make_client

log = Logger()

AT_ONCE: Final = 8
"""Addresses whose messages are handled at the same time."""
CALLS_AT_ONCE: Final = 32
"""Addresses that one service is called for at the same time."""
TRIES: Final = 4
"""How often a service is called that does not answer: at once, and after each of the first delays."""
LOOK: Final = 5.0
"""Seconds between two looks for services."""


class Worker:
    """Calls ``Hear`` and ``ImEvent`` for each message of ``api``; nothing else is accepted there."""

    def __init__(self, *, calls: NodeApi, bus: Bus, client: RemoteClient, reactor: Any) -> None:
        self._calls = Patient(calls=calls, reactor=reactor)
        self._known = calls
        self._bus = bus
        self._client = client
        self._consumers: dict[str, Consumer] = {}
        self._look = Periodic(self._find, seconds=LOOK, name="finding services", reactor=reactor)

    async def start(self) -> None:
        """Begin to consume."""
        self._consume(API, self.handle, AT_ONCE)
        self._look.start()

    async def stop(self) -> None:
        """Take nothing more and finish what is in hand."""
        await self._look.stop()
        self._calls.stop()
        for consumer in self._consumers.values():
            await consumer.stop()

    # --- What is consumed

    async def _find(self) -> None:
        """Consume the calls of each service that is another program, and of no other."""
        try:
            names = (await self._known.call("ListRemotes", {})).services
        except (Refused, Unavailable):  # who calls says why
            return
        wanted = {remote(name) for name in names}
        for queue in self._consumers.keys() - wanted - {API}:
            await self._consumers.pop(queue).stop()
        for queue in wanted - self._consumers.keys():
            self._consume(queue, self.pass_on, CALLS_AT_ONCE)

    def _consume(self, queue: str, handler: Handler, concurrency: int) -> None:
        self._consumers[queue] = self._bus.consume(queue, handler, concurrency=concurrency)

    async def _call(
        self,
        name: str,
        message: Message,
        body: Hear | ImEvent | Call,
        values: Mapping[str, Any],
        *,
        once: bool,
    ) -> Any:
        """Call a method for a message."""
        try:
            return await self._calls.call(
                name, values, trace=message.trace, message_id=message.id if once else None
            )
        except Refused as refused:
            if refused.code == "forbidden":  # a node that may not speak for that service
                raise Undeliverable(f"{name} for {body.service} on {body.im}: forbidden") from None
            raise

    # --- What people said and did

    async def handle(self, message: Message) -> None:
        """Have the effect of a message, once. A refusal is an answer, not a failure.

        What this node may not speak for is for another one, or for the dead letters.
        """
        body = message.body
        if not isinstance(body, Hear | ImEvent):
            raise Undeliverable(f"{type(body).__name__} is not accepted here")
        name = type(body).__name__
        try:
            await self._call(name, message, body, msgspec.structs.asdict(body), once=True)
        except Refused as refused:
            log.warn(
                "{method} of {id} refused: {code}",
                method=name,
                id=message.id,
                code=str(refused),
                trace=message.trace,
            )

    # --- Services that are other programs

    async def pass_on(self, message: Message) -> None:
        """Ask a service, and have the effect of its answer once."""
        call = message.body
        if not isinstance(call, Call) or message.queue != remote(call.service):
            raise Undeliverable(f"{type(call).__name__} is not accepted here")
        place = {
            "service": call.service,
            "im": call.im,
            "address": call.address,
            "id": message.id,
        }
        values: dict[str, Any] = dict(place)
        try:
            answer = await self._ask(call, message, place)
        except NoAnswer as problem:
            self._complain(call, message, problem)
            if message.attempt < TRIES - 1:
                raise Unavailable(f"{message.queue}: {problem}") from None
        except (BadAnswer, Refused) as problem:
            self._complain(call, message, problem)
        else:
            if answer is None:
                return
            values |= msgspec.to_builtins(answer)
        try:
            await self._call("RemoteAnswered", message, call, values, once=True)
        except Refused as problem:
            self._complain(call, message, problem)

    async def _ask(self, call: Call, message: Message, place: dict[str, str]) -> Response | None:
        """Return what a service answers; None when the call is settled already."""
        request = Request(
            id=message.id,
            service=call.service,
            user=call.user,
            im=call.im,
            text=call.text,
            lang=call.lang,
            time=iso(call.said_at),
        )
        body = msgspec.json.encode(request)
        signed = await self._call(
            "SignRemote", message, call, place | {"body": body.decode()}, once=False
        )
        if signed.url is None:
            return None
        headers = {TIMESTAMP: signed.timestamp, SIGNATURE: signed.signature}
        return await self._client.post(signed.url, body, headers)

    def _complain(self, call: Call, message: Message, problem: Exception) -> None:
        log.warn(
            "{service} did not answer {id}: {error}",
            service=call.service,
            id=message.id,
            error=str(problem),
            trace=message.trace,
        )


def make(resources: Resources) -> Worker:
    """Return the part."""
    return Worker(
        calls=resources.calls,
        bus=resources.bus,
        client=make_client(resources.config.remote, resources.reactor),
        reactor=resources.reactor,
    )
