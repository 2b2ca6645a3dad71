"""Nodes that run tests, as their calls show them."""

from typing import Final

from attrs import frozen
from sqlalchemy import bindparam, func, insert, select, update

from awt.db.prepared import Prepared
from awt.db.schema import executor
from awt.db.tx import Tx
from awt.model.times import MINUTE, SECOND

ALIVE: Final = 10 * MINUTE
"""For how long a node counts as living that was not heard of; it may be restarting."""
PAUSE: Final = 90 * SECOND
"""For how long nobody wonders that a node is silent: its calls wait 25 s, and it tries again within 18 s."""
NOTED_EVERY: Final = 10 * SECOND
"""How often it is noted that a node asks for tasks."""
GONE: Final = MINUTE
"""After how much silence of the process that has a node's name another may take it back."""


@frozen(kw_only=True)
class Executor:
    """A node that runs tests. ``types`` has commas."""

    node: str
    instance: str
    types: str
    seen_at: int


_COLUMNS = [executor.c[name] for name in Executor.__annotations__]
_BY_NAME = Prepared(select(*_COLUMNS).where(executor.c.node == bindparam("n")), Executor)
_ALL = Prepared(select(*_COLUMNS), Executor)


def by_name(tx: Tx, node: str) -> Executor | None:
    """Return what is known of a node."""
    return _BY_NAME.first(tx, n=node)


def note(tx: Tx, node: str, *, instance: str, types: tuple[str, ...]) -> None:
    """Note that a process asks for tasks as a node."""
    values = {"instance": instance, "types": ",".join(types), "seen_at": tx.now}
    if not tx.conn.execute(update(executor).where(executor.c.node == node).values(values)).rowcount:
        tx.conn.execute(insert(executor).values(node=node, **values))


def leave(tx: Tx, node: str) -> None:
    """Note that a node has stopped: it is as silent as one that is gone, and may come back."""
    values = {"instance": "", "seen_at": tx.now - 2 * PAUSE}
    tx.conn.execute(update(executor).where(executor.c.node == node).values(values))


def expect(tx: Tx) -> None:
    """Have no time passed for the nodes since the last one was heard of: it is the server that was away."""
    newest: int | None = tx.conn.execute(select(func.max(executor.c.seen_at))).scalar()
    away = tx.now - (newest or tx.now)
    if away > 0:
        tx.conn.execute(update(executor).values(seen_at=executor.c.seen_at + away))


def living_types(tx: Tx) -> frozenset[str] | None:
    """Return the types that living nodes run, None where no node has ever said what it runs."""
    found = seen(tx)
    return frozenset(name for name, at in found.items() if at > tx.now - ALIVE) if found else None


def seen(tx: Tx) -> dict[str, int]:
    """Return the types that nodes run, dead ones too, with when one of these was last heard of."""
    found: dict[str, int] = {}
    for each in _ALL.all(tx):
        for name in filter(None, each.types.split(",")):
            found[name] = max(each.seen_at, found.get(name, 0))
    return found
