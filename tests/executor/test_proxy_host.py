"""The proxy of a pX host: in a process of its own behind the port of a test, and by itself."""

import http.client
import ssl
from base64 import b64encode
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint, connectProtocol
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.internet.testing import StringTransport
from twisted.internet.threads import deferToThread
from twisted.web.server import NOT_DONE_YET, Request, Site

from awt.egress import EgressPolicy
from awt.executor.engines import Engine
from awt.executor.engines.cdp.engine import CdpEngine
from awt.executor.forwarding import Client
from awt.executor.heads import MAX_HEAD
from awt.executor.proxy import FilterPort
from awt.executor.proxy_host import ProxyHost, Users
from awt.executor.upstream import parse
from awt.fetch import trusting
from awt.model.actions import ActionResult, Open, Proxy, Title
from awt.testing.certificate import make_certificate
from awt.testing.ports import free_port
from awt.testing.proxy_node import ProxyNode
from tests.contract.engines import SECONDS, EngineCase
from tests.executor.proxying import HERE, ProxyCase
from tests.executor.proxying import Client as Asking
from tests.executor.sites import Names, Page, reactor

PASSWORD = "for-machines-to-show"
RENEWED = "another-for-machines"
ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
LOCAL = (ip_network("127.0.0.1/32"),)


@pytest.fixture(scope="module")
def process() -> Iterator[ProxyNode]:
    with ProxyNode() as node:
        yield node


@pytest.fixture
def host(process: ProxyNode) -> ProxyNode:
    """Return the proxy, which works, whoever has killed it."""
    return process if process.running else process.start()


class ThroughAnotherHost(ProxyCase):
    """The port of a test, and a real process between it and the sites."""

    @pytest.fixture(autouse=True)
    def _host(self, host: ProxyNode, tmp_path: Path) -> None:
        self.host = host
        self.folder = tmp_path

    async def through(self, address: str = "") -> FilterPort:
        """Return the port of a test that may go anywhere by itself."""
        port = self.port(allow=ANYWHERE)
        await port.through(parse(address or self.host.address, trusted=True))
        return port

    def page(self) -> tuple[Site, list[bool], list[bytes]]:
        """Return a site, whether that host asked for its pages, and the names of headers it got."""
        theirs: list[bool] = []
        names: list[bytes] = []

        def render(request: Request) -> bytes:
            theirs.append(self.host.has_connection(request.getClientAddress().port))
            names.extend(name.lower() for name, _ in request.requestHeaders.getAllRawHeaders())
            return b"the page"

        return Site(Page(render)), theirs, names

    async def test_a_site_is_asked_by_that_host_and_learns_no_password(self) -> None:
        site, theirs, names = self.page()
        at = self.listen(site)
        port = await self.through()
        answer = await self.ask(f"GET http://{at}/page HTTP/1.1\r\n\r\n".encode())
        self.assertTrue(answer.endswith(b"the page"), answer)
        self.assertNotIn(b"Proxy", answer)
        self.assertEqual((theirs, sorted(names)), ([True], [b"connection", b"host"]))
        self.assertEqual(port.problems, [])

    async def test_an_encrypted_site_is_reached_by_a_tunnel_from_that_host(self) -> None:
        pem = str(make_certificate(self.folder / "site.pem"))
        site, theirs, names = self.page()
        at = self.listen(site, tls=DefaultOpenSSLContextFactory(pem, pem))
        number = int(at.rpartition(":")[2])
        await self.through()
        ours, _, port = self.address.partition(":")

        def fetch() -> bytes:
            trust = ssl.create_default_context(cafile=pem)
            client = http.client.HTTPSConnection(ours, int(port), timeout=20, context=trust)
            client.set_tunnel("127.0.0.1", number)
            client.request("GET", "/")
            body = client.getresponse().read()
            client.close()
            return body

        self.assertEqual(await deferToThread(fetch), b"the page")
        self.assertEqual(theirs, [True])
        self.assertFalse([name for name in names if name.startswith(b"proxy")])

    async def test_a_wrong_password_is_refused_and_the_test_is_told(self) -> None:
        site, theirs, _ = self.page()
        at = self.listen(site)
        for address in (
            self.host.address.replace("-machines", "-people"),
            self.host.address.replace("c1-1", "c1-2"),
            f"http://127.0.0.1:{self.host.proxy_port}",
        ):
            port = await self.through(address)
            for request in (f"GET http://{at}/", f"CONNECT {at}"):
                answer = await self.ask(f"{request} HTTP/1.1\r\n\r\n".encode())
                self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)
                self.assertNotIn(b"Proxy-Auth", answer)
            self.assertEqual([each.reason for each in port.problems], ["proxy"] * 2)
            self.assertIn("407 Proxy Authentication Required", port.problems[0].detail)
        self.assertEqual(theirs, [])
        self.assertNotIn("people", self.host.log)

    async def test_the_network_of_that_host_is_as_closed_as_ours(self) -> None:
        port = await self.through()
        for place in (
            "127.0.0.2:80",
            "10.0.0.1:80",
            "169.254.169.254:80",
            "[::1]:80",
            "[::ffff:10.0.0.1]:80",
            "[64:ff9b::10.0.0.1]:80",
            "[fe80::1]:80",
            "2130706434:80",
            "0177.0.0.2:80",
        ):
            port.renew()
            for request in (f"GET http://{place}/", f"CONNECT {place}"):
                answer = await self.ask(f"{request} HTTP/1.1\r\n\r\n".encode())
                self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)
            self.assertEqual([each.reason for each in port.problems], ["refused_address"] * 2)

    async def test_what_that_host_could_not_do_is_told_as_if_it_was_here(self) -> None:
        port = await self.through()
        silent = self.site(b"")
        gone = f"127.0.0.1:{free_port()}"
        for request, reason in (
            (f"GET http://{gone}/", "connect"),
            (f"CONNECT {gone}", "connect"),
            ("CONNECT 127.0.0.1:25", "connect"),
            ("CONNECT nowhere.invalid:443", "dns"),
            (f"GET http://{silent}/", "bad_response"),
        ):
            port.renew()
            await self.ask(f"{request} HTTP/1.1\r\n\r\n".encode())
            self.assertEqual([each.reason for each in port.problems], [reason], request)


