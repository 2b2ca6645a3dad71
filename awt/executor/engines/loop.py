"""The action loop: what each action does, in terms of the primitives that all engines have."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Literal, assert_never

from attrs import define, field
from twisted.internet.defer import CancelledError
from twisted.internet.task import deferLater

from awt.executor.engines import OnResult, OnShot, Shot
from awt.executor.engines.deadline import DeadlinePassed, within
from awt.executor.engines.surface import Data, Failed, NotYet, Surface
from awt.executor.upstream import BadProxy, upstream_of
from awt.model.actions import (
    MAX_DATA,
    Action,
    ActionResult,
    BadAction,
    BadUrl,
    Click,
    Enter,
    Evidence,
    Exists,
    Modify,
    Open,
    Proxy,
    Status,
    Text,
    Title,
    Url,
    VarRegexp,
    VarTitle,
    VarUrl,
    VarXpath,
    normalise_url,
)
from awt.model.locators import Locator, UnknownVariable, locate, pattern, substitute

PAUSES: Final = (0.01, 0.02, 0.04, 0.08, 0.16)
"""Seconds between two looks at a page, the last one again and again."""
GRACE: Final = 1.0
"""Seconds beyond its time after which an action is broken off that does not end by itself."""
EXTRA: Final = 5.0
"""Seconds that screenshots, evidence and an interruption may take, each."""

ROOT: Final = Locator("css", ":root")
"""Where a document begins."""
_VISUAL: Final = (Open, Exists, Click, Enter, Modify, Text)
_FREE: Final = (Open, VarRegexp, Proxy)  # need no page


@define(kw_only=True)
class Loop:
    """Carries out the actions of one test on a surface (see `awt.executor.engines.Engine.run`)."""

    reactor: Any
    surface: Surface
    seconds: float
    debug: bool = False
    proxies: Mapping[str, str] = field(factory=dict)
    on_result: OnResult | None = None
    on_shot: OnShot | None = None
    _variables: dict[str, str] = field(factory=dict, init=False)
    _opened: bool = field(default=False, init=False)
    _at: int = field(default=0, init=False)
    _until: float = field(default=0, init=False)
    _element: Any = field(default=None, init=False)
    """What the screenshot of this action outlines."""

    async def run(self, actions: Sequence[Action]) -> list[ActionResult]:
        """Carry out all of them; what is left after a failure is skipped, unless `debug`."""
        results: list[ActionResult] = []
        failed = False
        for self._at, action in enumerate(actions):
            skipped = failed and not self.debug
            result = ActionResult(status="skipped") if skipped else await self._result(action)
            failed = failed or result.status == "failed"
            results.append(result)
            if self.on_result is not None:
                self.on_result(result)
        return results

    async def _result(self, action: Action) -> ActionResult:
        begin = self.reactor.seconds()
        self._until = begin + self.seconds
        self._element = None
        status: Status = "succeeded"
        reason = detail = ""
        evidence = None
        try:
            work = self._carry_out(action)
            data = await within(self.reactor, self.seconds + GRACE, work)
        except DeadlinePassed:
            status, reason, data = "failed", "timeout", {}
            await self._safely(self.surface.interrupt)
        except Failed as failed:
            status, reason, detail, data = "failed", failed.reason, failed.detail, failed.data
        ms = round((self.reactor.seconds() - begin) * 1000)
        if status == "failed":
            evidence = await self._safely(self.surface.evidence)
            await self._shoot("failed")
        elif isinstance(action, _VISUAL):
            await self._shoot("after")
        return ActionResult(
            status=status,
            reason=reason,
            detail=detail,
            ms=ms,
            data=data,
            evidence=None if evidence == Evidence() else evidence,
        )

    async def _safely(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do what belongs to no action: it may fail, and it may not last."""

        async def do() -> Any:
            return await work()

        try:
            return await within(self.reactor, EXTRA, do())
        except (Failed, DeadlinePassed):
            return None

    async def _carry_out(self, action: Action) -> Data:
        selector = action.selector
        try:
            selector = substitute(selector, self._variables)
            data = substitute(action.data, self._variables)
            if type(action) in self.surface.refused:
                raise Failed("unsupported", action.type)
            if not self._opened and not isinstance(action, _FREE):
                raise Failed("no_page")
            return await self._act(action, selector, data)
        except UnknownVariable as unknown:
            raise Failed("unknown_variable", unknown.name) from None
        except BadUrl as bad:
            raise Failed("bad_url", bad.code) from None
        except BadAction as bad:
            raise Failed(bad.code) from None  # reasons: bad_xpath, bad_css, bad_regexp
        except BadProxy as bad:
            raise Failed(bad.reason, selector) from None

    async def _act(  # noqa: C901, PLR0911 - one line a type
        self, action: Action, selector: str, data: str
    ) -> Data:
        match action:
            case Open():
                return await self._open(normalise_url(selector))
            case Exists():
                return await self._exists(locate(selector))
            case Click():
                return await self._click(locate(selector))
            case Enter():
                return await self._enter(locate(selector), data)
            case Modify():
                return await self._modify(locate(selector, attributes=True), data)
            case Url() | Title():
                return await self._matches(action.type, selector)
            case VarRegexp():
                return self._cut(selector, data)
            case VarXpath():
                return await self._store(selector, locate(data, attributes=True))
            case VarUrl() | VarTitle():
                page = (await self.surface.pages())[0]
                return self._set(selector, page.url if action.type == "var_url" else page.title)
            case Proxy():
                await self.surface.through(upstream_of(selector, data, self.proxies))
                return {}
            case Text():
                return await self._contains(data)
        assert_never(action)

    async def _open(self, url: str) -> Data:
        self._opened = True
        return await self.surface.open(url)

    async def _exists(self, locator: Locator) -> Data:
        self._element = await self._wait(lambda: self._find(locator))
        return {}

    async def _click(self, locator: Locator) -> Data:
        async def ready() -> Any:
            element = await self._find(locator)
            where = await self.surface.call(element, "ready")
            if self.on_shot is None:
                return element
            self._element = element
            await self._shoot("before")
            if await self.surface.call(element, "ready") != where:
                raise NotYet("moving")
            return element

        element = await self._wait(ready)
        self._element = None  # it may be gone with its page
        await self.surface.click(element)
        return {}

    async def _enter(self, locator: Locator, text: str) -> Data:
        async def cleared() -> bool:
            self._element = await self._find(locator)
            return bool(await self.surface.call(self._element, "clear", text))

        if await self._wait(cleared):
            await self.surface.type(self._element, text)
        return {}

    async def _modify(self, locator: Locator, value: str) -> Data:
        async def modified() -> None:
            self._element = await self._find(locator)
            await self.surface.call(self._element, "modify", locator.attribute, value)

        await self._wait(modified)
        return {}

    async def _matches(self, what: str, regexp: str) -> Data:
        wanted = pattern(regexp, case=False)

        async def look() -> Data:
            pages = await self.surface.pages()
            for page in pages:
                text = page.url if what == "url" else page.title
                if wanted.search(text):
                    if page is not pages[0]:
                        await self.surface.use(page)
                    return {what: text}
            if what == "url":
                raise NotYet("url_differs", pages[0].url)
            raise NotYet("title_differs", pages[0].title)

        found: Data = await self._wait(look)
        return found

    async def _contains(self, text: str) -> Data:
        wanted = " ".join(text.split())

        async def look() -> Data:
            for frame in await self.surface.frames():
                root = await self._in(frame, ROOT)
                if root is not None and await self.surface.call(root, "contains", wanted):
                    return {"text_found": 1}
            raise NotYet("text_missing", text_found=0)

        found: Data = await self._wait(look)
        return found

    async def _store(self, name: str, locator: Locator) -> Data:
        async def read() -> str:
            self._element = await self._find(locator)
            return str(await self.surface.call(self._element, "read", locator.attribute))

        return self._set(name, await self._wait(read))

    def _cut(self, name: str, regexp: str) -> Data:
        try:
            old = self._variables[name]
        except KeyError:
            raise UnknownVariable(name) from None
        match = pattern(regexp).search(old)
        if match is None:
            raise Failed("no_match", old)
        return self._set(name, match.group(0))

    def _set(self, name: str, value: str) -> Data:
        # As much as may stand in an action: 4 bytes are the longest character.
        self._variables[name] = value[: MAX_DATA // 4] if len(value.encode()) > MAX_DATA else value
        return {"value": value}

    async def _find(self, locator: Locator) -> Any:
        """Return the element, from the first document that has it. Raises `NotYet`."""
        first = None
        for frame in await self.surface.frames():
            first = first or frame
            element = await self._in(frame, locator)
            if element is not None:
                if frame is not first:
                    await self.surface.use(frame)
                return element
        raise NotYet("no_element", locator.path)

    async def _in(self, frame: Any, locator: Locator) -> Any:
        try:
            return await self.surface.find(frame, locator)
        except NotYet:  # the document has just gone
            return None

    async def _wait(self, look: Callable[[], Awaitable[Any]]) -> Any:
        """Look again and again until there is no `NotYet`, or the time is over."""
        pauses = iter(PAUSES)
        pause = 0.0
        while True:
            try:
                return await look()
            except NotYet as missing:
                pause = next(pauses, pause)
                if self.surface.still or self.reactor.seconds() + pause > self._until:
                    raise Failed(missing.reason, missing.detail, **missing.data) from None
            await deferLater(self.reactor, pause)

    async def _shoot(self, moment: Literal["before", "after", "failed"]) -> None:
        if self.on_shot is None:
            return
        jpeg = await self._safely(self._outlined)
        if jpeg:
            self.on_shot(Shot(action=self._at, moment=moment, jpeg=jpeg))

    async def _outlined(self) -> bytes:
        """Return a screenshot with the element of the action outlined, if it is still there."""
        element, old = self._element, None
        if element is not None:
            try:
                old = await self.surface.call(element, "outline")
            except Failed:
                element = None
        try:
            return await self.surface.shot()
        finally:
            if element is not None:
                await self._restore(element, old)

    async def _restore(self, element: Any, style: Any) -> None:
        with suppress(Failed, CancelledError):
            await self.surface.call(element, "restore", style)
