"""A node as a process of its own, and a browser without a screen that talks to it from outside.

    with RunningNode() as node, Browser(node.url) as browser:
        browser.join("newcomer")
        answer = browser.ask("#whoami")
        node.kill()
        node.start()  # on the same port, with the same data

Everything blocks: in a test that shares its thread with a reactor, call it by ``deferToThread``.
"""

import http.client
import json
import queue
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from http.cookies import SimpleCookie
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import lxml.html
from attrs import field, frozen

from awt.testing.connections import connections
from awt.testing.ports import free_port
from awt.testing.process import PATIENCE, Server, ServerError, program

LINK: Final = re.compile(r"https?://\S+[?&]user_hash=\S+")
"""A link of `awt.api.outgoing`, as it stands in a message."""


class RunningNode(Server):
    """``twistd awt --role=all`` on a free port, with a data directory that lives until ``stop``.

    ``settings`` are further ``AWT_*`` variables, without the prefix:
    ``RunningNode(LIMITS_LOGIN_FAILURES="3")``. Tests of websites may reach this machine, and
    passwords are hashed in 4 rounds, unless a setting says otherwise.
    """

    def __init__(self, *, role: str = "all", **settings: str) -> None:
        super().__init__()
        self.port = free_port()
        self.data = Path(settings.get("DATA_DIR") or self.directory / "data")
        self._role = role
        self._settings = {
            "DATA_DIR": str(self.data),
            "WEB_LISTEN": f"tcp:{self.port}:interface=127.0.0.1",
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            "TEST_ALLOW_PRIVATE_ADDRESSES": "127.0.0.0/8",
            "SECURITY_BCRYPT_ROUNDS": "4",
        } | settings

    def awt(self, *words: str) -> str:
        """Run the command ``awt`` as the node's operator and return what it prints."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name("awt")), *words],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise ServerError(f"awt {' '.join(words)}: {done.returncode} {done.stderr}")
        return done.stdout

    @property
    def url(self) -> str:
        """Where the site answers, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        """The file of the database, where there is no other ``DATABASE_URL``."""
        return self.data / "awt.db"

    def command(self) -> Sequence[str]:
        """Return twistd's command line."""
        beside = Path(sys.executable).with_name("twistd")
        twistd = str(beside) if beside.exists() else program("twistd", package="python3-twisted")
        # A file with the number of a killed process could hinder the next start.
        return [twistd, "--nodaemon", "--pidfile=", "awt", f"--role={self._role}"]

    def environment(self) -> Mapping[str, str]:
        """Return the environment, with no ``AWT_*`` of the test's own."""
        mine = {k: v for k, v in super().environment().items() if not k.startswith("AWT_")}
        return mine | {f"AWT_{name}": value for name, value in self._settings.items()}

    def ready(self) -> bool:
        """Tell whether the site says that everything works."""
        try:
            with Browser(self.url, seconds=2) as browser:
                return browser.get("/readyz").status == http.client.OK
        except OSError:
            return False

    def browser(self, **options: Any) -> "Browser":
        """Return a new browser at this site."""
        return Browser(self.url, **options)


def was_read(connection: http.client.HTTPConnection) -> bool:
    """Tell whether a process of this machine has read all that was sent to it on a connection.

    What waits on both ends is what the kernel says.
    """
    assert connection.sock is not None
    near, far = connection.sock.getsockname()[1], connection.sock.getpeername()[1]
    ends = {(each.near, each.far): each for each in connections()}
    other = ends.get((far, near))
    return ends[near, far].unsent == 0 and other is not None and other.unread == 0


@frozen(kw_only=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    url: str

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)

    @property
    def location(self) -> str:
        """Where a redirection leads, empty for other answers."""
        return str(self.headers.get("Location", ""))

    def form(self, action: str) -> dict[str, str]:
        """Return what the first form of the page with this ``action`` would send, untouched.

        A LookupError where the page has no such form.
        """
        page = lxml.html.fromstring(self.body, parser=lxml.html.HTMLParser(encoding="utf-8"))
        for form in page.forms:
            if form.action == action:
                return {name: value or "" for name, value in form.form_values()}
        raise LookupError(f"no form sends to {action}: {self.status} {self.url}")


