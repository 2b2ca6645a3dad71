"""What the kernel says of the TCP connections of this machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from attrs import frozen


@frozen(kw_only=True)
class Connection:
    """One end of a connection over IPv4: its ports, the bytes that wait, and its inode."""

    near: int
    far: int
    unsent: int
    unread: int
    inode: str

    @classmethod
    def parse(cls, line: str) -> Self:
        """Return what a line of ``/proc/net/tcp`` says."""
        words = line.split()
        near, far = (int(words[n].partition(":")[2], 16) for n in (1, 2))
        unsent, unread = (int(word, 16) for word in words[4].split(":"))
        return cls(near=near, far=far, unsent=unsent, unread=unread, inode=words[9])


def connections() -> Iterator[Connection]:
    """Yield both ends of all."""
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        yield Connection.parse(line)
