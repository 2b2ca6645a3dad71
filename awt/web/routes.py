"""The table of URLs."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.web.http import Request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from awt.errors import Refused
from awt.model.address import network_factor
from awt.resources import ServerResources
from awt.web import chat
from awt.web.answers import add_headers, json_answer, set_cookie
from awt.web.calls import Calls
from awt.web.chat import Heard, Said, Stream
from awt.web.health import Health
from awt.web.live import Live
from awt.web.longpoll import Waiting
from awt.web.openapi import describe, read
from awt.web.pages import invites
from awt.web.pages.admin import AdminPages
from awt.web.pages.entry import METHODS, EntryPages
from awt.web.pages.invites import InvitePages
from awt.web.pages.member import MemberPages
from awt.web.pages.public import PublicPages
from awt.web.pages.testing import RunPages, TestPages
from awt.web.site import Asked, Site, parse_json
from awt.web.visit import Visit, header, stranger_address

ROBOTS: Final = b"""User-agent: *
Disallow: /api/
Disallow: /chat/
Disallow: /activate
Disallow: /temporary_login
Disallow: /forgot_password
Disallow: /shared/
"""
"""What search engines shall not fetch; pages of accounts say so themselves."""


class Routes:
    """The routes of the site, and what is open because of them."""

    def __init__(self, resources: ServerResources) -> None:
        self.site = Site(resources)
        self.health = Health(self.site)
        self._waiting = Waiting(signals=resources.signals, reactor=resources.reactor)
        self._streams: dict[str, set[Stream]] = {}
        self._of_network: Counter[str] = Counter()

    def count(self, code: int) -> None:
        """Count an answer."""
        self.health.requests.labels(str(code)).inc()

    async def stop(self) -> None:
        """Close every stream, and answer those who wait."""
        self._waiting.end()
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
        def failed(request: Any, failure: Any) -> Any:
            return self._no_route(request, failure.value)

        return app

    def bad_address(self, request: Request) -> bytes:
        """Answer a request whose address or verb no router can read."""
        site = self.site
        add_headers(request, secure=site.secure)
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        return site.error_page(request, None, site.visit(request), Refused("bad_request"), "")

    def _no_route(self, request: Request, error: HTTPException) -> bytes | Deferred[bytes]:
        """Answer a request that no route takes, as a page or as JSON."""
        if isinstance(error, RequestRedirect) and request.method in {b"GET", b"HEAD"}:
            request.setHeader("Location", urlsplit(error.new_url).path)  # never to another host
            request.setResponseCode(301)
            return b""
        if isinstance(error, MethodNotAllowed):
            request.setHeader("Allow", ", ".join(sorted(error.valid_methods or ())))
        refused = Refused("wrong_verb" if isinstance(error, MethodNotAllowed) else "unknown_page")

        async def page(_asked: Asked) -> bytes:
            raise refused

        async def program(_request: Request, _visit: Visit, _trace: str) -> bytes:
            raise refused

        if request.path.startswith((b"/api/", b"/chat/")):
            return self.site.program(program)(request)
        return self.site.page(page, form=False)(request)

    def _pages(self, app: Klein) -> None:
        site = self.site
        public, entry, member = PublicPages(site), EntryPages(site), MemberPages(site)

        def get(path: str, function: Any) -> None:
            app.route(path, methods=["GET"], endpoint=f"GET {path}")(site.page(function))

        def post(path: str, function: Any, *, form: bool = True) -> None:
            shown = site.page(function, form=form)
            app.route(path, methods=["POST"], endpoint=f"POST {path}")(shown)

        get("/", public.home)
        get("/faq", public.faq)
        get("/terms", public.terms)
        get("/api/", self._api)
        post("/lang", public.language)
        get("/register", entry.register)
        post("/register", entry.do_register)
        get("/registered", entry.registered)
        get("/login", entry.login)
        post("/login", entry.do_login)
        post("/logout", entry.do_logout)
        for name in METHODS:
            get(f"/{name}", _with(entry.link, name))
            post(f"/{name}", _with(entry.use_link, name), form=False)
        get("/new_password", _member(site, member.new_password))
        post("/new_password", _member(site, member.do_new_password))
        get("/dashboard", _member(site, member.dashboard))
        get("/services", _member(site, member.services))
        for action in ("add", "resend", "delete"):
            post(f"/services/{action}", _member(site, _with(member.change_service, action)))
        invited = InvitePages(site)
        get("/invites", _member(site, invited.show))
        post("/invites", _member(site, invited.invite))
        for action in invites.METHODS:
            post(f"/invites/{action}", _member(site, _with(invited.change, action)))
        get("/history", _member(site, member.history))
        get("/settings", _member(site, member.settings))
        post("/settings/login", _member(site, member.set_login))
        post("/settings/password", _member(site, member.set_password))
        post("/settings/preferences", _member(site, member.set_preferences))
        post("/settings/ims/add", _member(site, member.add_im))
        post("/settings/ims/confirm", _member(site, member.confirm_im))
        post("/settings/ims/remove", _member(site, member.remove_im))
        post("/settings/sessions/end", _member(site, member.end_session))
        post("/settings/sessions/end_others", _member(site, member.end_others))
        post("/settings/keys/make", _member(site, member.make_key))
        post("/settings/keys/revoke", _member(site, member.revoke_key))
        post("/settings/delete", _member(site, member.delete))
        self._test_pages(get, post)
        self._admin_pages(get, post)

    def _test_pages(
        self, get: Callable[[str, Any], None], post: Callable[[str, Any], None]
    ) -> None:
        site = self.site
        tests, runs = TestPages(site), RunPages(site)
        get("/tests", _member(site, tests.list))
        get("/tests/new", _member(site, tests.new))
        post("/tests/new", _member(site, tests.create))
        post("/tests/import", _member(site, tests.import_))
        get("/tests/<int:number>", _member(site, tests.edit))
        post("/tests/<int:number>", _member(site, tests.change))
        get("/tests/<int:number>/export", _member(site, tests.export))
        post("/tests/<int:number>/run", _member(site, tests.run))
        post("/tests/<int:number>/<action>", _member(site, tests.act))
        post("/groups", _member(site, tests.save_group))
        post("/groups/<int:number>/<action>", _member(site, tests.act_group))
        get("/tasks/<int:number>", _member(site, runs.report))
        get("/tasks/<int:number>/shots/<int:shot>", _member(site, runs.shot))
        post("/tasks/<int:number>/cancel", _member(site, runs.cancel))
        post("/tasks/<int:number>/share", _member(site, runs.share))
        get("/shared/<token>", runs.shared)
        get("/shared/<token>/shots/<int:shot>", runs.shared_shot)

    def _admin_pages(
        self, get: Callable[[str, Any], None], post: Callable[[str, Any], None]
    ) -> None:
        site = self.site
        admin = AdminPages(site)
        get("/admin", _admin(site, admin.overview))
        get("/admin/users", _admin(site, admin.users))
        get("/admin/users/<name>", _admin(site, admin.user))
        for action in ("points", "block", "unblock"):
            post(f"/admin/users/{action}", _admin(site, _with(admin.change_user, action)))
        get("/admin/report", _admin(site, admin.report))
        post("/admin/report/block", _admin(site, admin.block_reported))
        get("/admin/services", _admin(site, admin.services))
        post("/admin/services/put", _admin(site, admin.put_service))
        get("/admin/news", _admin(site, admin.news))
        post("/admin/news/preview", _admin(site, admin.preview_news))
        post("/admin/news/send", _admin(site, admin.send_news))
        post("/admin/news/stop", _admin(site, admin.stop_news))
        get("/admin/queues", _admin(site, admin.queues))
        get("/admin/queues/<name>", _admin(site, admin.letter))
        for action in ("replay", "drop"):
            post(f"/admin/queues/{action}", _admin(site, _with(admin.change_letter, action)))
        get("/admin/nodes", _admin(site, admin.nodes))
        for action in ("add", "renew"):
            post(f"/admin/nodes/{action}", _admin(site, _with(admin.change_node, action)))
        get("/admin/garbage", _admin(site, admin.garbage))
        get("/admin/audit", _admin(site, admin.audit))

    def _programs(self, app: Klein) -> None:
        site = self.site
        calls = Calls(site, self._waiting)

        def route(path: str, verb: str, function: Any) -> None:
            app.route(path, methods=[verb], endpoint=f"{verb} {path}")(site.program(function))

        route("/api/openapi.json", "GET", self._openapi)
        route("/api/<name>", "POST", calls.call)
        route("/api/tasks/<int:task>/shots/<int:number>", "PUT", calls.put_shot)
        route("/chat/messages", "POST", self._message)
        route("/chat/events", "GET", self._events)
        live = Live(site, self._waiting)
        route("/tasks/<int:number>/events", "GET", live.events)
        route("/healthz", "GET", self.health.healthz)
        route("/readyz", "GET", self.health.readyz)
        route("/metrics", "GET", self.health.metrics)

    def _assets(self, app: Klein) -> None:
        files = self.site.static_files

        @app.route("/static/<name>", methods=["GET"])
        def static(request: Request, name: str) -> bytes | Deferred[bytes]:
            found = files.get(name)
            if found is None:
                return self._no_route(request, NotFound())
            body, kind = found
            return self._file(request, body, kind, "public, max-age=31536000, immutable")

        @app.route("/favicon.ico", methods=["GET"])
        def icon(request: Request) -> bytes:  # asked for where no page names another
            body, kind = files[self.site.static_names["favicon.svg"].rpartition("/")[2]]
            return self._file(request, body, kind, "public, max-age=86400")

        @app.route("/robots.txt", methods=["GET"])
        def robots(request: Request) -> bytes:
            return self._file(request, ROBOTS, "text/plain; charset=utf-8", "public, max-age=86400")

    def _file(self, request: Request, body: bytes, kind: str, caching: str) -> bytes:
        add_headers(request, secure=self.site.secure)
        request.setHeader("Content-Type", kind)
        request.setHeader("Content-Length", str(len(body)))
        request.setHeader("Cache-Control", caching)
        return body

    async def _api(self, asked: Asked) -> bytes:
        """Show the methods that somebody outside may call."""
        document = self._document()
        return self.site.render(asked, "api.html", **read(document))

    def _document(self) -> dict[str, Any]:
        methods = list(self.site.api.methods.values())
        return describe(methods, site_url=self.site.settings.site_url)

    async def _openapi(self, request: Request, _visit: Visit, _trace: str) -> bytes:
        return json_answer(request, self._document())

    async def _message(self, request: Request, visit: Visit, trace: str) -> bytes:
        said = parse_json(request, Said)
        text = chat.check(said)
        message_id, token = await self.site.database.write(
            chat.post, visit, said.service, text, trace
        )
        if token is not None:
            set_cookie(request, token, secure=self.site.secure)
        return json_answer(request, Heard(message_id), status=202)

    async def _events(self, request: Request, visit: Visit, _trace: str) -> bytes:
        site = self.site
        if visit.key is not None:  # a program with a key: it has methods to call
            raise Refused("forbidden")
        address, session_id = await site.database.read(chat.reader, visit)
        if self._waiting.ended:  # the streams have just been closed, and this would be one more
            raise Refused("unavailable", retry_after=2)
        if address is None:
            token = site.resources.env.chance.token()
            set_cookie(request, token, secure=site.secure)
            address = stranger_address(token)
        chat.head(request)
        if request.method == b"HEAD":
            return b""
        network, most = visit.network, chat.STREAMS_OF_NETWORK * network_factor(visit.network)
        streams = self._streams.get(address, set())
        if len(streams) >= chat.STREAMS or self._of_network[network] >= most:
            raise Refused("too_many", retry_after=60)
        self._streams[address] = streams
        finished: Deferred[None] = Deferred()

        def ended(stream: Stream) -> None:
            self._of_network[network] -= 1
            if not self._of_network[network]:
                del self._of_network[network]
            streams.discard(stream)
            if not streams:
                self._streams.pop(address, None)
            finished.callback(None)

        stream = Stream(
            request=request,
            address=address,
            session_id=session_id,
            last=header(request, "last-event-id") or None,
            database=site.database,
            signals=site.resources.signals,
            reactor=site.resources.reactor,
            tasks=site.tasks,
            on_end=ended,
        )
        streams.add(stream)
        self._of_network[network] += 1
        stream.start()
        await finished
        return b""


def _with(function: Callable[..., Any], part: str) -> Callable[..., Any]:
    """Return a page of which one part is fixed."""

    async def page(asked: Asked) -> bytes:
        answer: bytes = await function(asked, part)
        return answer

    return page


def _member(site: Site, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a page that sends visitors to the login."""

    async def page(asked: Asked, **parts: Any) -> bytes:
        if asked.guest.user is None:
            return site.redirect(asked, "/login")
        answer: bytes = await function(asked, **parts)
        return answer

    return page


def _admin(site: Site, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a page for administrators; others learn that it is not for them before anything is read."""

    async def page(asked: Asked, **parts: str) -> bytes:
        if asked.guest.user is None:
            return site.redirect(asked, "/login")
        if not asked.guest.user.is_admin:
            raise Refused("forbidden")
        answer: bytes = await function(asked, **parts)
        return answer

    return page
