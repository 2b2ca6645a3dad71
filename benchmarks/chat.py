"""A chat command over the whole embedded path.

HTTP POST in, gate, transaction, outbox, delivery, server-sent event out; the node is a process of its
own, and so is the skeleton that its CPU is compared with. Rounds of the two take turns.
"""

from collections.abc import Iterator
from statistics import median
from typing import Final

from awt.testing.site import RunningNode
from benchmarks.measure import Figure, ms, percentile
from benchmarks.people import FREE, Member, cost, latencies
from benchmarks.skeleton import Client, Skeleton

ALONE: Final = 400
"""Commands one after the other."""
CROWD: Final = 8
"""Members who speak at once."""
ROUNDS: Final = 7
COMMANDS: Final = 640
"""Commands of a round."""
MOST: Final = 0.020
"""Goal for the median, alone, in seconds."""
RATIO: Final = 2.5
"""Goal for the CPU, as a multiple of the skeleton's."""


def run() -> Iterator[Figure]:
    """Measure."""
    with RunningNode(**FREE) as node, Skeleton() as skeleton:
        yield from _alone(node)
        yield from _together(node, skeleton)


def _alone(node: RunningNode) -> Iterator[Figure]:
    member = Member(node)
    latencies(member, ALONE // 10)
    found = latencies(member, ALONE)
    p50 = percentile(found, 50)
    yield Figure(
        what=f"a command, 1 in flight ({ALONE})",
        found=f"p50 {ms(p50)}, p99 {ms(percentile(found, 99))}",
        goal=f"p50 < {MOST * 1000:.0f} ms",
        good=p50 < MOST,
    )


def _together(node: RunningNode, skeleton: Skeleton) -> Iterator[Figure]:
    members = [Member(node) for _ in range(CROWD)]
    clients = [Client(skeleton) for _ in range(CROWD)]
    cost(node.pid, members, COMMANDS // 4)
    cost(skeleton.pid, clients, COMMANDS // 4)
    rounds = [
        (cost(skeleton.pid, clients, COMMANDS), cost(node.pid, members, COMMANDS))
        for _ in range(ROUNDS)
    ]
    bare, whole = median(b for (b, _), _ in rounds), median(w for _, (w, _) in rounds)
    ratios = [w / b for (b, _), (w, _) in rounds]
    speed, bare_speed = median(s for _, (_, s) in rounds), median(s for (_, s), _ in rounds)
    yield Figure(what="the skeleton, 8 in flight", found=f"CPU {ms(bare)}, {bare_speed:.0f}/s")
    yield Figure(what="a command, 8 in flight", found=f"CPU {ms(whole)}, {speed:.0f}/s")
    yield Figure(
        what=f"CPU of a command / skeleton, {ROUNDS} rounds of {COMMANDS}",
        found=f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
        goal=f"<= {RATIO}",
        good=median(ratios) <= RATIO,
    )
