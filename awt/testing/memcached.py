"""A private memcached on a free port, for tests that need the real one."""

import socket
from collections.abc import Sequence
from pathlib import Path

from awt.testing.ports import free_port
from awt.testing.process import Server, program, user


class Memcached(Server):
    """A server of 16 MiB; ``address`` is ``127.0.0.1:port``. It starts in 10 ms."""

    def __init__(self, *, directory: Path | None = None, port: int | None = None) -> None:
        super().__init__(directory=directory)
        self.port = port or free_port()

    @property
    def address(self) -> str:
        """The address as the configuration takes it."""
        return f"127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return [
            program("memcached", package="memcached"),
            *("--user", user(), "--listen", "127.0.0.1", "--port", str(self.port)),
            *("--udp-port", "0", "--memory-limit", "16"),
        ]

    def ready(self) -> bool:
        """Tell whether the server says its version."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"version\r\n")
                return connection.recv(64).startswith(b"VERSION")
        except OSError:
            return False
