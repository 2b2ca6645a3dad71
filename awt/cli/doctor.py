"""Looks at an installation from outside, changes nothing, and says what to do."""

import os
from pathlib import Path
from typing import Any, Final

import msgspec

from awt.cli import neighbours
from awt.cli.finding import DOWN, WRONG, Finding
from awt.config import Config, local_url
from awt.errors import Unavailable
from awt.fetch import fetch
from awt.first import port_problems

SECONDS: Final = 5.0
"""How long a node may take to say that it is ready."""
OK: Final = 200


async def examine(config: Config, reactor: Any, *, handshake: bool = False) -> list[Finding]:
    """Examine all that a node of this configuration needs; the configuration has passed already.

    ``handshake``: also authenticate at the XMPP server.
    """
    parts = config.parts_to_run
    named = f"{config.role} of {config.service}" if config.service else config.role
    found = [Finding("configuration", f"role {named}, parts {', '.join(parts)}")]
    if config.has_database:
        found += [_directory(config.directory), *neighbours.database(config)]
        if config.memcached.servers or config.role == "server":
            found += neighbours.memcached(config)
    elif config.role != "proxy":
        found += await neighbours.server(config, reactor)
    if config.amqp.url:
        found += await neighbours.broker(config, reactor)
    if "xmpp" in parts:
        found.append(await neighbours.component(config, reactor, handshake=handshake))
    if "skype" in parts and config.skype.of(config.service or "base").is_carried:
        found.append(neighbours.skype(config))
    found += await _tests(config, reactor)
    if config.has_database:
        port = await _port(config, reactor)
        found.append(port)
        if port.good and " is ready" in port.text:
            found.append(await _address(config, reactor))
    return found


async def _tests(config: Config, reactor: Any) -> list[Finding]:
    """Look at what runs tests, and at what they go through."""
    parts = config.parts_to_run
    found = []
    if "executor" in parts:
        found = [] if config.has_database else [neighbours.executor(config)]
        found += await neighbours.proxies(config, reactor)
        if config.webdriver.url:
            found.append(await neighbours.webdriver(config, reactor))
    if "proxy" in parts:
        found.append(await neighbours.own_proxy(config, reactor))
    return found


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
    if status != OK:
        bad = ", ".join(f"{part}: {how}" for part, how in state.items() if how != "ok")
        return Finding(name, f"a node listens at {url} and is not ready ({bad}): see its log", DOWN)
    return Finding(name, f"a node listens at {url} and is ready")


async def _address(config: Config, reactor: Any) -> Finding:
    """Look whether the address that links begin with leads to a node."""
    name = "site_url"
    url = config.site_url
    try:
        status, body = await fetch("GET", f"{url}/healthz", seconds=SECONDS, reactor=reactor)
    except Unavailable as error:
        return Finding(name, f"{error}: look at DNS, the proxy and its certificate", DOWN)
    if status != OK or b'"process"' not in body:
        return Finding(name, f"{url} leads to something else: put it or the proxy right", WRONG)
    return Finding(name, f"{url} leads to a node")
