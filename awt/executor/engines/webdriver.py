"""The engine `webdriver`: any browser behind a W3C WebDriver endpoint, local, in a grid or a cloud.

W3C WebDriver (https://www.w3.org/TR/webdriver2/). One session a test.
"""

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from io import BytesIO
from secrets import token_hex
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec
import treq
from attrs import define, frozen
from PIL import Image
from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.web.client import Agent, HTTPConnectionPool, RequestTransmissionFailed, ResponseFailed
from twisted.web.http_headers import Headers

from awt.background import Tasks, to_the_end
from awt.executor.engines import DESKTOP, Viewport
from awt.executor.engines.browsing import BrowserEngine, Work
from awt.executor.engines.cdp.switches import ROUND
from awt.executor.engines.deadline import DeadlinePassed, within
from awt.executor.engines.lost import NoStart, NoWay
from awt.executor.engines.problems import checked_status, not_loaded, told
from awt.executor.engines.surface import QUALITY, Data, Failed, NotYet, Page, Surface
from awt.executor.proxy import FilterPort
from awt.executor.upstream import Upstream
from awt.model.actions import ActionResult, Evidence, Proxy, Step
from awt.model.locators import Locator
from awt.model.loopback import LOCAL, LOOPBACK

START: Final = 60.0
"""Seconds that a session may take to begin; a grid may keep it waiting."""
STOP: Final = 10.0
"""Seconds that it may take to end."""
LATE: Final = 300.0
"""Seconds after which nobody waits any more for a session that nobody wants: it is left behind."""
MAX_ANSWER: Final = 64 * 2**20
"""Longest answer, in bytes."""

CHROMIUM: Final = {"chrome": "goog:chromeOptions", "MicrosoftEdge": "ms:edgeOptions"}
"""Browsers that can be kept to a proxy, by `browserName`, and the capability with their switches."""

_ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
_SCRIPT: Final = files(__package__).joinpath("page.js").read_text()
_CALL: Final = f"const [f, ...v] = arguments; return ({_SCRIPT})[f](...v)"
_JSON: Final = "application/json; charset=utf-8"  # Chrome's driver insists on the charset
_NESTED: Final = 5
"""How deep frames are searched."""

# What an endpoint says of an element or a document that may be there in a moment.
_PASSING: Final = {
    "stale element reference": "no_element",
    "no such element": "no_element",
    "no such frame": "no_element",
    "no such window": "no_page",
    "detached shadow root": "no_element",
    "element click intercepted": "covered",
    "element not interactable": "hidden",
    "invalid element state": "disabled",
    "unexpected alert open": "no_element",
}
_FINAL: Final = {
    "invalid session id": "browser_lost",
    "session not created": "browser_lost",
    "tab crashed": "page_crashed",
    "timeout": "timeout",
    "script timeout": "timeout",
    "insecure certificate": "tls",
    "invalid argument": "bad_url",
}

_GONE: Final = frozenset({"browser_lost", "page_crashed"})
"""What is no fault of the page that was to be opened."""

_AWAY: Final = (
    error.ConnectError,
    error.ConnectionClosed,
    error.DNSLookupError,
    RequestTransmissionFailed,
    ResponseFailed,
)

log = Logger()


class _Answer(msgspec.Struct):
    value: Any = None


@frozen
class _Refusal(Exception):
    """An error of the endpoint: its code and its message."""

    code: str
    message: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.code}: {self.message.strip().partition(chr(10))[0]}"


@frozen
class Frame:
    """A document: its window, and the elements of the frames that lead to it."""

    window: str
    path: tuple[str, ...] = ()


@frozen
class Element:
    """An element of a document, by the endpoint's name."""

    frame: Frame
    name: str


