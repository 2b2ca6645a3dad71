"""What stays known of addresses when accounts and invites are gone: hashes, no addresses."""

from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from awt.db.links import hash_token
from awt.db.prepared import Prepared
from awt.db.schema import address_memory, invite_memory
from awt.db.tx import Tx

_KNOWN = Prepared(
    select(address_memory.c.had_account, address_memory.c.stopped).where(
        address_memory.c.address_hash == bindparam("h")
    )
)
_PAIR = Prepared(
    select(invite_memory.c.purge_after).where(invite_memory.c.pair_hash == bindparam("h"))
)


def address_hash(kind: str, address: str) -> str:
    """Return what an address is remembered by."""
    return hash_token(f"{kind}:{address}")


def had_account(tx: Tx, kind: str, address: str) -> bool:
    """Tell whether an address was ever confirmed for an account."""
    found = _KNOWN.first(tx, h=address_hash(kind, address))
    return found is not None and bool(found[0])


def has_stopped(tx: Tx, kind: str, address: str) -> bool:
    """Tell whether an address has said that no assistant shall write to it first."""
    found = _KNOWN.first(tx, h=address_hash(kind, address))
    return found is not None and bool(found[1])


def note(tx: Tx, kind: str, address: str, **values: Any) -> None:
    """Remember something of an address: ``had_account``, ``stopped``, ``last_invited``."""
    key = address_hash(kind, address)
    change = update(address_memory).where(address_memory.c.address_hash == key).values(**values)
    if tx.conn.execute(change).rowcount:
        return
    whole = {"had_account": False, "stopped": False, **values}
    try:
        with tx.savepoint():
            tx.conn.execute(insert(address_memory).values(address_hash=key, **whole))
    except IntegrityError:  # a twin was faster
        tx.conn.execute(change)


def invited_until(tx: Tx, inviter: str, kind: str, address: str) -> int:
    """Return until when an account, by its public id, may not invite an address again; 0 if it may."""
    found: int | None = _PAIR.scalar(tx, h=_pair(inviter, kind, address))
    return found if found is not None and found > tx.now else 0


def note_invited(tx: Tx, inviter: str, kind: str, address: str, *, until: int) -> None:
    """Remember that an account invited an address."""
    key = _pair(inviter, kind, address)
    change = update(invite_memory).where(invite_memory.c.pair_hash == key).values(purge_after=until)
    if not tx.conn.execute(change).rowcount:
        tx.conn.execute(insert(invite_memory).values(pair_hash=key, purge_after=until))


def _pair(inviter: str, kind: str, address: str) -> str:
    return hash_token(f"{inviter} {kind}:{address}")
