"""What a request says of who makes it, and the caller that this is to the methods."""

import hashlib
import hmac
import re
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen
from twisted.web.http import Request

from awt.api.caller import Caller, Who
from awt.api.nodes import caller_of
from awt.db import keys, nodes, sessions, users
from awt.db.sessions import Session
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused
from awt.model.address import network_factor, network_of
from awt.model.names import clean_text
from awt.model.status import ACTIVE, LANGS
from awt.text.catalog import pick_language

COOKIE: Final = "awt_session"
LANG_COOKIE: Final = "awt_lang"
COOKIE_SECONDS: Final = 365 * 86400

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@frozen(kw_only=True)
class Visit:
    """What a request says: its cookie's token, its key, where from, in which language."""

    token: str | None
    key: str | None
    network: str
    agent: str
    lang: str


def read_visit(request: Request, *, behind_proxy: bool) -> Visit:
    """Return what a request says of who makes it."""
    authorization = header(request, "authorization")
    scheme, _, key = authorization.partition(" ")
    wanted = request.getCookie(LANG_COOKIE.encode()) or b""
    lang = wanted.decode("ascii", "replace")
    if lang not in LANGS:
        lang = pick_language(header(request, "accept-language")) or LANGS[0]
    return Visit(
        token=cookie_token(request),
        key=key.strip() if scheme.lower() == "bearer" else None,
        network=network_of(client_ip(request, behind_proxy=behind_proxy)),
        agent=clean_text(header(request, "user-agent"))[:200],
        lang=lang,
    )


def header(request: Request, name: str) -> str:
    """Return a header of a request, empty where it is not there; bytes that are no UTF-8 are replaced."""
    return (request.getHeader(name.encode()) or b"").decode("utf-8", "replace")


def cookie_token(request: Request) -> str | None:
    """Return the token in the session cookie, None for what cannot be one."""
    token = (request.getCookie(COOKIE.encode()) or b"").decode("ascii", "replace")
    return token if _TOKEN.fullmatch(token) else None


def client_ip(request: Request, *, behind_proxy: bool) -> str:
    """Return the address of who asks: behind our proxy, the last one that it wrote down."""
    if behind_proxy:
        forwarded = header(request, "x-forwarded-for").rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    host = request.getClientAddress()
    return str(getattr(host, "host", ""))


def csrf_of(token: str) -> str:
    """Return the token that forms and scripts of a session have to show."""
    return hashlib.sha256(f"csrf {token}".encode()).hexdigest()


def stranger_address(token: str) -> str:
    """Return who a browser is in the web chat while its cookie has no session."""
    return hashlib.sha256(f"chat {token}".encode()).hexdigest()[:32]


def is_csrf(token: str | None, given: str) -> bool:
    """Tell whether a CSRF token belongs to a session's token."""
    if token is None:
        return False
    return hmac.compare_digest(csrf_of(token).encode(), given.encode("utf-8", "replace"))


def is_own_script(request: Request, token: str | None, *, site_url: str) -> bool:
    """Tell whether a post to the chat or the API comes from our page or from no browser at all.

    Accepted: the CSRF header; the same origin (``Sec-Fetch-Site``, ``Origin``); a program that sends
    neither of the two.
    """
    if is_csrf(token, header(request, "x-csrf-token")):
        return True
    fetch_site = header(request, "sec-fetch-site")
    if fetch_site:
        return fetch_site == "same-origin"
    if request.getHeader(b"origin") is None:
        return True
    return is_own_origin(header(request, "origin"), header(request, "host"), site_url=site_url)


def is_own_origin(origin: str, host: str, *, site_url: str) -> bool:
    """Tell whether an ``Origin`` is that of the links that we send, or of the host that was asked.

    A proxy that ends TLS makes the scheme differ from ours, never the host.
    """
    if origin.rstrip("/") == site_url:
        return True
    try:
        netloc = urlsplit(origin).netloc
    except ValueError:  # an address in brackets that is none
        return False
    return bool(netloc) and netloc == host


@frozen(kw_only=True)
class Guest:
    """Who makes a request, looked up. ``session`` is None for a browser that has none yet."""

    caller: Caller
    session: Session | None
    user: User | None
    token_ended: bool


def guest_of(tx: Tx, visit: Visit) -> Guest:
    """Return who makes a request. Errors: ``unauthenticated`` for a key that is none."""
    if visit.key is not None:
        return _program(tx, visit)
    session = sessions.by_token(tx, visit.token) if visit.token else None
    live = session if sessions.is_live(session, tx.now) else None
    user = users.by_id(tx, live.user_id) if live and live.user_id is not None else None
    if user is not None and user.status != ACTIVE:
        live, user = None, None
    who = Who.VISITOR if user is None else Who.ADMIN if user.is_admin else Who.USER
    ended = session is not None and live is None
    address = live.chat_address if live else None
    if session is None and visit.token is not None:
        address = stranger_address(visit.token)
        if users.by_address(tx, "webchat", address) is not None:
            # The address went over to an account: a cookie from before that is worth nothing.
            address, ended = None, True
    caller = Caller(
        who=who,
        lang=user.lang if user else visit.lang,
        user_id=user.id if user else None,
        session_id=live.id if live else None,
        chat_address=address,
        network=visit.network,
        agent=visit.agent,
    )
    return Guest(caller=caller, session=live, user=user, token_ended=ended)


def _program(tx: Tx, visit: Visit) -> Guest:
    key = keys.by_token(tx, visit.key or "")
    node = nodes.by_token(tx, visit.key or "") if key is None else None
    if node is not None:
        return Guest(caller=caller_of(node), session=None, user=None, token_ended=False)
    user = users.by_id(tx, key.user_id) if key else None
    if key is None or user is None or user.status != ACTIVE:
        raise Refused("unauthenticated")
    caller = Caller(
        who=Who.ADMIN if user.is_admin else Who.USER,
        lang=user.lang,
        user_id=user.id,
        network=visit.network,
        agent=visit.agent,
        read_only=key.read_only,
    )
    return Guest(caller=caller, session=None, user=user, token_ended=False)


def enter(tx: Tx, visit: Visit) -> tuple[Guest, str | None]:
    """Return who makes a request, with a session made where a browser has none, and its new token.

    New sessions of strangers are limited a network. Errors: ``too_many``.
    """
    guest = guest_of(tx, visit)
    if guest.session is not None:
        if sessions.is_stale(guest.session, tx.now):
            sessions.seen(tx, guest.session)
        return guest, None
    if visit.key is not None:
        return guest, None
    limit_strangers(tx, visit)
    token = visit.token if visit.token is not None and not guest.token_ended else tx.chance.token()
    sessions.create(
        tx,
        token=token,
        user_id=None,
        chat_address=stranger_address(token),
        network=visit.network,
        agent=visit.agent,
    )
    made = Visit(token=token, key=None, network=visit.network, agent=visit.agent, lang=visit.lang)
    return guest_of(tx, made), token


def limit_strangers(tx: Tx, visit: Visit) -> None:
    """Count a new session of a stranger in its network; raise `Refused` (``too_many``) over the limit."""
    most = tx.settings.limits.registrations_per_hour * network_factor(visit.network)
    if tx.cache.increment(f"stranger:{visit.network}", seconds=3600) > most:
        raise Refused("too_many", retry_after=3600)
