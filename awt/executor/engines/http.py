"""The engine without a browser: one request, no JavaScript, hundreds of times cheaper.

It opens pages, compares their addresses and titles and finds texts on them, for simple monitoring,
and says `unsupported` of everything else rather than pretend.
"""

import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from email.message import Message
from http.cookiejar import CookieJar
from types import SimpleNamespace
from typing import Any, Final, TypeVar, cast
from urllib.parse import urljoin
from urllib.request import Request

from attrs import define, field
from OpenSSL import SSL
from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IHostnameResolver
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.web.client import (
    Agent,
    HostnameCachingHTTPSPolicy,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
)
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IResponse

from awt.egress import AddressRefused, Egress, EgressPolicy, IPAddress, IPNetwork
from awt.executor.engines import DESKTOP, OnResult, OnShot, Viewport, page
from awt.executor.engines.deadline import DeadlinePassed, within
from awt.executor.engines.loop import ROOT, Loop
from awt.executor.engines.seeker import Seeker
from awt.executor.engines.surface import Data, Failed, Page
from awt.executor.upstream import Upstream
from awt.fetch import quiet_pool
from awt.model.actions import (
    Action,
    ActionResult,
    BadUrl,
    Click,
    Enter,
    Evidence,
    Modify,
    Proxy,
    Step,
    VarXpath,
    normalise_url,
)
from awt.model.locators import Locator
from awt.tls import BAD_CERTIFICATE, NO_NAME, Verifying

T = TypeVar("T")

MAX_BODY: Final = 5 * 2**20
"""How much of a page is read, in bytes after decompression."""
SMALL: Final = 2**15
"""Up to how many bytes a page is read on the spot: the worst take milliseconds, a thread takes as long."""
MAX_HEADERS: Final = 2**18
"""How much a site may send before its headers end, in bytes, the TLS handshake included."""
MAX_COOKIES: Final = 200
"""How many cookies a run keeps."""