class WebdriverEngine(BrowserEngine):
    """Runs tests at an endpoint.

    `url`: of the endpoint; `user` and `password`: what it asks for. `capabilities`: those of the
    browser, at least its `browserName`. `proxy_address`: this node as the browser sees it; the port
    that filters what a test opens listens there, or at `interface`, so no one else may be able to
    reach it. Each session proves that its browser goes that way before it opens anything. Without an
    address the browser is not in the operator's network (a cloud) and goes to the network by itself;
    then the action `proxy` is refused. `options`: see `BrowserEngine`.
    """

    def __init__(
        self,
        *,
        reactor: Any,
        url: str,
        capabilities: Mapping[str, Any],
        user: str = "",
        password: str = "",
        proxy_address: str = LOCAL,
        interface: str = "",
        **options: Any,
    ) -> None:
        super().__init__(reactor=reactor, **options)
        self._url = url.rstrip("/")
        self._credentials = (user, password) if user else None
        self._capabilities = capabilities
        self._proxy_address = proxy_address
        self._interface = interface
        self._pool = HTTPConnectionPool(reactor)
        self._pool.maxPersistentPerHost = 16
        self._agent = Agent(reactor, pool=self._pool)
        self._late = Tasks()
        """Waiting for sessions that nobody wants any more, to end them."""

    async def _visit(self, viewport: Viewport, seconds: float, work: Work) -> list[ActionResult]:
        egress = self._filter() if self._proxy_address else None
        wire = _Wire(self._reactor, self._agent, self._url, self._credentials)
        surface = WebdriverSurface(reactor=self._reactor, wire=wire, egress=egress, late=self._late)
        try:
            address = ""
            if egress is not None:
                address = egress.start(self._proxy_address, interface=self._interface)
            wanted = wanted_of(self._capabilities, proxy=address, viewport=viewport)
            await surface.start(wanted, viewport, seconds)
            await surface.prove(address)
            return await work(surface)
        except error.CannotListenError as problem:
            where = self._interface or self._proxy_address
            raise NoWay(f"{where} is no address of this node: {problem.socketError}") from None
        finally:
            await to_the_end(_leave(surface, egress))

    async def look(self) -> str:
        """Begin a session and end it; return the name of its browser. Raises `NoStart`."""
        seen = []

        async def see(surface: Surface) -> list[ActionResult]:
            assert isinstance(surface, WebdriverSurface)
            seen.append(surface.browser)
            return []

        _ = await self._visit(DESKTOP, STOP, see)
        return seen[0]

    async def _end(self) -> None:
        timer = self._reactor.callLater(STOP, lambda: Deferred.fromCoroutine(self._late.cancel()))
        await self._late.finish()
        if timer.active():
            timer.cancel()
        await self._pool.closeCachedConnections()


async def _leave(surface: "WebdriverSurface", egress: FilterPort | None) -> None:
    """Clear away what is a test's: without its port no page keeps the end of the session waiting."""
    if egress is not None:
        await egress.stop()
    await surface.close()


def wanted_of(capabilities: Mapping[str, Any], *, proxy: str, viewport: Viewport) -> dict[str, Any]:
    """Return what a session is asked for: the operator's capabilities, and what makes the browser ours.

    `proxy`: the address of the port that it is to go to the network through, "" for none.
    """
    wanted = {"unhandledPromptBehavior": "accept", **capabilities}
    if proxy:
        wanted["proxy"] = {"proxyType": "manual", "httpProxy": proxy, "sslProxy": proxy}
    key = CHROMIUM.get(str(wanted["browserName"]))
    if key is not None:
        own = dict(wanted.get(key, {}))
        if proxy:
            own["args"] = [*own.get("args", ()), *ROUND]
        if viewport.mobile:
            size = {"width": viewport.width, "height": viewport.height, "pixelRatio": 1}
            own["mobileEmulation"] = {"deviceMetrics": {**size, "touch": True}}
        wanted[key] = own
    return wanted


def to_jpeg(image: bytes) -> bytes:
    """Return an image as a JPEG. It comes from the endpoint; Pillow refuses one of too many pixels."""
    with BytesIO() as out, Image.open(BytesIO(image), formats=("PNG",)) as opened:
        opened.convert("RGB").save(out, "JPEG", quality=QUALITY)
        return out.getvalue()


