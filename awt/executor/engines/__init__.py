"""Engines: who carries out the actions of a test. Each is a plugin behind one small interface."""

from collections.abc import Callable, Sequence
from typing import Protocol

from awt.model.actions import Action, ActionResult

OnResult = Callable[[ActionResult], None]
"""Hears each result as soon as it is there, in the order of the actions, the skipped ones too."""


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
        on_result: OnResult | None = None,
    ) -> list[ActionResult]:
        """Carry out the actions of one test and return a result for each, in order.

        An action that takes longer than `action_seconds` fails with the reason `timeout`; after the
        first failure the rest are skipped; what the engine can not do fails with `unsupported`.
        What the site does wrong is a result and never an exception. If the Deferred that waits for
        it is cancelled, everything the run had opened is closed before `CancelledError` comes out.
        """

    async def close(self) -> None:
        """Cancel the runs that are under way and free everything; the engine is of no use then."""
