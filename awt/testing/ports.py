"""Free TCP ports of the loopback interface."""

import atexit
import random
import socket
from typing import Final

RANGE: Final = range(20000, 32000)
"""Below the ports that Linux gives to outgoing connections, so that nobody takes one in between."""
BLOCK: Final = 200
"""How many of them a process takes for itself at once."""

_left: Final[list[int]] = []


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens; no process gets one that was given before.

    A server is killed and comes back, and a port may be wanted because nobody is there: so what was given
    stays given until this process ends, whether or not somebody listens.
    """
    while True:
        if not _left:
            _left.extend(_take_block())
        port = _left.pop()
        if is_free(port):
            return port


def _take_block() -> range:
    """Return ports that are this process's alone. Linux frees the name of a socket with its process."""
    starts = list(range(RANGE.start, RANGE.stop, BLOCK))
    random.shuffle(starts)
    for start in starts:
        block = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            block.bind(f"\0awt.testing.ports {start}")
        except OSError:
            block.close()
            continue
        atexit.register(block.close)
        return range(start, start + BLOCK)
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
