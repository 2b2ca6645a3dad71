"""Closing an account: one procedure for its owner and for an operator. No row is deleted."""

from typing import Final

from awt.api import invites
from awt.api.outgoing import Chat, remove
from awt.db import keys, ledger, links, services, sessions, tasks, users
from awt.db.tx import Tx
from awt.db.users import User
from awt.model.status import ACTIVE, BASE, BLOCKED, DELETED, NEW, REJECTED
from awt.model.times import DAY

STATUS: Final = {"owner": DELETED, "operator": BLOCKED}


def close(
    tx: Tx, user: User, *, reason: str, told_in: tuple[str | None, str | None] = (None, None)
) -> None:
    """Close an account, in the order of the docs, in this one transaction; twice changes nothing.

    Every address hears of it from the base assistant, but the one (kind, address) that is told already,
    and those that removed it.
    The address stays confirmed, so that the gate still knows it, until the account is purged.
    """
    found = users.locked(tx, user.id)
    if found is None or found.status not in {ACTIVE, NEW}:
        return
    users.change(
        tx,
        user.id,
        password=None,
        login=f"closed-{tx.chance.hex()[:16]}",
        email=None,
        is_admin=False,
        status=STATUS[reason],
        close_reason=reason,
        closed_at=tx.now,
        purge_after=None if found.undeletable else tx.now + tx.settings.purge.purge_days * DAY,
    )
    keys.revoke(tx, user.id)
    sessions.end_of_user(tx, user.id)
    links.cancel(tx, user.id)
    invites.withdraw(tx, user)
    for task in tasks.waiting_of_user(tx, user.id):
        tasks.finish(tx, task.id, status=tasks.CANCELLED, result=None)
    if found.points > 0:
        ledger.move(tx, user.id, -found.points, "WRITE_OFF")
    farewell = tx.texts(found.lang, f"chat-closed-{reason}")
    for held in services.of_user(tx, user.id):
        if held.status == DELETED:
            continue
        for im in users.confirmed_ims(tx, user.id):
            chat = Chat(service=held.service.short_name, im=im.kind, address=im.address)
            silent = (
                held.service.short_name != BASE
                or (im.kind, im.address) == told_in
                or services.im_state(tx, user.id, held.service.id, im.kind) == REJECTED
            )
            remove(tx, chat, "" if silent else farewell)
