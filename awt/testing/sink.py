"""Many people behind one connection: a component (XEP-0114) that swallows what they are sent.

    with Sink("readers.localhost", port=prosody.component_port, secret=prosody.secret) as sink:
        ...
        until(lambda: len(sink.seen) == 10_000, seconds=60, what="everybody")

Whoever is at its domain is one of them. It shares no code with what is tested, and blocks.
"""

import hashlib
import socket
import threading
from collections import Counter
from typing import Final, Self
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from awt.testing.process import ServerError

ACCEPT: Final = "{jabber:component:accept}"
SECONDS: Final = 10.0
"""How long the server may take to let it in."""
PIECE: Final = 65536


class Sink:
    """Counts messages with a text: ``seen`` has how often each came, by its recipient and its id."""

    def __init__(self, domain: str, *, port: int, secret: str) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()
        self._domain = domain
        self._port = port
        self._secret = secret
        self._depth = 0
        self._accepted = threading.Event()
        self._parser: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(["start", "end"])
        self._reads = threading.Thread(target=self._read, name=f"sink {domain}", daemon=True)

    def __enter__(self) -> Self:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=SECONDS)
        self._socket.settimeout(None)
        self._socket.sendall(
            f"<stream:stream xmlns='jabber:component:accept' to={quoteattr(self._domain)}"
            " xmlns:stream='http://etherx.jabber.org/streams'>".encode()
        )
        self._reads.start()
        if not self._accepted.wait(SECONDS):
            self.close()
            raise ServerError(f"{self._domain} is not let in")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._reads.join()
        self._socket.close()

    def _read(self) -> None:
        while data := self._socket.recv(PIECE):
            self._parser.feed(data)
            for event, element in self._parser.read_events():  # type: ignore[misc] # of these two
                assert isinstance(element, ET.Element)
                self._came(event, element)

    def _came(self, event: str, element: ET.Element) -> None:
        if event == "start":
            self._depth += 1
            if self._depth == 1:
                self._greet(element.attrib["id"])
                self._stream = element
            return
        self._depth -= 1
        if self._depth != 1:
            return
        if element.tag == f"{ACCEPT}handshake":
            self._accepted.set()
        elif element.tag == f"{ACCEPT}message" and element.find(f"{ACCEPT}body") is not None:
            self.seen[element.attrib["to"], element.attrib["id"]] += 1
        self._stream.clear()

    def _greet(self, stream_id: str) -> None:
        # As XEP-0114 says.
        digest = hashlib.sha1(f"{stream_id}{self._secret}".encode()).hexdigest()
        self._socket.sendall(f"<handshake>{digest}</handshake>".encode())
