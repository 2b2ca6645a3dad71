"""The first start of an embedded node: its data directory, its schema, its administrator."""

import fcntl
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from twisted.internet.endpoints import (
    SSL4ServerEndpoint,
    TCP4ServerEndpoint,
    TCP6ServerEndpoint,
    serverFromString,
)

from awt.api.outgoing import issue_link
from awt.config import Config
from awt.db import ledger, links, services, users
from awt.db.migrate import migrate, require_newest
from awt.db.tx import Tx
from awt.errors import ConfigError
from awt.model.status import ACTIVE
from awt.model.times import DAY

ADMIN: Final = "admin"
DEMO: Final = "demo"
DEMO_PRICE: Final = 50
LOCK: Final = "node.lock"
"""File of the data directory that a running node of role ``all`` holds."""


def prepare(config: Config) -> IO[bytes] | None:
    """Make the data directory and the schema; raise `ConfigError` for what the start would fail at.

    Runs before the process becomes a daemon, so that its lines reach whoever started it. Role ``all``
    gets the lock of its directory, which is free again when the file is closed or the process ends.
    """
    problems = _directory(config.directory) if _keeps_files(config) else []
    lock = _lock(config.directory, problems) if config.role == "all" and not problems else None
    problems += port_problems(config)
    with ExitStack() as until_good:
        if lock is not None:
            until_good.enter_context(lock)
        if problems:
            raise ConfigError(problems)
        if config.role == "all" and config.database_url.startswith("sqlite:"):
            migrate(config.database_url)
        elif config.has_database:
            require_newest(config.database_url)
        until_good.pop_all()
    return lock


def _keeps_files(config: Config) -> bool:
    """Tell whether a node writes into its data directory."""
    return config.role == "all" or (
        config.has_database and config.database_url.startswith("sqlite:")
    )


def _lock(path: Path, problems: list[str]) -> IO[bytes] | None:
    """Return the held lock file of a data directory, or None and note why.

    The lock belongs to the open file, so that it outlives the fork of a daemon.
    """
    with ExitStack() as until_held:
        try:
            file = until_held.enter_context((path / LOCK).open("ab"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problems.append(f"data_dir: another node works in {path} (set AWT_DATA_DIR)")
        except OSError as error:
            problems.append(f"data_dir: {path / LOCK} cannot be locked: {error.strerror}")
        else:
            until_held.pop_all()
            return file
    return None


def _directory(path: Path) -> list[str]:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = path / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return [f"data_dir: {path} cannot be written: {error.strerror} (set AWT_DATA_DIR)"]
    return []


def port_problems(config: Config) -> list[str]:
    """Say when a port that this node is to listen on is taken."""
    listens = {"web": config.web.listen, "proxy": config.proxy.listen}
    return [
        problem
        for part, listen in listens.items()
        if part in config.parts_to_run
        for problem in _taken(part, listen)
    ]


def place_of(listen: str) -> tuple[str, int] | None:
    """Return the address, empty for all of IPv4, and the port of an endpoint; None if it has none."""
    endpoint = serverFromString(None, listen)
    if not isinstance(endpoint, TCP4ServerEndpoint | TCP6ServerEndpoint | SSL4ServerEndpoint):
        return None
    everywhere = "::" if isinstance(endpoint, TCP6ServerEndpoint) else ""
    return endpoint._interface or everywhere, endpoint._port  # noqa: SLF001 - no public names


def _taken(table: str, listen: str) -> list[str]:
    place = place_of(listen)
    if place is None:
        return []
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            cure = f"set AWT_{table.upper()}_LISTEN"
            return [f"{table}.listen: cannot listen on {listen}: {error.strerror} ({cure})"]
    return []


def welcome(tx: Tx, *, demo: bool) -> str | None:
    """Make what the first start needs; return the link of an administrator who never came, else None.

    Every start until he comes cancels the link of the one before.
    """
    if demo and services.by_name(tx, DEMO) is None:
        services.put(
            tx,
            DEMO,
            title="Paid sample",
            description="Shows how a paid service works.",
            price=DEMO_PRICE,
            enabled=True,
        )
    admin = users.by_login(tx, ADMIN)
    if admin is None:
        if users.any_admin(tx):
            return None
        admin = users.create(
            tx, login=ADMIN, status=ACTIVE, is_admin=True, undeletable=True, lang="en", time=0
        )
        services.set_status(tx, admin.id, services.base(tx).id, ACTIVE)
        ledger.move(
            tx,
            admin.id,
            tx.settings.money.sign_up_bonus,
            "SIGN_UP_BONUS",
            once_key=f"sign-up:{admin.id}",
        )
    if admin.time or admin.password or admin.status != ACTIVE or not admin.is_admin:
        return None
    links.cancel(tx, admin.id, "login")
    issued = issue_link(tx, admin, "login", kind=None, address=None, expires_at=tx.now + DAY)
    return issued.url