@define
class _Wire:
    """Requests to an endpoint, and the session that they are about."""

    _reactor: Any
    _agent: Agent
    _url: str
    _credentials: tuple[str, str] | None
    session: str = ""
    _most: int = MAX_ANSWER

    @property
    def is_here(self) -> bool:
        """Whether the endpoint is on this machine."""
        return urlsplit(self._url).hostname in LOOPBACK

    async def knock(self, url: str) -> None:
        """Ask for a page, whatever comes of it."""
        with suppress(*_AWAY, Failed):
            _ = await self._content(await treq.get(url, agent=self._agent))

    async def _content(self, response: Any) -> bytes:
        """Return the body of an answer, which is not longer than it may be. Raises `Failed`."""
        content = bytearray()

        def take(data: bytes) -> None:
            if len(content) + len(data) > self._most:
                raise Failed("browser_lost", "its answer is too long")
            content.extend(data)

        await treq.collect(response, take)
        return bytes(content)

    async def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Return the value of an answer. Raises `_Refusal`, and `Failed` when nobody answers."""
        url = f"{self._url}/session"
        if self.session:
            url += f"/{quote(self.session, safe='')}{path}"
        data = None if method in ("GET", "DELETE") else msgspec.json.encode(body or {})
        headers = Headers({"Content-Type": [_JSON], "Accept": ["application/json"]})
        try:
            response = await treq.request(
                method,
                url,
                agent=self._agent,
                data=data,
                headers=headers,
                auth=self._credentials,
            )
            content = await self._content(response)
        except CancelledError:
            raise
        except _AWAY as bad:
            raise Failed("browser_lost", type(bad).__name__) from None
        try:
            value = msgspec.json.decode(content, type=_Answer).value
        except msgspec.DecodeError:
            raise Failed("browser_lost", f"{response.code} {content[:100]!r}") from None
        if response.code != 200:  # noqa: PLR2004 - all good answers have this status
            said = value if isinstance(value, dict) else {}
            raise _Refusal(str(said.get("error", response.code)), str(said.get("message", "")))
        return value


class WebdriverSurface:
    """One session (see `awt.executor.engines.surface.Surface`)."""

    still = False

    def __init__(
        self, *, reactor: Any, wire: _Wire, egress: FilterPort | None, late: Tasks
    ) -> None:
        self.refused: frozenset[type[Step]] = frozenset() if egress else frozenset({Proxy})
        self._reactor = reactor
        self._wire = wire
        self._egress = egress
        self._late = late
        self._at: Frame | None = None
        """The document that commands go to."""
        self._windows: list[str] = []
        self._lost = False
        self.browser = ""
        """What the endpoint calls it."""
        self._inside = ""
        """Where a Chromium is asked by other means, on its own machine."""

    async def start(
        self, capabilities: Mapping[str, Any], viewport: Viewport, seconds: float
    ) -> None:
        """Make the session. Raises `NoStart`."""
        limits = {"pageLoad": round(seconds * 1000), "script": round(seconds * 1000)}
        body = {"capabilities": {"alwaysMatch": {"timeouts": limits, **capabilities}}}
        try:
            made = await within(self._reactor, START, self._begin(body))
            self._wire.session = str(made["sessionId"])
            said = made["capabilities"]
            self.browser = f"{said.get('browserName')} {said.get('browserVersion')}"
            self._inside = str(said.get("goog:chromeOptions", {}).get("debuggerAddress", ""))
            size = {"width": viewport.width, "height": viewport.height}
            with suppress(_Refusal):  # a telephone has no window
                await within(self._reactor, START, self._wire("POST", "/window/rect", size))
        except Failed as problem:
            raise NoStart(problem.detail) from None
        except DeadlinePassed:
            raise NoStart(f"no session within {START:.0f} s") from None
        except (_Refusal, LookupError, TypeError) as problem:
            raise NoStart(str(problem)) from None

    async def _begin(self, body: Any) -> Any:
        """Ask for a session. When nobody waits any more, it is ended as soon as it has begun.

        To break the request off would leave it to the endpoint to notice that.
        """
        asked: Deferred[Any] = Deferred.fromCoroutine(self._wire("POST", "", body))
        answer: Deferred[Any] = Deferred()

        def tell(result: Any) -> Any:
            if answer.called:
                return result
            answer.callback(result)
            return None

        _ = asked.addBoth(tell)
        try:
            return await answer
        except CancelledError:
            self._late.spawn(self._end_late(asked), "ending a session that begins late")
            raise

    async def _end_late(self, asked: Deferred[Any]) -> None:
        with suppress(DeferredTimeout, _Refusal, Failed, LookupError, TypeError):
            made = await asked.addTimeout(LATE, self._reactor)
            self._wire.session = str(made["sessionId"])
            await self.close()

    async def prove(self, address: str) -> None:
        """Make sure that the browser goes through the test's port, if it has one. Raises `NoStart`.

        The name that it has to ask for is one that browsers take for their own machine, and go to by
        themselves unless they are told not to.
        """
        if self._egress is None:
            return
        self._egress.sign = f"{token_hex(8)}.localhost"
        page = self._wire("POST", "/url", {"url": f"http://{self._egress.sign}/"})
        with suppress(_Refusal, Failed, DeadlinePassed):
            await within(self._reactor, START, page)
        if not self._egress.seen:
            raise NoWay(f"the browser does not come to the network through {address}")

    # The primitives.

    async def open(self, url: str) -> Data:
        """Load a page."""
        if self._egress is not None:
            self._egress.renew()
        await self._look()
        await self._switch(Frame(self._windows[0]))
        before = await self._run("page", None)
        try:
            await self._wire("POST", "/url", {"url": url})
        except _Refusal as refusal:
            if refusal.code == "timeout":
                raise Failed("timeout", url=url) from None
            meant = self._meaning(refusal)
            if meant.reason in _GONE:
                raise meant from None
            raise not_loaded(refusal.message, self._egress, url) from None
        page = await self._run("page", None)
        if str(page["url"]).startswith(
            "chrome-error:"
        ):  # a loop of redirects is no error to the driver
            script = {"script": "return document.documentElement.innerText", "args": []}
            code = re.search(r"ERR_[A-Z_]+", str(await self._wire("POST", "/execute/sync", script)))
            raise not_loaded(f"net::{code[0]}" if code else "", self._egress, url)
        if page["born"] == before["born"] and page["url"] != url:
            # Chrome's driver does not say that nothing came which can be shown.
            raise Failed("not_html", url=url)
        if self._egress is not None and self._egress.exceeded:
            raise Failed("too_large", url=page["url"])
        checked_status(page["status"], self._egress, page["url"])
        return {"status": page["status"], "url": page["url"], "title": page["title"]}

    async def _look(self) -> None:
        """Take note of windows that were opened and closed; a new one becomes current."""
        handles = await self._ask("GET", "/window/handles")
        known = set(self._windows)
        fresh = [handle for handle in handles if handle not in known]
        self._windows = [*reversed(fresh), *(w for w in self._windows if w in handles)]
        if not self._windows:
            raise Failed("no_page")

    async def frames(self) -> Sequence[Frame]:
        """Return all documents."""
        await self._look()
        found: list[Frame] = []
        for window in self._windows:
            await self._collect(Frame(window), found)
        return found

    async def _collect(self, frame: Frame, found: list[Frame]) -> None:
        try:
            await self._switch(frame)
            found.append(frame)
            if len(frame.path) == _NESTED:
                return
            wanted = {"using": "css selector", "value": "iframe, frame"}
            inner = await self._ask("POST", "/elements", wanted)
        except NotYet:  # it has just gone
            return
        for element in inner:
            await self._collect(Frame(frame.window, (*frame.path, element[_ELEMENT])), found)

    async def find(self, frame: Frame, locator: Locator) -> Element | None:
        """Find an element."""
        await self._switch(frame)
        found = await self._run("find", None, locator.kind, locator.path)
        return None if found is None else Element(frame, found[_ELEMENT])

    async def call(self, element: Element, function: str, *values: str) -> Any:
        """Call a function with an element."""
        await self._switch(element.frame)
        return await self._run(function, {_ELEMENT: element.name}, *values)

    async def use(self, frame: Frame | Page) -> None:
        """Make a window the current one."""
        window = frame.window
        if window in self._windows:
            self._windows.remove(window)
            self._windows.insert(0, window)

    async def click(self, element: Element) -> None:
        """Click an element; the endpoint waits for a page that it loads."""
        await self._switch(element.frame)
        try:
            await self._ask("POST", f"/element/{quote(element.name, safe='')}/click")
        except Failed as failed:
            if failed.reason != "timeout":
                raise
            # The click is done; the page that it loads is slow.

    async def type(self, element: Element, text: str) -> None:
        """Press keys."""
        await self._switch(element.frame)
        path = f"/element/{quote(element.name, safe='')}/value"
        await self._ask("POST", path, {"text": text})

    async def pages(self) -> Sequence[Page]:
        """Return all windows."""
        await self._look()
        found: list[Page] = []
        for window in tuple(self._windows):
            await self._switch(Frame(window))
            url = await self._ask("GET", "/url")
            found.append(Page(window, url, await self._ask("GET", "/title")))
        return found

    async def shot(self) -> bytes:
        """Take a screenshot; what is not Chromium makes only PNGs."""
        await self._look()
        await self._switch(Frame(self._windows[0]))
        values = {"format": "jpeg", "quality": QUALITY}
        command = {"cmd": "Page.captureScreenshot", "params": values}
        try:
            answer = await self._wire("POST", "/goog/cdp/execute", command)
        except _Refusal:
            png = b64decode(await self._ask("GET", "/screenshot"))
            pool = self._reactor.getThreadPool()
            return await deferToThreadPool(self._reactor, pool, to_jpeg, png)
        return b64decode(answer["data"])

    async def evidence(self) -> Evidence:
        """Return the console, where the endpoint has a log of it."""
        console: list[str] = []
        requests: list[str] = []
        around = ""
        with suppress(_Refusal):
            for entry in await self._wire("POST", "/se/log", {"type": "browser"}):
                lines = requests if entry.get("source") == "network" else console
                lines.append(str(entry.get("message", "")))
        with suppress(Failed):
            await self._look()
            await self._switch(Frame(self._windows[0]))
            around = await self._run("around", None)
        return Evidence(console=tuple(console), requests=tuple(requests), around=around)

    async def through(self, upstream: Upstream | None) -> None:
        """Change the proxy."""
        assert self._egress is not None
        await self._egress.through(upstream)

    async def interrupt(self) -> None:
        """Give the session up: there is no way to stop a script.

        Chrome's driver takes no command before the one that hangs has ended, not even the session's
        end; if it is on this machine, the windows are closed without it.
        """
        self._lost = True
        if self._inside and self._wire.is_here:
            for window in self._windows:
                await self._wire.knock(f"http://{self._inside}/json/close/{window}")

    async def close(self) -> None:
        """End the session."""
        if not self._wire.session:
            return
        try:
            await within(self._reactor, STOP, self._wire("DELETE", ""))
        except (_Refusal, Failed, DeadlinePassed) as problem:
            log.warn("a session is left behind: {problem}", problem=str(problem))

    # Asking.

    async def _switch(self, frame: Frame) -> None:
        """Have commands go to a document."""
        if frame == self._at:
            return
        self._at, before = None, self._at
        if before is None or before.window != frame.window:
            await self._ask("POST", "/window", {"handle": frame.window})
        await self._ask("POST", "/frame", {"id": None})
        for name in frame.path:
            await self._ask("POST", "/frame", {"id": {_ELEMENT: name}})
        self._at = frame

    async def _run(self, function: str, *values: Any) -> Any:
        body = {"script": _CALL, "args": [function, *values]}
        return await self._ask("POST", "/execute/sync", body)

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        if self._lost:
            raise Failed("browser_lost")
        try:
            return await self._wire(method, path, body)
        except _Refusal as refusal:
            raise self._meaning(refusal) from None

    def _meaning(self, refusal: _Refusal) -> Failed:
        if refusal.code == "javascript error":
            return told(refusal.message)
        if "tab crashed" in refusal.message:
            return Failed("page_crashed")
        self._at = None
        if refusal.code in _PASSING:
            return NotYet(_PASSING[refusal.code], refusal.message.partition("\n")[0])
        reason = _FINAL.get(refusal.code, "other")
        return Failed(reason, refusal.message.partition("\n")[0] or refusal.code)
