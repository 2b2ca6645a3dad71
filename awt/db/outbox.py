"""The outbox: messages that commit with the rows that they speak of, and what became of them."""

from typing import Final

import msgspec
from attrs import frozen
from sqlalchemy import bindparam, func, insert, select, update

from awt.db.prepared import Prepared
from awt.db.schema import consumed, outbox
from awt.db.tx import Tx
from awt.model.messages import Body, Message, decode_body, encode_body
from awt.model.times import DAY

READY: Final = "ready"
DONE: Final = "done"
DEAD: Final = "dead"
EXPIRED: Final = "expired"
DROPPED: Final = "dropped"

KEEP: Final = 7 * DAY
"""How long consumed ids and finished rows are kept."""
ABANDONED: Final = 42 * DAY
"""How long a message waits for a consumer that never comes."""
AT_ONCE: Final = 500
"""Messages that one statement marks."""
TOPIC: Final = "outbox"
"""What is told, with the `Message`, when one was committed."""

_INSERT = Prepared(insert(outbox))
_CONSUMED = Prepared(
    insert(consumed)
    .prefix_with("IGNORE", dialect="mysql")
    .prefix_with("IGNORE", dialect="mariadb")
    .prefix_with("OR IGNORE", dialect="sqlite")
)
_IS_THERE = Prepared(select(outbox.c.id).where(outbox.c.message_id == bindparam("m")))
_STATE = Prepared(select(outbox.c.state).where(outbox.c.message_id == bindparam("m")))
_DONE = (  # of those that still wait: one may be dead by the time its delivery is noted
    update(outbox)
    .where(outbox.c.message_id.in_(bindparam("ids", expanding=True)), outbox.c.state == READY)
    .values(state=DONE, secret=None, purge_after=bindparam("p"))
)
_READY = (
    select(outbox)
    .where(
        outbox.c.state == READY,
        outbox.c.queue == bindparam("q"),
        outbox.c.next_at <= bindparam("now"),
    )
    .order_by(outbox.c.id)
    .limit(bindparam("n"))
)
_NEXT = (
    select(outbox.c.next_at)
    .where(
        outbox.c.state == READY,
        outbox.c.queue == bindparam("q"),
        outbox.c.next_at > bindparam("now"),
    )
    .order_by(outbox.c.next_at)
    .limit(1)
)
_DUE = (
    select(outbox)
    .where(outbox.c.state == READY, outbox.c.next_at <= bindparam("until"))
    .order_by(outbox.c.next_at, outbox.c.id)
    .limit(bindparam("n"))
    .with_for_update(skip_locked=True)
)
_RELEASE = (
    update(outbox)
    .where(outbox.c.message_id == bindparam("m"), outbox.c.state == READY)
    .values(next_at=outbox.c.created_at)
)


@frozen(kw_only=True)
class Stored:
    """A message as the outbox has it. ``message`` is None when its body cannot be decoded."""

    row: int
    message_id: str
    message: Message | None
    next_at: int


@frozen(kw_only=True)
class Letter:
    """A dead letter, its secret masked."""

    message_id: str
    queue: str
    body: str
    trace: str
    attempt: int
    created_at: int
    error: str


def send(
    tx: Tx,
    queue: str,
    body: Body,
    *,
    secret: str | None = None,
    expires_at: int | None = None,
    message_id: str | None = None,
) -> str:
    """Put a message into the outbox; it leaves once the transaction is committed. Return its id."""
    message = Message(
        id=message_id or tx.chance.uuid(),
        queue=queue,
        body=body,
        created_at=tx.now,
        expires_at=expires_at,
        trace=tx.trace,
        secret=secret,
    )
    _INSERT.insert(
        tx,
        message_id=message.id,
        queue=queue,
        body=encode_body(body),
        secret=secret,
        trace=tx.trace,
        state=READY,
        attempt=0,
        created_at=tx.now,
        next_at=tx.now,
        expires_at=expires_at,
        purge_after=tx.now + ABANDONED,
    )
    tx.tell(TOPIC, message)
    return message.id


def publish(tx: Tx, queue: str, body: Body, *, message_id: str, trace: str) -> None:
    """Put a message into a queue, once for each id however often it comes."""
    if _IS_THERE.first(tx, m=message_id) is None:
        tx.trace = trace
        send(tx, queue, body, message_id=message_id)


