"""One account on the network, through SkPy. Everything blocks; every method may be called in any thread.

What SkPy leaves open is closed here: timeouts (see `awt.skype.road`), tokens that the server revokes
before the clock says so, its caches that grow for ever (none of them is used), its batches of events
that one malformed event destroys (events are handed out raw).
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import requests
from attrs import frozen
from skpy import Skype, SkypeApiException, SkypeAuthException, SkypeConnection
from skpy.chat import SkypeSingleChat
from skpy.conn import SkypeAPIAuthProvider

from awt.skype.events import PERSON, markup
from awt.skype.road import ANSWER, POLL, Road

UNAUTHENTICATED: Final = 401
NOT_FOUND: Final = 404
SLOW_DOWN: Final = 429
SERVER: Final = 500
AHEAD: Final = 300.0
"""Seconds before its end at which a token is renewed."""
PAGE: Final = 100
"""Messages of a conversation that are fetched at once."""
PAGES: Final = 20
"""Pages that are looked through for what was said while nobody listened."""

Auth: Final = SkypeConnection.Auth


class Away(Exception):
    """The server cannot be reached, or is not well, or wants to be left alone for ``seconds``."""

    def __init__(self, why: str, *, seconds: float = 0.0) -> None:
        super().__init__(why)
        self.seconds = seconds


class Denied(Exception):
    """The server does not take the name and password of the account."""


class Impossible(Exception):
    """The server refuses this request, and would refuse it again; ``status`` is its HTTP status."""

    def __init__(self, why: str, *, status: int) -> None:
        super().__init__(why)
        self.status = status


@frozen(kw_only=True)
class Request:
    """Somebody asks to be a contact. ``id`` names this request of his."""

    user: str
    id: str


@frozen(kw_only=True)
class Unread:
    """A conversation with a person: the numbers of the last message that was read, and of the last."""

    user: str
    read: int
    newest: int


class Account:
    """An account at a compatible server."""

    def __init__(self, *, base_url: str, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._road = Road(base_url)
        self._lock = threading.RLock()
        self.sign_ins = 0
        """How often it has signed in."""
        self._skype: Any = None

    @property
    def id(self) -> str:
        """The account's id at the network; empty before it has signed in."""
        return (self._skype and self._skype.userId) or ""

    # -- tokens

    def sign_in(self) -> None:
        """Sign in anew, and listen from now on."""
        with self._lock:
            self._skype = self._new()
            self.sign_ins += 1
            self._road.begin(ANSWER)
            self._guard(self._listen)

    def _new(self) -> Any:
        skype: Any = Skype(connect=False)
        session = skype.conn.sess
        session.trust_env = False
        session.max_redirects = 3
        session.mount("https://", self._road)
        session.mount("http://", self._road)
        return skype

    def _listen(self) -> None:
        conn = self._skype.conn
        provider = SkypeAPIAuthProvider(conn)

        def renew(_conn: Any = None) -> None:
            token, expiry = provider.auth(self._user, self._password)
            conn.tokens["skype"] = token
            conn.tokenExpiry["skype"] = expiry or datetime.max  # noqa: DTZ901 - SkPy's clock has no zone

        conn.getSkypeToken = renew
        renew()
        conn.getUserId()
        conn.getRegToken()
        self._endpoint().subscribe()

    def _endpoint(self) -> Any:
        endpoints = self._skype.conn.endpoints
        return endpoints.get("main") or endpoints["self"]

    def _renewed(self) -> None:
        """Sign in before a token ends."""
        ends = self._skype.conn.tokenExpiry if self._skype is not None else {}
        now = datetime.now()  # noqa: DTZ005 - SkPy's clock has no zone
        if any(name not in ends for name in ("skype", "reg")) or any(
            (end - now).total_seconds() < AHEAD for end in ends.values()
        ):
            self.sign_in()

    def _do(self, what: Callable[[], Any], *, seconds: float = ANSWER) -> Any:
        """Do something as the account; when its tokens were revoked, once more with new ones."""
        with self._lock:
            self._renewed()
            made = self.sign_ins
        self._road.begin(seconds)
        try:
            return self._guard(what)
        except Impossible as refused:
            if refused.status != UNAUTHENTICATED:
                raise
        with self._lock:
            if made == self.sign_ins:  # nobody else has noticed meanwhile
                self.sign_in()
        self._road.begin(seconds)
        try:
            return self._guard(what)
        except Impossible as refused:
            if refused.status == UNAUTHENTICATED:
                raise Away("takes no token that it has just given") from None
            raise

    def _guard(self, what: Callable[[], Any]) -> Any:
        try:
            return what()
        except (SkypeApiException, SkypeAuthException) as error:
            raise _meaning(error) from None
        except requests.RequestException as error:
            raise Away(f"cannot be reached: {type(error).__name__}") from None
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise Away(f"answers nonsense: {type(error).__name__}") from None

    # -- listening

    def poll(self) -> list[Any]:
        """Return what happened, as it came; waits for about half a minute for something to happen."""
        found = self._do(lambda: self._endpoint().getEvents(), seconds=POLL)
        if not isinstance(found, list):
            raise Away("answers nonsense: no list of events")
        return found

    def acknowledge(self, url: str) -> None:
        """Tell the server that an event is safe."""
        self._do(lambda: self._skype.conn("POST", url, auth=Auth.RegToken))

    def mark_read(self, user: str, number: int, at: int) -> None:
        """Tell the server up to which message a conversation is read: what came later comes again."""
        horizon = f"{number};{at};{number}"
        self._do(lambda: self._chat(user).setConsumption(horizon))

    def unread(self) -> list[Unread]:
        """Return the conversations with people in which something is newer than what was read."""
        view = {"startTime": 0, "pageSize": PAGE, "view": "msnp24Equivalent", "targetType": "Skype"}
        every = (_unread(each) for each in self._pages("conversations", "conversations", view))
        return [each for each in every if each is not None]

    def messages(self, of: Unread) -> list[Mapping[str, Any]]:
        """Return what came after what was read, ours too, the oldest first."""
        view = {"startTime": of.read, "pageSize": PAGE, "view": "msnp24Equivalent"}
        found: list[Mapping[str, Any]] = []
        for message in self._pages(f"conversations/{_mri(of.user)}/messages", "messages", view):
            if _number(message.get("id")) <= of.read:
                break
            found.append(message)
        return sorted(found, key=lambda message: _number(message.get("id")))

    def _pages(self, path: str, name: str, params: Mapping[str, Any]) -> Iterator[Any]:
        """Yield what a list has, the newest first, as far as it is looked through."""

        def page(url: str, query: Mapping[str, Any]) -> Any:
            return self._do(
                lambda: self._skype.conn("GET", url, params=query, auth=Auth.RegToken).json()
            )

        url, query = f"{self._host}/users/ME/{path}", params
        for _ in range(PAGES):
            answer = page(url, query)
            rows = answer.get(name) if isinstance(answer, dict) else None
            if not isinstance(rows, list):
                raise Away(f"answers nonsense: no {name}")
            yield from (row for row in rows if isinstance(row, dict))
            link = (answer.get("_metadata") or {}).get("backwardLink")
            if not rows or not isinstance(link, str) or not link:
                return
            url, query = link, {}

    @property
    def _host(self) -> str:
        return str(self._skype.conn.msgsHost)

    # -- contacts

    def requests(self) -> list[Request]:
        """Return who asks to be a contact."""
        answer = self._contacts_call("GET", "invites")
        found = []
        for entry in answer.json().get("invite_list", []):
            user = str(entry.get("mri") or "")
            if user.startswith(PERSON):
                times = [str(invite.get("time") or "") for invite in entry.get("invites") or [{}]]
                found.append(Request(user=user.removeprefix(PERSON), id=max(times)))
        return found

    def accept(self, user: str) -> None:
        """Let somebody be a contact."""
        self._contacts_call("PUT", f"invites/{_mri(user)}/accept")

    def contacts(self) -> dict[str, bool]:
        """Return the contacts of the account: whether each has agreed."""
        found = {}
        for entry in self._contacts_call("GET", "").json().get("contacts", []):
            mri = str(entry.get("mri") or "")
            if mri.startswith(PERSON) and not entry.get("blocked"):
                found[mri.removeprefix(PERSON)] = bool(entry.get("authorized"))
        return found

    def ask(self, user: str, greeting: str) -> None:
        """Ask somebody to be a contact."""
        self._contacts_call("POST", "contacts", json={"mri": _mri(user), "greeting": greeting})

    def remove(self, user: str) -> None:
        """End a contact; one that there is none of is ended already."""
        try:
            self._contacts_call("DELETE", f"contacts/{_mri(user)}")
        except Impossible as refused:
            if refused.status != NOT_FOUND:
                raise

    def block(self, user: str) -> None:
        """Hear no more of somebody."""
        self._contacts_call("PUT", f"contacts/blocklist/{_mri(user)}", json={"report_abuse": False})

    def _contacts_call(self, method: str, path: str, **settings: Any) -> Any:
        def call() -> Any:
            mine = f"{SkypeConnection.API_CONTACTS}/users/{quote(self.id, safe=':')}"
            url = f"{mine}/{path}".rstrip("/")
            return self._skype.conn(method, url, auth=Auth.SkypeToken, **settings)

        return self._do(call)

    # -- speaking

    def say(self, user: str, text: str, *, client_id: str) -> None:
        """Send a message; done when the server has it."""
        self._say(_mri(user), text, client_id)

    def say_in_group(self, conversation: str, text: str, *, client_id: str) -> None:
        """Send a message into a group."""
        self._say(conversation, text, client_id)

    def leave(self, conversation: str) -> None:
        """Leave a group."""
        url = f"{self._host}/threads/{conversation}/members/{_mri(self.id)}"
        self._do(lambda: self._skype.conn("DELETE", url, auth=Auth.RegToken))

    def _say(self, conversation: str, text: str, client_id: str) -> None:
        message = {
            "content": markup(text),
            "contenttype": "text",
            "messagetype": "RichText",
            "clientmessageid": client_id,
            "Has-Mentions": "false",
        }
        self._do(lambda: SkypeSingleChat(self._skype, id=conversation).createRaw(message))

    def _chat(self, user: str) -> Any:
        return SkypeSingleChat(self._skype, id=_mri(user))


