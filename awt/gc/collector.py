"""One pass of the garbage collector: idempotent, resumable, in transactions of a few hundred rows."""

from typing import Final

from awt.api.outgoing import Chat, remove
from awt.db import garbage
from awt.db.engine import Database
from awt.db.links import hash_token
from awt.db.tx import Tx
from awt.model.status import CONFIRMED, NEW

BATCHES: Final = 1000
"""Most batches of one kind in a pass; what is left waits for the next."""


async def collect(database: Database) -> dict[str, int]:
    """Run one pass; return how many rows of each kind went."""
    gone = {"accounts": await _repeat(database, collect_accounts)}
    for kind in garbage.BY_DATE:
        gone[kind] = await _repeat(database, garbage.collect, kind)
    return gone


async def _repeat(database: Database, function: object, *args: str) -> int:
    total = 0
    for _ in range(BATCHES):
        count: int = await database.write(function, *args)  # type: ignore[arg-type]
        total += count
        if count < garbage.BATCH:
            break
    return total


def collect_accounts(tx: Tx) -> int:
    """Delete a batch of accounts; the bots forget them, so that the next message counts as unknown."""
    found = garbage.accounts(tx)
    for gone in found:
        for im in gone.ims:
            if gone.user.status != NEW and im.state == CONFIRMED:
                garbage.remember_address(tx, hash_token(f"{im.kind}:{im.address}"))
            if gone.user.status == NEW:
                for service in gone.services:
                    remove(tx, Chat(service=service, im=im.kind, address=im.address))
        garbage.delete_account(tx, gone.user)
    return len(found)