def consume_once(tx: Tx, message_id: str) -> bool:
    """Note that a message has its effect in this transaction; False when it had it before.

    A twin that is at it is waited for.
    """
    return bool(_CONSUMED.change(tx, message_id=message_id, purge_after=tx.now + KEEP))


def mark_done(tx: Tx, message_ids: list[str]) -> None:
    """Note that messages were delivered; their secrets are blanked."""
    for first in range(0, len(message_ids), AT_ONCE):
        ids = message_ids[first : first + AT_ONCE]
        tx.conn.execute(_DONE, {"ids": ids, "p": tx.now + KEEP})


def is_lost(tx: Tx, message_id: str) -> bool:
    """Tell whether a message will not be handled, unless somebody replays it."""
    return _STATE.scalar(tx, m=message_id) in {DEAD, EXPIRED, DROPPED}


def put_off(tx: Tx, message_id: str, *, attempt: int, next_at: int, error: str) -> None:
    """Note that a delivery failed and when the next one is due."""
    tx.conn.execute(
        update(outbox)
        .where(outbox.c.message_id == message_id)
        .values(attempt=attempt, next_at=next_at, error=error[:400])
    )


def bury(tx: Tx, message_id: str, *, attempt: int, error: str) -> None:
    """Move a message to the dead letters; its secret is masked."""
    tx.conn.execute(
        update(outbox)
        .where(outbox.c.message_id == message_id)
        .values(state=DEAD, attempt=attempt, secret=None, error=error[:400], purge_after=None)
    )


def expire(tx: Tx, message_id: str) -> None:
    """Note that a message was not delivered in its time."""
    tx.conn.execute(
        update(outbox)
        .where(outbox.c.message_id == message_id)
        .values(state=EXPIRED, secret=None, purge_after=tx.now + KEEP)
    )


def ready(tx: Tx, queue: str, limit: int) -> list[Stored]:
    """Return the messages of a queue that are due, in order."""
    rows = tx.conn.execute(_READY, {"q": queue, "now": tx.now, "n": limit})
    return [_stored(row) for row in rows]


def next_due(tx: Tx, queue: str) -> int | None:
    """Return when the next message of a queue that was put off is due."""
    return tx.conn.execute(_NEXT, {"q": queue, "now": tx.now}).scalar()


def claim(tx: Tx, *, limit: int, grace: int, lease: int) -> list[Stored]:
    """Return messages of all queues that are due, in order, and keep them from others for a while.

    ``grace``: milliseconds during which a message is left to the process that wrote it; ``lease``:
    for how long what is returned belongs to the caller.
    """
    rows = list(tx.conn.execute(_DUE, {"until": tx.now - grace, "n": limit}))
    if rows and lease:
        numbers = [row._mapping["id"] for row in rows]
        tx.conn.execute(
            update(outbox).where(outbox.c.id.in_(numbers)).values(next_at=tx.now + lease)
        )
    return [_stored(row) for row in rows]


def release(tx: Tx, message_ids: list[str]) -> None:
    """Give claimed messages back, in their old order."""
    tx.conn.execute(_RELEASE, [{"m": m} for m in message_ids])


def keep_letter(tx: Tx, letter: Letter) -> None:
    """Keep a dead letter that came from a broker: in its own row where it has one."""
    known = update(outbox).where(outbox.c.message_id == letter.message_id)
    values = {
        "state": DEAD,
        "attempt": letter.attempt,
        "error": letter.error[:400],
        "secret": None,
        "purge_after": None,
    }
    if tx.conn.execute(known.values(values)).rowcount:
        return
    tx.conn.execute(
        insert(outbox),
        values
        | {
            "message_id": letter.message_id,
            "queue": letter.queue[:80],
            "body": letter.body,
            "trace": letter.trace[:64],
            "created_at": letter.created_at,
            "next_at": letter.created_at,
        },
    )


def _stored(row: object) -> Stored:
    values = row._mapping  # type: ignore[attr-defined]
    return Stored(
        row=values["id"],
        message_id=values["message_id"],
        next_at=values["next_at"],
        message=_decoded(values),
    )


