"""Answers in JSON, the headers that every answer has, and cookies."""

from typing import Any, Final

import msgspec
from twisted.web.http import Request

from awt.api.words import as_json
from awt.errors import Refused
from awt.ports import Texts
from awt.web.visit import COOKIE, COOKIE_SECONDS

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def add_headers(request: Request, *, secure: bool) -> None:
    """Put on an answer what every answer has."""
    for name, value in HEADERS.items():
        request.setHeader(name, value)
    if secure:
        request.setHeader("Strict-Transport-Security", "max-age=31536000")


def json_answer(request: Request, value: Any, *, status: int = 200) -> bytes:
    """Return a value as the JSON body of an answer."""
    request.setResponseCode(status)
    request.setHeader("Content-Type", "application/json")
    return msgspec.json.encode(value)


def refusal(request: Request, texts: Texts, lang: str, refused: Refused) -> bytes:
    """Return an error as the JSON body of an answer."""
    if refused.retry_after is not None:
        request.setHeader("Retry-After", str(refused.retry_after))
    return json_answer(request, as_json(texts, lang, refused), status=refused.status)


def set_cookie(request: Request, token: str, *, secure: bool) -> None:
    """Give a browser its session."""
    put_cookie(request, COOKIE, token, secure=secure)


def put_cookie(
    request: Request, name: str, value: str, *, secure: bool, seconds: int = COOKIE_SECONDS
) -> None:
    """Give a browser a cookie of the whole site, which no script can read."""
    parts = [f"{name}={value}", "Path=/", f"Max-Age={seconds}", "SameSite=Lax", "HttpOnly"]
    if secure:
        parts.append("Secure")
    request.cookies.append("; ".join(parts).encode())
