"""What is known of an address that wrote: the lock, the number of the last answer, the open menu."""

from typing import Any

import msgspec
from attrs import define
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from awt.db.prepared import Prepared
from awt.db.schema import dialogue
from awt.db.tx import Tx
from awt.model.times import DAY


class Waiting(msgspec.Struct, omit_defaults=True):
    """What somebody wrote to a service that is another program, until it has answered."""

    id: str
    user: str
    text: str
    lang: str
    said_at: int
    reply_to: str | None = None
    trace: str = ""
    sent_at: int = 0


class Open(msgspec.Struct, omit_defaults=True):
    """What one assistant waits for: the choices that a number answers, the command that ``yes`` runs.

    ``calls`` are in the order in which they were written; the first one is sent. ``away`` says that
    the assistant could not reach the address, which it has not been heard from since.
    """

    choices: list[str] = []
    confirm: str = ""
    confirm_until: int = 0
    calls: list[Waiting] = []
    away: bool = False


@define(kw_only=True)
class Dialogue:
    """A locked row of ``dialogue``. ``state`` has one `Open` a service."""

    id: int
    seq: int
    lang: str | None
    state: dict[str, Open]

    def of(self, service: str) -> Open:
        """Return what an assistant waits for, to be changed in place."""
        return self.state.setdefault(service, Open())


_STATE = msgspec.json.Decoder(dict[str, Open])


def _dialogue(*, state: str, **values: Any) -> Dialogue:
    return Dialogue(state=_STATE.decode(state), **values)


_SELECT = Prepared(
    select(dialogue.c.id, dialogue.c.seq, dialogue.c.lang, dialogue.c.state)
    .where(dialogue.c.kind == bindparam("k"), dialogue.c.address == bindparam("a"))
    .with_for_update(),
    _dialogue,
)
_LOOK = Prepared(
    select(dialogue.c.state).where(
        dialogue.c.kind == bindparam("k"), dialogue.c.address == bindparam("a")
    )
)
_SAVE = Prepared(update(dialogue).where(dialogue.c.id == bindparam("i")))


def lock(tx: Tx, kind: str, address: str) -> Dialogue:
    """Return the row of an address, made when there is none, locked for this transaction."""
    found = tx.locked.get((kind, address)) or _SELECT.first(tx, k=kind, a=address)
    if found is None:
        try:
            with tx.savepoint():
                tx.conn.execute(
                    insert(dialogue).values(
                        kind=kind,
                        address=address,
                        seq=0,
                        state="{}",
                        heard_at=tx.now,
                        purge_after=tx.now + tx.settings.purge.purge_days * DAY,
                    )
                )
        except IntegrityError:
            pass
        found = _SELECT.first(tx, k=kind, a=address)
        assert found is not None
    tx.locked[kind, address] = found
    return found


def look(tx: Tx, kind: str, address: str) -> dict[str, Open]:
    """Return what the assistants of an address wait for, by service, without holding its row."""
    found = _LOOK.scalar(tx, k=kind, a=address)
    return _STATE.decode(found) if found else {}


def next_seq(tx: Tx, kind: str, address: str) -> int:
    """Return the number of the next answer to an address."""
    found = lock(tx, kind, address)
    found.seq += 1
    save(tx, found)
    return found.seq


def save(tx: Tx, found: Dialogue) -> None:
    """Write a locked row back, unless this transaction did so already."""
    values = {
        "i": found.id,
        "seq": found.seq,
        "lang": found.lang,
        "state": msgspec.json.encode(found.state).decode(),
        "heard_at": tx.now,
        "purge_after": tx.now + tx.settings.purge.purge_days * DAY,
    }
    if tx.saved.get(found.id) != values:
        _SAVE.change(tx, **values)
        tx.saved[found.id] = values
