"""One account on the network, through SkPy. Everything blocks; every method may be called in any thread.

What SkPy leaves open is closed here: timeouts (see `awt.skype.road`), tokens that the server revokes
before the clock says so, its caches and cookies that grow for ever (none of them is used), its batches of
events that one malformed event destroys (events are handed out raw).

Nothing here signs in by itself: whatever makes the tokens worthless is `Away`, and who keeps the account
signed in begins anew, at one place.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import quote

import requests
from attrs import frozen
from skpy import Skype, SkypeApiException, SkypeAuthException, SkypeConnection
from skpy.chat import SkypeSingleChat
from skpy.conn import SkypeAPIAuthProvider

from awt.skype.events import NUMBER, PERSON, markup
from awt.skype.road import ANSWER, POLL, Road, TooMuch

UNAUTHENTICATED: Final = 401
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
SLOW_DOWN: Final = 429
BROKEN: Final = 500
NO_ENDPOINT: Final = 729
"""The network's own number of the error that an endpoint is there no more."""
ERROR: Final = 400
"""The first status of those that are errors."""
AHEAD: Final = 300.0
"""Seconds before the end of its tokens at which an account is to sign in anew."""
PAGE: Final = 100
"""Messages of a conversation that are fetched at once."""
PAGES: Final = 20
"""Pages that are looked through for what was said while nobody listened."""

Auth: Final = SkypeConnection.Auth
NONSENSE: Final = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError)
"""What SkPy raises, beside ValueError, over an answer that is none."""


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


class Broken(Exception):
    """The server fell over this request, and is well otherwise."""


@frozen(kw_only=True)
class Request:
    """Somebody asks to be a contact. ``id`` names this request of his; ``mri`` is as the network has it."""

    mri: str
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
        self._skype: Any = None
        self._renew_at = 0.0

    @property
    def id(self) -> str:
        """The account's id at the network; empty before it has signed in."""
        return (self._skype and self._skype.userId) or ""

    # -- tokens

    def sign_in(self) -> None:
        """Sign in, anew or for the first time, and listen from now on."""
        skype = self.introduce()
        self._guard(lambda: _listen(skype.conn))
        self._renew_at = time.monotonic() + _good_for(skype.conn)
        self._skype = skype

    def introduce(self) -> Any:
        """Show name and password, and return SkPy with the token for them, which listens to nothing."""
        skype = self._new()
        try:
            self._guard(lambda: self._take_token(skype.conn))
        except Impossible as refused:
            if refused.status in {UNAUTHENTICATED, FORBIDDEN}:
                raise Denied(
                    f"does not take the name and password of the account: {refused}"
                ) from None
            raise
        return skype

    @property
    def ends(self) -> bool:
        """Whether its tokens end soon: it is to sign in anew."""
        return time.monotonic() > self._renew_at

    def _new(self) -> Any:
        skype: Any = Skype(connect=False)
        session = skype.conn.sess
        session.trust_env = False
        session.max_redirects = 3
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # they would add up
        session.headers["Accept-Encoding"] = (
            "identity"  # a small answer is not to become a large one
        )
        session.mount("https://", self._road)
        session.mount("http://", self._road)
        # SkPy renews tokens by the clock and in the midst of other things; see `ends`.
        skype.conn.verifyToken = lambda _auth: None
        return skype

    def _take_token(self, conn: Any) -> None:
        token, expiry = SkypeAPIAuthProvider(conn).auth(self._user, self._password)
        conn.tokens["skype"] = token
        conn.tokenExpiry["skype"] = expiry or datetime.max  # noqa: DTZ901 - SkPy's clock has no zone

    @property
    def _conn(self) -> Any:
        if self._skype is None:
            raise Away("nobody has signed in")
        return self._skype.conn

    def _do(self, what: Callable[[], Any], *, seconds: float = ANSWER) -> Any:
        """Do something as the account, all its requests together within a time."""
        try:
            return self._guard(what, seconds=seconds)
        except Impossible as refused:
            if refused.status == UNAUTHENTICATED:
                raise Away("takes its tokens back") from None
            raise

    def _guard(self, what: Callable[[], Any], *, seconds: float = ANSWER) -> Any:
        self._road.begin(seconds)
        try:
            return what()
        except (SkypeApiException, SkypeAuthException) as error:
            raise _meaning(error) from None
        except TooMuch as error:
            raise Away(str(error)) from None
        except requests.RequestException as error:
            raise Away(f"cannot be reached: {type(error).__name__}") from None
        except (ValueError, *NONSENSE) as error:
            raise Away(f"answers nonsense: {type(error).__name__}") from None

    # -- listening

    def poll(self) -> list[Any]:
        """Return what happened, as it came; waits for about half a minute for something to happen."""
        endpoint = _endpoint(self._conn)
        found = self._do(endpoint.getEvents, seconds=POLL)
        if not isinstance(found, list):
            raise Away("answers nonsense: no list of events")
        return found

    def acknowledge(self, url: str) -> None:
        """Tell the server that an event is safe."""
        self._do(lambda: self._conn("POST", url, auth=Auth.RegToken))

    def mark_read(self, user: str, number: int, at: int) -> None:
        """Tell the server up to which message a conversation is read: what came later comes again."""
        horizon = f"{number};{at};{number}"
        self._do(lambda: self._chat(_mri(user)).setConsumption(horizon))

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
            return self._do(lambda: self._conn("GET", url, params=query, auth=Auth.RegToken).json())

        url, query = f"{self._host}/users/ME/{path}", params
        for _ in range(PAGES):
            answer = page(url, query)
            rows = _rows(answer, name)
            yield from rows
            metadata = answer.get("_metadata")
            link = metadata.get("backwardLink") if isinstance(metadata, dict) else None
            if not rows or not isinstance(link, str) or not link:
                return
            url, query = link, {}

    @property
    def _host(self) -> str:
        return str(self._conn.msgsHost)

    # -- contacts

    def requests(self) -> list[Request]:
        """Return who asks to be a contact."""
        found = []
        for entry in self._contacts_list("invites", "invite_list"):
            every = entry.get("invites")
            times = [
                str(each.get("time"))
                for each in (every if isinstance(every, list) else ())
                if isinstance(each, dict)
            ]
            found.append(Request(mri=str(entry.get("mri") or ""), id=max(times, default="")))
        return found

    def accept(self, mri: str) -> None:
        """Let somebody be a contact."""
        self._contacts_call("PUT", f"invites/{_quoted(mri)}/accept")

    def contacts(self) -> dict[str, bool]:
        """Return the contacts of the account: whether each has agreed."""
        found = {}
        for entry in self._contacts_list("", "contacts"):
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
            self._contacts_call("DELETE", f"contacts/{_quoted(_mri(user))}")
        except Impossible as refused:
            if refused.status != NOT_FOUND:
                raise

    def block(self, mri: str) -> None:
        """Hear no more of somebody."""
        path = f"contacts/blocklist/{_quoted(mri)}"
        self._contacts_call("PUT", path, json={"report_abuse": False})

    def _contacts_list(self, path: str, name: str) -> list[dict[str, Any]]:
        url = self._contacts_url(path)
        return _rows(self._do(lambda: self._conn("GET", url, auth=Auth.SkypeToken).json()), name)

    def _contacts_call(self, method: str, path: str, **settings: Any) -> None:
        url = self._contacts_url(path)
        self._do(lambda: self._conn(method, url, auth=Auth.SkypeToken, **settings))

    def _contacts_url(self, path: str) -> str:
        return f"{SkypeConnection.API_CONTACTS}/users/{_quoted(self.id)}/{path}".rstrip("/")

    # -- speaking

    def say(self, user: str, text: str, *, client_id: str) -> None:
        """Send a message; done when the server has it."""
        self._say(_mri(user), text, client_id)

    def say_in_group(self, conversation: str, text: str, *, client_id: str) -> None:
        """Send a message into a group."""
        self._say(conversation, text, client_id)

    def leave(self, conversation: str) -> None:
        """Leave a group."""
        url = f"{self._host}/threads/{_quoted(conversation)}/members/{_quoted(_mri(self.id))}"
        self._do(lambda: self._conn("DELETE", url, auth=Auth.RegToken))

    def _say(self, conversation: str, text: str, client_id: str) -> None:
        message = {
            "content": markup(text),
            "contenttype": "text",
            "messagetype": "RichText",
            "clientmessageid": client_id,
            "Has-Mentions": "false",
        }
        self._do(lambda: self._chat(conversation).createRaw(message))

    def _chat(self, conversation: str) -> Any:
        return SkypeSingleChat(self._skype, id=conversation)


