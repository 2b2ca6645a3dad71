"""An endpoint that asks who comes, and browsers that go their own way."""

import json
import socket
from base64 import b64decode
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.web.client import Agent, ProxyAgent
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from awt.cli.finding import DOWN, WRONG, Finding
from awt.cli.neighbours import webdriver
from awt.config import Config, Test, Webdriver
from awt.executor.engines import Viewport
from awt.executor.engines.surface import Failed
from awt.executor.engines.webdriver import WebdriverEngine, _Wire
from awt.model.actions import Exists, Open, Proxy
from awt.testing.chromedriver import Chromedriver
from tests.contract.engines import EngineCase, reactor
from tests.executor.sites import EngineTestCase, Page


class WebdriverTests(EngineCase):
    def make(self, **options: Any) -> WebdriverEngine:
        where = {"url": self.driver.url, "capabilities": self.driver.capabilities}
        return WebdriverEngine(**{"reactor": reactor} | where | options)

    @pytest.fixture(autouse=True)
    def _endpoint(self, chromedriver: Chromedriver) -> None:
        self.driver = chromedriver

    def astray(self) -> dict[str, Any]:
        """Return the capabilities of a browser that goes to the network by itself."""
        options = self.driver.capabilities["goog:chromeOptions"]
        own = {**options, "args": [*options["args"], "--no-proxy-server"]}
        return {**self.driver.capabilities, "goog:chromeOptions": own}

    async def doctor(self, **values: Any) -> Finding:
        where = {"url": self.driver.url, "capabilities": self.driver.capabilities}
        config = Config(
            webdriver=Webdriver(**where | values),
            test=Test(allow_private_addresses=("127.0.0.0/8",)),
        )
        return await webdriver(config, reactor)

    async def test_a_browser_that_goes_round_the_proxy_opens_nothing(self) -> None:
        self.engine = self.started(capabilities=self.astray())
        results = await self.run_all(Open(self.base), Exists("//h1"))
        self.assertEqual([r.reason for r in results], ["browser_lost", ""])
        self.assertEqual(self.site.asked, [])

    async def test_a_browser_without_a_filter_opens_its_own_network_and_takes_no_proxy(
        self,
    ) -> None:
        self.engine = self.started(proxy_address="", allow_private_addresses=())
        opened, refused = await self.run_all(Open(self.base), Proxy("default"))
        self.assertEqual((opened.reason, refused.reason), ("", "unsupported"))

    async def test_a_telephone_is_as_large_as_its_type_says(self) -> None:
        await self.passes(
            Open(f"{self.base}/size"),
            Exists("//output[.='390 touch']"),
            viewport=Viewport(width=390, height=844, mobile=True),
        )

    async def test_the_doctor_says_which_browser_comes_which_way(self) -> None:
        found = await self.doctor()
        self.assertTrue(found.good, found)
        self.assertRegex(found.text, r"chrome.* \d+\..* goes to the network through 127\.0\.0\.1$")

    async def test_the_doctor_tells_a_way_that_is_wrong_from_an_endpoint_that_is_not_there(
        self,
    ) -> None:
        found = await self.doctor(capabilities=self.astray())
        self.assertEqual(found.status, WRONG)
        self.assertIn("put webdriver.proxy_address right", found.text)
        found = await self.doctor(proxy_address="192.0.2.1")
        self.assertEqual(found.status, WRONG)
        self.assertIn("192.0.2.1 is no address of this node", found.text)
        found = await self.doctor(url="http://127.0.0.1:9")
        self.assertEqual(found.status, DOWN)
        self.assertIn("put webdriver.url right", found.text)


class Door(Resource):
    """An endpoint that lets nobody in, and notes who came."""

    isLeaf = True  # type: ignore[mutable-override]

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.came: list[str] = []

    def render_POST(self, request: Request) -> bytes:
        kind, _, said = (request.getHeader("Authorization") or "").partition(" ")
        self.came.append(f"{kind} {b64decode(said).decode()}")
        request.setResponseCode(500)
        return b'{"value": {"error": "session not created", "message": "full\\nBuild info"}}'


class Slow(Resource):
    """An endpoint whose sessions begin when somebody says so."""

    isLeaf = True  # type: ignore[mutable-override]

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.asked: Deferred[Request] = Deferred()
        self.ended: list[bytes] = []

    def render_POST(self, request: Request) -> int:
        self.asked.callback(request)
        return NOT_DONE_YET

    def render_DELETE(self, request: Request) -> bytes:
        self.ended.append(request.path)
        return b'{"value": null}'


