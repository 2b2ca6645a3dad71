"""The table of URLs."""

from collections.abc import Callable
from typing import Any

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.web.http import Request
from werkzeug.exceptions import HTTPException

from awt.errors import Refused
from awt.resources import Resources
from awt.web import chat
from awt.web.answers import add_headers, json_answer, refusal, set_cookie
from awt.web.calls import Calls
from awt.web.chat import Heard, Said, Stream
from awt.web.health import Health
from awt.web.openapi import describe
from awt.web.pages.entry import METHODS, EntryPages
from awt.web.pages.member import MemberPages
from awt.web.pages.public import PublicPages
from awt.web.site import Asked, Site, parse_json
from awt.web.visit import Visit


class Routes:
    """The routes of the site, and what is open because of them."""

    def __init__(self, resources: Resources) -> None:
        self.site = Site(resources)
        self.health = Health(self.site)
        self._streams: dict[str, set[Stream]] = {}

    def count(self, code: int) -> None:
        """Count an answer."""
        self.health.requests.labels(str(code)).inc()

    async def stop(self) -> None:
        """Close every stream."""
        for streams in list(self._streams.values()):
            for stream in list(streams):
                stream.end()
        await self.site.tasks.finish()

    def app(self) -> Klein:
        """Return the routes."""
        app = Klein()
        self._pages(app)
        self._programs(app)
        self._assets(app)

        @app.handle_errors(HTTPException)
        def failed(request: Request, failure: Any) -> bytes | Deferred[bytes]:
            code = failure.value.code or 500
            wanted = {404: "unknown_page", 405: "wrong_verb"}.get(code, "bad_request")
            return self._no_route(request, Refused(wanted), code)

        return app

    def _no_route(self, request: Request, refused: Refused, code: int) -> bytes:
        site = self.site
        add_headers(request, secure=site.secure)
        visit = site.visit(request)
        if request.path.startswith((b"/api/", b"/chat/")):
            answer = refusal(request, site.texts, visit.lang, refused)
        else:
            request.setHeader("Content-Type", "text/html; charset=utf-8")
            answer = site.error_page(request, None, visit, refused, "")
        request.setResponseCode(code)
        return answer

    def _pages(self, app: Klein) -> None:
        site = self.site
        public, entry, member = PublicPages(site), EntryPages(site), MemberPages(site)

        def get(path: str, function: Any) -> None:
            app.route(path, methods=["GET"], endpoint=f"GET {path}")(site.page(function))

        def post(path: str, function: Any) -> None:
            app.route(path, methods=["POST"], endpoint=f"POST {path}")(site.page(function))

        get("/", public.home)
        get("/faq", public.faq)
        get("/terms", public.terms)
        post("/lang", public.language)
        get("/register", entry.register)
        post("/register", entry.do_register)
        get("/registered", entry.registered)
        get("/login", entry.login)
        post("/login", entry.do_login)
        post("/logout", entry.do_logout)
        for name in METHODS:
            get(f"/{name}", _with(entry.link, name))
            post(f"/{name}", _with(entry.use_link, name))
        get("/new_password", _member(site, member.new_password))
        post("/new_password", _member(site, member.do_new_password))
        get("/dashboard", _member(site, member.dashboard))
        get("/services", _member(site, member.services))
        for action in ("add", "resend", "delete"):
            post(f"/services/{action}", _member(site, _with(member.change_service, action)))
        get("/settings", _member(site, member.settings))
        post("/settings/login", _member(site, member.set_login))
        post("/settings/password", _member(site, member.set_password))
        post("/settings/preferences", _member(site, member.set_preferences))
        post("/settings/sessions/end", _member(site, member.end_session))
        post("/settings/sessions/end_others", _member(site, member.end_others))
        post("/settings/delete", _member(site, member.delete))

    def _programs(self, app: Klein) -> None:
        site = self.site
        calls = Calls(site)

        def route(path: str, verb: str, function: Any) -> None:
            app.route(path, methods=[verb], endpoint=f"{verb} {path}")(site.program(function))

        route("/api/openapi.json", "GET", self._openapi)
        route("/api/<name>", "POST", calls.call)
        route("/chat/messages", "POST", self._message)
        route("/chat/events", "GET", self._events)
        route("/healthz", "GET", self.health.healthz)
        route("/readyz", "GET", self.health.readyz)
        route("/metrics", "GET", self.health.metrics)

    def _assets(self, app: Klein) -> None:
        files = self.site.static_files

        @app.route("/static/<name>", methods=["GET"])
        def static(request: Request, name: str) -> bytes:
            found = files.get(name)
            if found is None:
                return self._no_route(request, Refused("unknown_page"), 404)
            add_headers(request, secure=self.site.secure)
            body, kind = found
            request.setHeader("Content-Type", kind)
            request.setHeader("Cache-Control", "public, max-age=31536000, immutable")
            return body

    async def _openapi(self, request: Request, _visit: Visit, _trace: str) -> bytes:
        methods = list(self.site.api.methods.values())
        return json_answer(request, describe(methods, site_url=self.site.settings.site_url))

    async def _message(self, request: Request, visit: Visit, trace: str) -> bytes:
        said = parse_json(request, Said)
        text = chat.check(said)
        message_id, token = await self.site.database.write(
            chat.post, visit, said.service, text, trace
        )
        if token is not None:
            set_cookie(request, token, secure=self.site.secure)
        return json_answer(request, Heard(message_id), status=202)

    async def _events(self, request: Request, visit: Visit, _trace: str) -> Any:
        site = self.site
        address, session_id, dead = await site.database.read(chat.reader, visit)
        if visit.key is not None:
            raise Refused("forbidden")
        if address is None:
            token = site.resources.env.chance.token()
            set_cookie(request, token, secure=site.secure)
            fresh = Visit(
                token=token, key=None, network=visit.network, agent=visit.agent, lang=visit.lang
            )
            address, session_id, dead = await site.database.read(chat.reader, fresh)
        assert address is not None
        del dead
        streams = self._streams.setdefault(address, set())
        if len(streams) >= chat.STREAMS:
            raise Refused("too_many", retry_after=60)
        finished: Deferred[None] = Deferred()

        def ended(stream: Stream) -> None:
            streams.discard(stream)
            if not streams:
                self._streams.pop(address, None)
            finished.callback(None)

        stream = Stream(
            request=request,
            address=address,
            session_id=session_id,
            last=request.getHeader("last-event-id"),
            database=site.database,
            signals=site.resources.signals,
            reactor=site.resources.reactor,
            tasks=site.tasks,
            on_end=ended,
        )
        streams.add(stream)
        stream.start()
        return await finished


def _with(function: Callable[..., Any], part: str) -> Callable[..., Any]:
    """Return a page of which one part is fixed."""

    async def page(asked: Asked) -> bytes:
        answer: bytes = await function(asked, part)
        return answer

    return page


def _member(site: Site, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a page that sends visitors to the login."""

    async def page(asked: Asked) -> bytes:
        if asked.guest.user is None:
            return site.redirect(asked, "/login")
        answer: bytes = await function(asked)
        return answer

    return page