REFUSED: Final[frozenset[type[Step]]] = frozenset({Click, Enter, Modify, VarXpath, Proxy})
"""What cannot be done honestly without a browser."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ACCEPT: Final = "text/html,application/xhtml+xml,*/*;q=0.8"
# A byte of a body takes at most six on the wire, in chunks of one.
_WIRE: Final = 8

# The first line that fits any of the causes of an exception gives the reason.
_REASONS: Final[tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...]] = (
    (AddressRefused, "refused_address"),
    (BAD_CERTIFICATE, "tls"),
    (error.DNSLookupError, "dns"),
    ((error.TimeoutError, error.TCPTimedOutError), "timeout"),
    (error.ConnectError, "connect"),
    (
        (ResponseFailed, RequestTransmissionFailed, error.ConnectionClosed),
        "bad_response",
    ),
    (zlib.error, "bad_response"),
)


class HttpEngine:
    """Carries out tests by plain HTTP (see `awt.executor.engines.Engine`).

    `open` passes when the last of its redirects answers with a status below 400. Its data:
    `status`, `url` (the last one), `title`, `bytes` (of the decompressed body), `redirects`, and
    `truncated` (1) when only the first `max_body` bytes were read. `exists` looks into the page as
    the site sent it, which no script has changed. There are no screenshots, and what acts on elements
    or needs another proxy is `unsupported` (`REFUSED`).

    Certificates are verified against the platform's authorities. `allow_private_addresses`,
    `own_addresses`: see `EgressPolicy`. `resolver`: by default the reactor's. `slots`: how many
    tests run at the same time; none waits for another one's `exists`.
    """

    def __init__(
        self,
        *,
        reactor: Any,
        allow_private_addresses: Sequence[IPNetwork] = (),
        own_addresses: Collection[IPAddress] | Callable[[], Collection[IPAddress]] = (),
        user_agent: str = "awt",
        max_body: int = MAX_BODY,
        max_redirects: int = 10,
        resolver: IHostnameResolver | None = None,
        slots: int = 2,
    ) -> None:
        self._reactor = reactor
        self._policy = EgressPolicy(
            allow_private_addresses=allow_private_addresses, own_addresses=own_addresses
        )
        self._user_agent = user_agent
        self._max_body = max_body
        self._max_redirects = max_redirects
        self._tls = HostnameCachingHTTPSPolicy(Verifying())
        self._resolver = resolver
        self._closed = False
        self._runs: dict[Deferred[list[ActionResult]], Egress] = {}
        self._seeker = Seeker(reactor=reactor, places=slots)

    async def run(
        self,
        actions: Sequence[Action],
        *,
        action_seconds: float,
        debug: bool = False,
        viewport: Viewport = DESKTOP,  # noqa: ARG002 - there is no window
        on_result: OnResult | None = None,
        on_shot: OnShot | None = None,  # noqa: ARG002 - nor anything to see
    ) -> list[ActionResult]:
        """Carry out the actions of one test (see `Engine.run`)."""
        if self._closed:
            raise RuntimeError("the engine is closed")
        egress = Egress(
            reactor=self._reactor, policy=self._policy, tls=self._tls, resolver=self._resolver
        )
        visit = _Visit(
            reactor=self._reactor,
            egress=egress,
            user_agent=self._user_agent,
            max_body=self._max_body,
            max_redirects=self._max_redirects,
            seconds=action_seconds,
            seeker=self._seeker,
        )
        loop = Loop(
            reactor=self._reactor,
            surface=visit,
            seconds=action_seconds,
            debug=debug,
            on_result=on_result,
        )
        run = Deferred.fromCoroutine(loop.run(actions))
        self._runs[run] = egress
        try:
            return await run
        finally:
            del self._runs[run]

    async def close(self) -> None:
        """Cancel the runs that are under way and close their connections (see `Engine.close`)."""
        self._closed = True
        runs = dict(self._runs)
        for run in runs:
            run.cancel()
        for egress in runs.values():
            await egress.drop()
        await self._seeker.close()


@define(kw_only=True)
class _Visit:
    """One run: its cookies, its connections, the page that it is on (see `Surface`)."""

    still = True
    refused = REFUSED

    _reactor: Any
    _egress: Egress
    _user_agent: str
    _max_body: int
    _max_redirects: int
    _seconds: float
    _seeker: Seeker
    _cookies: CookieJar = field(factory=CookieJar)
    _url: str = ""
    _page: page.Page | None = None
    _source: tuple[bytes, str] = (b"", "")
    """The body of the page, and its type."""

    async def open(self, url: str) -> Data:
        return await self._open_within(url, self._seconds)

    async def frames(self) -> Sequence[Any]:
        return () if self._page is None else (self._page,)

    async def find(self, frame: page.Page, locator: Locator) -> page.Page | None:
        """Return the page if it has such an element; single elements are refused."""
        if locator == ROOT:
            return frame
        if frame.text is None:
            raise Failed("not_html")
        source = await self._threaded(page.decode, *self._source)
        found = await self._seeker.has(source or "", locator, seconds=self._seconds)
        return frame if found else None

    async def call(self, element: page.Page, _function: str, *values: str) -> Any:
        """Tell whether the page has a text."""
        if element.text is None:
            raise Failed("not_html")
        return values[0] in element.text

    async def use(self, frame: Any) -> None:
        pass

    async def pages(self) -> Sequence[Page]:
        if self._page is None:
            raise Failed("no_page")
        return (Page(None, self._url, self._page.title),)

    async def evidence(self) -> Evidence:
        text = None if self._page is None else self._page.text
        return Evidence(around=text or "")

    async def interrupt(self) -> None:
        await self._egress.drop()

    async def close(self) -> None:
        await self._egress.drop()

    async def click(self, element: Any) -> None:  # noqa: ARG002
        raise Failed("unsupported")

    async def type(self, element: Any, text: str) -> None:  # noqa: ARG002
        raise Failed("unsupported")

    async def shot(self) -> bytes:
        raise Failed("unsupported")

    async def through(self, upstream: Upstream | None) -> None:  # noqa: ARG002
        raise Failed("unsupported")

    async def _open_within(self, address: str, seconds: float) -> Data:
        """Open a page; whatever happens, there is no connection afterwards."""
        self._url = ""
        self._page = None
        try:
            return await within(self._reactor, seconds, self._open(address))
        except DeadlinePassed:
            raise Failed("timeout", url=self._url) from None
        except Failed as problem:
            raise Failed(
                problem.reason, problem.detail, **{"url": self._url, **problem.data}
            ) from None
        except CancelledError:
            raise
        except Exception as problem:
            if self._egress.exceeded:
                raise Failed("too_large", url=self._url) from problem
            raise _explained(problem, self._url) from problem
        finally:
            await self._egress.drop()

    async def _open(self, address: str) -> Data:
        self._url = normalise_url(address)
        for redirects in range(self._max_redirects + 1):
            response = await self._get(self._url)
            location = response.headers.getRawHeaders(b"Location")
            if response.code in _REDIRECTS and location:
                await self._egress.drop()
                self._url = _join(self._url, location[0])
                continue
            if not 200 <= response.code < 400:  # noqa: PLR2004
                phrase = response.phrase.decode("latin-1")
                raise Failed("http_status", f"{response.code} {phrase}", status=response.code)
            body = await self._read(response)
            content_type = (response.headers.getRawHeaders(b"Content-Type") or [b""])[0]
            self._source = body.content, content_type.decode("latin-1")
            self._page = await self._read_page()
            data: Data = {
                "status": response.code,
                "url": self._url,
                "title": self._page.title,
                "bytes": len(body.content),
                "redirects": redirects,
            }
            return data | ({"truncated": 1} if body.truncated else {})
        raise Failed("too_many_redirects")

    async def _read_page(self) -> page.Page:
        if len(self._source[0]) <= SMALL:
            return page.read_page(*self._source)
        return await self._threaded(page.read_page, *self._source)

    async def _threaded(self, function: Callable[..., T], *values: Any) -> T:
        """Do what takes long for a large page in a thread."""
        pool = self._reactor.getThreadPool()
        return await cast(Deferred[T], deferToThreadPool(self._reactor, pool, function, *values))

    async def _get(self, url: str) -> IResponse:
        """Send one request over a connection of its own and return what came with the headers."""
        pool = quiet_pool(self._reactor, persistent=False)
        agent = Agent.usingEndpointFactory(self._reactor, self._egress, pool)
        headers = Headers(
            {"User-Agent": [self._user_agent], "Accept": [_ACCEPT], "Accept-Encoding": ["gzip"]}
        )
        request = Request(url)  # noqa: S310 - normalise_url lets only http and https through
        self._cookies.add_cookie_header(request)
        cookie = request.get_header("Cookie")
        if cookie:
            headers.addRawHeader(b"Cookie", cookie.encode("latin-1"))
        self._egress.limit(MAX_HEADERS)
        response = await cast(
            Deferred[IResponse], agent.request(b"GET", url.encode("ascii"), headers)
        )
        self._egress.limit(MAX_HEADERS + _WIRE * self._max_body)
        self._keep_cookies(response, request)
        return response

    def _keep_cookies(self, response: IResponse, request: Request) -> None:
        received = Message()
        for value in response.headers.getRawHeaders(b"Set-Cookie") or []:
            cookie = value.decode("latin-1")
            if cookie.isprintable():
                received["Set-Cookie"] = cookie
        if len(self._cookies) < MAX_COOKIES:
            # All that a jar ever asks of a response is info().
            answer = cast(Any, SimpleNamespace(info=lambda: received))
            self._cookies.extract_cookies(answer, request)

    async def _read(self, response: IResponse) -> "_Body":
        encodings = b",".join(response.headers.getRawHeaders(b"Content-Encoding") or [])
        encoding = encodings.decode("latin-1").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise Failed("bad_response", f"Content-Encoding: {encoding}")
        body = _Body(limit=self._max_body, gzip=encoding.endswith("gzip"))
        response.deliverBody(body)
        await body.finished
        if self._egress.exceeded and not body.truncated:
            raise Failed("too_large")
        return body


class _Body(Protocol):
    """Collects a body up to a limit and decompresses it on the way, never further than the limit.

    `finished` fires when the body is complete or `truncated`.
    """

    def __init__(self, *, limit: int, gzip: bool) -> None:
        self.finished: Deferred[None] = Deferred()
        self.truncated = False
        self._limit = limit
        self._content = bytearray()
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS) if gzip else None

    @property
    def content(self) -> bytes:
        """What was read."""
        return bytes(self._content)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Take the next piece."""
        if self.finished.called:
            return
        room = self._limit - len(self._content) + 1
        try:
            self._content += self._inflate.decompress(data, room) if self._inflate else data[:room]
        except zlib.error:
            self.finished.errback(Failure())
            return
        if len(self._content) > self._limit:
            del self._content[self._limit :]
            self.truncated = True
            self.finished.callback(None)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Take note of the end."""
        if self.finished.called:
            return
        # A body without a length ends with its connection.
        if reason.check(ResponseDone, PotentialDataLoss):
            self.finished.callback(None)
        else:
            self.finished.errback(reason)


def _join(url: str, location: bytes) -> str:
    """Return where a redirect leads; it may lead only to what a test may open."""
    try:
        text = location.decode()
    except UnicodeDecodeError:
        text = location.decode("latin-1")
    try:
        return normalise_url(urljoin(url, text.strip().replace(" ", "%20")))
    except BadUrl as bad:
        raise Failed("bad_redirect", bad.code) from None
    except ValueError:
        raise Failed("bad_redirect", "host") from None


def _explained(problem: BaseException, url: str) -> Exception:
    """Return the failure that a problem on the network means, or the problem if it is a bug."""
    causes = list(_causes(problem))
    for types, reason in _REASONS:
        for cause in causes:
            if isinstance(cause, types):
                told = causes[-1] if reason == "bad_response" else cause
                key = {"key": cause.key} if isinstance(cause, AddressRefused) else {}
                return Failed(reason, _words(told), url=url, **key)
    raise problem


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that Twisted wrapped in it, the outermost first."""
    yield problem
    for failure in getattr(problem, "reasons", ()):
        yield from _causes(failure.value)


def _words(problem: BaseException) -> str:
    """Put an exception into short technical English, without anything that the site sent."""
    if isinstance(problem, AddressRefused):
        return problem.address
    if isinstance(problem, SSL.Error) and problem.args and isinstance(problem.args[0], list):
        return ", ".join(str(entry[-1]) for entry in problem.args[0])
    if isinstance(problem, NO_NAME):
        return "the certificate is for another name"
    if isinstance(problem, error.ConnectError | error.ConnectionClosed | error.DNSLookupError):
        return str(problem)
    return type(problem).__name__
