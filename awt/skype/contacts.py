"""Who asks, who agreed and who left: the network raises no event for it, so it is looked at."""

from collections.abc import Callable

from twisted.logger import Logger

from awt.model.ids import stable_id
from awt.skype import events
from awt.skype.account import Account, Broken, Impossible
from awt.skype.events import IM, PERSON
from awt.skype.hands import Hands
from awt.skype.inbox import Inbox
from awt.transport.lease import Call

log = Logger()


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
        self._agreed: set[str] | None = None
        """Who had agreed at the last look; None before the first."""

    def forget(self) -> None:
        """Begin anew: somebody else may look meanwhile."""
        self._agreed = None

    async def look(self) -> None:
        """Accept who asks, and report who agreed and who left since the last look.

        Who left before the first look cannot be told from who was asked and has not agreed yet.
        """
        for request in await self._hands.do(self._account.requests):
            address = events.address_of(request.mri)
            if address is None:  # a bot, or nobody that an assistant can write to
                await self._try(self._account.block, request.mri)
                continue
            event_id = stable_id(address, self._service, "subscribe", request.id)
            await self._inbox.event(address, "subscribe", event_id=event_id)
            await self._try(self._account.accept, request.mri)
        found = await self._hands.do(self._account.contacts)
        addresses = (events.address_of(PERSON + user) for user, yes in found.items() if yes)
        agreed = {address for address in addresses if address is not None}
        known = await self._known() if self._agreed is None else self._agreed
        for address in sorted(agreed - known):
            await self._inbox.event(address, "authorised")
        for address in sorted((self._agreed or set()) - agreed):
            await self._inbox.event(address, "removed")
        self._agreed = agreed

    async def _try(self, what: Callable[[str], None], mri: str) -> None:
        """Do what the network may refuse: one request, withdrawn or odd, costs nobody else anything."""
        try:
            await self._hands.do(what, mri)
        except (Broken, Impossible) as error:
            log.info("request of {mri} stays as it is: {why}", mri=mri, why=str(error))

    async def _known(self) -> set[str]:
        """Return who is known to have authorised the assistant, here or by writing to it."""
        known: set[str] = set()
        after: int | None = 0
        while after is not None:
            page = await self._call(
                "ListContacts", {"service": self._service, "im": IM, "after": after}
            )
            known.update(c.address for c in page.contacts if c.authorised)
            after = page.next
        return known
