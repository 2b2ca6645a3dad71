"""A database with very many users, each a copy of one who really lived on a node.

The copies are made inside SQLite, one statement a table, so that a million takes seconds.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from awt.db.links import hash_token
from awt.db.schema import metadata

TENTH: Final = 10
"""One user in so many has a history: tasks and a chat."""

_KEY: Final = "printf('%032x', crowd.id)"
_LINE: Final = f"{_KEY} || '.' || model.id"
COPIED: Final[dict[str, dict[str, str]]] = {
    "user": {"id": "crowd.id", "hash": _KEY, "login": "'user' || crowd.id"},
    "user_im": {"address": _KEY, "confirmed_address": f"'webchat:' || {_KEY}"},
    "user_service": {},
    "user_service_im": {},
    "ledger": {"once_key": _LINE},
    "session": {"token_hash": _KEY, "chat_address": _KEY},
    "dialogue": {"address": _KEY},
    "task": {"address": _KEY},
    "chat_message": {"address": _KEY, "message_id": _LINE},
}
"""Tables with what a copy has of its own there; ``user_id`` and ``id`` go without saying."""
RARE: Final = frozenset({"task", "chat_message"})


def populate(path: Path, *, count: int, readers: int) -> list[str]:
    """Copy the only member of a database until there are ``count``; return cookie tokens of some.

    The ``readers``, spread over all, have a history. No node may be running.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000"):
            connection.execute(f"PRAGMA {pragma}")
        [[model, address]] = connection.execute(
            "SELECT user_id, address FROM user_im WHERE state = 'AC' OR confirmed_at IS NOT NULL"
        )
        connection.execute("CREATE TEMP TABLE crowd (id INTEGER PRIMARY KEY)")
        connection.execute(
            "WITH RECURSIVE n(id) AS (SELECT 1000 UNION ALL SELECT id + 1 FROM n WHERE id < ?)"
            " INSERT INTO crowd SELECT id FROM n",
            [999 + count],
        )
        connection.execute("BEGIN")
        for table in COPIED:
            connection.execute(_copy(table), {"user": model, "address": address})
        tokens = []
        for number in range(readers):
            token = f"{number:043}"
            user = 1000 + number * (count // readers) // TENTH * TENTH
            changed = connection.execute(
                "UPDATE session SET token_hash = ? WHERE user_id = ?", [hash_token(token), user]
            )
            assert changed.rowcount == 1, user
            tokens.append(token)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode=WAL")
        return tokens


def _copy(name: str) -> str:
    """Return the statement that gives every user of the crowd what the model has in a table."""
    table = metadata.tables[name]
    own = {"user_id": "crowd.id", **COPIED[name]}
    columns = [c.name for c in table.columns if c.name != "id" or "id" in own]
    chosen = ", ".join(own.get(column, f'model."{column}"') for column in columns)
    owner = "user_id" if "user_id" in table.columns else "id" if name == "user" else "address"
    wanted = "address" if owner == "address" else "user"
    rare = f" AND crowd.id % {TENTH} = 0" if name in RARE else ""
    names = ", ".join(f'"{column}"' for column in columns)
    return (
        f'INSERT INTO "{name}" ({names}) SELECT {chosen} FROM crowd CROSS JOIN'
        f' (SELECT * FROM "{name}" WHERE {owner} = :{wanted}) AS model WHERE true{rare}'
    )
