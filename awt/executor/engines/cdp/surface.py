"""The primitives of the action loop on a context of Chromium."""

from base64 import b64decode
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any, Final

from attrs import define, field, frozen
from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from awt.executor.engines import Viewport
from awt.executor.engines.cdp.browser import ATTACH, Browser
from awt.executor.engines.cdp.keys import key_events
from awt.executor.engines.cdp.pipe import Crashed, Gone, ProtocolError
from awt.executor.engines.deadline import DeadlinePassed, within
from awt.executor.engines.problems import checked_status, not_loaded, told
from awt.executor.engines.surface import QUALITY, Data, Failed, NotYet, Page
from awt.executor.proxy import FilterPort
from awt.executor.upstream import Upstream
from awt.model.actions import MAX_LINES, Evidence, Step
from awt.model.locators import Locator

FRESH: Final = 3
"""How often a page is loaded anew, in a new window, whose process ended as it was being loaded.

With several windows opening at once the whole Chromium now and then ends the process of a new one
("Message 7 rejected by interface blink.mojom.WidgetHost"), and of the one that takes its place as well.
Nothing was done on the page yet; one that ends its process by itself is told in the end.
"""
SETTLE: Final = 3.0
"""Seconds that a click waits for the page that it loads; what comes next waits for itself."""
LOOK: Final = 0.25
"""Seconds after which a page that is being loaded is looked at, although nothing was told."""
PAINT: Final = 0.2
"""Seconds that the first picture of a page is waited for: a screenshot that comes before it may hang."""
SHOT: Final = (0.5, 1.0, 3.0)
"""Seconds that each try of a screenshot may take: one that is asked for as a page appears may wait for ever."""
PROMPT: Final = 1.5
"""Seconds within which a page, and a browser, have to answer after they were interrupted."""

_WORLD: Final = "awt"
_SCRIPT: Final = f"globalThis.awt = {files(__package__).joinpath('../page.js').read_text()}"
_FIND: Final = "function(kind, path) { return awt.find(null, kind, path) }"
_CALL: Final = "function(name, ...values) { return awt[name](this, ...values) }"
_BARE: Final = "function(name) { return awt[name](null) }"
# The page asks for another one, the browser begins to load it: the first is told before a click is done.
_BEGINS: Final = frozenset(
    {"Page.frameRequestedNavigation", "Page.frameScheduledNavigation", "Page.frameStartedLoading"}
)
_LEVELS: Final = frozenset({"error", "warning", "assert"})


@define(eq=False)
class Window:
    """A page of the test: a tab or a window that it opened."""

    target: str
    session: str
    loading: bool = False
    crashed: bool = False
    settled: list[Deferred[None]] = field(factory=list)

    async def loaded(self) -> None:
        """Return when nothing is being loaded."""
        if not self.loading:
            return
        done: Deferred[None] = Deferred()
        self.settled.append(done)
        try:
            await done
        finally:
            if done in self.settled:
                self.settled.remove(done)

    def stopped(self) -> None:
        """Take note that it has loaded."""
        self.loading = False
        for done in tuple(self.settled):
            done.callback(None)


@frozen(eq=False)
class Frame:
    """A document: where its functions are called. `id` is Chromium's name of its frame."""

    window: Window
    session: str
    context: int
    id: str


@frozen(eq=False)
class Element:
    """An element of a document."""

    frame: Frame
    handle: str