class ABrowserThroughAnotherHost(EngineCase):
    """A test in a real browser, by a real proxy."""

    def make(self, **options: Any) -> Engine:
        return CdpEngine(reactor=reactor, directory=self.folder / "browser", **options)

    @pytest.fixture(autouse=True)
    def _host(self, host: ProxyNode, browsers: Path) -> None:
        self.host = host
        self.folder = browsers

    async def test_a_proxy_that_is_killed_in_mid_test_fails_it_with_its_name(self) -> None:
        theirs: list[bool] = []

        def render(request: Request) -> bytes:
            theirs.append(self.host.has_connection(request.getClientAddress().port))
            return b"<title>here</title>"

        listening = reactor.listenTCP(0, Site(Page(render)), interface=HERE)
        self.addCleanup(listening.stopListening)
        url = f"http://{HERE}:{listening.getHost().port}"

        def strike(result: ActionResult) -> None:
            told.append(result)
            if len(told) == 4:
                self.host.kill()

        told: list[ActionResult] = []
        engine = self.started(proxies={"us": self.host.address})
        results = await engine.run(
            [
                Open(f"{url}/straight"),
                Proxy("us"),
                Open(f"{url}/through"),
                Title("here"),
                Open(f"{url}/killed"),
                Title("here"),
            ],
            action_seconds=SECONDS,
            on_result=strike,
        )
        states = [result.status for result in results]
        self.assertEqual(states, ["succeeded"] * 4 + ["failed", "skipped"], results)
        self.assertEqual(results[4].reason, "proxy")
        self.assertIn(f"127.0.0.1:{self.host.proxy_port}", results[4].detail)
        self.assertNotIn(PASSWORD, str(results))
        self.assertFalse(theirs[0])
        self.assertTrue(theirs[-1])


