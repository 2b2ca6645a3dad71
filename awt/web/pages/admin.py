"""Pages of administrators: accounts, services, news, queues, nodes, garbage, what operators did.

Every page shows and does what a method says; the methods decide who may.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from awt.api.letters import LetterView
from awt.api.news import NewsLine
from awt.api.nodes import NodeToken
from awt.api.operating import ServiceLine
from awt.api.report import Report
from awt.errors import Refused, bad_field
from awt.model.messages import LINK
from awt.model.status import ACTIVE, BASE, BLOCKED, DELETED, LANGS, NEW
from awt.web.site import Asked, Site

PAGE: Final = 50
"""Entries of a list on one page."""
STATES: Final = (NEW, ACTIVE, BLOCKED, DELETED)


class AdminPages:
    """Pages that need an administrator."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def _call(self, asked: Asked, method: str, **values: Any) -> Any:
        return await self._site.api.call(method, asked.caller, values)

    def _render(self, asked: Asked, template: str, **values: Any) -> bytes:
        return self._site.render(asked, f"admin/{template}.html", **values)

    async def _do(
        self,
        asked: Asked,
        work: Callable[[], Any],
        again: Callable[..., Any],
        *,
        notice: str,
        back: str,
    ) -> bytes:
        """Do what a form asks for and go back; where it is refused, show the form again."""
        try:
            await work()
        except Refused as refused:
            answer: bytes = await again(
                asked,
                error=self._site.error(asked, refused),
                form=typed(asked),
                status=refused.status,
            )
            return answer
        return self._site.redirect(asked, back, notice=notice)

    async def overview(self, asked: Asked) -> bytes:
        """Show where something has to be done."""
        queues = (await self._call(asked, "ListQueues")).queues
        garbage = await self._call(asked, "PreviewGarbage")
        news = (await self._call(asked, "ListNews")).news
        deeds = (await self._call(asked, "ListAudit", limit=5)).deeds
        return self._render(
            asked,
            "overview",
            ready=sum(queue.ready for queue in queues),
            dead=sum(queue.dead for queue in queues),
            garbage=sum(line.now for line in garbage.lines),
            sending=[line for line in news if line.state == "sending"],
            deeds=[_deed(deed) for deed in deeds],
        )

    # --- Accounts

    async def report(self, asked: Asked, **values: Any) -> bytes:
        """Show accounts with tests that nobody uses and that never paid."""
        report: Report = await self._call(
            asked, "ShowReport", before=asked.number("before"), limit=PAGE
        )
        last = report.accounts[-1].id if len(report.accounts) == PAGE else None
        return self._render(
            asked, "report", report=report, next=last, path="/admin/report", **values
        )

    async def block_reported(self, asked: Asked) -> bytes:
        """Block an account of the report, and go back to it."""

        async def work() -> None:
            if asked.field("confirm") != "yes":
                raise Refused("not_confirmed")
            await self._call(asked, "BlockUser", user=asked.field("user"))

        return await self._do(asked, work, self.report, notice="admin-block", back="/admin/report")

    async def users(self, asked: Asked) -> bytes:
        """Find accounts."""
        status = asked.field("status") if asked.field("status") in STATES else None
        begins = asked.field("begins")[:320]
        found = (
            await self._call(
                asked,
                "FindUsers",
                begins=begins,
                status=status,
                before=asked.number("before"),
                limit=PAGE,
            )
        ).users
        return self._render(
            asked,
            "users",
            people=found,
            begins=begins,
            state=status or "",
            states=STATES,
            next=found[-1].id if len(found) == PAGE else None,
        )

    async def user(self, asked: Asked, name: str, **values: Any) -> bytes:
        """Show an account."""
        person = await self._call(asked, "ShowUser", user=name)
        own = asked.guest.user is not None and person.hash == asked.guest.user.hash
        return self._render(
            asked,
            "user",
            person=person,
            entries=[_entry(entry) for entry in person.ledger],
            own=own,
            key=self._site.resources.env.chance.hex(),
            path="/admin/users",
            **values,
        )

    async def change_user(self, asked: Asked, action: str) -> bytes:
        """Give points to an account, block it or open it again."""
        name = asked.field("user")

        async def again(asked: Asked, **values: Any) -> bytes:
            return await self.user(asked, name, **values)

        async def work() -> None:
            if action == "points":
                if not asked.field("reason").strip():
                    raise bad_field("reason", "empty")
                await self._site.api.call(
                    "Adjust",
                    asked.caller,
                    {
                        "user": name,
                        "amount": _number(asked, "amount"),
                        "reason": asked.field("reason"),
                    },
                    idempotency_key=asked.field("key") or None,
                )
            elif asked.field("confirm") != "yes":
                raise Refused("not_confirmed")
            else:
                method = {"block": "BlockUser", "unblock": "UnblockUser"}[action]
                await self._call(asked, method, user=name)

        shown = await self._call(asked, "ShowUser", user=name)
        return await self._do(
            asked, work, again, notice=f"admin-{action}", back=f"/admin/users/{shown.hash}"
        )

    # --- Services

    async def services(self, asked: Asked, **values: Any) -> bytes:
        """Show the catalogue with its forms."""
        found: list[ServiceLine] = (await self._call(asked, "ListCatalogue")).services
        values.setdefault("form", {})
        return self._render(
            asked, "services", services=found, base=BASE, path="/admin/services", **values
        )

    async def put_service(self, asked: Asked) -> bytes:
        """Add a service or change one."""

        async def work() -> None:
            name = asked.field("short_name").strip()
            enabled = {} if name == BASE else {"enabled": asked.field("enabled") == "yes"}
            await self._call(
                asked,
                "PutService",
                short_name=name,
                title=asked.field("title"),
                description=asked.field("description"),
                price=_number(asked, "price", empty=0),
                url=asked.field("url"),
                **enabled,
            )

        return await self._do(
            asked, work, self.services, notice="admin-service", back="/admin/services"
        )

    # --- News

    async def news(self, asked: Asked, **values: Any) -> bytes:
        """Show the form of news, and how far the last ones came."""
        found: list[NewsLine] = (await self._call(asked, "ListNews")).news
        catalogue = (await self._call(asked, "ListCatalogue")).services
        values.setdefault("form", {"service": BASE})
        return self._render(
            asked,
            "news",
            news=found,
            services=[service for service in catalogue if service.enabled],
            path="/admin/news",
            **values,
        )

    def _news_fields(self, asked: Asked) -> dict[str, Any]:
        carried = self._site.settings.ims
        return {
            "texts": {lang: asked.field(f"text-{lang}") for lang in LANGS},
            "service": asked.field("service") or BASE,
            "ims": [im for im in carried if asked.field(f"im-{im}")],
            "langs": [lang for lang in LANGS if asked.field(f"lang-{lang}")],
        }

    async def preview_news(self, asked: Asked, **values: Any) -> bytes:
        """Show news as they would be sent, with the number of readers by IM."""
        fields = self._news_fields(asked)
        try:
            preview = await self._call(asked, "PreviewNews", **fields)
        except Refused as refused:
            return await self.news(
                asked,
                form=typed(asked),
                error=self._site.error(asked, refused),
                status=refused.status,
            )
        return await self.news(
            asked,
            form=typed(asked),
            preview=preview,
            fields=fields,
            key=self._site.resources.env.chance.hex(),
            **values,
        )

    async def send_news(self, asked: Asked) -> bytes:
        """Put news on their way; a second press of the button changes nothing."""

        async def work() -> None:
            await self._site.api.call(
                "SendNews",
                asked.caller,
                self._news_fields(asked),
                idempotency_key=asked.field("key") or None,
            )

        return await self._do(
            asked, work, self.news, notice="admin-news", back="/admin/news#latest"
        )

    async def stop_news(self, asked: Asked) -> bytes:
        """Stop news that are on their way."""

        async def work() -> None:
            await self._call(asked, "StopNews", id=_number(asked, "id"))

        return await self._do(
            asked, work, self.news, notice="admin-news-stopped", back="/admin/news#latest"
        )

    # --- Queues

    async def queues(self, asked: Asked, **values: Any) -> bytes:
        """Show what waits, and the dead letters."""
        return self._render(
            asked,
            "queues",
            queues=(await self._call(asked, "ListQueues")).queues,
            letters=(await self._call(asked, "ListDead")).letters,
            path="/admin/queues",
            **values,
        )

    async def letter(self, asked: Asked, name: str) -> bytes:
        """Show a dead letter; its body is what somebody said or was told."""
        shown = await self._call(asked, "ShowDead", id=name)
        letter: LetterView = shown.letter
        return self._render(asked, "letter", letter=letter, body=_pretty(shown.body))

    async def change_letter(self, asked: Asked, action: str) -> bytes:
        """Replay a dead letter, or drop it."""

        async def work() -> None:
            method = {"replay": "ReplayDead", "drop": "DropDead"}[action]
            await self._call(asked, method, id=asked.field("id"))

        return await self._do(
            asked, work, self.queues, notice=f"admin-letter-{action}", back="/admin/queues"
        )

    # --- Nodes

    async def nodes(self, asked: Asked, **values: Any) -> bytes:
        """Show the nodes, what they are connected to, and the form of a new one."""
        found = await self._call(asked, "ListNodes")
        values.setdefault("form", {})
        return self._render(
            asked,
            "nodes",
            nodes=found.nodes,
            connections=found.connections,
            path="/admin/nodes",
            **values,
        )

    async def change_node(self, asked: Asked, action: str) -> bytes:
        """Add a node or give one a new token, which is shown this once."""
        try:
            if action == "renew":
                made: NodeToken = await self._call(asked, "RenewNode", name=asked.field("name"))
            else:
                made = await self._call(
                    asked,
                    "AddNode",
                    name=asked.field("name").strip(),
                    amqp_user=asked.field("amqp_user").strip() or None,
                    services=_words(asked.field("services")),
                    ims=_words(asked.field("ims")),
                    types=_words(asked.field("types")),
                )
        except Refused as refused:
            return await self.nodes(
                asked,
                error=self._site.error(asked, refused),
                form=typed(asked),
                status=refused.status,
            )
        return await self.nodes(asked, made=made)

    # --- Garbage, audit

    async def garbage(self, asked: Asked) -> bytes:
        """Show what the collector would take."""
        found = await self._call(asked, "PreviewGarbage")
        return self._render(asked, "garbage", lines=found.lines, every=found.every)

    async def audit(self, asked: Asked) -> bytes:
        """Show what operators did."""
        before = asked.number("before")
        deeds = (await self._call(asked, "ListAudit", limit=PAGE, before=before)).deeds
        return self._render(
            asked,
            "audit",
            deeds=[_deed(deed) for deed in deeds],
            next=deeds[-1].id if len(deeds) == PAGE else None,
        )


