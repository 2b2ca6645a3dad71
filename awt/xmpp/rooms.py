"""Which hosts are rooms: all who are in one share its address, so nobody in it is ever answered."""

from collections.abc import Awaitable
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.words.protocols.jabber.error import StanzaError

from awt.background import Tasks
from awt.xmpp.component import Component, LinkLost
from awt.xmpp.shim import Element, elements, request

log = Logger()

DISCO_INFO: Final = "http://jabber.org/protocol/disco#info"
SECONDS: Final = 3.0
"""How long a host may take to say what it is; one that does not say is one of people."""
HOSTS: Final = 10_000
"""Hosts that are remembered."""


class Hosts:
    """Asks each host once what it is (XEP-0030)."""

    def __init__(self, *, component: Component, sender: str) -> None:
        self._component = component
        self._sender = sender
        self._known: dict[str, bool] = {}
        self._asking: dict[str, list[Deferred[bool]]] = {}
        self._tasks = Tasks()

    def is_person(self, host: str) -> "bool | Awaitable[bool]":
        """Tell whether the addresses of a host are people's, at once where it is known."""
        known = self._known.get(host)
        if known is not None:
            return known
        answer: Deferred[bool] = Deferred()
        asking = self._asking.setdefault(host, [])
        asking.append(answer)
        if len(asking) == 1:
            self._tasks.spawn(self._ask(host), f"asking {host}")
        return answer

    async def _ask(self, host: str) -> None:
        person = True
        try:
            query = Element((DISCO_INFO, "query"))
            answer = await self._component.request(
                request("get", sender=self._sender, to=host, payload=query, seconds=SECONDS)
            )
            person = not _is_rooms(answer)
            self._remember(host, person)
        except StanzaError:  # it does not want to say: nothing of a room
            self._remember(host, person)
        except (LinkLost, Exception) as error:  # noqa: BLE001 - it could not be asked: another time
            log.info("{host} does not say what it is: {why}", host=host, why=type(error).__name__)
        finally:
            for waiting in self._asking.pop(host, []):
                waiting.callback(person)

    def _remember(self, host: str, person: bool) -> None:  # noqa: FBT001
        if len(self._known) >= HOSTS:
            self._known.clear()
        self._known[host] = person


def _is_rooms(answer: Any) -> bool:
    return any(
        one.name == "identity" and one.getAttribute("category") == "conference"
        for query in elements(answer)
        for one in elements(query)
    )
