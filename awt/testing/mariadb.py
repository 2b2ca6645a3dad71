"""A private MariaDB on a free port, for tests that need the real one."""

import fcntl
import itertools
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import pymysql
from pymysql.cursors import Cursor

from awt.testing.ports import free_port
from awt.testing.process import Server, ServerError, program, user

USER: Final = "awt"
PASSWORD: Final = "private"

_INSTALL_OPTIONS: Final = (
    "--no-defaults",
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
    "--innodb-log-file-size=10M",
)


class MariaDB(Server):
    """A server with a data directory of its own; starts in a quarter of a second.

    The system tables are made once per version and copied. A commit survives ``kill``. ``defaults`` is an
    option file to start with; with an empty ``password`` nobody but root of ``socket`` has an account.
    """

    def __init__(
        self,
        *,
        directory: Path | None = None,
        port: int | None = None,
        password: str = PASSWORD,
        defaults: Path | None = None,
    ) -> None:
        super().__init__(directory=directory)
        self.port = port or free_port()
        self._password = password
        self._defaults = defaults
        self.socket = self.directory / "s"  # MariaDB takes at most 107 bytes
        self._data = self.directory / "data"
        self._numbers = itertools.count(1)
        self._is_new = False

    def begin(self) -> None:
        """Start the server; the first time with new system tables and the user of ``database``."""
        self._is_new = not self._data.exists()
        if self._is_new:
            shutil.copytree(_template(), self._data)
        super().begin()

    def wait(self) -> Self:
        """Return when the server answers."""
        super().wait()
        if self._is_new and self._password:
            self._administer(
                f"CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{self._password}'",
                f"GRANT ALL ON *.* TO {USER}@'127.0.0.1'",
            )
        return self

    def database(self, name: str = "") -> str:
        """Create a utf8mb4 database, an empty one without a name, and return its address.

        It is ``mysql://user:password@host:port/name``.
        """
        name = name or f"test_{next(self._numbers)}"
        self._administer(f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4")
        return f"mysql://{USER}:{self._password}@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        """Remove a database that ``database`` made, and end the connections that still use it."""
        self.disconnect(url)
        self._administer(f"DROP DATABASE {urlsplit(url).path.removeprefix('/')}")

    def disconnect(self, url: str) -> None:
        """End the connections that use a database."""
        name = urlsplit(url).path.removeprefix("/")
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (name,))
            for (number,) in cursor.fetchall():
                with suppress(pymysql.OperationalError):  # it has ended meanwhile
                    cursor.execute(f"KILL {number}")

    def connect(self, url: str | None = None) -> "pymysql.Connection[Cursor]":
        """Return a PyMySQL connection to an address, or to the server as its administrator."""
        if url is None:
            return pymysql.connect(unix_socket=str(self.socket), user="root", connect_timeout=2)
        parts = urlsplit(url)
        return pymysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            database=parts.path.removeprefix("/"),
            charset="utf8mb4",
            connect_timeout=5,
            read_timeout=30,
        )

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return [
            program("mariadbd", package="mariadb-server"),
            f"--defaults-file={self._defaults}" if self._defaults else "--no-defaults",
            *(f"--user={user()}", f"--datadir={self._data}"),
            *(f"--socket={self.socket}", f"--pid-file={self.directory / 'pid'}"),
            *("--bind-address=127.0.0.1", f"--port={self.port}", "--skip-name-resolve"),
            *("--innodb-log-file-size=10M", "--innodb-buffer-pool-size=64M"),
            "--skip-log-bin",
            # 2 leaves each commit with the kernel, which a kill of the process does not touch
            *([] if self._defaults else ["--innodb-flush-log-at-trx-commit=2"]),
        ]

    def ready(self) -> bool:
        """Tell whether the server greets."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.socket))
                return connection.recv(5).endswith(b"\x0a")  # the greeting of protocol 10
        except OSError:
            return False

    def _administer(self, *statements: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _template() -> Path:
    """Return a data directory with the system tables; made once per user and version, then kept."""
    server = program("mariadbd", package="mariadb-server")
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout
    version = (
        re.sub(r"[^\w.+-]+", "-", said.partition("Ver ")[2].partition(" for ")[0]) or "unknown"
    )
    shelf = Path(tempfile.gettempdir()) / f"awt-testing-{os.getuid()}"
    shelf.mkdir(mode=0o700, exist_ok=True)
    if shelf.stat().st_uid != os.getuid():
        message = f"{shelf} belongs to somebody else"
        raise ServerError(message)
    made = shelf / f"mariadb-{version}"
    with (shelf / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _install(made)
    return made


def _install(target: Path) -> None:
    """Make the system tables in ``target``, which is there either whole or not at all."""
    draft = target.with_name(f"{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    done = subprocess.run(
        [
            program("mariadb-install-db", package="mariadb-server"),
            *_INSTALL_OPTIONS,
            f"--user={user()}",
            f"--datadir={draft}",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"mariadb-install-db failed:\n{done.stdout}"
        raise ServerError(message)
    draft.rename(target)
