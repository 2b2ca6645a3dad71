"""Databases for tests, on both engines: with the newest schema, and as empty as at a first start."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from awt.db.migrate import migrate
from awt.db.schema import metadata
from awt.testing.mariadb import MariaDB


class Databases:
    """Makes migrated databases in no time: SQLite files are copied, those of MariaDB used again.

    ``folder`` is where the files go, ``server`` the MariaDB to use.
    """

    def __init__(self, *, folder: Path, server: MariaDB) -> None:
        self._folder = folder
        self._server = server
        self._free: list[str] = []
        self._services: tuple[tuple[Any, ...], ...] = ()
        self._made = 0

    @contextmanager
    def sqlite(self) -> Iterator[str]:
        """Lend the address of a new file."""
        template = self._folder / "template.db"
        if not template.exists():
            migrate(f"sqlite:///{template}")
        self._made += 1
        path = self._folder / f"awt-{self._made}.db"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        for file in self._folder.glob(f"{path.name}*"):
            file.unlink()

    @contextmanager
    def mariadb(self) -> Iterator[str]:
        """Lend the address of a database that nobody else uses meanwhile."""
        url = self._free.pop() if self._free else self._new()
        yield url
        self._clear(url)
        self._free.append(url)

    def _new(self) -> str:
        url = self._server.database()
        migrate(url)
        with self._server.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT * FROM service")
            self._services = cursor.fetchall()
        return url

    def _clear(self, url: str) -> None:
        self._server.disconnect(url)
        tables = [table.name for table in metadata.sorted_tables]
        filled = ", ".join(f"EXISTS (SELECT 1 FROM `{table}`)" for table in tables)
        marks = ", ".join(["%s"] * len(metadata.tables["service"].columns))
        with self._server.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT {filled}")
            found = cursor.fetchone() or ()
            cursor.execute("SET foreign_key_checks = 0")
            for table in (table for table, has in zip(tables, found, strict=True) if has):
                cursor.execute(f"DELETE FROM `{table}`")
            cursor.executemany(f"INSERT INTO service VALUES ({marks})", self._services)
            connection.commit()
