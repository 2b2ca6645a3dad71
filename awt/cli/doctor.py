"""Looks at an installation from outside, changes nothing, and says what to do."""

import os
from pathlib import Path
from typing import Any, Final

import msgspec
from attrs import frozen

from awt.cli.access import sqlite_file
from awt.config import Config, local_url
from awt.db.migrate import newest, require_newest
from awt.errors import ConfigError, Unavailable
from awt.fetch import fetch
from awt.first import port_problems

SECONDS: Final = 5.0
"""How long a node may take to say that it is ready."""
WRONG: Final = 2
DOWN: Final = 3


@frozen
class Finding:
    """What was found. ``status``: 0 good, 2 to be put right, 3 something is down."""

    name: str
    text: str
    status: int = 0

    @property
    def good(self) -> bool:
        """Whether there is nothing to do."""
        return self.status == 0


async def examine(config: Config, reactor: Any) -> list[Finding]:
    """Examine all that an embedded node needs; the configuration has passed already."""
    return [
        Finding("configuration", f"role {config.role}, parts {', '.join(config.parts_to_run)}"),
        _directory(config.directory),
        _database(config),
        await _port(config, reactor),
    ]


def _directory(path: Path) -> Finding:
    name = "data_dir"
    there = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
    if not there.is_dir():
        return Finding(name, f"{there} is no directory (set AWT_DATA_DIR)", WRONG)
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding(
            name,
            f"{there} cannot be written by this user: be its owner, or set AWT_DATA_DIR",
            WRONG,
        )
    return Finding(name, f"{path}" if there == path.absolute() else f"{path}, made at the start")


def _database(config: Config) -> Finding:
    name = "database"
    file = sqlite_file(config)
    if file is not None and not file.exists():
        if config.role == "all":
            return Finding(name, f"{file}, made at the start")
        return Finding(name, f"there is no {file} yet; run `awt migrate`", WRONG)
    try:
        require_newest(config.database_url)
    except ConfigError as error:
        return Finding(name, error.problems[0], WRONG)
    except Unavailable as error:
        reason = str(error).removeprefix("database: ")
        return Finding(name, f"{reason}; start it, or put database.url right", DOWN)
    return Finding(name, f"reached, schema {newest()}")


async def _port(config: Config, reactor: Any) -> Finding:
    """Look whether a node could listen, or one does."""
    name = "web.listen"
    if "web" not in config.parts_to_run:
        return Finding(name, "no part of this node")
    problems = port_problems(config)
    if not problems:
        return Finding(name, f"{config.web.listen} is free")
    url = local_url(config.web.listen)
    try:
        status, body = await fetch("GET", f"{url}/readyz", seconds=SECONDS, reactor=reactor)
        state = msgspec.json.decode(body, type=dict[str, str])
    except (Unavailable, msgspec.DecodeError):
        return Finding(name, f"{problems[0].partition(': ')[2]}: stop what listens there", WRONG)
    if status != 200:  # noqa: PLR2004 - HTTP's OK
        bad = ", ".join(f"{part}: {how}" for part, how in state.items() if how != "ok")
        return Finding(name, f"a node listens at {url} and is not ready ({bad}): see its log", DOWN)
    return Finding(name, f"a node listens at {url} and is ready")
