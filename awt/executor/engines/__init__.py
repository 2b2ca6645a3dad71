"""Engines: who carries out the actions of a test. Each is a plugin behind one small interface."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from attrs import frozen

from awt.model.actions import Action, ActionResult

OnResult = Callable[[ActionResult], None]
"""Hears each result as soon as it is there, in the order of the actions, the skipped ones too."""


@frozen(kw_only=True)
class Shot:
    """A screenshot of an action, with the element that it was about outlined.

    `action` is its place in the test, from 0. A click has one `before` and one `after`, other
    actions one `after`; a failure has one `failed`.
    """

    action: int
    moment: Literal["before", "after", "failed"]
    jpeg: bytes


OnShot = Callable[[Shot], None]
"""Hears each screenshot as soon as it is there."""


@frozen(kw_only=True)
class Viewport:
    """The window of a browser, in CSS pixels. `mobile`: it is a telephone, with touch."""

    width: int = 1280
    height: int = 800
    mobile: bool = False


DESKTOP = Viewport()


class Engine(Protocol):
    """Carries out tests.

    One engine serves all slots of a node: runs may overlap and share nothing with each other, no
    cookies, no cache, no connections.
    """

    async def run(
        self,
        actions: Sequence[Action],
        *,
        action_seconds: float,
        debug: bool = False,
        viewport: Viewport = DESKTOP,
        on_result: OnResult | None = None,
        on_shot: OnShot | None = None,
    ) -> list[ActionResult]:
        """Carry out the actions of one test and return a result for each, in order.

        An action that takes longer than `action_seconds` fails with the reason `timeout`, or with
        what it was waiting for; after the first failure the rest are skipped, unless `debug`; what
        the engine can not do fails with `unsupported`. What the site or the browser does wrong is a
        result and never an exception. Without `on_shot` there are no screenshots. If the Deferred
        that waits for it is cancelled, everything the run had opened is closed before
        `CancelledError` comes out.
        """

    async def close(self) -> None:
        """Cancel the runs that are under way and free everything; the engine is of no use then."""
