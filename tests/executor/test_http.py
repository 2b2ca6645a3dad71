"""The engine without a browser, against good and evil sites."""

import datetime as dt
import gzip
import os
import socket
import tracemalloc
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from twisted.internet import ssl
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.internet.task import LoopingCall
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.web.server import NOT_DONE_YET, Request, Site

from awt.executor.engines import Engine
from awt.executor.engines.http import MAX_HEADERS
from awt.model.actions import ActionResult, Click, Open, Text, check_actions
from tests.executor.sites import EngineTestCase, Names, Page, reactor

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def html(body: str) -> Any:
    """Return a page that is always the same."""

    def render(request: Request) -> bytes:
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        return body.encode()

    return render


def redirect(target: str, code: int = 302) -> Any:
    """Return a page that leads to another."""

    def render(request: Request) -> bytes:
        request.setResponseCode(code)
        request.setHeader("Location", target)
        return b"elsewhere"

    return render


class OpenTests(EngineTestCase):
    async def test_a_page_opens_and_its_title_is_told(self) -> None:
        site = self.site(html("<title>My shop</title><p>Hello"))
        result = await self.open(site)
        self.assertEqual(result.status, "succeeded")
        self.assertEqual(
            result.data,
            {"status": 200, "url": f"{site}/", "title": "My shop", "bytes": 30, "redirects": 0},
        )

    async def test_the_engine_is_an_engine(self) -> None:
        engine: Engine = self.engine()
        self.assertEqual(await engine.run([], action_seconds=1), [])

    async def test_the_request_says_who_asks_for_what(self) -> None:
        seen: list[Request] = []

        def render(request: Request) -> bytes:
            seen.append(request)
            return b""

        site = self.site(render)
        await self.open(f"{site}/path?q=1#part", user_agent="tester/1")
        self.assertEqual(seen[0].getHeader("User-Agent"), "tester/1")
        self.assertEqual(seen[0].getHeader("Host"), site.removeprefix("http://"))
        self.assertEqual(seen[0].uri, b"/path?q=1")

    async def test_a_status_of_400_and_above_fails(self) -> None:
        def render(request: Request) -> bytes:
            request.setResponseCode(503)
            return b"<title>Sorry</title>"

        result = await self.open(self.site(render))
        self.assertEqual((result.status, result.reason), ("failed", "http_status"))
        self.assertEqual(result.detail, "503 Service Unavailable")
        self.assertEqual(result.data["status"], 503)

    async def test_what_is_no_address_of_a_page_fails(self) -> None:
        for url, code in [("file:///etc/passwd", "scheme"), ("http://a b/", "characters")]:
            result = await self.open(url)
            self.assertEqual((result.reason, result.detail), ("bad_url", code))

    async def test_a_hostile_title_is_harmless(self) -> None:
        result = await self.open(
            self.site(html(f"<title>a\x1b[2J\u202e\u2066b\x00{'c' * 999}</title>"))
        )
        title = str(result.data["title"])
        self.assertTrue(title.isprintable())
        self.assertLessEqual(len(title), 200)

    async def test_a_garbled_charset_is_tolerated(self) -> None:
        result = await self.open(
            self.wire(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=\xff\xfe\r\n"
                b"Content-Length: 21\r\n\r\n<title>\xc3\x28\xff</title>ab\xf0"
            )
        )
        self.assertEqual(result.status, "succeeded")

    async def test_gzip_is_decompressed(self) -> None:
        def render(request: Request) -> bytes:
            request.setHeader("Content-Encoding", "gzip")
            request.setHeader("Content-Type", "text/html")
            return gzip.compress(b"<title>small</title>")

        self.assertEqual((await self.open(self.site(render))).data["title"], "small")

    async def test_a_body_without_a_length_ends_with_its_connection(self) -> None:
        result = await self.open(self.wire(OK + b"\r\n<title>old", b" style</title>"))
        self.assertEqual(result.data["title"], "old style")

    async def test_a_page_on_ipv6_loopback_opens_when_it_is_allowed(self) -> None:
        site = self.site(html("<title>six</title>"), interface="::1")
        self.assertEqual((await self.open(site)).data["title"], "six")
        self.assertEqual((await self.open(site, allow=())).reason, "refused_address")

    async def test_the_time_it_took_is_told(self) -> None:
        def render(request: Request) -> int:
            reactor.callLater(0.05, request.finish)
            return NOT_DONE_YET

        result = await self.open(self.site(render))
        self.assertGreaterEqual(result.ms, 50)
        self.assertLess(result.ms, 5000)


