"""The site: routes, and what all of them share (who asks, errors, headers, templates)."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from functools import cached_property
from importlib import resources as package_files
from typing import Any, Final

import attrs
import msgspec
from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.logger import Logger
from twisted.web.http import Request

from awt.api.caller import Caller
from awt.api.registry import Params, parse
from awt.api.words import fields as words_for_fields
from awt.api.words import message as words_for
from awt.background import Tasks
from awt.db import sessions
from awt.db.tx import Tx
from awt.errors import Refused, Unavailable, bad_field
from awt.model.address import network_factor
from awt.resources import ServerResources
from awt.web.answers import add_headers, put_cookie, refusal, set_cookie
from awt.web.render import Templates
from awt.web.request import check_size, read_form, shown_path
from awt.web.visit import (
    COOKIE,
    Guest,
    Visit,
    cookie_token,
    csrf_of,
    guest_of,
    is_csrf,
    is_own_script,
    read_visit,
)

log = Logger()

DIGITS: Final = 19
"""Fewer have the numbers of rows."""
NOTICE: Final = "awt_notice"
"""Cookie with the name of what the next page tells once."""
STATIC: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@frozen(kw_only=True)
class Asked:
    """A request with who makes it."""

    request: Request
    visit: Visit
    guest: Guest

    @property
    def caller(self) -> Caller:
        """Who this is to the methods."""
        return self.guest.caller

    @property
    def lang(self) -> str:
        """The language to answer in."""
        return self.guest.caller.lang

    def field(self, name: str) -> str:
        """Return a field of the form, empty when it is not there."""
        values: list[bytes] = (self.request.args or {}).get(name.encode(), [b""])
        return values[0].decode("utf-8", "replace")

    def number(self, name: str) -> int | None:
        """Return a number of the address that a row can have; None where there is none."""
        text = self.field(name)
        return int(text) if text.isdecimal() and text.isascii() and len(text) < DIGITS else None


Page = Callable[[Asked], Awaitable[bytes]]
Program = Callable[[Request, Visit, str], Awaitable[bytes]]


class Site:
    """What every route uses."""

    def __init__(self, resources: ServerResources) -> None:
        self.resources = resources
        self.api = resources.api
        self.database = resources.database
        self.settings = resources.env.settings
        self.texts = resources.env.texts
        self.tasks = Tasks()
        self.secure = self.settings.site_url.startswith("https:")
        self.templates = Templates(texts=self.texts, static=self.static_names)

    @cached_property
    def static_files(self) -> dict[str, tuple[bytes, str]]:
        """Own assets by hashed name, with their type."""
        found = {}
        for file in package_files.files("awt.web").joinpath("static").iterdir():
            stem, dot, suffix = file.name.rpartition(".")
            kind = STATIC.get(dot + suffix)
            if kind is not None:
                body = file.read_bytes()
                digest = hashlib.sha256(body).hexdigest()[:12]
                found[f"{stem}.{digest}.{suffix}"] = (body, kind)
        return found

    @cached_property
    def static_names(self) -> dict[str, str]:
        """URL of an asset, by its name."""
        names = {}
        for hashed in self.static_files:
            stem, _digest, suffix = hashed.rsplit(".", 2)
            names[f"{stem}.{suffix}"] = f"/static/{hashed}"
        return names

    # --- programs: chat and API -------------------------------------------------------------

    def program(self, function: Program) -> Callable[..., Deferred[bytes]]:
        """Return a route that speaks JSON: errors are codes, with a message in the user's language."""

        def route(request: Request, **parts: Any) -> Deferred[bytes]:
            return ensureDeferred(_sized(request, self._program(function, request, parts)))

        return route

    async def _program(self, function: Any, request: Request, parts: dict[str, Any]) -> bytes:
        add_headers(request, secure=self.secure)
        visit = self.visit(request)
        trace = self.resources.env.chance.hex()
        request.setHeader("X-Request-Id", trace)
        try:
            check_size(request)
            if request.method == b"POST" and visit.key is None:
                self._check_origin(request, visit)
            answer: bytes = await function(request, visit, trace, **parts)
        except Refused as refused:
            return refusal(request, self.texts, await self._lang(visit), refused)
        except Unavailable as error:
            log.warn("unavailable: {error}", error=str(error), trace=trace)
            return refusal(request, self.texts, visit.lang, Refused("unavailable", retry_after=2))
        except CancelledError:  # the other side is gone
            raise
        except Exception:  # noqa: BLE001 - the last place where it can be answered
            log.failure("{path} failed", trace=trace, path=shown_path(request))
            return refusal(request, self.texts, visit.lang, Refused("internal", trace=trace))
        return answer

    def _check_origin(self, request: Request, visit: Visit) -> None:
        if not is_own_script(request, visit.token, site_url=self.settings.site_url):
            raise Refused("forbidden")

    # --- pages ------------------------------------------------------------------------------

    def page(
        self, function: Callable[..., Any], *, form: bool = True
    ) -> Callable[..., Deferred[bytes]]:
        """Return a route that shows a page: who asks is looked up, a browser gets its cookie.

        A POST needs the token of its form, unless ``form`` is false: then the function asks for it.
        """

        def route(request: Request, **parts: Any) -> Deferred[bytes]:
            return ensureDeferred(_sized(request, self._page(function, request, parts, form=form)))

        return route

    async def _page(
        self, function: Any, request: Request, parts: dict[str, Any], *, form: bool
    ) -> bytes:
        add_headers(request, secure=self.secure)
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        visit = self.visit(request)
        trace = self.resources.env.chance.hex()
        asked: Asked | None = None
        fresh: str | None = None
        try:
            asked, fresh = await self._ask(request, visit)
            check_size(request)
            if request.method == b"POST":
                read_form(request)
                if form:
                    self.check_form(asked)
            answer: bytes = await function(asked, **parts)
        except Refused as refused:
            answer = self.error_page(request, asked, visit, refused, trace)
        except Unavailable as error:
            log.warn("unavailable: {error}", error=str(error), trace=trace)
            passing = Refused("unavailable", retry_after=2)
            answer = self.error_page(request, asked, visit, passing, trace)
        except CancelledError:  # the other side is gone
            raise
        except Exception:  # noqa: BLE001 - the last place where it can be answered
            log.failure("{path} failed", trace=trace, path=shown_path(request))
            broken = Refused("internal", trace=trace)
            answer = self.error_page(request, asked, visit, broken, trace)
        if fresh is not None and not _has_cookie(request):
            set_cookie(request, fresh, secure=self.secure)
        return answer

    def check_form(self, asked: Asked) -> None:
        """Refuse a form that was not ours to begin with: ``form_expired``."""
        token = cookie_token(asked.request)  # never that of a cookie that it is only about to get
        if not is_csrf(token, asked.field("csrf")):
            raise Refused("form_expired")

    async def _ask(self, request: Request, visit: Visit) -> tuple[Asked, str | None]:
        """Return a request with who makes it, and the token of a cookie that it has to be given."""
        visit = attrs.evolve(visit, key=None)
        guest = await self.database.read(_counted_guest, visit)
        session = guest.session
        if session is not None and sessions.is_stale(session, self.resources.env.clock()):
            await self.database.write(sessions.seen, session)
        fresh = None
        if visit.token is None or guest.token_ended:
            fresh = self.resources.env.chance.token()
            visit = attrs.evolve(visit, token=fresh)
            guest = await self.database.read(guest_of, visit)
        return Asked(request=request, visit=visit, guest=guest), fresh

    async def _lang(self, visit: Visit) -> str:
        """Return the language of an account, where it is one that calls; else of its program."""
        try:
            return (await self.database.read(guest_of, visit)).caller.lang
        except (Refused, Unavailable):
            return visit.lang

    def visit(self, request: Request) -> Visit:
        """Return what a request says of who makes it."""
        return read_visit(request, behind_proxy=self.resources.config.web.behind_proxy)

    def render(self, asked: Asked, template: str, *, status: int = 200, **values: Any) -> bytes:
        """Return a page."""
        asked.request.setResponseCode(status)
        values.setdefault("notice", self._notice(asked))
        return self.templates.render(
            template,
            lang=asked.lang,
            zone=asked.guest.user.timezone if asked.guest.user else None,
            csrf=csrf_of(asked.visit.token or ""),
            user=asked.guest.user,
            path=values.pop("path", asked.request.path.decode("ascii", "replace")),
            site_url=self.settings.site_url,
            ims=self.settings.ims,
            **values,
        )

    def _notice(self, asked: Asked) -> str | None:
        """Return what the page before this one has to say, once."""
        name = (asked.request.getCookie(NOTICE.encode()) or b"").decode("ascii", "replace")
        key = f"site-notice-{name}"
        if not name or not self.texts.has(asked.lang, key):
            return None
        put_cookie(asked.request, NOTICE, "", secure=self.secure, seconds=0)
        return self.texts(asked.lang, key)

    def error(self, asked: Asked, refused: Refused) -> "Said":
        """Return what a form shows of a refusal."""
        if refused.retry_after is not None:
            asked.request.setHeader("Retry-After", str(refused.retry_after))
        return Said(
            code=refused.code,
            message=words_for(self.texts, asked.lang, refused),
            fields=words_for_fields(self.texts, asked.lang, refused),
        )

    def error_page(
        self, request: Request, asked: Asked | None, visit: Visit, refused: Refused, trace: str
    ) -> bytes:
        """Return the page of an error."""
        if refused.retry_after is not None:
            request.setHeader("Retry-After", str(refused.retry_after))
        request.setResponseCode(refused.status)
        lang = asked.lang if asked else visit.lang
        token = (asked.visit if asked else visit).token
        return self.templates.render(
            "error.html",
            lang=lang,
            zone=None,
            csrf=csrf_of(token or ""),
            user=asked.guest.user if asked else None,
            path="/",
            site_url=self.settings.site_url,
            ims=self.settings.ims,
            status=refused.status,
            code=refused.code,
            message=words_for(self.texts, lang, refused),
            retry_ms=refused.retry_after * 1000 if refused.retry_after else None,
            trace=trace if refused.status >= 500 else None,  # noqa: PLR2004 - server errors
        )

    def redirect(self, asked: Asked, path: str, *, notice: str | None = None) -> bytes:
        """Return the answer to a form that was done: go and look (303). ``notice`` is shown there once."""
        if notice is not None:
            put_cookie(asked.request, NOTICE, notice, secure=self.secure, seconds=60)
        asked.request.setResponseCode(303)
        asked.request.setHeader("Location", path)
        return b""

    def sign_in(self, asked: Asked, token: str) -> None:
        """Give the browser the session that a method made."""
        set_cookie(asked.request, token, secure=self.secure)


