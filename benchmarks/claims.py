"""`ClaimTasks` at the method, with many tasks waiting: how fast nodes get them, and none twice."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import insert

from awt.api.caller import Caller, Who
from awt.api.claims import ClaimTasks, Held, claim_tasks
from awt.db.schema import task
from awt.db.tx import Tx
from awt.testing.mariadb import MariaDB
from awt.testing.talk import World
from benchmarks.measure import Figure

WAITING: Final = 10_000
NODES: Final = 4
SLOTS: Final = 8
CLAIMED: Final = 2_000
"""Tasks that are claimed in all, so that many wait until the end."""
GOAL: Final = 500


def run() -> Iterator[Figure]:
    """Claim on both engines."""
    with TemporaryDirectory() as folder:
        yield from _measure("sqlite", f"sqlite:///{Path(folder) / 'awt.db'}")
    with MariaDB() as server:
        yield from _measure("mariadb", server.database())


def _measure(name: str, url: str) -> Iterator[Figure]:
    with World(url) as world:
        world.member("jabber", "ann@example.org")
        user = world.user("jabber", "ann@example.org")
        assert user is not None
        world.run(_fill, user.id)
        got: list[list[int]] = [[] for _ in range(NODES)]
        threads = [
            threading.Thread(target=_claim, args=(world, f"c{n}-1", mine))
            for n, mine in enumerate(got)
        ]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
    claimed = [number for mine in got for number in mine]
    assert len(claimed) == len(set(claimed)), "a task was started twice"
    rate = len(claimed) / seconds
    yield Figure(
        what=f"{name}: claimed, {NODES} nodes of {SLOTS} slots, {WAITING} wait",
        found=f"{rate:.0f} tasks/s, none twice",
        goal=f">= {GOAL}",
        good=rate >= GOAL,
    )


def _fill(tx: Tx, user_id: int) -> None:
    actions = '[{"type":"open","selector":"http://example.org/"}]'
    row = {
        "user_id": user_id,
        "name": "http://example.org/",
        "actions": actions,
        "steps": 1,
        "type": "http",
        "status": "initial",
        "run_at": tx.now,
        "created_at": tx.now,
    }
    for at in range(0, WAITING, 1000):
        tx.conn.execute(insert(task), [row | {"priority": n % 3} for n in range(at, at + 1000)])


def _claim(world: World, node: str, got: list[int]) -> None:
    caller = Caller(who=Who.NODE, node=node)
    running: list[Held] = []
    while len(got) < CLAIMED // NODES:
        params = ClaimTasks(
            types=["gc_1280x800", "http"], free_slots=SLOTS, instance=node, running=running
        )
        found = world._database.write_here(claim_tasks, caller, params)[0]  # noqa: SLF001
        running = [Held(each.id, each.attempt) for each in found.tasks]
        got += [each.id for each in found.tasks]
        world._database.write_here(_end, [each.id for each in found.tasks])  # noqa: SLF001
        running = []


def _end(tx: Tx, numbers: list[int]) -> None:
    """Take tasks off, as if they were finished; this is measured as well."""
    tx.conn.execute(
        task.update()
        .where(task.c.id.in_(numbers))
        .values(status="succeeded", lease_until=None, deadline_at=None)
    )
