"""A server of the Skype HTTP API, and people on it: as much of it as assistants use, with faults.

    with SkypeServer() as skype:
        skype.account("bot", "secret")
        ann = skype.person("ann")
        ann.say("bot", "hello")
        assert ann.expect("bot").text

A request for ``https://HOST/PATH`` comes as ``/HOST/PATH``. The server is as unkind as a network may
be: what a poll returned never comes again by a poll, and only the conversations keep it. Everything
blocks. What it knows survives `cut` and `mend`.
"""

import hashlib
import json
import re
import threading
import time
import uuid
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Final, Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from attrs import define, field, frozen

from awt.testing.process import PATIENCE, ServerError
from awt.testing.site import LINK

_ENDPOINT: Final = r"v1/users/ME/endpoints/\{[-0-9a-f]+\}"
_NAME: Final = r"([^/]+)"
_MINE: Final = r"contacts/v2/users/[^/]+"
MESSENGER: Final = "https://client-s.gateway.messenger.live.com/v1"
_Reply = tuple[int, Any, dict[str, str]]

HOLD: Final = 5.0
"""Seconds that a poll waits for something to happen."""
LIFE: Final = 86400
"""Seconds that a token is good for."""


@frozen(kw_only=True)
class Message:
    """A message of a conversation between two."""

    number: int
    sender: str
    content: str
    client_id: str
    at: int

    @property
    def text(self) -> str:
        """What is read: entities resolved."""
        plain = re.sub(r"<[^>]*>", "", self.content)
        for name, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            plain = plain.replace(name, char)
        return plain

    @property
    def link(self) -> str:
        """The link inside."""
        found = LINK.search(self.text)
        if found is None:
            raise ServerError(f"no link in {self.text!r}")
        return found[0]


@define(kw_only=True)
class Fault:
    """What befalls requests: a status, a body that is no answer, or an answer that is cut off."""

    path: str
    times: int
    status: int = 0
    body: bytes = b"{}"
    headers: dict[str, str] = field(factory=dict)
    cut: bool = False
    """The request is carried out, and its answer is never heard."""


@define(kw_only=True)
class Account:
    """An account that programs sign in to, as the server has it."""

    name: str
    password: str
    skype_tokens: set[str] = field(factory=set)
    reg_tokens: dict[str, str] = field(factory=dict)
    """Registration token -> endpoint."""
    queues: dict[str, deque[dict[str, Any]]] = field(factory=dict)
    """Endpoint that listens -> events that nobody polled yet."""
    contacts: dict[str, bool] = field(factory=dict)
    asked_by: dict[str, str] = field(factory=dict)
    """Who asks to be a contact -> when."""
    blocked: set[str] = field(factory=set)
    life: int = LIFE
    """Seconds that its next tokens are good for."""
    horizons: dict[str, int] = field(factory=dict)
    """Conversation -> number of the last message that was read."""


