"""Ways out of a browser to addresses that tests may not reach: none of them leads there."""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from awt.executor.engines import Engine
from awt.executor.engines.cdp.engine import CdpEngine
from awt.executor.engines.webdriver import WebdriverEngine
from awt.model.actions import Action, Click, Modify, Open, Title, Url
from awt.testing.chromedriver import Chromedriver
from tests.contract.engines import EngineCase, Impatient, reactor
from tests.executor.sites import Names

SITE = "127.0.0.2"
"""Where the tested site is: the operator allows this address alone."""
SECRET = "127.0.0.1"
"""Where nobody is to come."""

# What a page of the site does, and the path or the first bytes that the secret would hear.
# {at} is the secret's host and port, {udp} its datagram port.
ROUTES = {
    "redirect": "",
    "image": "<img src=http://{at}/image>",
    "frame": "<iframe src=http://{at}/frame></iframe>",
    "object": "<object data=http://{at}/object></object>",
    "embed": "<embed src=http://{at}/embed>",
    "script": "<script src=http://{at}/script></script>",
    "style": "<link rel=stylesheet href=http://{at}/style>",
    "video": "<video src=http://{at}/video autoplay muted></video>",
    "background": "<div style='background:url(http://{at}/background)'>x</div>",
    "prefetch": "<link rel=prefetch href=http://{at}/prefetch>",
    "preload": "<link rel=preload as=image href=http://{at}/preload>",
    "preconnect": "<link rel=preconnect href=http://{at}/>",
    "refresh": "<meta http-equiv=refresh content='0;url=http://{at}/refresh'>",
    "fetch": "<script>fetch('http://{at}/fetch', {mode:'no-cors'})</script>",
    "xhr": "<script>x=new XMLHttpRequest();x.open('GET','http://{at}/xhr');x.send()</script>",
    "beacon": "<script>navigator.sendBeacon('http://{at}/beacon', 'x')</script>",
    "events": "<script>new EventSource('http://{at}/events')</script>",
    "websocket": "<script>new WebSocket('ws://{at}/websocket')</script>",
    "tls": "<script>fetch('https://{at}/tls', {mode:'no-cors'})</script>",
    "wss": "<script>new WebSocket('wss://{at}/wss')</script>",
    "worker": "<script>new Worker(URL.createObjectURL(new Blob([\"fetch('http://{at}/worker',"
    "{mode:'no-cors'})\"])))</script>",
    "window": "<script>window.open('http://{at}/window')</script>",
    "location": "<script>location = 'http://{at}/location'</script>",
    "form": "<form id=f method=post action=http://{at}/form></form><script>f.submit()</script>",
    "import": "<script type=module>import 'http://{at}/import'</script>",
    "decimal": "<img src=http://2130706433:{port}/decimal>",
    "octal": "<img src=http://0177.0.0.1:{port}/octal>",
    "short": "<img src=http://127.1:{port}/short>",
    "zero": "<img src=http://0.0.0.0:{port}/zero>",
    "localhost": "<img src=http://localhost:{port}/localhost>",
    "mapped": "<img src='http://[::ffff:127.0.0.1]:{port}/mapped'>",
    "name": "<img src=http://private.example:{port}/name>",
    "rebinding": "<iframe src=http://rebinding.example:{port}/rebinding></iframe>"
    "<img src=http://rebinding.example:{port}/rebinding>",
    "stun": "<script>p=new RTCPeerConnection({iceServers:[{urls:'stun:{udp}'}]});"
    "p.createDataChannel('x');p.createOffer().then(o=>p.setLocalDescription(o))</script>",
    "turn": "<script>p=new RTCPeerConnection({iceServers:[{urls:['turn:{at}?transport=tcp',"
    "'turn:{udp}'],username:'u',credential:'c'}]});p.createDataChannel('x');"
    "p.createOffer().then(o=>p.setLocalDescription(o))</script>",
    "transport": "<script>new WebTransport('https://{udp}/transport')</script>",
}
ANSWER = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n# "
LONG = 60.0
"""Seconds within which all ways have been gone, on a machine that does much else."""
LEAVING = ("redirect", "refresh", "location", "form")
"""Ways that take the page itself along; all others are on one page together."""
LOOKS = 10
"""How often a page asks whether its ways have been gone, at least."""
EVERY = 150
"""Milliseconds between these questions."""
# These say nothing that could be recognised when they arrive.
WORDLESS = {"redirect", "preconnect", "tls", "wss", "stun", "turn", "transport"}
SCHEMES = ("file:///etc/passwd", "chrome://version", "view-source:file:///etc/passwd")