class CdpSurface:
    """One context (see `awt.executor.engines.surface.Surface`); made by `CdpEngine`.

    Functions run in a world of their own in each document, so that a page can neither see nor
    change them.
    """

    still = False
    refused: frozenset[type[Step]] = frozenset()

    def __init__(
        self, *, reactor: Any, browser: Browser, egress: FilterPort, viewport: Viewport
    ) -> None:
        self._reactor = reactor
        self._browser = browser
        self._egress = egress
        self._viewport = viewport
        self._context = ""
        self._windows: list[Window] = []
        self._of: dict[str, Window] = {}
        """The window of a session."""
        self._frames: dict[tuple[str, int], Frame] = {}
        self._console: deque[str] = deque(maxlen=MAX_LINES)
        self._requests: deque[str] = deque(maxlen=MAX_LINES)

    async def start(self, proxy: str) -> None:
        """Make the context."""

        def listener(context: str) -> "CdpSurface":
            self._context = context
            return self

        await self._browser.open(listener, proxy)

    # What Chromium tells: see `awt.executor.engines.cdp.browser.Listener`.

    def attached(self, parent: str, session: str, info: dict[str, Any]) -> None:
        """Prepare a page or a frame that is there, before it loads anything."""
        page = info["type"] == "page"
        window = Window(info["targetId"], session) if page else self._of.get(parent)
        if window is None:
            return
        self._of[session] = window
        for method, values in self._preparation(page):
            self._tell(method, values, session)
        if page:
            self._windows.insert(0, window)

    def _preparation(self, page: bool) -> Sequence[tuple[str, Mapping[str, Any]]]:  # noqa: FBT001
        view = self._viewport
        size = {
            "width": view.width,
            "height": view.height,
            "deviceScaleFactor": 1,
            "mobile": view.mobile,
        }
        script = {"source": _SCRIPT, "worldName": _WORLD, "runImmediately": True}
        of_page: list[tuple[str, Mapping[str, Any]]] = [
            ("Emulation.setDeviceMetricsOverride", size),
            ("Emulation.setFocusEmulationEnabled", {"enabled": True}),
            *([("Emulation.setTouchEmulationEnabled", {"enabled": True})] if view.mobile else []),
        ]
        return [
            ("Page.enable", {}),
            ("Inspector.enable", {}),
            ("Log.enable", {}),
            ("Page.addScriptToEvaluateOnNewDocument", script),
            ("Runtime.enable", {}),
            ("Target.setAutoAttach", ATTACH),
            *(of_page if page else []),
            ("Runtime.runIfWaitingForDebugger", {}),
        ]

    def detached(self, session: str) -> None:
        """Forget a page or a frame that is gone."""
        window = self._of.pop(session, None)
        self._forget(session)
        if window is not None and window.session == session:
            window.stopped()
            self._windows.remove(window)

    def heard(self, session: str, method: str, values: dict[str, Any]) -> None:
        """Take note of what happened."""
        window = self._of.get(session)
        if window is None:
            return
        match method:
            case _ if method in _BEGINS and values["frameId"] == window.target:
                window.loading = values.get("disposition", "currentTab") == "currentTab"
            case "Page.frameStoppedLoading" if values["frameId"] == window.target:
                window.stopped()
            case "Page.javascriptDialogOpening":
                self._accept(session, values)
            case "Inspector.targetCrashed":
                window.crashed = True
                for each in [each for each, whose in self._of.items() if whose is window]:
                    self._forget(each)
                window.stopped()
            case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded":
                self._note(method, values)
            case _:
                self._documents(window, session, method, values)

    def _documents(self, window: Window, session: str, method: str, values: dict[str, Any]) -> None:
        match method:
            case "Runtime.executionContextCreated":
                self._born(window, session, values["context"])
            case "Runtime.executionContextDestroyed":
                self._frames.pop((session, values["executionContextId"]), None)
            case "Runtime.executionContextsCleared":
                self._forget(session)
            case _:
                pass

    def _born(self, window: Window, session: str, context: dict[str, Any]) -> None:
        if context["name"] == _WORLD:
            frame = Frame(window, session, context["id"], context["auxData"]["frameId"])
            self._frames[session, frame.context] = frame

    def _forget(self, session: str) -> None:
        for key in [key for key in self._frames if key[0] == session]:
            del self._frames[key]

    def _accept(self, session: str, values: dict[str, Any]) -> None:
        self._console.append(f"{values['type']}: {values['message']}")
        answer = {"accept": True, "promptText": values.get("defaultPrompt", "")}
        self._tell("Page.handleJavaScriptDialog", answer, session)

    def _note(self, method: str, values: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = values["exceptionDetails"]
            thrown = details.get("exception", {}).get("description") or details["text"]
            self._console.append(f"error: {thrown}")
        elif method == "Runtime.consoleAPICalled":
            if values["type"] in _LEVELS:
                said = (str(v.get("value", v.get("description", ""))) for v in values["args"])
                self._console.append(f"{values['type']}: {' '.join(said)}")
        elif values["entry"]["level"] in _LEVELS:
            entry = values["entry"]
            lines = self._requests if entry["source"] == "network" else self._console
            lines.append(f"{entry['text']} {entry.get('url', '')}")

    # The primitives.

    async def open(self, url: str) -> Data:
        """Load a page."""
        crashes = 0
        while True:
            try:
                return await self._load(url)
            except Failed as failed:
                if failed.reason != "page_crashed":
                    raise
                crashes += 1
                if crashes > FRESH:
                    self._browser.good = False
                    raise

    async def _load(self, url: str) -> Data:
        self._egress.renew()
        window = await self._window()
        born = await self._born_at(window)
        try:
            answer = await self._ask("Page.navigate", {"url": url}, window.session)
        except ProtocolError as error:
            raise Failed("bad_url", error.detail) from None
        if "errorText" in answer:
            # A page that crashes meanwhile is told as a load that was aborted, before its crash is.
            asked = self._ask("Runtime.evaluate", {"expression": "0"}, window.session)
            await self._briefly(asked)
            raise not_loaded(answer["errorText"], self._egress, url)
        if "loaderId" in answer:  # else it is the same document
            await self._complete(window, born)
        page = await self._call(self._main(window), "page")
        if self._egress.exceeded:
            raise Failed("too_large", url=page["url"])
        checked_status(page["status"], self._egress, page["url"])
        return {"status": page["status"], "url": page["url"], "title": page["title"]}

    async def _born_at(self, window: Window) -> float:
        """Return when the document of a window was made; 0 while there is none."""
        try:
            return float((await self._call(self._main(window), "page"))["born"])
        except NotYet:
            return 0.0

    async def _complete(self, window: Window, born: float) -> None:
        """Return when a window has loaded another document than the one that was made at `born`.

        Chromium tells it, except when the page got a new process and loaded before that was heard.
        """
        while True:
            with suppress(DeadlinePassed):
                await within(self._reactor, LOOK, window.loaded())
            self._there(window)
            if self._egress.exceeded:
                raise Failed("too_large")
            with suppress(NotYet):
                page = await self._call(self._main(window), "page")
                if page["complete"] and page["born"] != born:
                    window.stopped()
                    with suppress(DeadlinePassed):
                        await within(
                            self._reactor, PAINT, self._call(self._main(window), "painted")
                        )
                    return
            await deferLater(self._reactor, LOOK / 10)

    async def _window(self) -> Window:
        """Return the current window; a new one if there is none that lives."""
        for window in self._windows:
            if not window.crashed:
                return window
        view = self._viewport
        where = {"url": "about:blank", "browserContextId": self._context}
        size = {"width": view.width, "height": view.height, "newWindow": True}
        made = await self._ask("Target.createTarget", where | size, "")
        for window in self._windows:
            if window.target == made["targetId"]:
                return window
        raise Failed("page_crashed")  # it is gone already

    async def frames(self) -> Sequence[Frame]:
        """Return all documents."""
        self._living()
        rank = {window: number for number, window in enumerate(self._windows)}
        found = [frame for frame in self._frames.values() if frame.window in rank]
        return sorted(found, key=lambda f: (rank[f.window], f.id != f.window.target, f.context))

    async def find(self, frame: Frame, locator: Locator) -> Element | None:
        """Find an element."""
        values = {
            "functionDeclaration": _FIND,
            "executionContextId": frame.context,
            "arguments": [{"value": locator.kind}, {"value": locator.path}],
        }
        found = await self._run(values, frame.session)
        return Element(frame, found["objectId"]) if "objectId" in found else None

    async def call(self, element: Element, function: str, *values: str) -> Any:
        """Call a function with an element."""
        parameters = {
            "functionDeclaration": _CALL,
            "objectId": element.handle,
            "arguments": [{"value": value} for value in (function, *values)],
            "returnByValue": True,
        }
        return (await self._run(parameters, element.frame.session)).get("value")

    async def use(self, frame: Frame | Page) -> None:
        """Make a window the current one."""
        window = frame.window
        if window in self._windows:
            self._windows.remove(window)
            self._windows.insert(0, window)

    async def click(self, element: Element) -> None:
        """Click in the middle of an element."""
        x, y = await self._place(element)
        window = element.frame.window
        born = await self._born_at(window)
        at = {"x": x, "y": y}
        press = at | {"button": "left", "clickCount": 1}
        # Each is answered when the page has dealt with it. Sent together, they wait once.
        await self._all(
            "Input.dispatchMouseEvent",
            (
                at | {"type": "mouseMoved"},
                press | {"type": "mousePressed", "buttons": 1},
                press | {"type": "mouseReleased"},
            ),
            window.session,
        )
        if window in self._windows and not window.loading:
            # What the click began has been told when this is answered. Now and then Chromium answers
            # nothing more from there on until the page that was asked for comes.
            asked = self._all("Runtime.evaluate", ({"expression": "0"},), window.session)
            await self._briefly(asked)
        if window.loading and window in self._windows:
            with suppress(Failed):
                await self._briefly(self._complete(window, born))
            window.stopped()  # what was asked for may have been no page

    async def _briefly(self, work: Coroutine[Any, Any, Any]) -> None:
        """Wait for something, but for `SETTLE` at most."""
        with suppress(DeadlinePassed):
            await within(self._reactor, SETTLE, work)

    async def _place(self, element: Element) -> tuple[float, float]:
        """Return the middle of an element, in pixels from the corner of its window."""
        x, y = await self.call(element, "ready")
        frame = element.frame
        while frame.id != frame.window.target:
            holder = await self._holder(frame)
            dx, dy = await self.call(holder, "corner")
            x, y, frame = x + dx, y + dy, holder.frame
        return x, y

    async def _holder(self, frame: Frame) -> Element:
        """Return the element that shows a frame."""
        for outer in await self.frames():
            if outer.window is frame.window and outer.id != frame.id:
                with suppress(ProtocolError, Failed):  # no: the frame is of another document
                    where = {"frameId": frame.id}
                    owner = await self._ask("DOM.getFrameOwner", where, outer.session)
                    node = {
                        "backendNodeId": owner["backendNodeId"],
                        "executionContextId": outer.context,
                    }
                    resolved = await self._ask("DOM.resolveNode", node, outer.session)
                    holder = Element(outer, resolved["object"]["objectId"])
                    if await self.call(holder, "holds"):
                        return holder
        raise NotYet("no_element")

    async def type(self, element: Element, text: str) -> None:
        """Press keys."""
        session = element.frame.window.session
        method, events = key_events(text)
        await self._all(method, events, session)

    async def pages(self) -> Sequence[Page]:
        """Return all windows."""
        self._living()
        found: list[Page] = []
        for window in tuple(self._windows):
            try:
                page = await self._call(self._main(window), "page")
            except NotYet:
                if not found:
                    raise
                continue
            found.append(Page(window, page["url"], page["title"]))
        return found

    async def shot(self) -> bytes:
        """Take a screenshot."""
        window = self._living()
        values = {"format": "jpeg", "quality": QUALITY}
        for seconds in SHOT:
            asked = self._ask("Page.captureScreenshot", values, window.session)
            with suppress(DeadlinePassed, ProtocolError):
                answer = await within(self._reactor, seconds, asked)
                return b64decode(answer["data"])
        raise Failed("timeout")

    async def evidence(self) -> Evidence:
        """Return what was noted."""
        around = ""
        if self._windows and not self._windows[0].crashed:
            try:
                around = await self._call(self._main(self._windows[0]), "around")
            except Failed:
                around = ""
        return Evidence(console=tuple(self._console), requests=tuple(self._requests), around=around)

    async def through(self, upstream: Upstream | None) -> None:
        """Change the proxy."""
        await self._egress.through(upstream)

    async def interrupt(self) -> None:
        """Stop scripts and loads; a page that goes on is ended, a browser that does not answer too."""
        for session in tuple(self._of):
            self._tell("Runtime.terminateExecution", {}, session)
            self._tell("Page.stopLoading", {}, session)
        for window in tuple(self._windows):
            if not window.crashed and not await self._prompt("Runtime.evaluate", window.session):
                self._tell("Page.crash", {}, window.session)
                window.crashed = True
                window.stopped()
        if not await self._prompt("Browser.getVersion", ""):
            self._browser.kill()

    async def _prompt(self, method: str, session: str) -> bool:
        """Tell whether a question is answered within `PROMPT`."""
        values = {"expression": "0"} if session else {}

        async def ask() -> None:
            await self._browser.call(method, values, session=session)

        try:
            await within(self._reactor, PROMPT, ask())
        except DeadlinePassed:
            return False
        except (Gone, ProtocolError):  # it is not there: nothing hangs
            return True
        return True

    async def close(self) -> None:
        """Dispose of the context; a browser that does not obey is ended."""

        async def dispose() -> None:
            await self._browser.dispose(self._context)

        try:
            await within(self._reactor, PROMPT * 4, dispose())
        except (Gone, ProtocolError):
            pass
        except DeadlinePassed:
            self._browser.kill()

    # Asking.

    def _living(self) -> Window:
        """Return the current window. Raises `Failed` where it crashed, or there is none."""
        return self._there(self._windows[0] if self._windows else None)

    def _there(self, window: Window | None) -> Window:
        """Return a window. Raises `Failed` where it crashed, or was closed."""
        if not self._browser.running:
            raise Failed("browser_lost")
        if window is None or window not in self._windows:
            raise Failed("no_page")
        if window.crashed:
            raise Failed("page_crashed")
        return window

    def _main(self, window: Window) -> Frame:
        return self._document(window.target)

    def _document(self, frame_id: str) -> Frame:
        for frame in self._frames.values():
            if frame.id == frame_id:
                return frame
        raise NotYet("no_page")

    async def _call(self, frame: Frame, function: str) -> Any:
        parameters = {
            "functionDeclaration": _BARE,
            "executionContextId": frame.context,
            "arguments": [{"value": function}],
            "returnByValue": True,
            "awaitPromise": True,
        }
        return (await self._run(parameters, frame.session)).get("value")

    async def _run(self, parameters: dict[str, Any], session: str) -> dict[str, Any]:
        """Call a function; return Chromium's description of what it returned."""
        try:
            answer = await self._ask("Runtime.callFunctionOn", parameters, session)
        except ProtocolError as error:  # the document has gone
            raise NotYet("no_element", error.detail) from None
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise told(details.get("exception", {}).get("description", details["text"]))
        result: dict[str, Any] = answer["result"]
        return result

    async def _ask(
        self, method: str, parameters: Mapping[str, Any], session: str
    ) -> dict[str, Any]:
        self._answers(session)
        try:
            return await self._browser.call(method, parameters, session=session)
        except Crashed:
            raise Failed("page_crashed") from None
        except Gone:
            if not self._browser.running:
                raise Failed("browser_lost") from None
            raise NotYet("no_element", "the page was closed") from None

    async def _all(self, method: str, events: Sequence[Mapping[str, Any]], session: str) -> None:
        """Send commands together and wait for all. The window may close itself meanwhile."""
        self._answers(session)
        answers = [self._browser.call(method, values, session=session) for values in events]
        together = DeferredList(answers, consumeErrors=True)
        for _, problem in await together:
            if isinstance(problem, Failure):
                if problem.check(Crashed):
                    raise Failed("page_crashed")
                if not self._browser.running:
                    raise Failed("browser_lost")

    def _answers(self, session: str) -> None:
        """Raise `Failed` for a page that crashed: Chromium keeps what it is asked, and never answers."""
        if session in self._of and self._of[session].crashed:
            raise Failed("page_crashed")

    def _tell(self, method: str, parameters: Mapping[str, Any], session: str) -> None:
        """Send a command whose answer is of no interest."""
        answer = self._browser.call(method, parameters, session=session)
        _ = answer.addErrback(lambda failure: failure.trap(Gone, ProtocolError, CancelledError))
