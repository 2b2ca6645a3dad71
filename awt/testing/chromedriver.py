"""Debian's chromedriver: a W3C WebDriver endpoint for tests."""

import os
import pwd
from collections.abc import Mapping, Sequence
from typing import Any, Self

from awt.executor.engines.cdp.switches import FEATURES_OFF
from awt.testing.ports import free_port
from awt.testing.process import LEASH, Server, program

NOBODY = "nobody"


class Chromedriver(Server):
    """An endpoint at ``url``; its browsers end with it. As root it runs as nobody, sandbox and all."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def capabilities(self) -> dict[str, Any]:
        """What a session has to ask for."""
        arguments = [
            "--headless=new",
            "--disable-auto-reload",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            f"--disable-features={','.join(FEATURES_OFF)}",
            "--disable-gpu",
            "--disable-popup-blocking",
            "--disable-quic",
            "--disable-sync",
            "--hide-scrollbars",
            "--no-first-run",
        ]
        return {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": str(self.directory / "chromium"), "args": arguments},
            "goog:loggingPrefs": {"browser": "WARNING"},
        }

    def start(self) -> Self:
        """Start the endpoint."""
        path = self.directory / "chromium"
        browser = program("chromium", package="chromium")
        path.write_text(f'#!/bin/sh\nexec {" ".join(LEASH)} {browser} "$@"\n')
        path.chmod(0o755)
        if os.getuid() == 0:
            entry = pwd.getpwnam(NOBODY)
            os.chown(self.directory, entry.pw_uid, entry.pw_gid)
        return super().start()

    def command(self) -> Sequence[str]:
        """Return the command line."""
        driver = program("chromedriver", package="chromium-driver")
        return as_nobody([driver, f"--port={self.port}"])

    def environment(self) -> Mapping[str, str]:
        """Return the environment without the proxies that Chromium would take from it."""
        return {
            name: value
            for name, value in super().environment().items()
            if not name.lower().endswith("_proxy")
        } | {"TMPDIR": str(self.directory)}

    def ready(self) -> bool:
        """Tell whether it listens."""
        return "was started successfully" in self.log


def as_nobody(command: Sequence[str]) -> Sequence[str]:
    """Return a command that runs as nobody where this process is root's.

    A change of user takes the leash off, so it comes again.
    """
    if os.getuid() != 0:
        return command
    entry = pwd.getpwnam(NOBODY)
    who = [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    return [LEASH[0], *who, *LEASH[1:], *command]
