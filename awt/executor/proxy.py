"""The filtering forward proxy of a test: the only way of a browser to the network.

A browser connects to names, follows redirects, loads frames, opens websockets, all by itself; so
what `awt.egress` is for our own requests, a port of this proxy is for one test in a
browser. It takes `CONNECT` and plain `http://` requests, one a connection, resolves names itself
and judges the address that is connected.
"""

from typing import Any, Final

from attrs import evolve
from twisted.internet.defer import CancelledError, succeed
from twisted.internet.interfaces import IHostnameResolver
from twisted.web.iweb import IPolicyForHTTPS

from awt.egress import Egress, EgressPolicy
from awt.executor.forwarding import Client, Door, NotConnected, Problem, Server, explained, quiet
from awt.executor.heads import Request
from awt.executor.upstream import Upstream
from awt.model.loopback import LOCAL
from awt.tls import Verifying

MAX_BYTES: Final = 128 * 2**20
"""How much a test may send and receive between two pages that it opens, in bytes."""


class FilterPort(Door):
    """One port of the proxy, for one test.

    `resolver`: who resolves names, by default the reactor's. `tls`: who verifies the certificates
    of other proxies. `problems`: what could not be connected, in order; a browser does not say why.
    `sign`: a name that the port answers for by itself, and `seen` whether a browser asked for it,
    which proves that it comes this way.
    """

    def __init__(
        self,
        *,
        reactor: Any,
        policy: EgressPolicy,
        resolver: IHostnameResolver | None = None,
        max_bytes: int = MAX_BYTES,
        tls: IPolicyForHTTPS | None = None,
    ) -> None:
        super().__init__(reactor=reactor)
        self.problems: list[Problem] = []
        self.sign = ""
        self.seen = False
        self._most = max_bytes
        self._egress = Egress(
            reactor=reactor,
            policy=policy,
            tls=tls or Verifying(),
            resolver=resolver,
        )
        self._listening: Any = None
        self.renew()

    def start(self, address: str = LOCAL, *, interface: str = "") -> str:
        """Listen on a free port of an interface, by default the one of `address`; return `address:port`.

        Raises twisted.internet.error.CannotListenError.
        """
        at = interface or address
        self._listening = self.reactor.listenTCP(0, self.factory(), interface=at)
        host = f"[{address}]" if ":" in address else address
        return f"{host}:{self._listening.getHost().port}"

    def renew(self) -> None:
        """Begin to count what is sent and received anew, and forget the problems: a page is opened."""
        self.problems.clear()
        self._egress.limit(self._most)

    @property
    def exceeded(self) -> bool:
        """Whether a connection was broken off because too much was sent or received."""
        return self._egress.exceeded

    async def through(self, upstream: Upstream | None) -> None:
        """Send all requests from now on through another proxy; None: straight.

        Connections that are open are closed, for a browser would go on using them.
        """
        self.upstream = upstream
        await self.drop()

    async def drop(self) -> None:
        """Close all connections and return when they are gone."""
        await self.hang_up()
        await self._egress.drop()

    async def stop(self) -> None:
        """Close the port and its connections."""
        if self._listening is not None:
            listening, self._listening = self._listening, None
            await (listening.stopListening() or succeed(None))
        await self.drop()

    async def connect(self, request: Request, server: Server) -> None:
        """Connect `server` to where a request leads (see `Door.connect`)."""
        factory = quiet(lambda: server)
        upstream, egress = server.upstream, self._egress
        at_fault = ""
        try:
            if upstream is None:
                await egress.connect(request.host, request.port, factory)
                return
            await egress.judge(request.host, request.port)
            at_fault = f"{upstream.name}: "
            if upstream.trusted:
                await egress.connect_trusted(
                    upstream.host, upstream.port, factory, tls=upstream.tls
                )
            else:
                await egress.connect(upstream.host, upstream.port, factory)
        except CancelledError:
            raise
        except Exception as problem:  # noqa: BLE001 - a browser waits for its answer, whatever it is
            told = explained(problem)
            if at_fault and told.reason != "refused_address":
                told = Problem("proxy", at_fault + told.detail)
            self.failed(told, request)
            raise NotConnected(told) from None

    def admit(self, request: Request, client: Client) -> bytes:  # noqa: ARG002 - all are the browser's
        """Let everything through, for only the browser of the test knows the port; answer for the sign."""
        if not self.sign or request.host != self.sign:
            return b""
        self.seen = True
        return b"200 OK"

    def failed(self, problem: Problem, request: Request) -> None:
        """Keep what went wrong, for the result of the action."""
        self.problems.append(evolve(problem, host=request.host))