def _endpoint(conn: Any) -> Any:
    return conn.endpoints.get("main") or conn.endpoints["self"]


def _listen(conn: Any) -> None:
    conn.getUserId()
    conn.getRegToken()
    _endpoint(conn).subscribe()


def _good_for(conn: Any) -> float:
    """Return for how many seconds the tokens of a connection are to be used."""
    now = datetime.now()  # noqa: DTZ005 - SkPy's clock has no zone
    life: float = min((end - now).total_seconds() for end in conn.tokenExpiry.values())
    return max(life - AHEAD, life / 2)


def _rows(answer: object, name: str) -> list[dict[str, Any]]:
    """Return the list of an answer. One that is not there is not the same as one that is empty."""
    rows = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise Away(f"answers nonsense: no {name}")
    return [row for row in rows if isinstance(row, dict)]


def _quoted(word: str) -> str:
    return quote(word, safe=":@")


def _mri(user: str) -> str:
    return PERSON + user


def _number(value: object) -> int:
    return int(str(value)) if NUMBER.fullmatch(str(value)) else 0


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
    if response is None or response.status_code < ERROR:
        return Away(f"answers nonsense: {error.args[0] if error.args else error}")
    status, why = response.status_code, f"answers {response.status_code}"
    if status == SLOW_DOWN:
        return Away(why, seconds=_seconds(response.headers.get("Retry-After")))
    if status == BROKEN:
        return Broken(why)
    if status > BROKEN or _number_of(response) == NO_ENDPOINT:
        return Away(why)
    return Impossible(why, status=status)


def _number_of(response: requests.Response) -> object:
    """Return the network's own number of an error."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return None
    return answer.get("errorCode") if isinstance(answer, dict) else None


def _seconds(value: str | None) -> float:
    """Return what a Retry-After header says, within reason."""
    return min(600.0, float(value)) if value is not None and value.isdecimal() else 10.0
