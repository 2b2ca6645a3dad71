"""Who asks, who agreed and who left: the network raises no event for it, so it is looked at."""

from awt.skype import events
from awt.skype.account import Account
from awt.skype.events import IM, PERSON
from awt.skype.hands import Hands
from awt.skype.inbox import Inbox
from awt.transport.lease import Call


class Contacts:
    """The contacts of the account of one assistant."""

    def __init__(
        self, *, service: str, account: Account, hands: Hands, inbox: Inbox, call: Call
    ) -> None:
        self._service = service
        self._account = account
        self._hands = hands
        self._inbox = inbox
        self._call = call
        self._agreed: set[str] = set()

    async def begin(self) -> None:
        """Learn who had agreed when this was last looked at."""
        self._agreed.clear()
        after: int | None = 0
        while after is not None:
            page = await self._call(
                "ListContacts", {"service": self._service, "im": IM, "after": after}
            )
            self._agreed.update(c.address for c in page.contacts if c.authorised)
            after = page.next

    async def look(self) -> None:
        """Accept who asks, and report who agreed and who left since."""
        for request in await self._hands.do(self._account.requests):
            address = events.address_of(PERSON + request.user)
            if address is None:
                continue
            event_id = events.stable_id(address, self._service, "subscribe", request.id)
            await self._inbox.event(address, "subscribe", event_id=event_id)
            await self._hands.do(self._account.accept, request.user)
        found = await self._hands.do(self._account.contacts)
        addresses = (events.address_of(PERSON + user) for user, yes in found.items() if yes)
        agreed = {address for address in addresses if address is not None}
        for address in sorted(agreed - self._agreed):
            await self._inbox.event(address, "authorised")
        for address in sorted(self._agreed - agreed):
            await self._inbox.event(address, "removed")
        self._agreed = agreed
