"""How long a node takes to start, and how much memory it keeps."""

import time
from collections.abc import Iterator
from statistics import median
from typing import Final

from awt.testing.site import RunningNode
from benchmarks.measure import Figure, cpu, rss
from benchmarks.people import FREE, Member, cost

STARTS: Final = 5
CROWD: Final = 8
COMMANDS: Final = 1000
AGAIN: Final = 2.0
"""Goal for a start, in seconds."""
FIRST: Final = 4.0
"""Goal for a start that makes the database, in seconds."""
MEMORY: Final = 150
"""Goal, in MB."""


def run() -> Iterator[Figure]:
    """Measure."""
    first, again, work, fresh = [], [], [], []
    for _ in range(STARTS):
        node = RunningNode(**FREE)
        try:
            first.append(_start(node))
            node.terminate()
            again.append(_start(node))
            work.append(cpu(node.pid))
            fresh.append(rss(node.pid))
        finally:
            node.stop()
    yield _seconds("start with a database, until /readyz is 200", again, AGAIN)
    yield Figure(what="its CPU", found=f"{median(work):.2f} s")
    yield _seconds("first start, with the migration", first, FIRST)
    yield _memory("memory after a start", median(fresh))
    with RunningNode(**FREE) as node:
        cost(node.pid, [Member(node) for _ in range(CROWD)], COMMANDS)
        yield _memory(f"memory after {COMMANDS} commands of {CROWD} members", rss(node.pid))


def _start(node: RunningNode) -> float:
    began = time.perf_counter()
    node.start()
    return time.perf_counter() - began


def _seconds(what: str, found: list[float], most: float) -> Figure:
    middle = median(found)
    return Figure(
        what=what,
        found=f"{middle:.2f} s ({min(found):.2f}-{max(found):.2f})",
        goal=f"< {most:.0f} s",
        good=middle < most,
    )


def _memory(what: str, found: float) -> Figure:
    return Figure(what=what, found=f"{found:.0f} MB", goal=f"< {MEMORY} MB", good=found < MEMORY)
