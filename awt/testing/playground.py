"""A website with everything that makes the testing of websites hard, for the tests of engines."""

from typing import Any, Final

from twisted.internet.defer import succeed
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

HOST: Final = "127.0.0.1"
OTHER: Final = "localhost"
"""The same site under a name of another one."""

PAGES: Final = {
    "/": """<title>The Shop</title><h1 id=head>Welcome</h1>
        <form action=/found><input name=user value=nobody>
        <textarea name=note>old</textarea>
        <select name=size><option value=s>Small<option value=l>Large</select>
        <input type=date name=day><input name=locked readonly value=fixed>
        <button>Sign in</button></form>
        <p class=hidden style="display:none">secret</p>
        <div contenteditable id=rich>before</div>
        <a href=/found id=link data-sku="A-7">a link</a>
        <table><tr><td>cell</table>
        <p>Price: 42 EUR</p>""",
    "/found": "<title>Dashboard of the shop</title><h1>Found</h1>",
    "/late": """<title>Wait</title><div id=box></div><button id=b disabled>Soon</button>
        <script>setTimeout(() => {
          document.title = "Ready now";
          box.innerHTML = "<em id=came>It came</em>";
          b.disabled = false; b.onclick = () => { b.textContent = "Pressed" };
        }, 400)</script>""",
    "/frames": """<title>Frames</title><h1>Outside</h1>
        <iframe src=/inner?same width=500></iframe>
        <iframe src=http://{other}/inner?cross width=500 style="margin-left:30px;padding:7px"></iframe>""",
    "/inner": """<title>Inner</title><p id=name></p><input>
        <button>Here</button><iframe src=/deep width=200 height=80></iframe>
        <script>const where = location.search.slice(1); document.getElementById("name").textContent = where;
          document.body.className = where;
          document.querySelector("button").onclick = (e) => { e.target.textContent = "Done " + where }
        </script>""",
    "/deep": "<button onclick=\"this.textContent='Dug'\">Deep</button>",
    "/dialogs": """<title>Dialogs</title><script>alert("first")</script>
        <button onclick="this.textContent = confirm('sure?') ? 'Yes' : 'No'">Ask</button>
        <button onclick="this.textContent = prompt('who?', 'me') + '!'">Prompt</button>""",
    "/windows": """<title>Windows</title><a target=_blank href=/found>tab</a>
        <button onclick="window.open('/late', 'w', 'width=300,height=300')">window</button>
        <button onclick="window.open('javascript:window.close()')">gone</button>""",
    "/covered": """<title>Covered</title><button onclick="this.textContent='Hit'">Below</button>
        <div id=veil style="position:fixed;inset:0;background:#fff8"></div>""",
    "/far": """<title>Far</title><div style="height:5000px">down</div>
        <button onclick="this.textContent='Reached'">Bottom</button>""",
    "/busy": "<title>Busy</title><button onclick='for(;;);'>Hang</button>",
    "/noisy": """<title>Noisy</title><p>All around</p>
        <script>console.error("a warning of the page");
        fetch("/missing").then(() => { document.body.className = "done" }); undefined.property</script>""",
    "/size": """<meta name=viewport content="width=device-width"><title>Size</title><output id=o></output>
        <script>o.textContent = `${innerWidth} ${navigator.maxTouchPoints ? "touch" : "mouse"}`</script>""",
    "/worker": """<title>Worker</title><output id=o></output><script>
        const made = new Worker(URL.createObjectURL(new Blob(["postMessage('at work')"])));
        made.onmessage = (e) => { o.textContent = e.data };
        navigator.serviceWorker.register("/service.js").then(() => navigator.serviceWorker.ready)
          .then(() => { o.className = "served" })</script>""",
    "/xss": "<title>&lt;script&gt;alert(1)&lt;/script&gt;\u202e</title><h1>x</h1>",
    "/tamper": """<title>Tamper</title><h1>Real</h1><script>
        document.evaluate = () => { throw Error("no") }; Document.prototype.evaluate = document.evaluate;
        Document.prototype.querySelectorAll = () => []; Error = null; awt = null</script>""",
    "/react": """<title>React</title><input id=i><output id=o></output><script>
        const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
        Object.defineProperty(i, "value", {get() {return own.get.call(this)}, set(v) {own.set.call(this, v)}});
        i.addEventListener("input", () => { o.textContent = "heard " + i.value });
        i.addEventListener("keydown", (e) => { if (e.key === "!") o.className = "keyed" })</script>""",
}


class Playground(Resource):
    """The pages above, and some answers that are no pages. ``asked`` are the paths, in order."""

    isLeaf = True  # type: ignore[mutable-override]  # noqa: N815 - Twisted's name

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.asked: list[str] = []
        self.cookies: list[str] = []
        """What came back of the cookie that ``/cookie`` gives, in order."""
        self._held: list[Request] = []

    def render_GET(self, request: Request) -> Any:  # noqa: N802
        """Answer."""
        path = request.path.decode()
        self.asked.append(path)
        request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
        special = getattr(self, f"_{path.strip('/').replace('.', '_')}", None)
        if path != "/" and special is not None:
            return special(request)
        page = PAGES.get(path)
        if page is None:
            request.setResponseCode(404)
            return b"<title>Lost</title>There is no such page."
        other = f"{OTHER}:{request.getHost().port}"
        return f"<!doctype html><meta charset=utf-8>{page.replace('{other}', other)}".encode()

    render_POST = render_GET  # noqa: N815

    def release(self) -> None:
        """Answer those who wait for ``/slow``."""
        for request in self._held:
            request.write(b"<title>At last</title>")
            request.finish()
        self._held.clear()

    def _service_js(self, request: Request) -> bytes:
        request.setHeader(b"Content-Type", b"text/javascript")
        return b"onfetch = () => {}"

    def _slow(self, request: Request) -> int:
        def gone(_: object) -> None:
            if request in self._held:
                self._held.remove(request)

        self._held.append(request)
        _ = request.notifyFinish().addErrback(gone)
        return NOT_DONE_YET

    def _redirect(self, request: Request) -> bytes:
        request.redirect(b"/found?by=redirect")
        return b""

    def _round(self, request: Request) -> bytes:
        request.redirect(b"/round")
        return b""

    def _reset(self, request: Request) -> int:
        transport: Any = request.channel.transport
        transport.abortConnection()
        return NOT_DONE_YET

    def _error(self, request: Request) -> bytes:
        request.setResponseCode(500)
        return b"<title>Oops</title>"

    def _download(self, request: Request) -> bytes:
        request.setHeader(b"Content-Type", b"application/zip")
        request.setHeader(b"Content-Disposition", b"attachment; filename=x.zip")
        return b"PK"

    def _huge(self, _request: Request) -> bytes:
        return b"<title>Huge</title>" + b"<!--" + b"x" * (4 * 2**20) + b"-->"

    def _cookie(self, request: Request) -> bytes:
        self.cookies.append((request.getCookie(b"kept") or b"").decode())
        request.addCookie("kept", "yes")
        return b"<title>Cookie</title><h1>Cookie</h1>"


def serve(reactor: Any, *, interface: str = HOST) -> tuple[Playground, Any]:
    """Listen on a free port; return the site and the port."""
    site = Playground()
    factory = Site(site)
    factory.noisy = False
    return site, reactor.listenTCP(0, factory, interface=interface)


async def stop(port: Any) -> None:
    """Listen no more."""
    await (port.stopListening() or succeed(None))
