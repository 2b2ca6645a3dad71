"""The connection of one component to its server (XEP-0114): made, watched, confirmed, ended.

There is no stream management for components (XEP-0198 is for clients and servers), and a connection
that swallows what is written looks like a good one. So everything that has to arrive is followed by a
ping to the component itself: the server handles stanzas in their order, and when the ping is back, all
that was written before it has been handled.
"""

import uuid
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.endpoints import clientFromString
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.words.protocols.jabber import xmlstream

from awt.timers import in_time
from awt.xmpp.shim import Factory, Manager, StreamError
from awt.xmpp.stanzas import escape

log = Logger()

CONNECT_SECONDS: Final = 5.0
"""How long the server may take to accept the connection, and again for the handshake."""
PONG_SECONDS: Final = 3.0
"""A ping that is not back by then is on a dead connection."""
LATE_SECONDS: Final = 0.5
IDLE_SECONDS: Final = 4.0
"""A connection on which nothing is confirmed is tried this often."""
CLOSE_SECONDS: Final = 2.0


class LinkLost(Exception):
    """There is no connection, or it ended before what was written was confirmed."""


class NoLink(Exception):
    """The component could not connect; the message says why. ``kicked``: another one took its place."""

    def __init__(self, why: str, *, kicked: bool = False) -> None:
        super().__init__(why)
        self.kicked = kicked