@frozen(kw_only=True)
class Said:
    """A refusal in words, for a template."""

    code: str
    message: str
    fields: dict[str, str]


def _counted_guest(tx: Tx, visit: Visit) -> Guest:
    """Return who asks for a page, counted in his network. Errors: ``too_many``."""
    most = tx.settings.limits.pages_per_minute * network_factor(visit.network)
    if tx.cache.increment(f"pages:{visit.network}", seconds=60) > most:
        raise Refused("too_many", retry_after=60)
    return guest_of(tx, visit)


async def _sized(request: Request, answer: Awaitable[bytes]) -> bytes:
    """Return an answer that was not written in parts, and say how long it is."""
    body = await answer
    if not request.startedWriting:
        request.setHeader("Content-Length", str(len(body)))
    return body


_LONG_NUMBER: Final = re.compile(rb"[0-9]{19}")


def _check_numbers(value: object, name: str = "$") -> None:
    """Refuse whole numbers that no column of a database holds."""
    if isinstance(value, dict):
        for key, each in value.items():
            _check_numbers(each, str(key)[:80])
    elif isinstance(value, list):
        for each in value:
            _check_numbers(each, name)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise bad_field(name, "value")


def parse_json(request: Request, kind: type[Params]) -> Any:
    """Return the JSON body of a request. Errors: ``bad_request``, which names the field."""
    body = request.content.read() if request.content else b""
    try:
        values = msgspec.json.decode(body or b"{}")
        if _LONG_NUMBER.search(body):
            _check_numbers(values)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad_field("$", "json") from None
    return parse(kind, values)


def _has_cookie(request: Request) -> bool:
    return any(cookie.startswith(COOKIE.encode() + b"=") for cookie in request.cookies)
