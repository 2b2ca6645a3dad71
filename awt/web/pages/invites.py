"""The page of invites: whom one asked in, how long each invite lasts, what they earned."""

from typing import Any, Final

from awt.api.invites import InviteList
from awt.errors import Refused
from awt.model.status import BASE, KINDS
from awt.web.qr import picture
from awt.web.site import Asked, Site

METHODS: Final = {"resend": "ResendInvite", "revoke": "RevokeInvite"}
DIGITS: Final = 18
"""No row has an id with more."""


class InvitePages:
    """Invites of an account."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, asked: Asked, **values: Any) -> bytes:
        """Show the form, the link, and the invites."""
        settings = self._site.settings
        assert asked.guest.user is not None
        jabber = settings.jabber(BASE)
        # A pre-authenticated link (XEP-0379): whoever adds the assistant by it comes by this invite.
        chat_link = f"xmpp:{jabber}?roster;preauth={asked.guest.user.hash}" if jabber else ""
        found: InviteList = await self._site.api.call("ListInvites", asked.caller, {})
        return self._site.render(
            asked,
            "invites.html",
            invites=found.invites,
            link=found.link,
            qr=picture(found.link),
            chat_link=chat_link,
            chat_qr=picture(chat_link) if chat_link else "",
            earned=found.earned,
            inviter=found.bonus_inviter,
            invited=found.bonus_invited,
            earns=found.earns,
            kinds=[kind for kind in KINDS if kind in settings.ims and kind != "webchat"],
            hours=settings.limits.invite_seconds // 3600,
            path="/invites",
            **values,
        )

    async def invite(self, asked: Asked) -> bytes:
        """Invite somebody."""
        typed = {"kind": asked.field("kind"), "address": asked.field("address").strip()}
        try:
            await self._site.api.call("InviteUser", asked.caller, typed)
        except Refused as refused:
            error = self._site.error(asked, refused)
            return await self.show(asked, form=typed, error=error, status=refused.status)
        return self._site.redirect(asked, "/invites", notice="invite")

    async def change(self, asked: Asked, action: str) -> bytes:
        """Send an invite again, or take it back."""
        number = asked.field("id")
        row = int(number) if number.isdecimal() and len(number) <= DIGITS else 0
        try:
            await self._site.api.call(METHODS[action], asked.caller, {"id": row})
        except Refused as refused:
            error = self._site.error(asked, refused)
            return await self.show(asked, error=error, status=refused.status)
        return self._site.redirect(asked, "/invites", notice=f"invite-{action}")
