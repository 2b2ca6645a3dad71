"""One pass of the garbage collector: idempotent, resumable, in transactions of a few hundred rows."""

from typing import Final

from awt.api.outgoing import Chat, remove
from awt.db import garbage
from awt.db.engine import Database
from awt.db.tx import Tx
from awt.gc.unused import collect_unused
from awt.model.status import BASE, NEW

BATCHES: Final = 1000
"""Most batches of one kind in a pass; what is left waits for the next."""


async def collect(database: Database) -> dict[str, int]:
    """Run one pass; return how many rows of each kind went."""
    gone = {
        "accounts": await _repeat(database, collect_accounts),
        "unused accounts": await _unused(database),
    }
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


async def _unused(database: Database) -> int:
    """Go through the accounts that may be unused; return how many went."""
    total = 0
    for _ in range(BATCHES):
        looked_at, went = await database.write(collect_unused)
        total += went
        if looked_at < garbage.BATCH:
            break
    return total


def collect_accounts(tx: Tx) -> int:
    """Delete a batch of accounts; the bots forget them, so that the next message counts as unknown.

    An account that was never activated has the base assistant alone. Its address may have become
    somebody's meanwhile: then that one is not forgotten.
    """
    found = garbage.accounts(tx)
    new = [gone for gone in found if gone.user.status == NEW]
    asked = [im for gone in new for im in gone.ims]
    others = garbage.taken(tx, asked)
    for kind, address in sorted({(im.kind, im.address) for im in asked} - others):
        remove(tx, Chat(service=BASE, im=kind, address=address))
    garbage.delete_accounts(tx, [gone.user for gone in found])
    return len(found)
