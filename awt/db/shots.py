"""Screenshots of tasks, and the links by which others may look at a task. The files lie on disk."""

from attrs import frozen
from sqlalchemy import bindparam, delete, insert, select

from awt.db.links import hash_token
from awt.db.prepared import Prepared
from awt.db.schema import share, shot
from awt.db.tx import Tx


@frozen(kw_only=True)
class Shot:
    """A screenshot: its number in the task, its file, its size in pixels."""

    number: int
    file: str
    width: int
    height: int


_COLUMNS = [shot.c[name] for name in Shot.__annotations__]
_OF_TASK = Prepared(
    select(*_COLUMNS).where(shot.c.task_id == bindparam("t")).order_by(shot.c.number), Shot
)
_SHARED = Prepared(
    select(share.c.task_id).where(
        share.c.token_hash == bindparam("h"), share.c.purge_after > bindparam("now")
    )
)


def of_task(tx: Tx, task_id: int) -> list[Shot]:
    """Return the screenshots of a task, in order."""
    return _OF_TASK.all(tx, t=task_id)


def put(tx: Tx, task_id: int, made: Shot) -> None:
    """Keep a screenshot; one with its number is replaced."""
    tx.conn.execute(delete(shot).where(shot.c.task_id == task_id, shot.c.number == made.number))
    tx.conn.execute(
        insert(shot).values(
            task_id=task_id,
            number=made.number,
            file=made.file,
            width=made.width,
            height=made.height,
            created_at=tx.now,
        )
    )


def forget(tx: Tx, task_id: int) -> None:
    """Forget the screenshots of a task that begins anew."""
    tx.conn.execute(delete(shot).where(shot.c.task_id == task_id))


def create_share(tx: Tx, task_id: int, *, until: int) -> str:
    """Make a link's token that shows a task until a time."""
    token = tx.chance.token()
    tx.conn.execute(
        insert(share).values(
            task_id=task_id, token_hash=hash_token(token), created_at=tx.now, purge_after=until
        )
    )
    return token


def shared(tx: Tx, token: str) -> int | None:
    """Return the task that a token shows, None where it shows none (any more)."""
    found: int | None = _SHARED.scalar(tx, h=hash_token(token), now=tx.now)
    return found
