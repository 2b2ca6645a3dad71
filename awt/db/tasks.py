"""Tasks: the row is the queue. Claimed by compare-and-set, held by a lease, handed back when it runs out."""

from typing import Any, Final

import msgspec
from attrs import frozen
from sqlalchemy import Row, bindparam, insert, select, update

from awt.db.prepared import Prepared
from awt.db.schema import NEWEST, task
from awt.db.tx import Tx
from awt.model.times import DAY

INITIAL: Final = "initial"
STARTING: Final = "starting"
RUNNING: Final = "running"
SUCCEEDED: Final = "succeeded"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"

CLAIMED: Final = (STARTING, RUNNING)
TOPIC: Final = "task"
"""What is told, with the type, when a task waits for a node."""


@frozen(kw_only=True)
class Task:
    """A run of a test. ``actions`` and ``result`` are JSON."""

    id: int
    user_id: int
    name: str
    actions: str
    type: str
    debug: bool
    status: str
    run_at: int
    node: str | None
    attempt: int
    lease_until: int | None
    deadline_at: int | None
    result: str | None
    service: str | None
    im: str | None
    address: str | None
    reply_to: str | None
    trace: str
    created_at: int
    started_at: int | None
    finished_at: int | None


_COLUMNS = [task.c[name] for name in Task.__annotations__]
_BY_ID = select(*_COLUMNS).where(task.c.id == bindparam("i"))
_OF_USER = Prepared(
    select(*_COLUMNS)
    .where(task.c.user_id == bindparam("u"), task.c.id < bindparam("before"))
    .order_by(task.c.id.desc())
    .limit(bindparam("n")),
    Task,
)
_WAITING = (
    select(*_COLUMNS)
    .where(
        task.c.status == INITIAL,
        task.c.type.in_(bindparam("types", expanding=True)),
        task.c.run_at <= bindparam("now"),
    )
    .order_by(task.c.priority, task.c.run_at, task.c.id)
    .limit(bindparam("n"))
    .with_for_update(skip_locked=True)
)


def _task(row: Row[Any] | None) -> Task | None:
    return None if row is None else Task(**row._mapping)


def create(tx: Tx, /, **values: Any) -> int:
    """Make a task that waits for a node; return its id."""
    key = tx.conn.execute(
        insert(task).values(
            {"status": INITIAL, "run_at": tx.now, "created_at": tx.now, "trace": tx.trace, **values}
        )
    ).inserted_primary_key
    assert key is not None
    tx.tell(TOPIC, values["type"])
    task_id: int = key[0]
    return task_id


def by_id(tx: Tx, task_id: int) -> Task | None:
    """Return a task."""
    return _task(tx.conn.execute(_BY_ID, {"i": task_id}).first())


def locked(tx: Tx, task_id: int) -> Task | None:
    """Return a task and hold its row."""
    return _task(tx.conn.execute(_BY_ID.with_for_update(), {"i": task_id}).first())


def actions_under_way(tx: Tx, user_id: int) -> int:
    """Return how many actions a user's tasks have that wait or run."""
    rows = tx.conn.execute(
        select(task.c.actions).where(
            task.c.user_id == user_id, task.c.status.in_((INITIAL, *CLAIMED))
        )
    )
    return sum(len(msgspec.json.decode(actions)) for actions in rows.scalars())


def of_user(tx: Tx, user_id: int, *, limit: int, before: int | None = None) -> list[Task]:
    """Return a user's tasks, the newest first; ``before`` is the id to go on from."""
    return _OF_USER.all(tx, u=user_id, before=NEWEST if before is None else before, n=limit)


def claim(
    tx: Tx, *, node: str, types: tuple[str, ...], slots: int, lease_until: int, deadline_at: int
) -> list[Task]:
    """Give waiting tasks to a node, as many as it has slots; each counts one attempt more."""
    rows = tx.conn.execute(_WAITING, {"types": types, "now": tx.now, "n": slots}).all()
    claimed = []
    for row in rows:
        changed = {
            "status": STARTING,
            "node": node,
            "attempt": row.attempt + 1,
            "lease_until": lease_until,
            "deadline_at": deadline_at,
            "started_at": tx.now,
        }
        done = tx.conn.execute(
            update(task).where(task.c.id == row.id, task.c.status == INITIAL).values(changed)
        )
        if done.rowcount == 1:
            claimed.append(Task(**{**row._mapping, **changed}))
    return claimed


def renew(tx: Tx, task_id: int, *, node: str, attempt: int, lease_until: int) -> bool:
    """Prolong a node's lease and note that the task runs; False when it is no longer the node's."""
    return (
        tx.conn.execute(
            update(task)
            .where(
                task.c.id == task_id,
                task.c.node == node,
                task.c.attempt == attempt,
                task.c.status.in_(CLAIMED),
            )
            .values(status=RUNNING, lease_until=lease_until)
        ).rowcount
        == 1
    )


def finish(tx: Tx, task_id: int, *, status: str, result: str | None) -> None:
    """End a task."""
    tx.conn.execute(
        update(task)
        .where(task.c.id == task_id)
        .values(
            status=status,
            result=result,
            finished_at=tx.now,
            lease_until=None,
            deadline_at=None,
            purge_after=tx.now + tx.settings.purge.purge_days * DAY,
        )
    )


def hand_back(tx: Tx, task_id: int, *, counted: bool = True) -> None:
    """Let a task wait for a node again; an attempt that is not ``counted`` is taken back as well."""
    tx.conn.execute(
        update(task)
        .where(task.c.id == task_id)
        .values(
            status=INITIAL,
            node=None,
            attempt=task.c.attempt - (not counted),
            lease_until=None,
            deadline_at=None,
        )
    )


def lost(tx: Tx, *, limit: int) -> list[Task]:
    """Return claimed tasks whose lease or deadline has passed, locked."""
    found: dict[int, Task] = {}
    for column in (task.c.lease_until, task.c.deadline_at):
        rows = tx.conn.execute(
            select(*_COLUMNS).where(column < tx.now).order_by(column).limit(limit).with_for_update()
        )
        found.update({row.id: Task(**row._mapping) for row in rows})
    return list(found.values())[:limit]


def waiting_of_user(tx: Tx, user_id: int) -> list[Task]:
    """Return a user's tasks that wait or run, locked."""
    rows = tx.conn.execute(
        select(*_COLUMNS)
        .where(task.c.user_id == user_id, task.c.status.in_((INITIAL, *CLAIMED)))
        .with_for_update()
    )
    return [Task(**row._mapping) for row in rows]


def held_by(tx: Tx, node: str) -> list[Task]:
    """Return the tasks that a node has, locked."""
    rows = tx.conn.execute(
        select(*_COLUMNS)
        .where(task.c.lease_until.is_not(None), task.c.node == node)
        .with_for_update()
    )
    return [Task(**row._mapping) for row in rows]