class TextTests(EngineTestCase):
    async def test_a_visible_text_is_found_whatever_the_spaces(self) -> None:
        site = self.site(html("<p>All \n is&nbsp;<b>we</b>ll</p><p>Bye"))
        result = await self.open(site, text="All is   well Bye")
        self.assertEqual((result.status, result.data), ("succeeded", {"text_found": 1}))

    async def test_a_text_in_another_case_is_missing(self) -> None:
        result = await self.open(self.site(html("<p>All is well")), text="all is well")
        self.assertEqual((result.status, result.reason), ("failed", "text_missing"))
        self.assertEqual(result.data, {"text_found": 0})

    async def test_a_text_in_a_script_is_missing(self) -> None:
        site = self.site(html("<script>var a = 'well'</script><style>well{}</style>"))
        self.assertEqual((await self.open(site, text="well")).reason, "text_missing")

    async def test_an_image_has_no_text(self) -> None:
        def render(request: Request) -> bytes:
            request.setHeader("Content-Type", "image/png")
            return b"\x89PNG"

        self.assertEqual((await self.open(self.site(render), text="PNG")).reason, "not_html")

    async def test_without_a_page_there_is_no_text(self) -> None:
        (result,) = await self.engine().run([Text(data="x")], action_seconds=1)
        self.assertEqual((result.status, result.reason), ("failed", "no_page"))


class RunTests(EngineTestCase):
    async def test_after_a_failure_the_rest_is_skipped_and_all_are_heard_in_order(self) -> None:
        heard: list[ActionResult] = []
        actions = [
            *check_actions(self.site(html("<p>Hello")), "Goodbye"),
            Open("http://127.0.0.1/"),
        ]
        results = await self.engine().run(actions, action_seconds=5, on_result=heard.append)
        self.assertEqual(
            [(result.status, result.reason) for result in results],
            [("succeeded", ""), ("failed", "text_missing"), ("skipped", "")],
        )
        self.assertEqual(heard, results)

    async def test_what_needs_a_browser_is_not_supported(self) -> None:
        actions = [Click("//a")]
        (result,) = await self.engine().run(actions, action_seconds=1)
        self.assertEqual(
            (result.status, result.reason, result.detail), ("failed", "unsupported", "click")
        )

    async def test_cookies_live_as_long_as_one_run(self) -> None:
        seen: list[str | None] = []

        def render(request: Request) -> bytes:
            seen.append(request.getHeader("Cookie"))
            request.addCookie("visit", "1")
            request.responseHeaders.addRawHeader(b"Set-Cookie", b"bad\xff=\x01\xfe; Path=/")
            return b""

        open_it = Open(self.site(render))
        engine = self.engine()
        for _ in range(2):
            await engine.run([open_it, open_it], action_seconds=5)
        self.assertEqual(seen, [None, "visit=1", None, "visit=1"])

    async def test_runs_may_overlap(self) -> None:
        waiting: list[Request] = []

        def render(request: Request) -> int:
            waiting.append(request)
            if len(waiting) == 2:
                for each in waiting:
                    each.finish()
            return NOT_DONE_YET

        actions = check_actions(self.site(render))
        engine = self.engine()
        runs = [Deferred.fromCoroutine(engine.run(actions, action_seconds=5)) for _ in range(2)]
        for run in runs:
            self.assertEqual((await run)[0].status, "succeeded")

    async def test_a_cancelled_run_closes_its_connection(self) -> None:
        url, connections = self.raw(lambda _transport: None)
        run = Deferred.fromCoroutine(self.engine().run(check_actions(url), action_seconds=60))
        await connections.first()
        run.cancel()
        with self.assertRaises(CancelledError):
            await run
        await connections.empty()

    async def test_a_run_that_is_cancelled_while_its_name_is_resolved_is_cancelled(self) -> None:
        engine = self.engine(resolver=Names({"slow.test": None}))
        run = Deferred.fromCoroutine(engine.run(check_actions("slow.test"), action_seconds=60))
        run.cancel()
        with self.assertRaises(CancelledError):
            await run

    async def test_a_closed_engine_has_cancelled_its_runs_and_takes_no_more(self) -> None:
        url, connections = self.raw(lambda transport: transport.write(OK + b"\r\n<p>"))
        engine = self.engine()
        run = Deferred.fromCoroutine(engine.run(check_actions(url), action_seconds=60))
        await connections.first()
        await engine.close()
        with self.assertRaises(CancelledError):
            await run
        await connections.empty()
        with self.assertRaises(RuntimeError):
            await engine.run(check_actions(url), action_seconds=1)
        await engine.close()