class Dying(Resource):
    """An endpoint whose browser dies over the first page of a test, or keeps that waiting for ever.

    `shut`: whether the port of the test's proxy was closed when the session was ended.
    """

    isLeaf = True  # type: ignore[mutable-override]

    def __init__(self, *, hangs: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.asked: Deferred[None] = Deferred()
        self.shut: list[bool] = []
        self._hangs = hangs
        self._proxy = ""

    def render_GET(self, _request: Request) -> bytes:
        return b'{"value": ["window"]}'

    def render_POST(self, request: Request) -> bytes | int:
        place = request.path.rpartition(b"/")[2]
        body = json.loads(request.content.read())  # type: ignore[union-attr]
        if place == b"session":
            self._proxy = body["capabilities"]["alwaysMatch"]["proxy"]["httpProxy"]
            return b'{"value": {"sessionId": "s", "capabilities": {}}}'
        if place == b"log" or (place == b"url" and not body["url"].endswith(".localhost/")):
            request.setResponseCode(404)
            return b'{"value": {"error": "invalid session id", "message": "session deleted"}}'
        if place == b"url" and self._hangs:
            self.asked.callback(None)
            return NOT_DONE_YET
        if place == b"url":  # it shows that it comes through the proxy
            agent = ProxyAgent(TCP4ClientEndpoint(reactor, *self._place), reactor)
            _ = agent.request(b"GET", body["url"].encode()).addBoth(lambda _: say(request))
            return NOT_DONE_YET
        if "around" in body.get("args", ()):
            return b'{"value": ""}'
        return b'{"value": {"url": "about:blank", "born": 1}}'

    def render_DELETE(self, _request: Request) -> bytes:
        with socket.socket() as connection:
            self.shut.append(connection.connect_ex(self._place) != 0)
        return b'{"value": null}'

    @property
    def _place(self) -> tuple[str, int]:
        host, port = self._proxy.split(":")
        return host, int(port)


def say(request: Request) -> None:
    """Answer that something was done."""
    request.write(b'{"value": null}')
    request.finish()


class SessionTests(EngineTestCase):
    def at(self, url: str) -> WebdriverEngine:
        return WebdriverEngine(reactor=reactor, url=url, capabilities={"browserName": "chrome"})

    async def test_a_session_that_begins_when_nobody_wants_it_any_more_is_ended(self) -> None:
        slow = Slow()
        port, _ = self.serve(Site(slow))
        engine = self.at(f"http://127.0.0.1:{port}")
        run = Deferred.fromCoroutine(engine.run([Open("http://example.com")], action_seconds=5))
        request = await slow.asked
        closed = Deferred.fromCoroutine(engine.close())
        with self.assertRaises(CancelledError):
            await run
        request.write(b'{"value": {"sessionId": "s", "capabilities": {}}}')
        request.finish()
        await closed
        self.assertEqual(slow.ended, [b"/session/s"])

    async def test_a_session_whose_browser_dies_is_no_fault_of_the_page(self) -> None:
        port, _ = self.serve(Site(Dying()))
        engine = self.at(f"http://127.0.0.1:{port}")
        (result,) = await engine.run([Open("http://example.com")], action_seconds=5)
        await engine.close()
        self.assertEqual(result.reason, "browser_lost")

    async def test_a_page_that_is_on_its_way_does_not_hold_the_end_of_a_session_up(self) -> None:
        dying = Dying(hangs=True)
        port, _ = self.serve(Site(dying))
        engine = self.at(f"http://127.0.0.1:{port}")
        run = Deferred.fromCoroutine(engine.run([Open("http://example.com")], action_seconds=5))
        await dying.asked
        run.cancel()
        with self.assertRaises(CancelledError):
            await run
        await engine.close()
        self.assertEqual(dying.shut, [True], "it cannot come any more")

    async def test_a_name_that_nobody_knows_is_no_endpoint(self) -> None:
        engine = self.at("http://nowhere.invalid:4444")
        (result,) = await engine.run([Open("http://example.com")], action_seconds=5)
        await engine.close()
        self.assertEqual(result.reason, "browser_lost")

    async def test_an_answer_without_an_end_is_not_read_to_it(self) -> None:
        port, _ = self.serve(Site(Page(lambda _: b"x" * 100)))
        wire = _Wire(reactor, Agent(reactor), f"http://127.0.0.1:{port}", None, most=10)
        with self.assertRaises(Failed) as caught:
            await wire("GET", "")
        self.assertEqual(caught.exception.detail, "its answer is too long")


class CredentialTests(EngineTestCase):
    async def test_an_endpoint_hears_who_comes_and_what_it_says_is_not_for_the_author(self) -> None:
        door = Door()
        factory = Site(door)
        factory.noisy = False
        port, _ = self.serve(factory)
        engine = WebdriverEngine(
            reactor=reactor,
            url=f"http://127.0.0.1:{port}/",
            user="me",
            password="a:b",
            capabilities={"browserName": "chrome"},
        )
        (result,) = await engine.run([Open("http://example.com")], action_seconds=5)
        await engine.close()
        # What the endpoint says is for the operator, not for the author of the test.
        self.assertEqual(
            (result.reason, result.detail, result.evidence), ("browser_lost", "", None)
        )
        self.assertEqual(door.came, ["Basic me:a:b"])