@frozen(kw_only=True)
class Event:
    """One event of the chat, as the stream tells it."""

    id: str
    sender: str
    """``assistant`` or ``user``."""
    service: str
    text: str
    reply_to: str | None
    choices: list[dict[str, str]] = field(factory=list)
    data: dict[str, Any] = field(factory=dict, repr=False)
    """All that the event carries."""

    @property
    def link(self) -> str:
        """The link for activation, login or a password in the text; a LookupError without one."""
        found = LINK.search(self.text)
        if found is None:
            raise LookupError(f"no link in {self.text!r}")
        return found.group()


class Events:
    """An open stream of the chat; a context manager that closes it.

    ``last_id`` is that of the event taken last, which a browser would come back with; ``comments``
    counts the lines that keep the stream alive, ``ended`` says that the server closed it (``named``
    holds its events with a name).
    """

    def __init__(self, connection: http.client.HTTPConnection, answer: Any, last_id: str) -> None:
        self.last_id = last_id
        self.comments = 0
        self.named: list[str] = []
        self.ended = threading.Event()
        self._connection = connection
        self._answer = answer
        self._arrived: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="events", daemon=True)
        self._reader.start()

    def next(self, *, seconds: float = PATIENCE) -> Event:
        """Return the next event; a ServerError when none comes in time or the stream has ended."""
        try:
            event = self._arrived.get(timeout=seconds)
        except queue.Empty:
            raise ServerError(f"no event came within {seconds} s") from None
        if event is None:
            self._arrived.put(None)
            raise ServerError("the stream of events has ended")
        self.last_id = event.id
        return event

    def answers(self, message_id: str, *, seconds: float = PATIENCE) -> Event:
        """Return the next event that replies to a message; those before it are dropped."""
        until = time.monotonic() + seconds
        while True:
            event = self.next(seconds=max(0.001, until - time.monotonic()))
            if event.reply_to == message_id:
                return event

    def until(self, text: str) -> list[Event]:
        """Return what comes, however late, up to the first event with ``text`` in its text."""
        found = [self.next()]
        while text not in found[-1].text:
            found.append(self.next())
        return found

    def quiet(self, *, seconds: float = 0.3) -> list[Event]:
        """Return what comes until nothing has come for ``seconds``, or the stream has ended.

        What it does not return may come yet, on a machine that does much else: it shows that something
        does not come, never that something comes.
        """
        found = []
        with suppress(ServerError):
            while True:
                found.append(self.next(seconds=seconds))
        return found

    def close(self) -> None:
        """Hang up."""
        if self._connection.sock is not None:
            with suppress(OSError):  # the other side was faster
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._reader.join(PATIENCE)
        self._answer.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        with suppress(OSError, http.client.HTTPException, ValueError):  # killed, or closed here
            for line in self._lines():
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
                    self.comments += not name
                    continue
                self._dispatch(fields)
                fields = {}
        self.ended.set()
        self._arrived.put(None)

    def _lines(self) -> Iterator[str]:
        while line := self._answer.readline():
            yield line.decode().rstrip("\r\n")

    def _dispatch(self, fields: dict[str, str]) -> None:
        """Hand on one event, as the HTML standard tells a browser to."""
        if "event" in fields:
            self.named.append(fields["event"])
        elif "data" in fields:
            data = json.loads(fields["data"])
            event = Event(
                id=fields["id"],
                sender=data["from"],
                service=data["service"],
                text=data["text"],
                reply_to=data["reply_to"],
                choices=data["choices"],
                data=data,
            )
            self._arrived.put(event)