def _decoded(values: dict[str, object]) -> Message | None:
    try:
        body = decode_body(str(values["body"]))
    except msgspec.DecodeError:
        return None
    return msgspec.convert(
        {
            "id": values["message_id"],
            "queue": values["queue"],
            "body": body,
            "created_at": values["created_at"],
            "attempt": values["attempt"],
            "expires_at": values["expires_at"],
            "trace": values["trace"],
            "secret": values["secret"],
        },
        Message,
    )


def dead(tx: Tx, *, limit: int = 100, after: int = 0) -> list[Letter]:
    """Return dead letters, the oldest first."""
    rows = tx.conn.execute(
        select(outbox)
        .where(outbox.c.state == DEAD, outbox.c.id > after)
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [_letter(row) for row in rows]


def dead_letter(tx: Tx, message_id: str, *, hold: bool) -> Letter | None:
    """Return one dead letter; ``hold`` locks it for this transaction."""
    query = select(outbox).where(outbox.c.state == DEAD, outbox.c.message_id == message_id)
    row = tx.conn.execute(query.with_for_update() if hold else query).first()
    return None if row is None else _letter(row)


def _letter(row: object) -> Letter:
    values = row._mapping  # type: ignore[attr-defined]
    return Letter(
        message_id=values["message_id"],
        queue=values["queue"],
        body=values["body"],
        trace=values["trace"],
        attempt=values["attempt"],
        created_at=values["created_at"],
        error=values["error"] or "",
    )


def drop(tx: Tx, message_id: str) -> bool:
    """Drop a dead letter; False when there is none of that id."""
    return (
        tx.conn.execute(
            update(outbox)
            .where(outbox.c.state == DEAD, outbox.c.message_id == message_id)
            .values(state=DROPPED, purge_after=tx.now + KEEP)
        ).rowcount
        == 1
    )


def revive(
    tx: Tx, letter: Letter, *, secret: str | None, body: str, expires_at: int | None
) -> None:
    """Put a dead letter back into its queue, with a new secret if it had one."""
    tx.conn.execute(
        update(outbox)
        .where(outbox.c.state == DEAD, outbox.c.message_id == letter.message_id)
        .values(
            state=READY,
            attempt=0,
            next_at=tx.now,
            secret=secret,
            body=body,
            expires_at=expires_at,
            purge_after=tx.now + ABANDONED,
            error=None,
        )
    )
    message = Message(
        id=letter.message_id,
        queue=letter.queue,
        body=decode_body(body),
        created_at=letter.created_at,
        expires_at=expires_at,
        trace=letter.trace,
        secret=secret,
    )
    tx.tell(TOPIC, message)


@frozen(kw_only=True)
class QueueState:
    """What of a queue waits, since when, and how many of its messages are dead letters."""

    queue: str
    ready: int
    dead: int
    oldest_at: int | None


def queues(tx: Tx) -> list[QueueState]:
    """Return the queues that have something to look at, by name."""
    rows = tx.conn.execute(
        select(outbox.c.queue, outbox.c.state, func.count(), func.min(outbox.c.created_at))
        .where(outbox.c.state.in_([READY, DEAD]))
        .group_by(outbox.c.queue, outbox.c.state)
    )
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for queue, state, count, oldest in rows:
        found.setdefault(queue, {})[state] = (count, oldest)
    return [
        QueueState(
            queue=queue,
            ready=states.get(READY, (0, 0))[0],
            dead=states.get(DEAD, (0, 0))[0],
            oldest_at=states[READY][1] if READY in states else None,
        )
        for queue, states in sorted(found.items())
    ]


def waiting(tx: Tx, queues: list[str], *, most: int) -> int:
    """Return how many messages wait in some queues; no more than ``most`` are counted."""
    rows = select(outbox.c.id).where(outbox.c.state == READY, outbox.c.queue.in_(queues))
    count = select(func.count()).select_from(rows.limit(most).subquery())
    found: int = tx.conn.execute(count).scalar_one()
    return found


def counts(tx: Tx) -> dict[str, int]:
    """Return how many messages are in each state that somebody may have to look at."""
    rows = tx.conn.execute(
        select(outbox.c.state, func.count())
        .where(outbox.c.state.in_([READY, DEAD]))
        .group_by(outbox.c.state)
    )
    return {row[0]: row[1] for row in rows}
