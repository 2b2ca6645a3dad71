"""Tasks: the row is the queue. Claimed by compare-and-set, held by a lease, handed back when it runs out."""

from collections.abc import Collection
from typing import Any, Final

from attrs import evolve, frozen
from sqlalchemy import Row, bindparam, func, insert, select, update

from awt.db.prepared import Prepared
from awt.db.schema import NEWEST, task
from awt.db.tx import Tx
from awt.errors import Unavailable
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
CHANGED: Final = "task-changed"
"""What is told, with the id, when there is something new about a task."""
CANCELLING: Final = "task-cancelled"
"""What is told, with the node, when a task was taken from a node that runs it."""


@frozen(kw_only=True)
class Task:
    """A run of a test. ``actions`` and ``result`` are JSON."""

    id: int
    user_id: int
    test_id: int | None
    name: str
    actions: str
    steps: int
    type: str
    debug: bool
    status: str
    run_at: int
    node: str | None
    attempt: int
    lease_until: int | None
    deadline_at: int | None
    result: str | None
    progress: str | None
    told_at: int | None
    told_steps: int | None
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
_HELD = select(*_COLUMNS).where(task.c.lease_until.is_not(None), task.c.node == bindparam("holder"))
_HELD_LOCKED = Prepared(_HELD.with_for_update(), Task)
_HELD_READ = Prepared(_HELD, Task)
_OF_TEST = Prepared(
    select(*_COLUMNS)
    .where(task.c.test_id == bindparam("t"), task.c.id < bindparam("before"))
    .order_by(task.c.id.desc())
    .limit(bindparam("n")),
    Task,
)
_LAST_GREEN = Prepared(
    select(*_COLUMNS)
    .where(
        task.c.test_id == bindparam("t"),
        task.c.id < bindparam("before"),
        task.c.status == SUCCEEDED,
    )
    .order_by(task.c.id.desc())
    .limit(1),
    Task,
)
_WAITING = Prepared(
    select(task.c.priority, *_COLUMNS)
    .where(
        task.c.status == INITIAL,
        task.c.type == bindparam("type"),
        task.c.run_at <= bindparam("now"),
    )
    .order_by(task.c.priority, task.c.run_at, task.c.id)
    .limit(bindparam("n"))
    .with_for_update(skip_locked=True),
    lambda priority, **values: (priority, Task(**values)),
)
_CLAIM = (
    update(task)
    .where(task.c.id.in_(bindparam("ids", expanding=True)), task.c.status == INITIAL)
    .values(
        status=STARTING,
        node=bindparam("holder"),
        attempt=task.c.attempt + 1,
        lease_until=bindparam("lease"),
        deadline_at=bindparam("deadline"),
        started_at=bindparam("now"),
        progress=None,
    )
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
    total = tx.conn.execute(
        select(func.sum(task.c.steps)).where(
            task.c.user_id == user_id, task.c.status.in_((INITIAL, *CLAIMED))
        )
    )
    return int(total.scalar() or 0)


def of_user(tx: Tx, user_id: int, *, limit: int, before: int | None = None) -> list[Task]:
    """Return a user's tasks, the newest first; ``before`` is the id to go on from."""
    return _OF_USER.all(tx, u=user_id, before=NEWEST if before is None else before, n=limit)


def claim(
    tx: Tx, *, node: str, types: tuple[str, ...], slots: int, lease_until: int, deadline_at: int
) -> list[Task]:
    """Give waiting tasks to a node, as many as it has slots; each counts one attempt more.

    Each type is a range of the index in its own order, so that no more rows are read than may be
    taken, however many wait. What another claim holds is passed over.
    """
    found = [each for name in types for each in _WAITING.all(tx, type=name, now=tx.now, n=slots)]
    found.sort(key=lambda each: (each[0], each[1].run_at, each[1].id))
    taken = [each[1] for each in found[:slots]]
    if not taken:
        return []
    done = tx.conn.execute(
        _CLAIM,
        {
            "ids": [row.id for row in taken],
            "holder": node,
            "lease": lease_until,
            "deadline": deadline_at,
            "now": tx.now,
        },
    )
    if done.rowcount != len(taken):  # nobody can have taken one that is locked
        raise Unavailable("database: tasks were taken that are locked")
    for each in taken:
        tx.tell(CHANGED, each.id)
    return [
        evolve(
            each,
            status=STARTING,
            node=node,
            attempt=each.attempt + 1,
            lease_until=lease_until,
            deadline_at=deadline_at,
            started_at=tx.now,
            progress=None,
        )
        for each in taken
    ]


def renew(
    tx: Tx, task_id: int, *, node: str, attempt: int, lease_until: int, progress: str | None = None
) -> bool:
    """Prolong a node's lease and note that the task runs; False when it is no longer the node's.

    ``progress``: what came of the actions so far, as JSON; None when there is nothing new.
    """
    values: dict[str, Any] = {"status": RUNNING, "lease_until": lease_until}
    if progress is not None:
        values["progress"] = progress
    kept = (
        tx.conn.execute(
            update(task)
            .where(
                task.c.id == task_id,
                task.c.node == node,
                task.c.attempt == attempt,
                task.c.status.in_(CLAIMED),
            )
            .values(values)
        ).rowcount
        == 1
    )
    if kept:
        tx.tell(CHANGED, task_id)
    return kept


def note_told(tx: Tx, task_id: int, steps: int) -> None:
    """Note that the chat was told how many steps of a task are done."""
    values = {"told_at": tx.now, "told_steps": steps}
    tx.conn.execute(update(task).where(task.c.id == task_id).values(values))


def finish(tx: Tx, task_id: int, *, status: str, result: str | None) -> None:
    """End a task."""
    tx.tell(CHANGED, task_id)
    tx.conn.execute(
        update(task)
        .where(task.c.id == task_id)
        .values(
            status=status,
            result=result,
            finished_at=tx.now,
            progress=None,
            lease_until=None,
            deadline_at=None,
            purge_after=tx.now + tx.settings.purge.purge_days * DAY,
        )
    )


def hand_back(tx: Tx, task_id: int, *, counted: bool = True) -> None:
    """Let a task wait for a node again; an attempt that is not ``counted`` is taken back as well."""
    tx.tell(CHANGED, task_id)
    tx.conn.execute(
        update(task)
        .where(task.c.id == task_id)
        .values(
            status=INITIAL,
            node=None,
            attempt=task.c.attempt - (not counted),
            progress=None,
            lease_until=None,
            deadline_at=None,
        )
    )


def hand_back_of(tx: Tx, task_id: int, attempt: int, *, node: str) -> None:
    """Let a task wait again that a node has and knows nothing of; no attempt is counted."""
    found = locked(tx, task_id)
    if found is None or (found.node, found.attempt) != (node, attempt):
        return
    if found.status in CLAIMED:
        hand_back(tx, task_id, counted=False)
        tx.tell(TOPIC, found.type)


def lost(tx: Tx, *, limit: int) -> list[Task]:
    """Return claimed tasks whose lease or deadline has passed, locked."""
    found: dict[int, Task] = {}
    for column in (task.c.lease_until, task.c.deadline_at):
        rows = tx.conn.execute(
            select(*_COLUMNS).where(column < tx.now).order_by(column).limit(limit).with_for_update()
        )
        found.update({row.id: Task(**row._mapping) for row in rows})
    return list(found.values())[:limit]


def unclaimed(tx: Tx, types: Collection[str], *, before: int, limit: int) -> list[Task]:
    """Return tasks of some types that have waited for a node since a time, locked."""
    rows = tx.conn.execute(
        select(*_COLUMNS)
        .where(task.c.status == INITIAL, task.c.type.in_(types), task.c.run_at < before)
        .order_by(task.c.run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Task(**row._mapping) for row in rows]


def waiting_of_user(tx: Tx, user_id: int) -> list[Task]:
    """Return a user's tasks that wait or run, locked."""
    rows = tx.conn.execute(
        select(*_COLUMNS)
        .where(task.c.user_id == user_id, task.c.status.in_((INITIAL, *CLAIMED)))
        .with_for_update()
    )
    return [Task(**row._mapping) for row in rows]


def held_by(tx: Tx, node: str, *, lock: bool = True) -> list[Task]:
    """Return the tasks that a node has, locked unless it is only for a look."""
    return (_HELD_LOCKED if lock else _HELD_READ).all(tx, holder=node)


def of_test(tx: Tx, test_id: int, *, limit: int, before: int | None = None) -> list[Task]:
    """Return the tasks of a test, the newest first; ``before`` is the id to go on from."""
    return _OF_TEST.all(tx, t=test_id, before=NEWEST if before is None else before, n=limit)


def last_green(tx: Tx, test_id: int, *, before: int) -> Task | None:
    """Return the last task of a test that succeeded before another one."""
    return _LAST_GREEN.first(tx, t=test_id, before=before)


def failures(tx: Tx, test_id: int, *, upto: int) -> tuple[int, int | None]:
    """Return how many tasks of a test failed in a row up to one, and when the first of them ended."""
    green = last_green(tx, test_id, before=upto + 1)
    row = tx.conn.execute(
        select(func.count(), func.min(task.c.finished_at)).where(
            task.c.test_id == test_id,
            task.c.id <= upto,
            task.c.id > (green.id if green else 0),
            task.c.status == FAILED,
        )
    ).one()
    return int(row[0]), row[1]
