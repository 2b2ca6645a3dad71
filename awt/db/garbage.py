"""What is collected: one range scan of an index of candidates a kind, in small transactions."""

from typing import Final

from attrs import frozen
from sqlalchemy import Column, Table, delete, select, update

from awt.db import services, users
from awt.db.schema import (
    address_memory,
    api_key,
    chat_message,
    consumed,
    dialogue,
    idempotency,
    invite,
    ledger,
    outbox,
    session,
    task,
    temporary_link,
    user,
    user_im,
)
from awt.db.tx import Tx
from awt.db.users import User, UserIm
from awt.model.times import DAY

BATCH: Final = 200
"""Rows of one kind that one transaction deletes."""

BY_DATE: Final[dict[str, tuple[Table, Column[int]]]] = {
    "links": (temporary_link, temporary_link.c.id),
    "invites": (invite, invite.c.id),
    "tasks": (task, task.c.id),
    "sessions": (session, session.c.id),
    "chat history": (chat_message, chat_message.c.id),
    "dialogues": (dialogue, dialogue.c.id),
    "outbox": (outbox, outbox.c.id),
    "consumed ids": (consumed, consumed.c.message_id),
    "idempotency keys": (idempotency, idempotency.c.key_hash),
    "ledger": (ledger, ledger.c.id),
}
"""Kinds that go as soon as their ``purge_after`` has passed, nothing else asked."""


@frozen(kw_only=True)
class Gone:
    """An account that is to be collected, with what its assistants have to be told."""

    user: User
    ims: list[UserIm]
    services: list[str]


def collect(tx: Tx, kind: str) -> int:
    """Delete a batch of one kind; return how many rows went."""
    table, key = BY_DATE[kind]
    ids = list(
        tx.conn.execute(
            select(key)
            .where(table.c.purge_after < tx.now)
            .order_by(table.c.purge_after)
            .limit(BATCH)
        ).scalars()
    )
    if ids:
        tx.conn.execute(delete(table).where(key.in_(ids)))
    return len(ids)


def accounts(tx: Tx) -> list[Gone]:
    """Return accounts whose time has come: never activated, or closed long ago."""
    ids = list(
        tx.conn.execute(
            select(user.c.id)
            .where(user.c.purge_after < tx.now)
            .order_by(user.c.purge_after)
            .limit(BATCH)
        ).scalars()
    )
    found = []
    for user_id in ids:
        account = users.locked(tx, user_id)
        if account is None or account.purge_after is None or account.purge_after >= tx.now:
            continue
        held = [s.service.short_name for s in services.of_user(tx, user_id)]
        found.append(Gone(user=account, ims=users.ims(tx, user_id), services=held))
    return found


def delete_account(tx: Tx, account: User) -> None:
    """Delete an account with everything that is its own; its ledger stays for the years of the law."""
    keep = tx.settings.purge.ledger_days * DAY
    tx.conn.execute(
        update(ledger).where(ledger.c.user_id == account.id).values(purge_after=tx.now + keep)
    )
    for table in (task, api_key, session, temporary_link, user_im):
        tx.conn.execute(delete(table).where(table.c.user_id == account.id))
    tx.conn.execute(delete(user).where(user.c.id == account.id))


def remember_address(tx: Tx, address_hash: str) -> None:
    """Remember, by its hash alone, that an address had an account."""
    if not tx.conn.execute(
        update(address_memory)
        .where(address_memory.c.address_hash == address_hash)
        .values(had_account=True)
    ).rowcount:
        tx.conn.execute(
            address_memory.insert().values(
                address_hash=address_hash, had_account=True, stopped=False
            )
        )