def _mri(user: str) -> str:
    return PERSON + user


def _number(value: object) -> int:
    return int(value) if isinstance(value, str | int) and str(value).isdecimal() else 0


def _unread(conversation: Mapping[str, Any]) -> Unread | None:
    mri = str(conversation.get("id") or "")
    properties = conversation.get("properties")
    horizon = properties.get("consumptionhorizon") if isinstance(properties, dict) else None
    last = conversation.get("lastMessage")
    read = _number(str(horizon or "").partition(";")[0])
    newest = _number(last.get("id")) if isinstance(last, dict) else 0
    if not mri.startswith(PERSON) or newest <= read:
        return None
    return Unread(user=mri.removeprefix(PERSON), read=read, newest=newest)


def _meaning(error: Exception) -> Exception:
    """Return what an error of SkPy means to us."""
    response = next((a for a in error.args if isinstance(a, requests.Response)), None)
    status = response.status_code if response is not None else 0
    why = f"answers {status}" if status else str(error.args[0] if error.args else error)
    if response is not None and status == SLOW_DOWN:
        return Away(why, seconds=_seconds(response.headers.get("Retry-After")))
    if not status or status >= SERVER:
        return Away(why)
    if response is not None and "/login/" in str(response.url):
        return Denied(f"does not take the name and password of the account: {why}")
    return Impossible(why, status=status)


def _seconds(value: str | None) -> float:
    """Return what a Retry-After header says, within reason."""
    return min(600.0, float(value)) if value is not None and value.isdecimal() else 10.0