class Known(Names):
    """Resolves the names of a table; all others as the machine does."""

    def resolveHostName(
        self, resolutionReceiver: Any, hostName: str, portNumber: int = 0, *rest: Any
    ) -> Any:
        if hostName in self._table:
            return super().resolveHostName(resolutionReceiver, hostName, portNumber, *rest)
        other = reactor.nameResolver
        return other.resolveHostName(resolutionReceiver, hostName, portNumber, *rest)


class Secret(Protocol):
    """Notes who comes, and hangs up."""

    def __init__(self, heard: list[bytes]) -> None:
        self._heard = heard

    def connectionMade(self) -> None:
        self._heard.append(b"a connection")

    def dataReceived(self, data: bytes) -> None:
        self._heard.append(data.partition(b"\r\n")[0])
        assert self.transport is not None
        self.transport.write(ANSWER)
        self.transport.loseConnection()


class Datagrams(DatagramProtocol):
    def __init__(self, heard: list[bytes]) -> None:
        self._heard = heard

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self._heard.append(b"a datagram")


class Trap(Resource):
    """Serves the routes. ``gone`` tells whether all of them have been."""

    isLeaf = True  # type: ignore[mutable-override]

    def __init__(self, at: Callable[[str], str], gone: Callable[[], bool]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._at = at
        self._gone = gone
        self._looks = 0
        self.asked: set[str] = set()

    def render_GET(self, request: Request) -> bytes:
        request.setHeader(b"Content-Type", b"text/html")
        route = request.path.decode().strip("/")
        self.asked.add(route)
        if route == "gone":
            self._looks += 1
            return b"yes" if self._looks >= LOOKS and self._gone() else b"no"
        if route == "redirect":
            request.redirect(self._at("http://{at}/redirect").encode())
            return b""
        here = [way for name, way in ROUTES.items() if name not in LEAVING]
        body = self._at("".join(here) if route == "all" else ROUTES.get(route, ""))
        look = "fetch('/gone').then(a => a.text()).then(a => { if (a == 'yes') document.title = 'tried' })"
        done = (
            f"<script>setInterval(() => {{ {look} }}, {EVERY})</script>" if route == "all" else ""
        )
        return f"<title>{route}</title><a href=/>a link</a>{done}{body}".encode()


class Routes(EngineCase):
    """``self.heard`` is what came to the secret, ``missing()`` the ways on which nothing came."""

    blind: frozenset[str] = frozenset()
    """Ways that a browser does not take at all, or that this machine does not have."""

    def setUp(self) -> None:
        self.heard: list[bytes] = []
        self.awaited = False
        self.names = Known({"private.example": [SECRET], "rebinding.example": [SECRET]})
        self.names.turns["rebinding.example"] = [[SITE]]
        secret = Factory.forProtocol(lambda: Secret(self.heard))
        secret.noisy = False
        listening = reactor.listenTCP(0, secret, interface=SECRET)
        datagrams = reactor.listenUDP(0, Datagrams(self.heard), interface=SECRET)
        port, udp = listening.getHost().port, datagrams.getHost().port
        self.secret = f"{SECRET}:{port}"

        def at(text: str) -> str:
            filled = text.replace("{at}", self.secret).replace("{port}", str(port))
            return filled.replace("{udp}", f"{SECRET}:{udp}")

        self.trap = Trap(at, lambda: not self.awaited or self.missing() <= {*LEAVING, *self.blind})
        factory = Site(self.trap)
        factory.noisy = False
        site = reactor.listenTCP(0, factory, interface=SITE)
        self.base = f"http://{SITE}:{site.getHost().port}"
        self.shots = []
        for each in (listening, datagrams, site):
            self.addCleanup(_stopped, each)

    def missing(self) -> set[str]:
        words = b" ".join(self.heard).decode("latin-1")
        return {route for route in ROUTES if route not in WORDLESS and f"/{route}" not in words}

    async def walk(self, *allowed: str) -> None:
        """Go all ways, in one browser; where the secret is allowed, until they have led there."""
        self.awaited = SECRET in allowed
        self.engine = self.started(
            allow_private_addresses=[ip_network(address) for address in allowed],
            resolver=self.names,
        )
        actions: list[Action] = [Open(f"{self.base}/all"), Title("tried")]
        for route in LEAVING:
            # It has left: for the secret, or for the browser's own page about what is refused.
            actions += [Open(f"{self.base}/{route}"), Url(f"^chrome-error:|//{self.secret}/")]
        results = await self.run_all(*actions, seconds=LONG, debug=True)
        opened, tried, *left = results
        self.assertEqual((opened.reason, tried.reason), ("", ""), (opened, tried, self.missing()))
        self.assertEqual([result.reason for result in left[1::2]], [""] * len(LEAVING), left)
        self.assertEqual({"all", *LEAVING} - self.trap.asked, set())


def _stopped(port: Any) -> Deferred[Any]:
    return port.stopListening() or succeed(None)


if TYPE_CHECKING:
    Base = Routes
else:
    Base = object


class RouteContract(Base):
    """What holds for each browser."""

    async def test_no_way_leads_to_an_address_that_is_not_allowed(self) -> None:
        await self.walk(SITE)
        self.assertEqual(self.heard, [])

    async def test_no_way_leads_to_files_and_to_pages_of_the_browser(self) -> None:
        self.engine = self.started(reactor=Impatient(), allow_private_addresses=[ip_network(SITE)])
        refused = await self.run_all(*(Open(target) for target in SCHEMES), debug=True)
        self.assertEqual({result.reason for result in refused}, {"bad_url"})
        actions: list[Action] = [Open(f"{self.base}/link")]
        for target in SCHEMES:
            actions += [
                Modify("//a/@target", "_self"),
                Modify("//a/@href", target),
                Click("//a"),
                Modify("//a/@target", "_blank"),
                Click("//a"),
            ]
        results = await self.run_all(*actions, Url("^(file|chrome|view-source):"), debug=True)
        self.assertEqual(
            [result.reason for result in results], [*([""] * len(actions)), "url_differs"]
        )


class HeadlessShell(RouteContract, Routes):
    browser = "chromium-headless-shell"
    blind = frozenset({"mapped", "zero"})

    async def test_where_the_operator_allows_the_address_the_same_ways_lead_there(self) -> None:
        await self.walk(SITE, SECRET)
        self.assertLessEqual(self.missing(), self.blind)
        self.assertNotIn(b"a datagram", self.heard)

    def make(self, **options: Any) -> Engine:
        directory = self.folder / "browser"
        return CdpEngine(
            **{"reactor": reactor, "directory": directory, "browser": self.browser} | options
        )

    @pytest.fixture(autouse=True)
    def _folder(self, browsers: Path) -> None:
        self.folder = browsers


class FullChromium(HeadlessShell):
    browser = "chromium"


class LocalChromedriver(RouteContract, Routes):
    def make(self, **options: Any) -> Engine:
        where = {"url": self.driver.url, "capabilities": self.driver.capabilities}
        return WebdriverEngine(**{"reactor": reactor} | where | options)

    @pytest.fixture(autouse=True)
    def _endpoint(self, chromedriver: Chromedriver) -> None:
        self.driver = chromedriver
