"""Looks at a database as the doctor does: what it is, and what of it does not fit."""

import time
from collections.abc import Iterator
from typing import Final

from attrs import field, frozen
from pymysql.constants.CLIENT import FOUND_ROWS
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from awt.db.engine import make_engine
from awt.errors import ConfigError, Unavailable

LEAST: Final = (10, 6)
"""The oldest MariaDB that is tested."""
DENIED: Final = frozenset({1044, 1045, 1049, 1130, 1698})
"""MariaDB: no right to the database, wrong password, no such database, unknown machine, no such login."""
SECONDS: Final = 5


@frozen(kw_only=True)
class Seen:
    """What a database is. ``ahead`` is by how many seconds its clock is ahead of ours."""

    what: str
    problems: list[str] = field(factory=list)
    ahead: float = 0.0


def look(url: str, *, connections: int) -> Seen:
    """Look at MariaDB. Raises `ConfigError` when it lets nobody in as we come, and `Unavailable`."""
    engine = make_engine(url, threads=1, seconds=SECONDS)
    try:
        with engine.connect() as connection:
            before = time.time()
            version, now = connection.execute(
                text("SELECT VERSION(), UNIX_TIMESTAMP(UTC_TIMESTAMP(6))")
            ).one()
            return Seen(
                what=str(version),
                problems=list(_problems(connection, str(version), connections)),
                ahead=float(now) - (before + time.time()) / 2,
            )
    except DBAPIError as error:
        code = getattr(error.orig, "args", (None,))[:1][0]
        if code in DENIED:
            raise ConfigError([f"{error.orig.args[1]}; put database.url right"]) from error  # type: ignore[union-attr]
        raise Unavailable(str(error.orig)) from error
    finally:
        engine.dispose()


def _problems(connection: Connection, version: str, connections: int) -> Iterator[str]:
    number = tuple(int(part) for part in version.partition("-")[0].split(".")[:2])
    if "MariaDB" not in version or number < LEAST:
        yield f"{version} is not supported: take MariaDB 10.6 or newer"
    isolation, most, read_only = connection.execute(
        text("SELECT @@tx_isolation, @@max_connections, @@global.read_only")
    ).one()
    if isolation != "READ-COMMITTED":
        yield f"transactions are {isolation} although READ COMMITTED was asked for"
    if read_only:
        yield "it is read-only: point database.url at the primary"
    if most < connections:
        yield f"it takes {most} connections: raise max_connections, or lower database.connections"
    if not connection.connection.dbapi_connection.client_flag & FOUND_ROWS:  # type: ignore[union-attr]
        yield "its driver does not count rows that were found but not changed"
    foreign = connection.scalars(
        text(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
            " AND table_name <> 'alembic_version'"
            " AND (engine <> 'InnoDB' OR table_collation <> 'utf8mb4_nopad_bin')"
        )
    ).all()
    if foreign:
        yield (
            f"tables that are not InnoDB with utf8mb4_nopad_bin ({', '.join(foreign)}):"
            " restore a backup that `awt migrate` made the tables of"
        )
