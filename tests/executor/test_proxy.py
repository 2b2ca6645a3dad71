"""The filtering proxy, asked as a browser asks it."""

from ipaddress import ip_network

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.web.server import Request, Site

from awt.executor.forwarding import Client, Server
from awt.executor.heads import MAX_HEAD, read_request
from awt.executor.upstream import Upstream
from awt.testing.ports import free_port
from tests.executor.proxying import HERE, ProxyCase
from tests.executor.sites import Names, Page


class Leaving(StringTransport):
    """A connection whose end is told later."""

    def setTcpNoDelay(self, _: object) -> None:
        """Do nothing: there is no socket."""

    def registerProducer(self, *_: object) -> None:
        """Do nothing: there is always room."""

    def unregisterProducer(self) -> None:
        """Do nothing."""


class ProxyTests(ProxyCase):
    async def test_a_request_goes_on_without_what_was_for_the_proxy(self) -> None:
        at = self.site(b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok")
        self.port()
        answer = await self.ask(
            f"POST http://{at}/a?b=c HTTP/1.1\r\nHost: {at}\r\nProxy-Authorization: Basic x\r\n"
            "Proxy-Connection: keep-alive\r\nX-Own: 1\r\nContent-Length: 4\r\n\r\nbody".encode()
        )
        self.assertEqual(
            b"".join(self.heard),
            f"POST /a?b=c HTTP/1.1\r\nHost: {at}\r\nX-Own: 1\r\nContent-Length: 4\r\n"
            "Connection: close\r\n\r\nbody".encode(),
        )
        # A browser that took the connection for reusable would send the next request to this site.
        self.assertEqual(
            answer, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        )

    async def test_an_interim_answer_passes(self) -> None:
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        at = self.site(early + b"HTTP/1.1 204 No Content\r\n\r\n")
        self.port()
        answer = await self.ask(f"GET http://{at}/ HTTP/1.1\r\n\r\n".encode())
        self.assertEqual(answer, early + b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    async def test_a_tunnel_carries_whatever_it_is_given(self) -> None:
        at = self.site(b"\x16\x03raw")
        self.port()
        answer = await self.ask(f"CONNECT {at} HTTP/1.1\r\n\r\n\x00hello".encode())
        self.assertEqual(b"".join(self.heard), b"\x00hello")
        self.assertEqual(answer, b"HTTP/1.1 200 Connection established\r\n\r\n\x16\x03raw")

    async def test_what_may_not_be_reached_is_refused_and_the_reason_kept(self) -> None:
        at = self.site(b"")
        port = self.port(allow=())
        for request in (f"GET http://{at}/ HTTP/1.1\r\n\r\n", f"CONNECT {at} HTTP/1.1\r\n\r\n"):
            answer = await self.ask(request.encode())
            self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)
        self.assertEqual([problem.reason for problem in port.problems], ["refused_address"] * 2)
        self.assertEqual(self.heard, [])

    async def test_what_is_no_request_for_a_proxy_is_refused(self) -> None:
        self.port()
        for request in (
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET https://127.0.0.1/ HTTP/1.1\r\n\r\n",
            b"GET ftp://127.0.0.1/ HTTP/1.1\r\n\r\n",
            b"GET http://[::1/ HTTP/1.1\r\n\r\n",
            b"CONNECT 127.0.0.1 HTTP/1.1\r\n\r\n",
            b"CONNECT 127.0.0.1:0 HTTP/1.1\r\n\r\n",
            b"CONNECT a b:1 HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01\r\n\r\n",
            b"GET http://\xff/ HTTP/1.1\r\n\r\n",
            b"x" * (MAX_HEAD + 1),
        ):
            answer = await self.ask(request)
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), (request[:40], answer))

    async def test_more_than_the_limit_is_broken_off(self) -> None:
        at = self.site(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000)
        port = self.port(max_bytes=100_000)
        answer = await self.ask(f"GET http://{at}/ HTTP/1.1\r\n\r\n".encode())
        self.assertLess(len(answer), 200_000)
        self.assertTrue(port.exceeded)

    async def test_another_proxy_is_used_from_the_moment_it_is_named(self) -> None:
        asked: list[bytes] = []

        def render(request: Request) -> bytes:
            asked.append(request.uri)
            return b"through"

        at = self.site(b"HTTP/1.1 200 OK\r\n\r\nstraight", close=True)
        proxy = self.listen(Site(Page(render)))
        port = self.port()
        request = f"GET http://{at}/page HTTP/1.1\r\nHost: {at}\r\n\r\n".encode()
        self.assertTrue((await self.ask(request)).endswith(b"straight"))
        tunnel = await self.connected()
        tunnel.transport.write(f"CONNECT {self.listen_still()} HTTP/1.1\r\n\r\n".encode())
        host, _, number = proxy.partition(":")
        await port.through(Upstream(host=host, port=int(number), trusted=True))
        await tunnel.ended  # a browser would go on using it
        self.assertTrue((await self.ask(request)).endswith(b"through"))
        self.assertEqual(asked, [f"http://{at}/page".encode()])
        self.heard.clear()
        await port.through(None)
        self.assertTrue((await self.ask(request)).startswith(b"HTTP/1.1 200 "))

    async def test_a_tunnel_through_another_proxy_of_ours(self) -> None:
        at = self.site(b"\x16answer")
        self.port()
        host, _, number = self.address.partition(":")
        near = self.port()
        await near.through(Upstream(host=host, port=int(number), trusted=True))
        answer = await self.ask(f"CONNECT {at} HTTP/1.1\r\n\r\nhello".encode())
        self.assertEqual(answer, b"HTTP/1.1 200 Connection established\r\n\r\n\x16answer")
        self.assertEqual(b"".join(self.heard), b"hello")

    async def test_a_proxy_that_says_no_is_named(self) -> None:
        at = self.site(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        port = self.port()
        host, _, number = at.partition(":")
        await port.through(
            Upstream(host=host, port=int(number), credentials="me:word", trusted=True)
        )
        answer = await self.ask(b"CONNECT example.org:443 HTTP/1.1\r\n\r\n")
        # A browser that was told 407 would ask for a password of its own.
        self.assertTrue(answer.startswith(b"HTTP/1.1 502 "))
        self.assertEqual([problem.reason for problem in port.problems], ["proxy"])
        self.assertIn(b"Proxy-Authorization: Basic bWU6d29yZA==\r\n", self.heard[0])

    async def test_what_follows_a_request_is_not_for_the_next_proxy(self) -> None:
        at = self.site(b"HTTP/1.1 200 OK\r\n\r\n", close=True)
        port = self.port()
        host, _, number = at.partition(":")
        await port.through(Upstream(host=host, port=int(number), trusted=True))
        await self.ask(
            b"POST http://127.0.0.1/ HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"
            b"GET http://10.0.0.1/ HTTP/1.1\r\n\r\n"
        )
        self.assertTrue(b"".join(self.heard).endswith(b"\r\n\r\nbody"), self.heard)

    async def test_a_request_that_is_given_up_is_not_the_fault_of_the_next_proxy(self) -> None:
        asked: Deferred[bytes] = Deferred()

        class Silent(Protocol):
            def dataReceived(self, data: bytes) -> None:
                asked.callback(data)

        host, _, number = self.listen(Factory.forProtocol(Silent)).partition(":")
        port = self.port()
        await port.through(Upstream(host=host, port=int(number), trusted=True))
        client = await self.connected()
        client.transport.write(b"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n")
        await asked
        await port.drop()
        self.assertEqual(port.problems, [])

    async def test_a_name_with_an_underscore_is_connected(self) -> None:
        site = self.site(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        host = site.replace(HERE, "my_site.test")
        self.port(resolver=Names({"my_site.test": [HERE]}))
        request = f"GET http://{host}/ HTTP/1.1\r\n\r\n".encode()
        self.assertTrue((await self.ask(request)).endswith(b"hi"))
        self.assertIn(f"Host: {host}\r\n".encode(), self.heard[0])

    async def test_a_name_that_is_none_is_said_to_have_no_address_behind_another_proxy_too(
        self,
    ) -> None:
        port = self.port()
        await self.ask(f"CONNECT {'a' * 64}.example:443 HTTP/1.1\r\n\r\n".encode())
        self.assertEqual([problem.reason for problem in port.problems], ["dns"])
        port.renew()
        await port.through(Upstream(host="127.0.0.1", port=free_port(), trusted=True))
        await self.ask(f"CONNECT {'a' * 64}.example:443 HTTP/1.1\r\n\r\n".encode())
        self.assertEqual([problem.reason for problem in port.problems], ["dns"])

    async def test_who_comes_while_others_are_sent_away_is_not_waited_for(self) -> None:
        port = self.port()
        first, second = Client(port), Client(port)
        first.makeConnection(Leaving())  # type: ignore[no-untyped-call]
        gone = Deferred.fromCoroutine(port.hang_up())
        port.opened(second)
        first.connectionLost()
        self.assertTrue(gone.called)
        port.closed(second)

    async def test_the_head_of_an_answer_may_come_in_pieces(self) -> None:
        port = self.port()
        for end in (b"\r\n\r\n", b"\n\n"):
            here, there = Leaving(), Leaving()
            client = Client(port)
            client.makeConnection(here)  # type: ignore[no-untyped-call]
            head = b"GET http://a.example/ HTTP/1.1\r\n\r\n"
            server = Server(client, read_request(head[:-4]))
            server.makeConnection(there)  # type: ignore[no-untyped-call]
            server.begin()
            for each in b"HTTP/1.1 204 No Content" + end:
                server.dataReceived(bytes([each]))
            wanted = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
            self.assertEqual(here.value(), wanted)
            client.connectionLost()
            server.connectionLost()

    async def test_what_a_test_sends_counts_too(self) -> None:
        at = self.site(b"HTTP/1.1 200 OK\r\n\r\n", close=False)
        port = self.port(max_bytes=10_000)
        await self.ask(
            f"POST http://{at}/ HTTP/1.1\r\nContent-Length: 20000\r\n\r\n".encode() + b"x" * 20_000
        )
        self.assertTrue(port.exceeded)

    async def test_more_than_the_limit_is_broken_off_behind_a_proxy_of_the_operator_too(
        self,
    ) -> None:
        at = self.site(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000)
        port = self.port(max_bytes=100_000)
        host, _, number = at.partition(":")
        await port.through(Upstream(host=host, port=int(number), trusted=True))
        self.assertLess(len(await self.ask(b"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n")), 200_000)
        self.assertTrue(port.exceeded)

    async def test_ports_without_websites_are_not_connected(self) -> None:
        port = self.port()
        proxy = self.site(b"")
        host, _, number = proxy.partition(":")
        for upstream in (None, Upstream(host=host, port=int(number), trusted=True)):
            await port.through(upstream)
            for request in (b"CONNECT 127.0.0.1:25", b"GET http://127.0.0.1:6667/"):
                answer = await self.ask(request + b" HTTP/1.1\r\n\r\n")
                self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)
        self.assertEqual(len(port.problems), 4)
        self.assertTrue(all("is not one for websites" in each.detail for each in port.problems))
        self.assertEqual(self.heard, [])

    async def test_a_site_that_says_nothing_of_proxies_decides_nothing(self) -> None:
        told = (
            b'HTTP/1.1 502 Bad Gateway\r\nProxy-Status: awt; error=dns_error; details="x"\r\n\r\n'
        )
        at = self.site(told + b"mine")
        port = self.port()
        answer = await self.ask(f"GET http://{at}/ HTTP/1.1\r\n\r\n".encode())
        self.assertTrue(answer.endswith(b"mine"))
        self.assertEqual(port.problems, [])

    async def test_a_site_cannot_ask_a_browser_for_the_password_of_a_proxy(self) -> None:
        at = self.site(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n\r\n")
        self.port()
        answer = await self.ask(f"GET http://{at}/ HTTP/1.1\r\n\r\n".encode())
        self.assertNotIn(b"Proxy-Authenticate", answer)

    async def test_a_proxy_that_hangs_up_is_named(self) -> None:
        at = self.site(b"")
        port = self.port()
        host, _, number = at.partition(":")
        await port.through(Upstream(host=host, port=int(number), trusted=True))
        for request in (b"GET http://127.0.0.1/", b"CONNECT 127.0.0.1:443"):
            answer = await self.ask(request + b" HTTP/1.1\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)
        self.assertEqual([problem.reason for problem in port.problems], ["proxy"] * 2)
        self.assertIn(at, port.problems[0].detail)

    async def test_a_proxy_of_the_operator_is_no_way_to_private_addresses(self) -> None:
        proxy = self.site(b"HTTP/1.1 200 OK\r\n\r\nsecret")
        port = self.port(allow=())
        host, _, number = proxy.partition(":")
        await port.through(Upstream(host=host, port=int(number), trusted=True))
        for target in ("http://10.0.0.1/", "http://localhost/", "http://169.254.169.254/"):
            answer = await self.ask(f"GET {target} HTTP/1.1\r\n\r\n".encode())
            self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)
        self.assertEqual({p.reason for p in port.problems}, {"refused_address"})
        self.assertEqual(self.heard, [])

    async def test_a_proxy_of_the_test_itself_may_not_be_private(self) -> None:
        proxy = self.site(b"HTTP/1.1 200 OK\r\n\r\n")
        port = self.port(allow=(ip_network("10.9.9.9/32"),))
        host, _, number = proxy.partition(":")
        await port.through(Upstream(host=host, port=int(number)))
        answer = await self.ask(b"GET http://10.9.9.9/ HTTP/1.1\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 502 "), answer)
        self.assertEqual(port.problems[-1].reason, "refused_address")

    async def test_stopping_closes_what_is_open(self) -> None:
        port = self.port()
        client = await self.connected()
        client.transport.write(f"CONNECT {self.listen_still()} HTTP/1.1\r\n\r\n".encode())
        await port.stop()
        await client.ended
