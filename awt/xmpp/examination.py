"""Looks at an XMPP server as the doctor does: whether it knows a component, and on demand its secret."""

import re
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.endpoints import clientFromString, connectProtocol
from twisted.internet.error import ConnectError
from twisted.internet.protocol import Protocol

from awt.errors import ConfigError, Unavailable
from awt.timers import in_time
from awt.xmpp.component import Component, NoLink
from awt.xmpp.stanzas import escape

SECONDS: Final = 5.0
MOST: Final = 10_000
"""Bytes that a greeting may have."""
_CONDITION: Final = re.compile(r"<stream:error[^>]*>\s*<([a-z-]+)")


class _Greeting(Protocol):
    """Says who it is and good-bye at once, and keeps what is said to that."""

    def __init__(self, domain: str) -> None:
        self._domain = domain
        self._heard = b""
        self.ended: Deferred[str] = Deferred()

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Open a stream as a component does (XEP-0114), and close it."""
        assert self.transport is not None
        self.transport.write(
            "<stream:stream xmlns='jabber:component:accept'"
            " xmlns:stream='http://etherx.jabber.org/streams'"
            f" to='{escape(self._domain)}'></stream:stream>".encode()
        )

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Keep what comes, until it is the end of the stream."""
        self._heard += data
        assert self.transport is not None
        if b"</stream:stream>" in self._heard or len(self._heard) > MOST:
            self.transport.loseConnection()

    def connectionLost(self, _reason: Any = None) -> None:  # noqa: N802
        """Tell what was heard."""
        self.ended.callback(self._heard.decode(errors="replace"))


async def greet(*, endpoint: str, domain: str, reactor: Any) -> None:
    """Ask a server for a component without authenticating: whoever is connected as it notices nothing.

    Raises `ConfigError` when the server does not know it, and `Unavailable`.
    """
    greeting = _Greeting(domain)
    try:
        connecting = connectProtocol(clientFromString(reactor, endpoint), greeting)
        await in_time(connecting, SECONDS, reactor)
        heard = await greeting.ended.addTimeout(SECONDS, reactor)
    except DeferredTimeout:
        if greeting.transport is not None:
            greeting.transport.abortConnection()  # type: ignore[attr-defined]
        raise Unavailable(f"{endpoint} does not answer in time") from None
    except (ConnectError, OSError) as error:
        raise Unavailable(f"{endpoint}: {' '.join(str(error).split())}") from None
    if (found := _CONDITION.search(heard)) is not None:
        raise ConfigError(
            [f"{endpoint} refuses {domain} ({found[1]}): give the server a component of this name"]
        )
    if "<stream:stream" not in heard or " id=" not in heard:
        raise ConfigError([f"{endpoint} is no port for components: put xmpp.component right"])


async def authenticate(*, endpoint: str, domain: str, secret: str, reactor: Any) -> None:
    """Connect as a component for a moment; it may end the connection of who is connected as it.

    Raises `ConfigError` when the server does not take the secret, and `Unavailable`.
    """
    component = Component(domain=domain, secret=secret, endpoint=endpoint, reactor=reactor)
    try:
        await component.connect()
    except NoLink as error:
        if "not-authorized" in str(error):
            raise ConfigError(
                [f"{domain}: {error}: put xmpp.secret right, the component_secret of the server"]
            ) from None
        if not error.kicked:  # a conflict is said after the secret was found right
            raise Unavailable(f"{domain}: {error}") from None
    else:
        await component.close()