class SkypeServer:
    """The server; a context manager. ``url`` is what a node calls ``skype.base_url``."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.accounts: dict[str, Account] = {}
        self._people: dict[str, Person] = {}
        self._messages: dict[tuple[str, str], list[Message]] = {}
        self._last_number = 0
        self._faults: list[Fault] = []
        self._open = threading.Event()
        self._open.set()
        self.requests: list[str] = []
        """Method and path of what was asked, in order."""
        self.groups: dict[str, list[str]] = {}
        """Group -> what was said there by accounts; one that was left has ``left`` at its end."""
        self.hosts: set[str] = set()
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self.mend()

    # -- life

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def mend(self) -> None:
        """Listen again, at the same port."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer is one packet: else each waits 40 ms for an acknowledgement

            def _any(self) -> None:
                server._answer(self)

            do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - the library's names

            def handle(self) -> None:
                with suppress(ConnectionError, ValueError):  # who asked is gone
                    super().handle()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            connections: set[Any] = set()  # noqa: RUF012 - one instance

            def process_request(self, request: Any, client_address: Any) -> None:
                self.connections.add(request)
                super().process_request(request, client_address)

            def shutdown_request(self, request: Any) -> None:
                self.connections.discard(request)
                super().shutdown_request(request)

        Server.connections = set()
        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def cut(self) -> None:
        """Drop every connection and take none: the server is down."""
        server: Any = self._server
        self._server = None
        server.shutdown()
        server.server_close()
        for connection in list(server.connections):
            with suppress(OSError):
                connection.shutdown(2)
        with self.changed:
            self.changed.notify_all()

    def freeze(self) -> None:
        """Answer nothing from now on."""
        self._open.clear()

    def thaw(self) -> None:
        """Answer everything, what waited too."""
        self._open.set()

    def stop(self) -> None:
        """End it."""
        self.thaw()
        if self._server is not None:
            self.cut()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- who there is, and what befalls them

    def account(self, name: str, password: str) -> None:
        """Make an account that programs sign in to."""
        self.accounts[name] = Account(name=name, password=password)

    def person(self, name: str) -> "Person":
        """Return somebody with a client of his own."""
        return self._people.setdefault(name, Person(name, self))

    def fail(self, path: str, *, times: int = 1, **fault: Any) -> None:
        """Let a fault befall the next requests whose method and path contain ``path``."""
        with self.changed:
            self._faults.append(Fault(path=path, times=times, **fault))

    def heal(self) -> None:
        """Let no more faults befall anybody."""
        with self.changed:
            self._faults.clear()

    def revoke(self, name: str) -> None:
        """Take back every token of an account, long before its time."""
        with self.changed:
            account = self.accounts[name]
            account.skype_tokens.clear()
            account.reg_tokens.clear()
            account.queues.clear()
            self.changed.notify_all()

    def raise_event(self, name: str, event: Any) -> None:
        """Let an account's polls return an event that is whatever it may be."""
        with self.changed:
            for queue in self.accounts[name].queues.values():
                queue.append(event)
            self.changed.notify_all()

    def until(self, condition: Callable[[], Any], what: str, *, seconds: float = PATIENCE) -> None:
        """Wait for something to be true of the server."""
        with self.changed:
            if not self.changed.wait_for(condition, timeout=seconds):
                raise ServerError(f"not within {seconds:g} s: {what}")

    def listens(self, name: str) -> bool:
        """Tell whether a program listens for events of an account."""
        return bool(self.accounts[name].queues)

    def read(self, name: str, person: str) -> int:
        """Return up to which message an account has read what a person said."""
        return self.accounts[name].horizons.get(f"8:{person}", 0)

    def looked_at(self, name: str) -> None:
        """Wait until a program has looked at the contacts of an account from now on."""
        asked = f"GET contacts/v2/users/{name}"
        before = self.requests.count(asked)
        self.until(lambda: self.requests.count(asked) > before + 1, "contacts are looked at")

    def forget(self) -> None:
        """Forget what was asked and said, for long runs."""
        with self.changed:
            self.requests.clear()
            self._messages.clear()
            for account in self.accounts.values():
                for endpoint in list(account.queues)[:-1]:  # whose program listens elsewhere now
                    del account.queues[endpoint]
            self._faults = [fault for fault in self._faults if fault.times > 0]

    # -- conversations

    def post(self, sender: str, recipient: str, content: str, client_id: str) -> Message:
        """Put a message into the conversation of two."""
        with self.changed:
            self._last_number = max(self._last_number + 1, round(time.time() * 1000))
            message = Message(
                number=self._last_number,
                sender=sender,
                content=content,
                client_id=client_id,
                at=self._last_number,
            )
            key = (min(sender, recipient), max(sender, recipient))
            self._messages.setdefault(key, []).append(message)
            if recipient in self.accounts:
                event = {
                    "id": self._last_number % 10**6,
                    "type": "EventMessage",
                    "resourceType": "NewMessage",
                    "resource": self._resource(message, sender),
                }
                self.raise_event(recipient, event)
            elif recipient in self._people:
                self._people[recipient].inbox.append(message)
            self.changed.notify_all()
        return message

    def _resource(self, message: Message, other: str) -> dict[str, Any]:
        at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(message.at / 1000))
        return {
            "id": str(message.number),
            "type": "Message",
            "messagetype": "RichText",
            "from": f"{MESSENGER}/users/ME/contacts/8:{message.sender}",
            "conversationLink": f"{MESSENGER}/users/ME/conversations/8:{other}",
            "content": message.content,
            "originalarrivaltime": at,
            "clientmessageid": message.client_id,
            "ackrequired": f"{MESSENGER}/users/ME/conversations/ALL/messages/{message.number}/ack",
        }

    # -- requests

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("Content-Length") or 0)
        body = request.rfile.read(length)
        self._open.wait()
        parsed = urlsplit(request.path)
        _, host, path = unquote(parsed.path).split("/", 2)
        with self.changed:
            self.requests.append(f"{request.command} {path}")
            self.hosts.add(host)
            self.changed.notify_all()
            fault = self._fault(f"{request.command} {path}")
        if fault is not None and not fault.cut:
            self._send(request, fault.status, fault.body, fault.headers)
            return
        values: Any = json.loads(body) if body else {}
        query = {name: found[0] for name, found in parse_qs(parsed.query).items()}
        status, answer, headers = self._route(request, path, values, query)
        if fault is not None:
            request.close_connection = True
            return
        self._send(request, status, json.dumps(answer).encode(), headers)

    def _fault(self, asked: str) -> Fault | None:
        for fault in self._faults:
            if fault.path in asked and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def _send(
        self, request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
    ) -> None:
        with suppress(OSError):
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name, value)
            request.send_header("Content-Type", "application/json")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

    def _route(
        self, request: BaseHTTPRequestHandler, path: str, values: Any, query: dict[str, str]
    ) -> _Reply:
        asked = f"{request.command} {path}"
        if asked == "POST login/skypetoken":
            return self._sign_in(values)
        for pattern, view, by in self._ROUTES:
            found = re.fullmatch(pattern, asked)
            if found is None:
                continue
            with self.changed:
                account, endpoint = self._who(request, by)
                if account is None:
                    return 401, {"errorCode": 911}, {}
                answer: _Reply = view(self, account, endpoint, values, query, *found.groups())
                return answer
        return 404, {"errorCode": 404, "message": asked}, {}

    def _who(self, request: BaseHTTPRequestHandler, by: str) -> tuple[Account | None, str]:
        if by == "skype":
            token = request.headers.get("X-SkypeToken") or (
                request.headers.get("Authentication") or ""
            ).removeprefix("skypetoken=")
            return next((a for a in self.accounts.values() if token in a.skype_tokens), None), ""
        token = request.headers.get("RegistrationToken") or ""
        for account in self.accounts.values():
            if token in account.reg_tokens:
                return account, account.reg_tokens[token]
        return None, ""

    def _sign_in(self, values: Any) -> _Reply:
        account = self.accounts.get(str(values.get("username")))
        if account is None or values.get("passwordHash") != _password_hash(account):
            return 401, {"status": {"text": "no such account"}}, {}
        token = uuid.uuid4().hex
        with self.changed:
            account.skype_tokens.add(token)
        return 200, {"skypetoken": token, "expiresIn": account.life}, {}

    # -- views: (account, endpoint, values, query, words of the path) -> status, body, headers

    def _profile(self, account: Account, *_: Any) -> _Reply:
        return 200, {"username": account.name}, {}

    def _register(self, account: Account, *_: Any) -> _Reply:
        endpoint = "{" + str(uuid.uuid4()) + "}"
        token = f"registrationToken={uuid.uuid4().hex}"
        account.reg_tokens[token] = endpoint
        ends = int(time.time()) + account.life
        location = f"{MESSENGER}/users/ME/endpoints/{endpoint}"
        headers = {
            "Set-RegistrationToken": f"{token}; expires={ends}; endpointId={endpoint}",
            "Location": location.replace("{", "%7B").replace("}", "%7D"),
        }
        return 201, {}, headers

    def _presence(self, *_: Any) -> _Reply:
        return 200, {"endpointPresenceDocs": []}, {}

    def _done(self, *_: Any) -> _Reply:
        return 200, {}, {}

    def _subscribe(self, account: Account, endpoint: str, *_: Any) -> _Reply:
        account.queues.setdefault(endpoint, deque())
        self.changed.notify_all()
        return 201, {}, {}

    def _poll(self, account: Account, endpoint: str, *_: Any) -> _Reply:
        if endpoint not in account.queues:
            return 404, {"errorCode": 729}, {}
        queue = account.queues[endpoint]
        self.changed.wait_for(
            lambda: queue or endpoint not in account.queues or self._server is None, timeout=HOLD
        )
        if endpoint not in account.queues:
            return 401, {"errorCode": 911}, {}
        events = [queue.popleft() for _ in range(min(len(queue), 20))]
        return 200, ({"eventMessages": events} if events else {}), {}

    def _conversations(
        self, account: Account, _end: str, _values: Any, query: dict[str, str]
    ) -> _Reply:
        found: list[dict[str, Any]] = []
        for (one, two), messages in self._messages.items():
            if account.name in {one, two}:
                other = two if one == account.name else one
                horizon = account.horizons.get(f"8:{other}", 0)
                found.append(
                    {
                        "id": f"8:{other}",
                        "lastMessage": {"id": str(messages[-1].number)},
                        "properties": {"consumptionhorizon": f"{horizon};0;{horizon}"},
                    }
                )
        found.sort(key=lambda each: each["lastMessage"]["id"], reverse=True)
        return _page("conversations", found, f"{MESSENGER}/users/ME/conversations", query)

    def _history(
        self, account: Account, _end: str, _values: Any, query: dict[str, str], other: str
    ) -> _Reply:
        key = (min(account.name, other), max(account.name, other))
        messages = self._messages.get(key, [])
        after = int(query.get("startTime", 0))
        newest = [self._resource(m, other) for m in reversed(messages) if m.number >= after]
        url = f"{MESSENGER}/users/ME/conversations/8:{other}/messages"
        return _page("messages", newest, url, query)

    def _read(
        self, account: Account, _end: str, values: Any, _query: Any, conversation: str
    ) -> _Reply:
        number = int(str(values.get("consumptionhorizon", "0")).partition(";")[0])
        account.horizons[conversation] = number
        self.changed.notify_all()
        return 200, {}, {}

    def _speak(
        self, account: Account, _end: str, values: Any, _query: Any, conversation: str
    ) -> _Reply:
        content, client_id = values["content"], str(values["clientmessageid"])
        if any(ord(char) < 32 and char not in "\n\t\r" for char in content):  # noqa: PLR2004 - controls
            return 400, {"errorCode": 201}, {}
        kind, _, name = conversation.partition(":")
        if kind != "8":
            self.groups.setdefault(conversation, []).append(content)
            self.changed.notify_all()
            return 201, {"OriginalArrivalTime": 1}, {}
        person = self._people.get(name)
        if person is None or account.name in person.blocks:
            return 403, {"errorCode": 206}, {}
        message = self.post(account.name, name, content, client_id)
        url = f"{MESSENGER}/users/ME/conversations/{conversation}/messages/{message.number}"
        return 201, {"OriginalArrivalTime": message.at}, {"Location": url}

    def _leave(self, _account: Any, _end: str, _values: Any, _query: Any, group: str) -> _Reply:
        self.groups.setdefault(group, []).append("left")
        self.changed.notify_all()
        return 200, {}, {}

    def _contacts(self, account: Account, *_: Any) -> _Reply:
        contacts = [
            {"mri": f"8:{name}", "authorized": agreed} for name, agreed in account.contacts.items()
        ]
        return 200, {"contacts": contacts, "blocklist": [], "groups": []}, {}

    def _invites(self, account: Account, *_: Any) -> _Reply:
        found = [
            {
                "mri": name if ":" in name else f"8:{name}",
                "invites": [{"message": "hi", "time": at}],
            }
            for name, at in account.asked_by.items()
            if name not in account.blocked
        ]
        return 200, {"invite_list": found}, {}

    def _accept(self, account: Account, _end: str, _values: Any, _query: Any, name: str) -> _Reply:
        if account.asked_by.pop(name, None) is None and name not in account.contacts:
            return 404, {}, {}
        account.contacts[name] = True
        self.changed.notify_all()
        return 200, {}, {}

    def _ask(self, account: Account, _end: str, values: Any, *_: Any) -> _Reply:
        name = str(values["mri"]).removeprefix("8:")
        person = self._people.get(name)
        if person is None:
            return 404, {}, {}
        if not account.contacts.get(name):
            account.contacts[name] = False
            person.asked_by[account.name] = str(values.get("greeting") or "")
        self.changed.notify_all()
        return 200, {}, {}

    def _remove(self, account: Account, _end: str, _values: Any, _query: Any, name: str) -> _Reply:
        gone = account.contacts.pop(name, None)
        self.changed.notify_all()
        return (404 if gone is None else 200), {}, {}

    def _block(self, account: Account, _end: str, _values: Any, _query: Any, name: str) -> _Reply:
        account.blocked.add(name)
        self.changed.notify_all()
        return 200, {}, {}

    _ROUTES: ClassVar[list[tuple[str, Any, str]]] = [
        ("GET users/self/profile", _profile, "skype"),
        ("POST v1/users/ME/endpoints", _register, "skype"),
        (rf"PUT {_ENDPOINT}/presenceDocs/messagingService", _done, "reg"),
        ("GET v1/users/ME/presenceDocs/messagingService", _presence, "reg"),
        (rf"POST {_ENDPOINT}/subscriptions", _subscribe, "reg"),
        (rf"POST {_ENDPOINT}/subscriptions/0/poll", _poll, "reg"),
        (r"POST v1/users/ME/conversations/ALL/messages/\d+/ack", _done, "reg"),
        ("GET v1/users/ME/conversations", _conversations, "reg"),
        (rf"GET v1/users/ME/conversations/8:{_NAME}/messages", _history, "reg"),
        (rf"PUT v1/users/ME/conversations/{_NAME}/properties", _read, "reg"),
        (rf"POST v1/users/ME/conversations/{_NAME}/messages", _speak, "reg"),
        (rf"DELETE v1/threads/{_NAME}/members/8:[^/]+", _leave, "reg"),
        (rf"GET {_MINE}", _contacts, "skype"),
        (rf"GET {_MINE}/invites", _invites, "skype"),
        (rf"PUT {_MINE}/invites/8:{_NAME}/accept", _accept, "skype"),
        (rf"POST {_MINE}/contacts", _ask, "skype"),
        (rf"DELETE {_MINE}/contacts/8:{_NAME}", _remove, "skype"),
        (rf"PUT {_MINE}/contacts/blocklist/{_NAME}", _block, "skype"),
    ]