class RefusedTests(EngineTestCase):
    def assert_refused(self, result: ActionResult) -> None:
        self.assertEqual((result.status, result.reason), ("failed", "refused_address"))
        self.assertEqual(result.data["key"], "test.allow_private_addresses")

    async def test_no_spelling_of_loopback_is_opened_unless_it_is_allowed(self) -> None:
        port, connections = self.serve(Site(Page(html("secret"))))
        for host in (
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "localhost",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::127.0.0.1]",
        ):
            result = await self.open(f"http://{host}:{port}/", allow=())
            self.assertEqual((host, result.reason), (host, "refused_address"))
            self.assert_refused(result)
        self.assertEqual(connections.seen, 0)

    async def test_a_redirect_does_not_lead_to_a_refused_address(self) -> None:
        port, connections = self.serve(Site(Page(html("secret"))))
        target = f"http://127.0.0.1:{port}/"
        site = self.site(redirect(target), interface="127.0.0.2")
        result = await self.open(site, allow=[ip_network("127.0.0.2/32")])
        self.assert_refused(result)
        self.assertEqual((result.detail, result.data["url"]), ("127.0.0.1", target))
        self.assertEqual(connections.seen, 0)

    async def test_a_name_that_moves_to_a_refused_address_is_not_followed(self) -> None:
        port, connections = self.serve(Site(Page(html("secret"))))
        self.site(redirect("/again"), interface="127.0.0.2", port=port)
        names = Names({"moving.test": ["127.0.0.1"]})
        names.turns["moving.test"] = [["127.0.0.2"]]
        result = await self.open(
            f"moving.test:{port}", allow=[ip_network("127.0.0.2/32")], resolver=names
        )
        self.assert_refused(result)
        self.assertEqual(connections.seen, 0)

    async def test_a_name_is_resolved_once_for_a_connection(self) -> None:
        site = self.site(html("<title>x</title>"))
        names = Names({"site.test": ["127.0.0.1"]})
        result = await self.open(site.replace("127.0.0.1", "site.test"), resolver=names)
        self.assertEqual(result.status, "succeeded")
        self.assertEqual(names.asked, ["site.test"])

    async def test_of_several_addresses_only_the_good_ones_are_connected(self) -> None:
        port, connections = self.serve(Site(Page(html("secret"))))
        self.site(html("<title>good</title>"), interface="127.0.0.2", port=port)
        names = Names({"both.test": ["127.0.0.1", "::1", "127.0.0.2"]})
        result = await self.open(
            f"both.test:{port}", allow=[ip_network("127.0.0.2/32")], resolver=names
        )
        self.assertEqual(result.data["title"], "good")
        self.assertEqual(connections.seen, 0)

    async def test_a_link_local_address_with_its_zone_is_refused(self) -> None:
        names = Names({"zone.test": ["fe80::1%lo"]})
        self.assert_refused(await self.open("zone.test", resolver=names))

    async def test_the_nodes_own_address_is_refused(self) -> None:
        names = Names({"own.test": ["1.1.1.1"]})
        addresses = list(ip_network("1.1.1.1/32"))
        self.assert_refused(
            await self.open("own.test", resolver=names, own_addresses=lambda: addresses)
        )


