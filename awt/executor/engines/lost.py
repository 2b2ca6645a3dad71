"""What is said of a test for which there was no browser."""

from collections.abc import Sequence

from awt.executor.engines import OnResult
from awt.model.actions import Action, ActionResult


class NoStart(Exception):
    """There is no browser to run a test in; the message says why, for the log of the operator."""


class NoWay(NoStart):
    """There is a browser, but it does not go to the network through us."""


def lost(actions: Sequence[Action], on_result: OnResult | None) -> list[ActionResult]:
    """Return the results of a test that could not begin."""
    first = ActionResult(status="failed", reason="browser_lost")
    results = [first, *(ActionResult(status="skipped") for _ in actions[1:])][: len(actions)]
    for result in results:
        if on_result is not None:
            on_result(result)
    return results