class TheProxyItself(ProxyCase):
    """One in this process, asked by whoever likes."""

    async def proxy(self, **options: Any) -> ProxyHost:
        given: dict[str, Any] = {
            "listen": f"tcp:0:interface={HERE}",
            "users": Users([("c1-1", PASSWORD), ("c1-1", RENEWED)]),
            "policy": EgressPolicy(allow_private_addresses=LOCAL),
            "most": 100,
            "seconds": 60.0,
        }
        part = ProxyHost(reactor=reactor, **given | options)
        await part.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(part.stop()))
        self.address = f"{HERE}:{part.port.getHost().port}"
        return part

    def asked(self, line: str, credentials: str = f"c1-1:{PASSWORD}") -> bytes:
        told = b64encode(credentials.encode()).decode()
        return f"{line} HTTP/1.1\r\nProxy-Authorization: Basic {told}\r\n\r\n".encode()

    async def test_strangers_are_told_to_introduce_themselves(self) -> None:
        at = self.site(b"HTTP/1.1 200 OK\r\n\r\n")
        await self.proxy()
        line = f"GET http://{at}/"
        for request in (
            f"{line} HTTP/1.1\r\n\r\n".encode(),
            self.asked(line, "c1-1:"),
            self.asked(line, f":{PASSWORD}"),
            self.asked(line, f"c1-2:{PASSWORD}"),
            self.asked(line).replace(b"Basic", b"Bearer"),
            self.asked(line).replace(b"Basic ", b"Basic !"),
            self.asked(line)[:-2] + self.asked(line).partition(b"\r\n")[2],
        ):
            answer = await self.ask(request)
            self.assertTrue(answer.startswith(b"HTTP/1.1 407 "), (request, answer))
            self.assertIn(b'\r\nProxy-Authenticate: Basic realm="awt"\r\n', answer)
        self.assertEqual(self.heard, [])

    async def test_whose_password_is_right_is_let_in(self) -> None:
        at = self.site(b"HTTP/1.1 200 OK\r\n\r\nhello")
        await self.proxy()
        for password in (PASSWORD, RENEWED):
            self.heard.clear()
            answer = await self.ask(self.asked(f"GET http://{at}/", f"c1-1:{password}"))
            self.assertEqual(answer, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")

    async def test_a_name_that_means_another_address_the_second_time_is_judged_then(self) -> None:
        at = self.site(b"HTTP/1.1 200 OK\r\n\r\nhello")
        names = Names({"rebinding.example": ()})
        names.turns["rebinding.example"] = [["127.0.0.1"], ["127.0.0.2"]]
        await self.proxy(resolver=names)
        line = f"GET http://rebinding.example:{at.rpartition(':')[2]}/"
        self.assertTrue((await self.ask(self.asked(line))).endswith(b"hello"))
        answer = await self.ask(self.asked(line))
        self.assertIn(b'error=destination_ip_prohibited; details="127.0.0.2"', answer)

    async def test_who_does_not_say_what_he_wants_is_sent_away(self) -> None:
        await self.proxy(head_seconds=0.05)
        silent = await self.connected()
        slow = await self.connected()
        slow.transport.write(b"GET http://a.example/ HTTP/1.1\r\nX: ")
        self.assertEqual((await silent.ended, await slow.ended), (b"", b""))

    async def test_a_head_without_an_end_is_refused(self) -> None:
        await self.proxy()
        answer = await self.ask(b"GET http://a.example/ HTTP/1.1\r\nX: " + b"x" * MAX_HEAD)
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)

    async def test_no_connection_lasts_longer_than_a_test(self) -> None:
        await self.proxy(seconds=0.05)
        answer = await self.ask(self.asked(f"CONNECT {self.listen_still()}"))
        # Where the machine is busy, the time is over before the tunnel is there.
        self.assertIn(answer, {b"", b"HTTP/1.1 200 Connection established\r\n\r\n"})

    async def test_no_more_connections_are_taken_than_there_may_be(self) -> None:
        await self.proxy(most=1)
        first = await self.connected()
        first.transport.write(self.asked(f"CONNECT {self.listen_still()}"))
        self.assertEqual(await (await self.connected()).ended, b"")
        first.transport.loseConnection()
        await first.ended

    async def test_strangers_do_not_keep_others_out(self) -> None:
        at = self.listen_still()
        await self.proxy(strangers=1)
        known = await self.connected()
        known.transport.write(self.asked(f"CONNECT {at}"))
        self.assertTrue(await self.established(known))
        stranger = await self.connected()
        self.assertEqual(await (await self.connected()).ended, b"")
        stranger.transport.abortConnection()
        await stranger.ended

    async def test_strangers_are_counted_by_their_network_and_have_half_of_the_room(self) -> None:
        part = await self.proxy(most=8, strangers=2)

        def let_in(place: str) -> bool:
            client = Client(part)
            client.transport = StringTransport(peerAddress=IPv6Address("TCP", place, 1))
            return part.opened(client)

        places = ("2001:db8::1", "2001:db8:0:ff::1", "2001:db8:0:1::1", "2001:db8:1::1")
        self.assertEqual([let_in(place) for place in places], [True, True, False, True])
        self.assertEqual([let_in(f"2001:db8:{n}::1") for n in (2, 3)], [True, False])
        for client in tuple(part.clients):
            part.closed(client)
        self.assertTrue(let_in("2001:db8::1"))
        part.clients.clear()

    async def test_who_comes_by_a_unix_socket_is_forgotten_when_he_goes(self) -> None:
        at = self.site(b"HTTP/1.1 200 OK\r\n\r\nhello")
        name = str(self.folder / "s")
        part = ProxyHost(
            reactor=reactor,
            listen=f"unix:{name}",
            users=Users([("c1-1", PASSWORD)]),
            policy=EgressPolicy(allow_private_addresses=LOCAL),
            most=100,
            seconds=60.0,
            strangers=1,
        )
        await part.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(part.stop()))
        for _ in range(2):
            self.heard.clear()
            client = Asking()
            await connectProtocol(UNIXClientEndpoint(reactor, name), client)
            client.transport.write(self.asked(f"GET http://{at}/"))
            self.assertTrue((await client.ended).endswith(b"hello"))

    async def established(self, client: Any) -> bool:
        """Return when a tunnel is there."""
        while b"\r\n\r\n" not in client.received:
            moment: Deferred[None] = Deferred()
            reactor.callLater(0.005, moment.callback, None)
            await moment
        return b"200" in client.received

    async def test_one_connection_cannot_bring_more_than_a_test_may_receive(self) -> None:
        at = self.site(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000)
        part = await self.proxy()
        part.max_bytes = 100_000
        self.assertLess(len(await self.ask(self.asked(f"GET http://{at}/"))), 200_000)
        self.heard.clear()  # in a tunnel there may be many answers, and the node counts
        answer = await self.ask(self.asked(f"CONNECT {at}") + b"hello")
        self.assertTrue(len(answer) > 300_000)

    async def test_the_way_to_it_may_be_encrypted(self) -> None:
        pem = make_certificate(self.folder / "proxy.pem")
        part = await self.proxy(listen=f"ssl:0:privateKey={pem}:certKey={pem}:interface={HERE}")
        at = self.site(b"HTTP/1.1 200 OK\r\n\r\nhello")
        named = f"https://c1-1:{PASSWORD}@localhost:{part.port.getHost().port}"
        port = self.port(tls=trusting(str(pem)))
        await port.through(parse(named, trusted=True))
        answer = await self.ask(f"GET http://{at}/ HTTP/1.1\r\n\r\n".encode())
        self.assertTrue(answer.endswith(b"hello"), (answer, port.problems))
        # Of a certificate that nobody vouches for nothing is believed, and nothing told to it.
        port = self.port()
        await port.through(parse(named, trusted=True))
        self.heard.clear()
        answer = await self.ask(f"GET http://{at}/ HTTP/1.1\r\n\r\n".encode())
        self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)
        [problem] = port.problems
        self.assertEqual((problem.reason, self.heard), ("proxy", []))
        self.assertIn("certificate", problem.detail)
        self.flushWarnings()  # the endpoint of Twisted hands pyOpenSSL objects of an old kind

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    async def test_stopping_closes_what_is_open(self) -> None:
        part = await self.proxy()
        client = await self.connected()
        client.transport.write(self.asked(f"CONNECT {self.listen_still()}"))
        await self.established(client)
        await part.stop()
        await client.ended

    async def test_a_page_that_waits_for_its_site_goes_on_when_that_answers(self) -> None:
        waiting: Deferred[Request] = Deferred()

        def render(request: Request) -> int:
            waiting.callback(request)
            return NOT_DONE_YET

        at = self.listen(Site(Page(render)))
        await self.proxy()
        client = await self.connected()
        client.transport.write(self.asked(f"GET http://{at}/"))
        request = await waiting
        request.write(b"late")
        request.finish()
        self.assertIn(b"late", await client.ended)