class RedirectTests(EngineTestCase):
    async def test_redirects_are_followed_and_counted(self) -> None:
        def render(request: Request) -> bytes:
            if request.path == b"/3":
                return b"<title>there</title>"
            target, code = {b"/": ("1", 301), b"/1": ("/2", 307), b"/2": ("3", 308)}[request.path]
            rendered: bytes = redirect(target, code)(request)
            return rendered

        result = await self.open(self.site(render))
        self.assertEqual((result.data["title"], result.data["redirects"]), ("there", 3))
        self.assertTrue(str(result.data["url"]).endswith("/3"))

    async def test_a_cookie_is_kept_over_a_redirect(self) -> None:
        def render(request: Request) -> bytes:
            if request.getHeader("Cookie") != "seen=yes":
                request.addCookie("seen", "yes")
                rendered: bytes = redirect("/")(request)
                return rendered
            return b"<title>welcome</title>"

        self.assertEqual((await self.open(self.site(render))).data["title"], "welcome")

    async def test_a_loop_ends(self) -> None:
        asked: list[bytes] = []

        def render(request: Request) -> bytes:
            asked.append(request.uri)
            rendered: bytes = redirect("/")(request)
            return rendered

        result = await self.open(self.site(render), max_redirects=4)
        self.assertEqual((result.status, result.reason), ("failed", "too_many_redirects"))
        self.assertEqual(len(asked), 5)

    async def test_a_redirect_leads_only_to_web_addresses_without_passwords(self) -> None:
        for target, code in (
            ("file:///etc/passwd", "scheme"),
            ("javascript:alert(1)", "scheme"),
            ("ftp://127.0.0.1/", "scheme"),
            ("http://user:word@127.0.0.1/", "userinfo"),
            ("http://[::1", "host"),
            ("http://127.0.0.1:99999/", "port"),
        ):
            result = await self.open(self.site(redirect(target)))
            self.assertEqual((target, result.reason), (target, "bad_redirect"))
            self.assertIn(result.detail, (code, "host"))

    async def test_the_body_of_a_redirect_is_not_waited_for_and_its_connection_closed(self) -> None:
        def render(request: Request) -> bytes | int:
            if request.path == b"/":
                request.write(redirect("/there")(request))
                return NOT_DONE_YET
            return b"<title>%d</title>" % len(connections.protocols)

        port, connections = self.serve(Site(Page(render)))
        self.assertEqual((await self.open(f"http://127.0.0.1:{port}/")).data["title"], "1")

    async def test_a_sloppy_target_is_understood(self) -> None:
        def render(request: Request) -> bytes:
            if request.path == b"/":
                request.setResponseCode(302)
                request.responseHeaders.addRawHeader(b"Location", " /a b/é ".encode())
                return b""
            return b"<title>" + request.path + b"</title>"

        self.assertEqual((await self.open(self.site(render))).data["title"], "/a%20b/%C3%A9")

    async def test_a_redirect_to_nowhere_is_the_page_itself(self) -> None:
        result = await self.open(self.wire(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"))
        self.assertEqual((result.status, result.data["status"]), ("succeeded", 302))


class SlowTests(EngineTestCase):
    async def test_a_silent_site_is_left_at_the_deadline(self) -> None:
        url, _ = self.raw(lambda _transport: None)
        result = await self.open(url, seconds=0.2)
        self.assertEqual((result.status, result.reason), ("failed", "timeout"))
        self.assertEqual(result.data["url"], url)
        self.assertGreaterEqual(result.ms, 200)

    async def test_a_dripping_body_is_left_at_the_deadline(self) -> None:
        self.assertEqual((await self._drip(OK + b"\r\n", b"x")).reason, "timeout")

    async def test_dripping_headers_are_left_at_the_deadline(self) -> None:
        self.assertEqual((await self._drip(OK, b"X-More: 1\r\n")).reason, "timeout")

    async def test_a_name_that_nobody_resolves_is_left_at_the_deadline(self) -> None:
        result = await self.open("slow.test", seconds=0.1, resolver=Names({"slow.test": None}))
        self.assertEqual(result.reason, "timeout")

    async def test_redirects_do_not_prolong_the_deadline(self) -> None:
        def render(request: Request) -> int:
            redirect("/")(request)
            later = reactor.callLater(0.1, request.finish)
            _ = request.notifyFinish().addErrback(lambda _lost: later.cancel())
            return NOT_DONE_YET

        result = await self.open(self.site(render), seconds=0.35)
        self.assertEqual(result.reason, "timeout")

    async def _drip(self, first: bytes, drop: bytes) -> ActionResult:
        def answer(transport: ITransport) -> None:
            transport.write(first)
            dripping = LoopingCall(transport.write, drop)
            self.addCleanup(dripping.stop)
            _ = dripping.start(0.02)

        return await self.open(self.raw(answer)[0], seconds=0.2)


class HugeTests(EngineTestCase):
    async def test_only_the_beginning_of_a_huge_page_is_read(self) -> None:
        page = b"<title>huge</title>" + b"x" * 3_000_000
        result = await self.open(self.site(lambda _request: page), max_body=100_000)
        self.assertEqual((result.status, result.data["title"]), ("succeeded", "huge"))
        self.assertEqual((result.data["bytes"], result.data["truncated"]), (100_000, 1))

    async def test_a_page_of_just_the_limit_is_whole(self) -> None:
        result = await self.open(self.site(lambda _request: b"x" * 1000), max_body=1000)
        self.assertNotIn("truncated", result.data)

    async def test_a_bomb_does_not_go_off(self) -> None:
        bomb = gzip.compress(b"<title>boom</title>" + bytes(50_000_000))

        def render(request: Request) -> bytes:
            request.setHeader("Content-Encoding", "gzip")
            return bomb

        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        result = await self.open(self.site(render), max_body=100_000)
        self.assertLess(tracemalloc.get_traced_memory()[1], 10_000_000)
        self.assertEqual((result.status, result.data["title"]), ("succeeded", "boom"))
        self.assertEqual((result.data["bytes"], result.data["truncated"]), (100_000, 1))

    async def test_endless_headers_are_cut_off(self) -> None:
        headers = b"X-More: " + b"y" * 1000 + b"\r\n"
        result = await self.open(self.wire(OK, headers * (MAX_HEADERS // 1000 + 1)))
        self.assertEqual((result.status, result.reason), ("failed", "too_large"))

    async def test_an_endless_body_that_decompresses_to_nothing_is_cut_off(self) -> None:
        # Stored blocks of no bytes: valid, and nothing comes out of them.
        stream = gzip.compress(b"")[:10] + b"\x00\x00\x00\xff\xff" * 400_000
        result = await self.open(
            self.wire(OK + b"Content-Encoding: gzip\r\n\r\n", stream), max_body=1000
        )
        self.assertEqual(result.reason, "too_large")


class BrokenTests(EngineTestCase):
    async def test_what_is_not_http_is_a_bad_response(self) -> None:
        for answer in (
            b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
            b"\x00\xff" * 500 + b"\r\n",
            b"",
            b"HTTP/1.1 abc OK\r\n\r\n",
            b"HTTP/1.1 -5 OK\r\n\r\n",
            b"HTTP/one 200 OK\r\n\r\n",
            OK + b"Transfer-Encoding: unheard-of\r\n\r\nx",
            OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            OK + b"Content-Length: many\r\n\r\nx",
            OK + b"Transfer-Encoding: chunked\r\n\r\nnot-a-number\r\nx",
            OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
            OK + b"Content-Length: 100\r\n\r\nonly this",
            OK + b"Content-Encoding: gzip\r\n\r\nnot gzip",
            OK + b"Content-Encoding: br\r\n\r\nx",
            OK + b"header without a colon\r\n\r\n",
            OK + b"X: " + b"y" * 20_000 + b"\r\n\r\n",
        ):
            result = await self.open(self.wire(answer))
            self.assertEqual((answer[:99], result.status), (answer[:99], "failed"))
            self.assertIn(result.reason, ("bad_response", "http_status"), answer[:99])

    async def test_a_connection_that_is_reset_in_a_body_is_a_bad_response(self) -> None:
        def answer(transport: Any) -> None:
            transport.write(OK + b"Content-Length: 100\r\n\r\nhalf")
            reactor.callLater(0.05, transport.abortConnection)

        result = await self.open(self.raw(answer)[0])
        self.assertEqual(result.reason, "bad_response")

    async def test_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        result = await self.open(f"http://127.0.0.1:{port}/")
        self.assertEqual((result.status, result.reason), ("failed", "connect"))

    async def test_a_name_may_be_any_that_dns_has(self) -> None:
        hosts: list[str | None] = []

        def render(request: Request) -> bytes:
            hosts.append(request.getHeader("host"))
            return b"<title>there</title>"

        port = self.site(render).rpartition(":")[2]
        for host in ("my_site.test", "r3---sn-a.test", "_a-.test"):
            result = await self.open(f"{host}:{port}", resolver=Names({host: ["127.0.0.1"]}))
            self.assertEqual(result.data.get("title"), "there", result)
            self.assertEqual(hosts[-1], f"{host}:{port}")

    async def test_a_name_with_an_underscore_is_judged_like_any_other(self) -> None:
        names = Names({"my_site.test": ["127.0.0.1"]})
        result = await self.open("my_site.test", resolver=names, allow=())
        self.assertEqual((result.reason, result.detail), ("refused_address", "127.0.0.1"))
        result = await self.open("my_other.test", resolver=names)
        self.assertEqual(result.reason, "dns")
        self.assertIn("my_other.test", result.detail)

    async def test_a_name_without_an_address_fails(self) -> None:
        result = await self.open("no.such.test", resolver=Names({}))
        self.assertEqual((result.status, result.reason), ("failed", "dns"))


class TlsTests(EngineTestCase):
    def setUp(self) -> None:
        self.certify("site.test")
        self.names = Names({"site.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]})

    def certify(self, *names: str) -> None:
        """Serve a page with a certificate for names."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "site.test")])
        now = dt.datetime.now(dt.UTC)
        day = dt.timedelta(days=1)
        certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
        if names:
            known = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
            certificate = certificate.add_extension(known, critical=False)
        self.certificate = certificate.sign(key, hashes.SHA256())
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_certificate(self.certificate)
        context.use_privatekey(key)
        self.asked_for: list[str] = []
        context.set_tlsext_servername_callback(
            lambda connection: self.asked_for.append((connection.get_servername() or b"").decode())
        )
        site = TLSMemoryBIOFactory(
            Certified(context),
            isClient=False,
            wrappedFactory=Site(Page(html("<title>safe</title>"))),
        )
        site.noisy = False
        self.port, _ = self.serve(site)

    def trust(self) -> None:
        """Make the platform trust the site until the test is over."""
        authorities = self.mktemp()
        Path(authorities).write_bytes(self.certificate.public_bytes(Encoding.PEM))
        os.environ["SSL_CERT_FILE"] = authorities
        self.addCleanup(os.environ.pop, "SSL_CERT_FILE")

    async def open_safely(self, host: str, **options: Any) -> ActionResult:
        return await self.open(f"https://{host}:{self.port}/", resolver=self.names, **options)

    async def test_a_good_certificate_passes(self) -> None:
        self.trust()
        self.assertEqual((await self.open_safely("site.test")).data["title"], "safe")

    async def test_a_good_certificate_for_a_name_with_an_underscore_passes(self) -> None:
        self.certify("my_site.test")
        self.trust()
        self.names = Names({"my_site.test": ["127.0.0.1"], "my_other.test": ["127.0.0.1"]})
        self.assertEqual((await self.open_safely("my_site.test")).data["title"], "safe")
        self.assertEqual(self.asked_for, ["my_site.test"])
        result = await self.open_safely("my_other.test")
        self.assertEqual(result.detail, "the certificate is for another name")

    async def test_a_certificate_of_nobody_we_trust_fails(self) -> None:
        result = await self.open_safely("site.test")
        self.assertEqual((result.status, result.reason), ("failed", "tls"))
        self.assertEqual(result.detail, "certificate verify failed")

    async def test_a_certificate_for_another_name_fails(self) -> None:
        self.trust()
        result = await self.open_safely("other.test")
        self.assertEqual((result.status, result.reason), ("failed", "tls"))
        self.assertEqual(result.detail, "the certificate is for another name")

    async def test_a_certificate_in_which_no_name_stands_fails(self) -> None:
        self.certify()
        self.trust()
        result = await self.open_safely("site.test")
        self.assertEqual((result.status, result.reason), ("failed", "tls"))
        self.assertEqual(result.detail, "the certificate is for another name")

    async def test_a_refused_address_is_refused_before_tls(self) -> None:
        self.assertEqual((await self.open_safely("site.test", allow=())).reason, "refused_address")

    async def test_a_site_without_tls_fails(self) -> None:
        factory = ServerFactory.forProtocol(Blunt)
        factory.noisy = False
        port, _ = self.serve(factory)
        result = await self.open(f"https://127.0.0.1:{port}/")
        self.assertEqual((result.status, result.reason), ("failed", "tls"))


class Certified(ssl.ContextFactory):
    """Hands out one context."""

    def __init__(self, context: SSL.Context) -> None:
        self._context = context

    def getContext(self) -> SSL.Context:
        return self._context


class Blunt(Protocol):
    """Says at once that it understands nothing."""

    def dataReceived(self, _data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.transport.loseConnection()