def _page(name: str, rows: list[Any], url: str, query: dict[str, str]) -> _Reply:
    """Return a part of a list, and where the next one is."""
    size, start = int(query.get("pageSize", 20)), int(query.get("offset", 0))
    more = query | {"pageSize": str(size), "offset": str(start + size)}
    link = {"backwardLink": f"{url}?{urlencode(more)}"} if start + size < len(rows) else {}
    return 200, {name: rows[start : start + size], "_metadata": link}, {}


def _password_hash(account: Account) -> str:
    salted = f"{account.name}\nskyper\n{account.password}".encode()
    return b64encode(hashlib.md5(salted, usedforsecurity=False).digest()).decode()


class Person:
    """Somebody on the network, with a client of his own."""

    def __init__(self, name: str, server: SkypeServer) -> None:
        self.name = name
        self._server = server
        self.inbox: list[Message] = []
        self.asked_by: dict[str, str] = {}
        """Account that asks to be a contact -> its greeting."""
        self.blocks: set[str] = set()
        self._seen = 0

    def say(self, account: str, text: str) -> int:
        """Write to an account, as it is (markup and all); return the message's number."""
        return self._server.post(self.name, account, text, uuid.uuid4().hex).number

    def ask(self, account: str) -> None:
        """Ask an account to be a contact."""
        with self._server.changed:
            found = self._server.accounts[account]
            found.asked_by[self.name] = time.strftime("%Y-%m-%dT%H:%M:%SZ")

    def agree(self, account: str) -> None:
        """Agree to be a contact of an account that asked."""
        with self._server.changed:
            self.asked_by.pop(account)
            self._server.accounts[account].contacts[self.name] = True

    def leave(self, account: str) -> None:
        """Remove an account from the contacts."""
        with self._server.changed:
            self._server.accounts[account].contacts[self.name] = False

    def expect(self, account: str, text: str = "", *, seconds: float = PATIENCE) -> Message:
        """Return the next message of an account that has ``text`` in it; those before are skipped."""
        found: list[Message] = []

        def look() -> bool:
            while self._seen < len(self.inbox) and not found:
                message = self.inbox[self._seen]
                self._seen += 1
                if message.sender == account and text in message.text:
                    found.append(message)
            return bool(found)

        self._server.until(look, f"{account} tells {self.name} {text!r}", seconds=seconds)
        return found[0]

    def after(
        self, number: int, account: str, text: str = "", *, seconds: float = PATIENCE
    ) -> Message:
        """Return the first message of an account after the one with a number that has ``text`` in it."""

        def look() -> Message | None:
            return next(
                (
                    message
                    for message in self.inbox
                    if message.number > number
                    and message.sender == account
                    and text in message.text
                ),
                None,
            )

        self._server.until(look, f"{account} tells {self.name} {text!r}", seconds=seconds)
        found = look()
        assert found is not None
        return found
