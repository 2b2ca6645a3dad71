"""What the clients of people can do: asked once, of the client that somebody wrote with last (XEP-0030)."""

from typing import Any, Final

from twisted.logger import Logger

from awt.xmpp.component import Component
from awt.xmpp.rooms import DISCO_INFO, SECONDS
from awt.xmpp.shim import Element, Silence, StanzaError, elements, request
from awt.xmpp.stanzas import CORRECT, bare_of

log = Logger()

REMEMBERED: Final = 10_000
"""People whose client is remembered, and clients whose features are."""


class Clients:
    """Knows who reads a message that corrects another one (XEP-0308)."""

    def __init__(self, *, component: Component, sender: str) -> None:
        self._component = component
        self._sender = sender
        self._last: dict[str, str] = {}
        """The full JID of the client that somebody wrote with last, by his bare one."""
        self._corrects: dict[str, bool] = {}

    def heard(self, full_jid: str) -> None:
        """Note that somebody writes with this client."""
        if len(self._last) >= REMEMBERED:
            self._last.clear()
        self._last[bare_of(full_jid)] = full_jid

    def came(self, full_jid: str) -> None:
        """Note that a client is there, where nothing better is known."""
        self._corrects.pop(full_jid, None)  # it may be another program now
        if bare_of(full_jid) not in self._last:
            self.heard(full_jid)

    def went(self, full_jid: str) -> None:
        """Forget a client that is gone."""
        self._corrects.pop(full_jid, None)
        if self._last.get(bare_of(full_jid)) == full_jid:
            del self._last[bare_of(full_jid)]

    async def corrects(self, jid: str) -> bool:
        """Tell whether somebody's client puts a correction into the place of what it corrects."""
        client = self._last.get(jid, "")
        if "/" not in client:
            return False
        known = self._corrects.get(client)
        if known is None:
            known = await self._ask(client)
            if known is None:
                return False
            if len(self._corrects) >= REMEMBERED:
                self._corrects.clear()
            self._corrects[client] = known
        return known

    async def _ask(self, client: str) -> bool | None:
        """Return what a client says that it can, by its silence as well; None where the link was lost."""
        query = Element((DISCO_INFO, "query"))
        try:
            answer = await self._component.request(
                request("get", sender=self._sender, to=client, payload=query, seconds=SECONDS)
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, it does not say that it can
            log.info("a client does not say what it can: {why}", why=type(error).__name__)
            return False if isinstance(error, StanzaError | Silence) else None
        return _has(answer, CORRECT)


def _has(answer: Any, feature: str) -> bool:
    return any(
        one.name == "feature" and one.getAttribute("var") == feature
        for query in elements(answer)
        for one in elements(query)
    )
