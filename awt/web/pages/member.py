"""Pages of an account: dashboard, services, settings."""

from typing import Any, Final

from awt.api.account import Changes, ChangeView, SessionView
from awt.api.account_view import Account, ServiceView
from awt.api.card import reason
from awt.api.invites import link_of
from awt.api.runs import START_PRICE, TaskView
from awt.api.signing import SignedIn
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.names import PASSWORD_MIN, zones
from awt.model.status import ACTIVE, BASE, KINDS, NEW, REJECTED
from awt.web.pages.public import addresses, chat_services
from awt.web.site import Asked, Site

TASKS: Final = 5
"""Latest tasks that the dashboard shows."""
CHANGES: Final = 50
"""Changes of an account on a page."""
COME_AND_GO: Final = frozenset({"key", "address", "service"})
"""Of what the history says that it came or went."""


class MemberPages:
    """Pages that need an account."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def _call(self, asked: Asked, method: str, **values: Any) -> Any:
        return await self._site.api.call(method, asked.caller, values)

    async def dashboard(self, asked: Asked) -> bytes:
        """Show the account at a glance, with the chat."""
        assert asked.guest.user is not None
        account: Account = await self._call(asked, "GetAccount")
        services = (await self._call(asked, "ListServices")).services
        tasks = (await self._call(asked, "ListTasks", limit=TASKS)).tasks
        shown = await self._site.database.read(_task_rows, asked.lang, tasks)
        chats = chat_services(services)
        return self._site.render(
            asked,
            "dashboard.html",
            services=[_row(s) for s in account.services],
            tasks=shown,
            offer_credentials=not account.has_password,
            start_price=START_PRICE,
            chat_services=chats,
            invite_link=link_of(self._site.settings, asked.guest.user),
            chat_service="webtest" if any(c["short_name"] == "webtest" for c in chats) else BASE,
        )

    async def services(self, asked: Asked, **values: Any) -> bytes:
        """Show the catalogue."""
        found = (await self._call(asked, "ListServices")).services
        settings = self._site.settings
        rows = [_row(s) | {"addresses": addresses(s.short_name, settings)} for s in found]
        return self._site.render(asked, "services.html", services=rows, path="/services", **values)

    async def change_service(self, asked: Asked, action: str) -> bytes:
        """Add, resend or delete a service; what costs points needs the confirmation of the form."""
        name = asked.field("short_name")
        method = {"add": "AddService", "resend": "ResendService", "delete": "DeleteService"}[action]
        try:
            if action == "add" and asked.field("confirm") != "yes":
                await self._refuse_unconfirmed(asked, name)
            await self._call(asked, method, short_name=name)
        except Refused as refused:
            if refused.code == "service_added":  # the button was pressed twice
                return self._site.redirect(asked, f"/services#{name}")
            return await self.services(
                asked, error=self._site.error(asked, refused), status=refused.status
            )
        return self._site.redirect(asked, f"/services#{name}", notice=f"service-{action}")

    async def _refuse_unconfirmed(self, asked: Asked, name: str) -> None:
        found = (await self._call(asked, "ListServices")).services
        if any(s.short_name == name and s.price for s in found):
            raise Refused("not_confirmed")

    async def settings(self, asked: Asked, **values: Any) -> bytes:
        """Show the settings."""
        account: Account = await self._call(asked, "GetAccount")
        sessions = (await self._call(asked, "ListSessions")).sessions
        keys = (await self._call(asked, "ListKeys")).keys
        return self._site.render(
            asked,
            "settings.html",
            has_password=account.has_password,
            timezone=account.timezone,
            user_lang=account.lang,
            zones=sorted(zones()),
            sessions=[_session(s) for s in sessions],
            keys=keys,
            addresses=[im for im in account.ims if im.kind != "webchat"],
            kinds=[kind for kind in KINDS if kind in self._site.settings.ims and kind != "webchat"],
            password_min=PASSWORD_MIN,
            purge_days=self._site.settings.purge.purge_days,
            path="/settings",
            **values,
        )

    async def history(self, asked: Asked) -> bytes:
        """Show what was changed in the account."""
        found: Changes = await self._call(
            asked, "History", limit=CHANGES, before=asked.number("before")
        )
        return self._site.render(
            asked,
            "history.html",
            changes=[_change(change) for change in found.changes],
            next=found.changes[-1].id if len(found.changes) == CHANGES else None,
            days=self._site.settings.purge.purge_days,
            path="/history",
        )

    async def _try(self, asked: Asked, method: str, notice: str, **values: Any) -> bytes:
        """Call a method of the settings and show the page again, with its error or its notice."""
        try:
            result = await self._call(asked, method, **values)
        except Refused as refused:
            error = self._site.error(asked, refused)
            form = {name: asked.field(name) for name in ("login", "kind", "address")}
            return await self.settings(asked, error=error, form=form, status=refused.status)
        if isinstance(result, SignedIn):
            self._site.sign_in(asked, result.session)
        return self._site.redirect(asked, "/settings", notice=notice)

    async def set_login(self, asked: Asked) -> bytes:
        """Choose the login name."""
        login = asked.field("login").strip().lower()
        return await self._try(asked, "SetLogin", "login", login=login)

    async def set_password(self, asked: Asked) -> bytes:
        """Set or change the password."""
        values = {"new": asked.field("new")}
        if asked.field("old"):
            values["old"] = asked.field("old")
        if asked.field("again") != values["new"]:
            error = self._site.error(asked, Refused("bad_request", fields={"again": "again"}))
            return await self.settings(asked, error=error, status=400)
        return await self._try(asked, "ChangePassword", "password", **values)

    async def set_preferences(self, asked: Asked) -> bytes:
        """Set language and time zone."""
        return await self._try(
            asked,
            "UpdateAccount",
            "preferences",
            lang=asked.field("lang"),
            timezone=asked.field("timezone"),
        )

    async def add_im(self, asked: Asked) -> bytes:
        """Ask for a further address: a code goes there."""
        values = {"kind": asked.field("kind"), "address": asked.field("address")}
        return await self._try(asked, "AddIm", "im-add", **values)

    async def confirm_im(self, asked: Asked) -> bytes:
        """Enter the code of a new address."""
        return await self._try(asked, "ConfirmIm", "im-confirm", code=asked.field("code")[:40])

    async def remove_im(self, asked: Asked) -> bytes:
        """Take an address from the account."""
        values = {"kind": asked.field("kind"), "address": asked.field("address")}
        return await self._try(asked, "RemoveIm", "im-remove", **values)

    async def end_session(self, asked: Asked) -> bytes:
        """Sign one browser out."""
        session = asked.field("session")
        if not session.isdecimal() or len(session) > 18:  # noqa: PLR2004 - no row has such an id
            raise Refused("unknown_session")
        return await self._try(asked, "EndSession", "session", id=int(session))

    async def end_others(self, asked: Asked) -> bytes:
        """Sign all other browsers out."""
        return await self._try(asked, "EndOtherSessions", "sessions")

    async def make_key(self, asked: Asked) -> bytes:
        """Make a key for programs and show it, this once."""
        try:
            made = await self._call(
                asked,
                "CreateKey",
                name=asked.field("name"),
                read_only=asked.field("read_only") == "yes",
            )
        except Refused as refused:
            error = self._site.error(asked, refused)
            form = {"name": asked.field("name")}
            return await self.settings(asked, error=error, form=form, status=refused.status)
        return await self.settings(asked, new_key=made.key)

    async def revoke_key(self, asked: Asked) -> bytes:
        """Make a key useless."""
        key = asked.field("key")
        if not key.isdecimal() or len(key) > 18:  # noqa: PLR2004 - no row has such an id
            raise Refused("unknown_key")
        return await self._try(asked, "RevokeKey", "key-revoked", id=int(key))

    async def delete(self, asked: Asked) -> bytes:
        """Close the account, after the box was ticked."""
        if asked.field("confirm") != "yes":
            error = self._site.error(asked, Refused("not_confirmed"))
            return await self.settings(asked, error=error, status=409)
        await self._call(asked, "DeleteAccount")
        self._site.sign_in(asked, self._site.resources.env.chance.token())
        return self._site.redirect(asked, "/", notice="deleted")

    async def new_password(self, asked: Asked, **values: Any) -> bytes:
        """Show the form behind a password link."""
        if asked.guest.session is None or not asked.guest.session.may_set_password:
            return self._site.redirect(asked, "/settings#password")
        assert asked.guest.user is not None
        return self._site.render(
            asked,
            "new_password.html",
            account_name=asked.guest.user.name,
            password_min=PASSWORD_MIN,
            **values,
        )

    async def do_new_password(self, asked: Asked) -> bytes:
        """Set the password behind a password link."""
        new = asked.field("new")
        if asked.field("again") != new:
            error = self._site.error(asked, Refused("bad_request", fields={"again": "again"}))
            return await self.new_password(asked, error=error, status=400)
        try:
            signed_in: SignedIn = await self._call(asked, "ChangePassword", new=new)
        except Refused as refused:
            error = self._site.error(asked, refused)
            return await self.new_password(asked, error=error, status=refused.status)
        self._site.sign_in(asked, signed_in.session)
        return self._site.redirect(asked, "/dashboard", notice="password")


def _row(service: ServiceView) -> dict[str, Any]:
    return {
        "short_name": service.short_name,
        "title": service.title,
        "description": service.description,
        "price": service.price,
        "state": _state(service),
        "may_resend": any(state != ACTIVE for state in service.ims.values()),
    }


def _state(service: ServiceView) -> str:
    """Return how a service stands to its user: active as soon as one of his IMs has authorised it."""
    states = set(service.ims.values())
    if service.status not in {NEW, ACTIVE} or not states or ACTIVE in states:
        return service.status or "none"
    return REJECTED if states == {REJECTED} else NEW


def _change(change: ChangeView) -> dict[str, Any]:
    """Return a change as it is shown; ``sign`` says of what came or went which of it it did."""
    values = [_value(change.event, value) for value in (change.old, change.new) if value]
    sign = "" if change.event not in COME_AND_GO or len(values) != 1 else "removed"
    return {
        "event": change.event.replace("_", "-"),
        "value": " → ".join(values),
        "sign": "added" if sign and change.new else sign,
        "time": change.time,
        "way": change.way,
        "network": change.network,
    }


def _value(event: str, value: str) -> str:
    if event == "signed_in":
        return browser_name(value)
    return value.partition(":")[2] if event == "address" else value


def _session(session: SessionView) -> dict[str, Any]:
    return {
        "id": session.id,
        "current": session.current,
        "network": session.network,
        "browser": browser_name(session.agent),
        "last_seen": session.seen_at,
    }


BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser/", "Yandex"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """Return a short name for what a browser says that it is, empty where it says nothing."""
    name = next((said for mark, said in BROWSERS if mark in agent), agent.partition("/")[0][:40])
    system = next((said for mark, said in SYSTEMS if mark in agent), "")
    return f"{name}, {system}" if system and name else name


def _task_rows(tx: Tx, lang: str, tasks: list[TaskView]) -> list[dict[str, Any]]:
    rows = []
    for task in tasks:
        bad = next((r for r in task.results if r.status == "failed"), None)
        opened = task.results[0].data if task.results else {}
        why = reason(tx, lang, bad) if bad else ""
        if bad and not why:
            why = tx.texts(lang, "card-text-missing")
        rows.append(
            {
                "id": task.id,
                "url": task.name,
                "status": task.status,
                "title": opened.get("title", ""),
                "ms": task.ms if task.results else None,
                "created_at": task.created_at,
                "reason_text": why,
            }
        )
    return rows
