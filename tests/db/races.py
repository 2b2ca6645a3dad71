"""Several threads at one database."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from awt.db.tx import Tx
from awt.testing.talk import World


class Meeting:
    """A place in a transaction where each waits for the others, so that none has committed yet.

    SQLite has one writer: there they come one after the other and nobody waits.
    """

    def __init__(self, world: World, parties: int) -> None:
        sqlite = world._database.is_sqlite
        self._barrier = None if sqlite else threading.Barrier(parties, timeout=10)
        self._met = threading.local()

    def __call__(self) -> None:
        """Wait for the others, once in each thread: a transaction that is run again goes on."""
        if self._barrier is not None and not getattr(self._met, "done", False):
            self._met.done = True
            self._barrier.wait()


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """Call each function in a thread of its own; return results or exceptions."""

    def one(function: Callable[[], Any]) -> Any:
        try:
            return function()
        except Exception as error:  # noqa: BLE001 - it is the result
            return error

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(one, functions))


def together(world: World, *functions: Callable[[Tx], Any]) -> list[Any]:
    """Run each function in a transaction and a thread of its own; return results or exceptions."""
    return at_once(*(partial(world.run, function) for function in functions))
