"""Free TCP ports of the loopback interface."""

import os
import random
import socket
from typing import Final

RANGE: Final = range(20000, 32000)
"""Below the ports that Linux gives to outgoing connections, so that nobody takes one in between."""

_chance: Final = random.Random(os.getpid())
_given: Final[set[int]] = set()


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens; this process gets each one only once."""
    while len(_given) < len(RANGE):
        port = _chance.choice(RANGE)
        if port in _given:
            continue
        _given.add(port)
        if is_free(port):
            return port
    message = f"no free port is left in {RANGE}"
    raise OSError(message)


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
