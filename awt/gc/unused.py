"""Accounts that nobody uses: their owner is warned, a week later they go.

Each access puts the question off (`awt.db.users.change`), so that only candidates are ever read. What keeps
an account for good (it may not be deleted, it has an e-mail address, bought points) takes it off the list;
when the last bought point is gone, it comes back at once. An account with tests is asked about again later.
"""

from awt.api.outgoing import tell
from awt.db import garbage, ledger, outbox
from awt.db.garbage import Gone
from awt.db.tx import Tx
from awt.db.users import UserIm
from awt.model.messages import Delete, user_op
from awt.model.status import ACTIVE, CONFIRMED
from awt.text.moments import moment


def collect_unused(tx: Tx) -> tuple[int, int]:
    """Look at a batch of accounts; return how many were looked at, and how many went."""
    found = garbage.unused(tx)
    kept = garbage.kept(tx, [gone.user.id for gone in found if gone.user.points > 0])
    users_of_tests = garbage.with_tests(tx, [gone.user.id for gone in found])
    over = []
    for gone in found:
        user = gone.user
        if user.id in users_of_tests:
            garbage.look_again(tx, user.id, tx.now + tx.settings.purge.unused)
        elif user.status != ACTIVE or user.undeletable or user.email or user.id in kept:
            garbage.look_again(tx, user.id, None)
        elif user.time + tx.settings.purge.warning > tx.now:
            garbage.look_again(tx, user.id, user.time + tx.settings.purge.warning)
        elif (user.unused_after or 0) < user.time + tx.settings.purge.unused:
            _warn(tx, gone)
        else:
            over.append(gone)
    _delete(tx, over)
    return len(found), len(over)


def _warn(tx: Tx, gone: Gone) -> None:
    """Tell the owner of an account where he was active last; he has a week, whenever we come."""
    user = gone.user
    settings = tx.settings.purge
    ends = max(user.time + settings.unused, tx.now + settings.unused - settings.warning)
    garbage.look_again(tx, user.id, ends)
    text = tx.texts(
        user.lang,
        "chat-unused",
        time=moment(ends, user.lang, user.timezone),
        points=user.points,
    )
    tell(tx, user, text, ims=gone.ims)


def _forget(tx: Tx, im: UserIm, names: list[str]) -> None:
    """Have the assistants forget an address, and what they spoke of."""
    if im.kind in tx.settings.ims:
        for name in names:
            outbox.send(tx, user_op(name, im.kind), Delete(address=im.address))
    garbage.delete_dialogue(tx, im.kind, im.address)


def _delete(tx: Tx, over: list[Gone]) -> None:
    """Delete accounts with what was given to them; the assistants forget their addresses."""
    held = garbage.services_of(tx, [gone.user.id for gone in over])
    for gone in over:
        if gone.user.points > 0:
            ledger.move(tx, gone.user.id, -gone.user.points, "WRITE_OFF", why="unused")
        for im in (im for im in gone.ims if im.state == CONFIRMED):
            _forget(tx, im, held.get(gone.user.id, []))
    garbage.delete_accounts(tx, [gone.user for gone in over])
