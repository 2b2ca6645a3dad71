"""A pX host as a process of its own: ``twistd awt --role=proxy``.

with ProxyNode() as host, RunningNode(PROXIES_US=host.address) as node:
    ...
    host.kill()
    host.start()  # on the same port
"""

from contextlib import suppress
from pathlib import Path

from awt.testing.connections import connections
from awt.testing.ports import free_port
from awt.testing.site import RunningNode

_WORKS = " works: "


class ProxyNode(RunningNode):
    """The filtering forward proxy on a free port, for the node ``c1-1``; ``settings`` are further ``AWT_*``.

    It takes requests for ``127.0.0.1`` alone, besides those for public addresses.
    """

    password = "for-machines-to-show"

    def __init__(self, **settings: str) -> None:
        self.proxy_port = free_port()
        super().__init__(
            role="proxy",
            **{
                "PROXY_LISTEN": f"tcp:{self.proxy_port}:interface=127.0.0.1",
                "PROXY_USERS": f"c1-1:{self.password}",
                "TEST_ALLOW_PRIVATE_ADDRESSES": "127.0.0.1/32",
            }
            | settings,
        )
        self._started_before = 0

    @property
    def address(self) -> str:
        """What stands in ``[proxies]``."""
        return f"http://c1-1:{self.password}@127.0.0.1:{self.proxy_port}"

    def begin(self) -> None:
        """Start it; done when it listens."""
        self._started_before = self.log.count(_WORKS)
        super().begin()

    def ready(self) -> bool:
        """Tell whether it says that it works."""
        return self.log.count(_WORKS) > self._started_before

    def has_connection(self, port: int) -> bool:
        """Tell whether a connection of this machine that goes out from ``port`` is its own."""
        own = set()
        for each in Path(f"/proc/{self.pid}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                own.add(str(each.readlink()))
        # a connection that ended a moment ago may have had the same port
        return any(each.near == port and f"socket:[{each.inode}]" in own for each in connections())
