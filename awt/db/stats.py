"""What accounts ran, by the hour in UTC: a day begins elsewhere at another time."""

from typing import Final

from attrs import frozen
from sqlalchemy import bindparam, insert, select, update

from awt.db.prepared import Prepared
from awt.db.schema import stats
from awt.db.tx import Tx
from awt.model.times import DAY, HOUR

KEPT_HOURS: Final = 1008
"""Most hours of an account that there are (42 days)."""


@frozen(kw_only=True)
class Hour:
    """What an account ran in the hour that began at ``hour``."""

    hour: int
    started: int
    finished: int
    failed: int
    actions: int


_COLUMNS = [stats.c[name] for name in Hour.__annotations__]
_ADD = (
    update(stats)
    .where(stats.c.user_id == bindparam("u"), stats.c.hour == bindparam("h"))
    .values(
        started=stats.c.started + bindparam("s"),
        finished=stats.c.finished + bindparam("f"),
        failed=stats.c.failed + bindparam("x"),
        actions=stats.c.actions + bindparam("a"),
    )
)
_OF_USER = Prepared(
    select(*_COLUMNS)
    .where(stats.c.user_id == bindparam("u"), stats.c.hour >= bindparam("since"))
    .order_by(stats.c.hour)
    .limit(bindparam("n")),
    Hour,
)


def add(
    tx: Tx, user_id: int, *, started: int = 0, finished: int = 0, failed: int = 0, actions: int = 0
) -> None:
    """Count something in this hour. The account's row is held, so that no twin makes the hour's row."""
    hour = tx.now - tx.now % HOUR
    counts = {"s": started, "f": finished, "x": failed, "a": actions}
    if tx.conn.execute(_ADD, {"u": user_id, "h": hour, **counts}).rowcount:
        return
    tx.conn.execute(
        insert(stats).values(
            user_id=user_id,
            hour=hour,
            started=started,
            finished=finished,
            failed=failed,
            actions=actions,
            purge_after=hour + tx.settings.purge.purge_days * DAY,
        )
    )


def of_user(tx: Tx, user_id: int, *, since: int) -> list[Hour]:
    """Return an account's hours that began at a time or later, the oldest first."""
    return _OF_USER.all(tx, u=user_id, since=since, n=KEPT_HOURS)
