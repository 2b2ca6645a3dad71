"""Ways in and out: registration, links, login, logout."""

from typing import Any

from awt.api.activation import activation_ends
from awt.api.signing import SignedIn
from awt.db import users
from awt.db.tx import Tx
from awt.errors import Refused
from awt.web.pages.public import chat_services
from awt.web.site import Asked, Site
from awt.web.visit import enter

METHODS = {
    "activate": ("Activate", "activate"),
    "temporary_login": ("TemporaryLogin", "login"),
    "forgot_password": ("ResetPassword", "password"),
}
"""Page of a link -> the method that uses it up, and the purpose of the link."""


class EntryPages:
    """Registration, links, login, logout."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def register(self, asked: Asked) -> bytes:
        """Show the form; what a link said of the inviter is kept in it."""
        if asked.guest.user is not None:
            return self._site.redirect(asked, "/dashboard")
        return self._register(asked, form={"invited_by": asked.field("invited_by")})

    def _register(self, asked: Asked, **values: Any) -> bytes:
        hours = self._site.settings.limits.activation_seconds // 3600
        return self._site.render(asked, "register.html", activation_hours=hours, **values)

    async def do_register(self, asked: Asked) -> bytes:
        """Register; the link waits in the chat of the next page, or in the IM that was named."""
        names = ("login", "password", "jabber", "skype", "invited_by")
        typed = {name: asked.field(name).strip() for name in names}
        typed["login"] = typed["login"].lower()
        wanted = {name: value for name, value in typed.items() if value}
        try:
            guest, token = await self._site.database.write(enter, asked.visit)
            await self._site.api.call("CreateAccount", guest.caller, {**wanted, "lang": asked.lang})
        except Refused as refused:
            typed.pop("password")
            error = self._site.error(asked, refused)
            return self._register(asked, form=typed, error=error, status=refused.status)
        if token is not None:
            self._site.sign_in(asked, token)
        return self._site.redirect(asked, "/registered")

    async def registered(self, asked: Asked) -> bytes:
        """Say what comes next, with the chat where the link is."""
        found = await self._site.database.read(_waiting, asked.caller.chat_address)
        if found is None:
            return self._site.redirect(asked, "/dashboard" if asked.guest.user else "/register")
        left, addresses = found
        services = await self._site.api.call("ListServices", asked.caller, {})
        return self._site.render(
            asked,
            "registered.html",
            left_ms=left,
            addresses=addresses,
            chat_services=chat_services(services.services),
        )

    async def login(self, asked: Asked) -> bytes:
        """Show the form."""
        if asked.guest.user is not None:
            return self._site.redirect(asked, "/dashboard")
        return self._site.render(asked, "login.html")

    async def do_login(self, asked: Asked) -> bytes:
        """Sign in."""
        typed = {"login": asked.field("login").strip(), "password": asked.field("password")}
        try:
            signed_in: SignedIn = await self._site.api.call("Login", asked.caller, typed)
        except Refused as refused:
            return self._site.render(
                asked,
                "login.html",
                form={"login": typed["login"]},
                error=self._site.error(asked, refused),
                status=refused.status,
            )
        self._site.sign_in(asked, signed_in.session)
        return self._site.redirect(asked, "/dashboard")

    async def do_logout(self, asked: Asked) -> bytes:
        """Sign out; the browser is a stranger from now on."""
        if asked.guest.user is not None:
            await self._site.api.call("Logout", asked.caller, {})
        self._site.sign_in(asked, self._site.resources.env.chance.token())
        return self._site.redirect(asked, "/")

    async def link(self, asked: Asked, name: str) -> bytes:
        """Show what a link would do. Nothing changes: IM clients fetch links by themselves."""
        purpose = METHODS[name][1]
        values: dict[str, Any] = {
            "purpose": purpose,
            "user_hash": asked.field("user_hash"),
            "salt": asked.field("salt"),
        }
        try:
            found = await self._site.api.call("GetLink", asked.caller, values)
        except Refused as refused:
            return self._gone(asked, purpose, refused)
        return self._site.render(
            asked,
            "link.html",
            account_name=found.account,
            left_ms=found.left * 1000,
            **values,
        )

    async def use_link(self, asked: Asked, name: str) -> bytes:
        """Use a link up."""
        method, purpose = METHODS[name]
        values = {"user_hash": asked.field("user_hash"), "salt": asked.field("salt")}
        try:
            # First, so that a link that is not active looks the same however it is asked for.
            await self._site.api.call("GetLink", asked.caller, {"purpose": purpose, **values})
            self._site.check_form(asked)
            signed_in: SignedIn = await self._site.api.call(method, asked.caller, values)
        except Refused as refused:
            return self._gone(asked, purpose, refused)
        self._site.sign_in(asked, signed_in.session)
        return self._site.redirect(
            asked, "/new_password" if purpose == "password" else "/dashboard"
        )

    def _gone(self, asked: Asked, purpose: str, refused: Refused) -> bytes:
        if refused.code != "link_not_active":
            raise refused
        return self._site.render(asked, "link_gone.html", purpose=purpose, status=refused.status)


def _waiting(tx: Tx, address: str | None) -> tuple[int, list[dict[str, str]]] | None:
    """Return how long the account of a browser waits for its activation, and at which addresses."""
    for user in users.waiting_in(tx, address) if address else []:
        left = activation_ends(tx, user) - tx.now
        if left > 0:
            ims = users.ims(tx, user.id)
            return left, [{"kind": im.kind, "address": im.address} for im in ims]
    return None