class Component(Manager):
    """The connection of the component ``domain`` to the server at ``endpoint``."""

    def __init__(self, *, domain: str, secret: str, endpoint: str, reactor: Any) -> None:
        super().__init__(Factory(domain, secret), reactor=reactor)
        self.domain = domain
        self.on_message: Callable[[Any], None] | None = None
        """Gets every message stanza."""
        self._endpoint = endpoint
        self._clock = reactor
        self._up: Deferred[None] | None = None
        self._down: list[Deferred[str]] = []
        self._why = ""
        self._kicked = False
        self._waiting: list[Deferred[None]] = []
        self._pinged: list[Deferred[None]] = []
        self._ping_id = ""
        self._ping_timer: IDelayedCall | None = None
        self._idle_timer: IDelayedCall | None = None

    async def connect(self) -> None:
        """Connect and authenticate; raise `NoLink` where that fails."""
        self._why = ""
        self._kicked = False
        try:
            connecting = clientFromString(self._clock, self._endpoint).connect(self.factory)
            stream = await in_time(connecting, CONNECT_SECONDS, self._clock)
        except (ConnectError, OSError, DeferredTimeout) as error:
            raise NoLink(f"cannot be reached: {type(error).__name__}") from None
        if self._initialized:
            return
        self._up = Deferred()
        _ = self._up.addTimeout(CONNECT_SECONDS, self._clock)
        try:
            await self._up
        except DeferredTimeout:
            self._why = self._why or "does not greet"
        finally:
            self._up = None
        if not self.ready:
            stream.transport.abortConnection()
            raise NoLink(self._why or "closed the connection", kicked=self._kicked)

    def lost(self) -> "Deferred[str]":
        """Return a Deferred that fires with the reason when the connection ends."""
        ended: Deferred[str] = Deferred()
        if self.xmlstream is None:
            ended.callback(self._why)
        else:
            self._down.append(ended)
        return ended

    @property
    def kicked(self) -> bool:
        """Whether the last connection ended because another one took its place."""
        return self._kicked

    def write(self, xml: str) -> None:
        """Write XML; raise `LinkLost` where there is no connection."""
        if not self.ready:
            raise LinkLost
        self.xmlstream.transport.write(xml.encode())

    def confirm(self) -> "Deferred[None]":
        """Return a Deferred that fires when all that was written so far has been handled.

        It fails with `LinkLost` when that will never be known. Many share one ping.
        """
        confirmed: Deferred[None] = Deferred()
        if not self.ready:
            confirmed.errback(LinkLost())
            return confirmed
        self._waiting.append(confirmed)
        if not self._ping_id:
            self._ping()
        return confirmed

    def abort(self, why: str) -> None:
        """End the connection at once."""
        self._why = self._why or why
        if self.xmlstream is not None and self.xmlstream.transport is not None:
            self.xmlstream.transport.abortConnection()

    async def close(self) -> None:
        """Write what is left and end the connection in an orderly way."""
        if self.xmlstream is None:
            return
        ended = self.lost()
        _ = ended.addTimeout(CLOSE_SECONDS, self._clock)
        self._why = self._why or "closed"
        if self.ready:
            self.xmlstream.sendFooter()
        self.xmlstream.transport.loseConnection()
        try:
            await ended
        except DeferredTimeout:
            self.abort("closed")

    # -- what wokkel's stream manager calls

    def _connected(self, xs: Any) -> None:
        super()._connected(xs)
        xs.take = self._take
        xs.addObserver(xmlstream.STREAM_ERROR_EVENT, self._stream_error)

    def _authd(self, xs: Any) -> None:
        super()._authd(xs)
        self._idle_timer = self._clock.callLater(IDLE_SECONDS, self._look)
        if self._up is not None and not self._up.called:
            self._up.callback(None)

    def _stream_error(self, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, StreamError):
            self._kicked = error.condition == "conflict"
            said = f" ({error.text})" if error.text else ""
            self._why = f"refuses: {error.condition}{said}"
        else:
            self._why = f"speaks no XML: {type(error).__name__}"

    def _disconnected(self, reason: Any) -> None:
        if self.xmlstream is not None:
            self.xmlstream.take = None
        super()._disconnected(reason)
        for timer in (self._ping_timer, self._idle_timer):
            if timer is not None and timer.active():
                timer.cancel()
        self._ping_timer = self._idle_timer = None
        self._ping_id = ""
        self._why = self._why or "closed the connection"
        waiting, self._pinged, self._waiting = [*self._pinged, *self._waiting], [], []
        for confirmed in waiting:
            confirmed.errback(LinkLost())
        if self._up is not None and not self._up.called:
            self._up.callback(None)
        down, self._down = self._down, []
        for ended in down:
            if not ended.called:
                ended.callback(self._why)

    def _take(self, element: Any) -> bool:
        """Take messages and what comes of our own pings."""
        if element.name == "message":
            if self.on_message is not None and self._initialized:
                self.on_message(element)
            return True
        ends = element.attributes.get("from"), element.attributes.get("to")
        if element.name != "iq" or ends != (self.domain, self.domain):
            return False
        self._pong(element)
        return True

    # -- confirmation

    def _ping(self) -> None:
        """Send a ping to ourselves, which confirms all that waits."""
        assert not self._pinged, "a ping is on its way"
        self._pinged, self._waiting = self._waiting, []
        self._ping_id = str(uuid.uuid4())
        domain = escape(self.domain)
        self.write(
            f"<iq from='{domain}' to='{domain}' type='get' id='{self._ping_id}'>"
            "<ping xmlns='urn:awt:self-ping'/></iq>"
        )
        self._ping_timer = self._clock.callLater(PONG_SECONDS - LATE_SECONDS, self._late)

    def _pong(self, element: Any) -> None:
        """Take our own ping, or whatever the server made of it."""
        if not self._ping_id or element.attributes.get("id") != self._ping_id:
            return
        self._ping_id = ""
        if self._ping_timer is not None and self._ping_timer.active():
            self._ping_timer.cancel()
        pinged, self._pinged = self._pinged, []
        for confirmed in pinged:
            confirmed.callback(None)
        if self._waiting and not self._ping_id:  # one of them may have sent the next
            self._ping()
        elif self._idle_timer is not None and self._idle_timer.active():
            self._idle_timer.reset(IDLE_SECONDS)

    def _look(self) -> None:
        """Try a connection on which nothing was confirmed for a while."""
        if not self._ping_id:
            self._ping()
        self._idle_timer = self._clock.callLater(IDLE_SECONDS, self._look)

    def _late(self) -> None:
        """Read once more before giving up: it may be this process that stood still."""
        self._ping_timer = self._clock.callLater(LATE_SECONDS, self._no_pong)

    def _no_pong(self) -> None:
        self.abort(f"does not answer within {PONG_SECONDS:g} s")
