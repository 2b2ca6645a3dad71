"""Nodes that run tests, as their calls show them."""

from typing import Final

from attrs import frozen
from sqlalchemy import bindparam, delete, insert, select, update

from awt.db.prepared import Prepared
from awt.db.schema import executor
from awt.db.tx import Tx
from awt.model.times import MINUTE, SECOND

ALIVE: Final = 10 * MINUTE
"""For how long a node counts as living that was not heard of; it may be restarting."""
HEARD: Final = 90 * SECOND
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
_SINCE = Prepared(select(*_COLUMNS).where(executor.c.seen_at > bindparam("since")), Executor)
_ANY = Prepared(select(executor.c.node).where(executor.c.types != "").limit(1))


def by_name(tx: Tx, node: str) -> Executor | None:
    """Return what is known of a node."""
    return _BY_NAME.first(tx, n=node)


def note(tx: Tx, node: str, *, instance: str, types: tuple[str, ...]) -> None:
    """Note that a process asks for tasks as a node."""
    values = {"instance": instance, "types": ",".join(types), "seen_at": tx.now}
    if not tx.conn.execute(update(executor).where(executor.c.node == node).values(values)).rowcount:
        tx.conn.execute(insert(executor).values(node=node, **values))


def forget(tx: Tx, node: str) -> None:
    """Forget a node that has stopped."""
    tx.conn.execute(delete(executor).where(executor.c.node == node))


def living_types(tx: Tx) -> frozenset[str] | None:
    """Return the types that living nodes run, None where no node has ever said what it runs."""
    types = _types(tx, ALIVE)
    return None if not types and _ANY.first(tx) is None else types


def heard_types(tx: Tx) -> frozenset[str]:
    """Return the types of the nodes that are there now, as far as one can tell."""
    return _types(tx, HEARD)


def _types(tx: Tx, silence: int) -> frozenset[str]:
    """Return the types of the nodes that were silent for no longer than some milliseconds."""
    found = _SINCE.all(tx, since=tx.now - silence)
    return frozenset(name for each in found for name in each.types.split(",") if name)