class Browser:
    """Somebody with cookies: reads pages, sends forms, speaks and listens in the chat.

    ``headers`` go with every request, so that ``{"X-Forwarded-For": "192.0.2.7"}`` makes it come
    from elsewhere where the site is ``web.behind_proxy``. Each request has a connection of its own.
    Cookies are sent back whatever they say of TLS, as through a proxy that speaks it.
    """

    def __init__(
        self,
        url: str,
        *,
        language: str = "en",
        headers: Mapping[str, str] | None = None,
        seconds: float = PATIENCE,
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        assert parts.hostname is not None
        self.url = url.rstrip("/")
        self.cookies: dict[str, str] = {}
        self._host, self._port = parts.hostname, parts.port or 80
        self._headers = {"Accept-Language": language, **(headers or {})}
        self._seconds = seconds

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request and return its answer; redirections are not followed."""
        connection = self._send(method, path, body, headers or {})
        try:
            response = connection.getresponse()
            self._keep_cookies(response)
            return Answer(
                status=response.status,
                headers=response.headers,
                body=response.read(),
                url=path,
            )
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Fetch a page; ``path`` may be an address of this site."""
        return self.request("GET", path, headers=_named(headers))

    def follow(self, answer: Answer) -> Answer:
        """Go where redirections lead, and return the page there."""
        for _ in range(5):
            if not answer.location:
                return answer
            answer = self.get(answer.location)
        raise ServerError(f"redirections without end: {answer.url}")

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """Send the fields of a form as they are."""
        return self.request("POST", path, body=_form(fields), headers=_FORM | _named(headers))

    def send(self, path: str, fields: Mapping[str, str]) -> http.client.HTTPConnection:
        """Send the fields of a form, and leave the answer to the caller, who closes the connection."""
        return self._send("POST", path, _form(fields), _FORM)

    def submit(self, page: Answer | str, action: str, **fields: str) -> Answer:
        """Fill in a form of a page (or of the page at a path) and send it."""
        page = self.get(page) if isinstance(page, str) else page
        return self.post(action, page.form(action) | fields)

    def call(self, name: str, params: Any = None, **headers: str) -> Answer:
        """Call a method of the HTTP API."""
        return self.send_json(f"/api/{name}", {} if params is None else params, **headers)

    def send_json(self, path: str, value: Any, **headers: str) -> Answer:
        """Post a value as JSON."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        kind = {"Content-Type": "application/json"}
        return self.request("POST", path, body=body, headers=kind | _named(headers))

    def say(self, text: str, *, service: str = "base") -> str:
        """Say something in the chat and return its id; a ServerError when it is refused."""
        answer = self.send_json("/chat/messages", {"service": service, "text": text})
        if answer.status != http.client.ACCEPTED:
            raise ServerError(f"not accepted: {answer.status} {answer.text}")
        return str(answer.json()["id"])

    def events(self, *, last_id: str = "") -> Events:
        """Open the stream of the chat; a ServerError when it is refused."""
        wanted = {"Accept": "text/event-stream", "Connection": "keep-alive"}
        if last_id:
            wanted["Last-Event-ID"] = last_id
        connection = self._send("GET", "/chat/events", None, wanted)
        response = connection.getresponse()
        self._keep_cookies(response)
        if response.status != http.client.OK:
            text = response.read().decode()
            connection.close()
            raise ServerError(f"no stream: {response.status} {text}")
        return Events(connection, response, last_id)

    def ask(self, text: str, *, service: str = "base", seconds: float = PATIENCE) -> Event:
        """Say something and return the first answer to it."""
        message_id = self.say(text, service=service)
        with self.events() as events:
            return events.answers(message_id, seconds=seconds)

    def click(self, link: str) -> Answer:
        """Open a link of a message, press its button, and return the answer to that."""
        page = self.get(link)
        return self.submit(page, urllib.parse.urlsplit(link).path)

    def join(self, login: str = "", password: str = "") -> None:
        """Become a member: write to the assistant, click its link, choose a login and password."""
        answer = self.click(self.ask("hi").link)
        if answer.status != http.client.SEE_OTHER:
            raise ServerError(f"not activated: {answer.status}")
        if login:
            self._settle("/settings/login", login=login)
        if password:
            self._settle("/settings/password", new=password, again=password)

    def sign_in(self, login: str, password: str) -> Answer:
        """Send the form of ``/login``."""
        return self.submit("/login", "/login", login=login, password=password)

    def sign_out(self) -> Answer:
        """Press "sign out"."""
        return self.submit("/faq", "/logout")

    def copy(self) -> "Browser":
        """Return a browser with the same cookies: a thief's."""
        other = Browser(self.url, headers=self._headers, seconds=self._seconds)
        other.cookies = dict(self.cookies)
        return other

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing stays open between two requests."""

    def _settle(self, action: str, **fields: str) -> None:
        answer = self.submit("/settings", action, **fields)
        if answer.status != http.client.SEE_OTHER:
            raise ServerError(f"{action}: {answer.status} {answer.text}")

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> http.client.HTTPConnection:
        target = path.removeprefix(self.url).partition("#")[0] or "/"
        every = {"Connection": "close", **self._headers, **headers}
        if self.cookies and "Cookie" not in every:
            every["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._seconds)
        try:
            connection.request(method, target, body=body, headers=every)
        except BaseException:
            connection.close()
            raise
        return connection

    def _keep_cookies(self, response: http.client.HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def _form(fields: Mapping[str, str]) -> bytes:
    return urllib.parse.urlencode(fields).encode()


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by the names of keyword arguments: ``last_event_id`` is ``last-event-id``."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
