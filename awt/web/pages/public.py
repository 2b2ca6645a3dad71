"""Pages that everybody may see: home, questions, terms, language."""

import re
from typing import Final

from awt.api.account_view import ServiceView
from awt.errors import bad_field
from awt.model.settings import Settings
from awt.model.status import BASE, LANGS
from awt.model.times import SECOND
from awt.web.answers import put_cookie
from awt.web.qr import picture
from awt.web.site import Asked, Site
from awt.web.visit import LANG_COOKIE

_HERE: Final = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")
HASH: Final = 32
"""Characters of the hash of an account."""


class PublicPages:
    """Pages for visitors."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def home(self, asked: Asked) -> bytes:
        """Say what it is, and offer the chat right there."""
        found = await self._site.api.call("ListServices", asked.caller, {})
        assistants = [_assistant(service, self._site.settings) for service in found.services]
        return self._site.render(
            asked,
            "home.html",
            assistants=assistants,
            chat_services=chat_services(found.services),
            bonus=self._site.settings.money.sign_up_bonus,
            activation_hours=self._site.settings.limits.activation_seconds // 3600,
        )

    async def faq(self, asked: Asked) -> bytes:
        """Answer what is asked often."""
        settings = self._site.settings
        return self._site.render(
            asked,
            "faq.html",
            bonus=settings.money.sign_up_bonus,
            invite_bonus_inviter=settings.money.invite_bonus_inviter,
            invite_bonus_invited=settings.money.invite_bonus_invited,
            purge_days=settings.purge.purge_days,
            ledger_days=settings.purge.ledger_days,
            activation_hours=settings.limits.activation_seconds // 3600,
            login_minutes=settings.limits.login_link_seconds * SECOND // 60_000,
            support=settings.support,
            invited_by=asked.field("invited_by")[:HASH],
        )

    async def terms(self, asked: Asked) -> bytes:
        """Say what is promised and what is not."""
        settings = self._site.settings
        return self._site.render(
            asked,
            "terms.html",
            bonus=settings.money.sign_up_bonus,
            purge_days=settings.purge.purge_days,
            activation_hours=settings.limits.activation_seconds // 3600,
            point_price=settings.money.point_price,
            currency=settings.money.currency,
        )

    async def language(self, asked: Asked) -> bytes:
        """Change the language, of the account or of the browser."""
        lang = asked.field("lang")
        if lang not in LANGS:
            raise bad_field("lang", "lang")
        if asked.guest.user is not None:
            await self._site.api.call("UpdateAccount", asked.caller, {"lang": lang})
        put_cookie(asked.request, LANG_COOKIE, lang, secure=self._site.secure)
        back = asked.field("back")
        return self._site.redirect(asked, back if _HERE.fullmatch(back) else "/")


def chat_services(services: list[ServiceView]) -> list[dict[str, str]]:
    """Return the assistants that the chat of a page offers: the base, and what is free or had."""
    return [
        {"short_name": s.short_name, "title": s.title}
        for s in services
        if s.short_name == BASE or not s.price or s.status in {"NW", "AC"}
    ]


def addresses(short_name: str, settings: Settings) -> list[dict[str, str]]:
    """Return where an assistant is to be found, with a link that opens a chat with it.

    The base assistant, with which everything begins, has the link as a code to scan, too.
    """
    found = []
    if "webchat" in settings.ims:
        found.append({"kind": "webchat", "address": "", "link": "#chat"})
    for place in settings.places(short_name):
        code = {"qr": picture(place.link)} if place.link and short_name == BASE else {}
        found.append({"kind": place.kind, "address": place.address, "link": place.link, **code})
    return found


def _assistant(service: ServiceView, settings: Settings) -> dict[str, object]:
    return {
        "short_name": service.short_name,
        "title": service.title,
        "description": service.description,
        "price": service.price,
        "addresses": addresses(service.short_name, settings),
    }