def typed(asked: Asked) -> dict[str, str]:
    """Return the fields of a form as they were typed."""
    return {
        name.decode("ascii", "replace"): values[0].decode("utf-8", "replace")
        for name, values in (asked.request.args or {}).items()
    }


def _number(asked: Asked, name: str, *, empty: int | None = None) -> int:
    text = asked.field(name).strip()
    if not text and empty is not None:
        return empty
    try:
        return int(text) if len(text) < 19 else int("")  # noqa: PLR2004 - no column holds more
    except ValueError:
        raise bad_field(name, "number") from None


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _entry(entry: Any) -> dict[str, Any]:
    data = msgspec.json.decode(entry.data)
    return {
        "time": entry.time,
        "amount": entry.amount,
        "balance": entry.balance_after,
        "type": entry.type.lower().replace("_", "-"),
        "data": data.get("reason") or data.get("service") or "",
    }


def _deed(deed: Any) -> dict[str, Any]:
    params = msgspec.json.decode(deed.params)
    return {
        "time": deed.time,
        "who": deed.who,
        "way": deed.way,
        "method": deed.method,
        "params": "; ".join(f"{name}: {_short(value)}" for name, value in params.items()),
    }


def _short(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 200 else text[:200] + "…"  # noqa: PLR2004 - a line of a table


def _pretty(body: str) -> str:
    """Return the body of a letter with one field a line, the mark of its link as a word."""
    try:
        text = msgspec.json.format(body.encode(), indent=2).decode()
    except msgspec.DecodeError:
        text = body
    return text.replace(LINK, "***").replace("\\ue000", "***")
