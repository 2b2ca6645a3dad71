"""The methods as a node calls them: in process, or at a server node over HTTPS."""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from awt.api.caller import Caller
from awt.api.registry import Api
from awt.errors import Refused, Unavailable
from awt.fetch import fetch, quiet_pool, trusting
from awt.ports import NodeApi, PutBack

log = Logger()

SECONDS: Final = 10.0
"""How long a call over HTTPS may take; what waits for it is tried again."""
MESSAGE_ID: Final = "x-message-id"
TRACE: Final = "x-request-id"
"""Headers of a call of a node: the message whose effect it is, and what it belongs to."""
AGAIN: Final = 1.0
"""Seconds before somebody who could not be asked is asked again."""
PATIENCE: Final = 900.0
"""Seconds that a message is held for him; a broker takes a reader for dead after 30 minutes."""
KEPT: Final = 8
"""Connections that are kept for the next call."""
OK: Final = 200
OURS: Final = frozenset(
    {"unauthenticated", "unavailable", "internal", "too_many", "unknown_method"}
)
"""Codes that say nothing about the parameters: the call is made again, once they are put right."""


class LocalCalls:
    """The methods of this process."""

    def __init__(self, *, api: Api, caller: Caller) -> None:
        self._api = api
        self._caller = caller

    async def call(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        trace: str = "",
        message_id: str | None = None,
    ) -> Any:
        """Call a method in one transaction."""
        return await self._api.call(name, self._caller, values, trace=trace, message_id=message_id)


class Patient:
    """Calls methods, and waits while nobody can be asked: for messages, which are to keep their order.

    A call that fails twice although others work is the fault of that call: `Unavailable`, as ever. Raises
    `PutBack` after `PATIENCE` and from `stop` on.
    """

    def __init__(self, *, calls: NodeApi, reactor: Any) -> None:
        self._calls = calls
        self._reactor = reactor
        self._stopped = False
        self._waiting: set[Deferred[None]] = set()

    async def call(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        trace: str = "",
        message_id: str | None = None,
    ) -> Any:
        """Call a method."""
        ends = self._reactor.seconds() + PATIENCE
        failed = False
        while True:
            try:
                return await self._calls.call(name, values, trace=trace, message_id=message_id)
            except Unavailable:
                if await self._works():
                    if failed:
                        raise
                    failed = True  # once may be the connection's fault
                    continue
            if self._stopped or self._reactor.seconds() >= ends:
                raise PutBack
            await self._pause()

    def stop(self) -> None:
        """Wait no more."""
        self._stopped = True
        for waiting in list(self._waiting):
            waiting.callback(None)

    async def _works(self) -> bool:
        """Tell whether whoever is asked answers at all."""
        try:
            await self._calls.call("ListRemotes", {})
        except Unavailable:
            return False
        except Refused:
            return True
        return True

    async def _pause(self) -> None:
        pause: Deferred[None] = Deferred()
        self._waiting.add(pause)
        timer = self._reactor.callLater(AGAIN, pause.callback, None)
        try:
            await pause
        finally:
            self._waiting.discard(pause)
            if timer.active():
                timer.cancel()


class _Error(msgspec.Struct, frozen=True):
    error: dict[str, Any]


class RemoteCalls:
    """The methods of a server node. ``results`` has the type of each method's result.

    ``ca_file``: the authority of its certificate, those of the system without one.
    """

    def __init__(
        self,
        *,
        url: str,
        token: str,
        results: Mapping[str, Any],
        reactor: Any,
        ca_file: str = "",
    ) -> None:
        self._url = url
        self._trust = trusting(ca_file)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Accept-Language": "en",
        }
        self._results = results
        self._reactor = reactor
        self._pool = quiet_pool(reactor, persistent=True)
        self._pool.maxPersistentPerHost = KEPT
        self._told = ""

    async def call(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        trace: str = "",
        message_id: str | None = None,
    ) -> Any:
        """Call a method over HTTPS; certificates are checked."""
        headers = dict(self._headers)
        if trace:
            headers[TRACE] = trace
        if message_id is not None:
            headers[MESSAGE_ID] = message_id
        try:
            status, body = await fetch(
                "POST",
                f"{self._url}/api/{name}",
                headers=headers,
                body=json.dumps(values).encode(),
                seconds=SECONDS,
                reactor=self._reactor,
                pool=self._pool,
                trust=self._trust,
            )
            result = self._read(name, status, body)
        except Unavailable as error:
            # of the server, not of one method: it is said once
            said = str(error).replace(f"{self._url}/api/{name}", self._url)
            self._tell(said)
            raise Unavailable(said) from error
        self._told = ""
        return result

    async def stop(self) -> None:
        """Close the connections."""
        closing: Deferred[None] = self._pool.closeCachedConnections()
        await closing

    def _read(self, name: str, status: int, body: bytes) -> Any:
        try:
            if status == OK:
                return msgspec.json.decode(body, type=self._results[name] | None)
            said = msgspec.json.decode(body, type=_Error).error
            code = str(said.pop("code"))
        except (msgspec.DecodeError, KeyError):
            raise Unavailable(f"{self._url} answers {status} without a word of awt") from None
        if code == "unauthenticated":
            raise Unavailable(
                f"{self._url} does not know the token of this node: `awt node token NAME` there"
                " makes a new one for server.token"
            )
        if code in OURS:
            raise Unavailable(f"{self._url}: {name}: {code}")
        said.pop("message", None)
        raise Refused(code, fields=said.pop("fields", None), **said)

    def _tell(self, problem: str) -> None:
        """Log what is wrong with the server, once until it changes."""
        if problem != self._told:
            self._told = problem
            log.error("{problem}", problem=problem)
