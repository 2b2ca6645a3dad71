"""The primitives of the engine `cdp`, with a browser that dies at a moment of the test's choice."""

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.egress import EgressPolicy
from awt.executor.engines import DESKTOP
from awt.executor.engines.cdp.surface import SETTLE, CdpSurface, Element
from awt.executor.engines.surface import Failed
from awt.executor.proxy import FilterPort
from awt.model.locators import Locator
from tests.executor.sites import reactor


class Dying:
    """A browser that begins to load a page, and then either it or the page is gone."""

    def __init__(self, *, closes: bool = False) -> None:
        self.running = True
        self._closes = closes
        self._listener: Any = None

    async def open(self, listener: Any, _proxy: str) -> str:
        self._listener = listener("context")
        return "context"

    def call(self, method: str, *given: Any, **_: object) -> Deferred[dict[str, Any]]:
        if method == "Target.createTarget":
            self._listener.attached("", "session", {"type": "page", "targetId": "page"})
            return succeed({"targetId": "page"})
        if method == "Page.navigate":
            if self._closes:
                self._listener.detached("session")
            else:
                self.running = False
            return succeed({"loaderId": "1"})
        return Deferred()


class Loading(Dying):
    """A browser that answers nothing more once a page is asked for by a click; it says so, or not yet."""

    def __init__(self, *, says: bool) -> None:
        super().__init__()
        self._says = says
        self._asked = False

    def call(self, method: str, *given: Any, **_: object) -> Deferred[dict[str, Any]]:
        parameters = given[0] if given else {}
        if self._asked:
            return Deferred()
        if method == "Input.dispatchMouseEvent":
            self._asked = parameters["type"] == "mouseReleased"
            if self._asked and self._says:
                self._listener.heard("page", "Page.frameStartedLoading", {"frameId": "page"})
            return succeed({})
        called = parameters.get("arguments", [{}])[0].get("value")
        return succeed({"result": {"value": [1, 1] if called == "ready" else {"born": 1}}})


class Mute(Dying):
    """A browser that answers nothing."""

    def call(self, method: str, *given: Any, **_: object) -> Deferred[dict[str, Any]]:
        return Deferred()


def surface_of(browser: Any, clock: Clock | None = None) -> CdpSurface:
    egress = FilterPort(reactor=reactor, policy=EgressPolicy())
    return CdpSurface(reactor=clock or Clock(), browser=browser, egress=egress, viewport=DESKTOP)


def show(surface: CdpSurface, name: str) -> None:
    """Have a page with a document."""
    surface.attached("", name, {"type": "page", "targetId": name})
    context = {"name": "awt", "id": 1, "auxData": {"frameId": name}}
    surface.heard(name, "Runtime.executionContextCreated", {"context": context})


class Surfaces(TestCase):
    async def opened(self, browser: Any) -> str:
        """Return why a page is not opened; nothing is waited for."""
        surface = surface_of(browser)
        await surface.start("127.0.0.1:9")
        opening = Deferred.fromCoroutine(surface.open("http://example.com/"))
        failure = self.failureResultOf(opening, Failed)
        return str(failure.value.reason)

    async def test_a_browser_that_dies_before_there_is_a_document_is_not_waited_for(self) -> None:
        self.assertEqual(await self.opened(Dying()), "browser_lost")

    async def test_a_window_that_is_closed_before_there_is_a_document_is_not_waited_for(
        self,
    ) -> None:
        self.assertEqual(await self.opened(Dying(closes=True)), "no_page")

    async def test_a_page_that_crashed_is_asked_nothing_more_and_the_others_are(self) -> None:
        surface = surface_of(Mute())
        for name in ("popup", "page"):
            show(surface, name)
        _page, popup = await surface.frames()
        surface.heard("popup", "Inspector.targetCrashed", {})
        self.assertEqual([frame.id for frame in await surface.frames()], ["page"])
        asking = Deferred.fromCoroutine(surface.find(popup, Locator("css", "p")))
        self.assertEqual(self.failureResultOf(asking, Failed).value.reason, "page_crashed")

    async def test_a_click_does_not_wait_for_ever_for_a_page_that_does_not_come(self) -> None:
        for says in (True, False):
            clock, browser = Clock(), Loading(says=says)
            surface = surface_of(browser, clock)
            await surface.start("127.0.0.1:9")
            show(surface, "page")
            [frame] = await surface.frames()
            click = Deferred.fromCoroutine(surface.click(Element(frame, "button")))
            self.assertNoResult(click)
            clock.pump([SETTLE])
            self.successResultOf(click)
