"""What the action loop needs of an engine: about ten primitives, the same for all engines."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from attrs import frozen

from awt.executor.upstream import Upstream
from awt.model.actions import Evidence, Step
from awt.model.locators import Locator

QUALITY: Final = 70
"""Of a screenshot, as JPEG counts it."""

Data = dict[str, str | int]


class Failed(Exception):
    """An action failed, and waiting will not help; `reason` is the code of its result."""

    def __init__(self, reason: str, detail: str = "", **data: str | int) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
        self.data: Data = data


class NotYet(Failed):
    """What an action waits for is not there; it is the failure if it is not there in time."""


@frozen
class Page:
    """A window, by what its address bar and its tab say."""

    window: Any
    url: str
    title: str


class Surface(Protocol):
    """One browser with nothing in it, for one test.

    A window is current: the one that was opened or used last. Frames and elements are whatever the
    engine likes. Every primitive may raise `Failed`; `NotYet` for what may be cured by waiting,
    e.g. because a page is being loaded. Dialogs of pages are accepted as they come.
    """

    still: bool
    """Whether a page never changes by itself, so that there is nothing to wait for."""
    refused: frozenset[type[Step]]
    """Actions that cannot be carried out honestly: they fail as `unsupported`."""

    async def open(self, url: str) -> Data:
        """Load a page in the current window and return what is known of it.

        Those are `status`, `url`, `title` and what the engine knows besides.
        """

    async def frames(self) -> Sequence[Any]:
        """Return the documents of all windows, those of the current window first."""

    async def find(self, frame: Any, locator: Locator) -> Any:
        """Return the first element there, a visible one if there is one; None if there is none."""

    async def call(self, element: Any, function: str, *values: str) -> Any:
        """Call a function of `page.js` with an element; return its result."""

    async def use(self, frame: Any) -> None:
        """Make the window of a frame (or of a `Page`) the current one."""

    async def click(self, element: Any) -> None:
        """Click an element that is ready for it, and wait for a page that it loads."""

    async def type(self, element: Any, text: str) -> None:
        """Press the keys of a text in an element that has the focus."""

    async def pages(self) -> Sequence[Page]:
        """Return all windows, the current one first."""

    async def shot(self) -> bytes:
        """Return a screenshot of the current window, a JPEG."""

    async def evidence(self) -> Evidence:
        """Return what is known of the errors of the pages."""

    async def through(self, upstream: Upstream | None) -> None:
        """Send what follows through a proxy, or straight; cookies stay."""

    async def interrupt(self) -> None:
        """Stop the scripts of the pages, for an action took too long, or else give the browser up."""

    async def close(self) -> None:
        """Close the browser and all that belongs to this test. Raises nothing."""
