"""What browsers say of a page that did not load, as reasons of results."""

import re
from typing import Final
from urllib.parse import urlsplit

from awt.executor.engines.surface import Failed, NotYet
from awt.executor.proxy import FilterPort

# The first part of the name of one of Chromium's network errors that fits gives the reason.
_ERRORS: Final = (
    ("ERR_NAME_", "dns"),
    ("ERR_CERT_", "tls"),
    ("ERR_SSL_", "tls"),
    ("ERR_BAD_SSL_", "tls"),
    ("ERR_TOO_MANY_REDIRECTS", "too_many_redirects"),
    ("ERR_UNSAFE_REDIRECT", "bad_redirect"),
    ("ERR_UNKNOWN_URL_SCHEME", "bad_redirect"),
    ("ERR_DISALLOWED_URL_SCHEME", "bad_redirect"),
    ("ERR_UNSAFE_PORT", "bad_url"),
    ("ERR_INVALID_URL", "bad_url"),
    ("ERR_BLOCKED_BY_ADMINISTRATOR", "refused_address"),
    ("ERR_ABORTED", "not_html"),
    ("ERR_TIMED_OUT", "timeout"),
    ("ERR_CONNECTION_TIMED_OUT", "timeout"),
    ("ERR_CONNECTION_REFUSED", "connect"),
    ("ERR_TUNNEL_CONNECTION_FAILED", "connect"),
    ("ERR_PROXY_CONNECTION_FAILED", "connect"),
    ("ERR_ADDRESS_", "connect"),
)
_OF_PROXY: Final = frozenset({"ERR_TUNNEL_CONNECTION_FAILED", "ERR_PROXY_CONNECTION_FAILED"})
_NAME: Final = re.compile(r"net::(ERR_[A-Z_0-9]+)")
_TOLD: Final = re.compile(r"awt:(\w+):(.*)", re.DOTALL)
_GATEWAY: Final = 502
# What the functions of page.js say of an element that may still become fit.
_PASSING: Final = frozenset(
    {"hidden", "disabled", "covered", "not_editable", "no_option", "no_attribute"}
)


def not_loaded(text: str, egress: FilterPort | None, url: str) -> Failed:
    """Return the failure of a page of which a browser says e.g. `net::ERR_NAME_NOT_RESOLVED`.

    What the test's own proxy knows of it comes first, for a browser is told only that it failed.
    """
    match = _NAME.search(text)
    name = match[1] if match else ""
    known = filtered(egress, url, anywhere=name in _OF_PROXY)
    if known is not None:
        return known
    reason = next((reason for part, reason in _ERRORS if name.startswith(part)), "bad_response")
    return Failed(reason, name or text.partition("\n")[0], url=url)


def checked_status(status: int, egress: FilterPort | None, url: str) -> None:
    """Raise the failure that the status of an answer means. 0 is unknown, and no failure."""
    if status == _GATEWAY and (known := filtered(egress, url)) is not None:
        raise known
    if status >= 400:  # noqa: PLR2004 - RFC 9110, section 15
        raise Failed("http_status", str(status), status=status, url=url)


def filtered(egress: FilterPort | None, url: str, *, anywhere: bool = False) -> Failed | None:
    """Return what the test's proxy says of a page that was opened, if it was at fault.

    It knows the page by its host, for browsers look for more than a test asks for. `anywhere`: the
    page was not reached because of the proxy, perhaps under the name that a redirect led to.
    """
    if egress is None:
        return None
    if egress.exceeded:
        return Failed("too_large", url=url)
    host = urlsplit(url).hostname
    found = [problem for problem in egress.problems if problem.host.lower() == host]
    found = found or (egress.problems if anywhere else [])
    if not found:
        return None
    problem = found[-1]
    key = {"key": problem.key} if problem.key else {}
    return Failed(problem.reason, problem.detail, url=url, **key)


def told(message: str) -> Failed:
    """Return what an error of a function of `page.js` means."""
    match = _TOLD.search(message)
    if match is None:
        return NotYet("no_element", message.partition("\n")[0])
    detail = match[2].partition("\n")[0]
    if match[1] in _PASSING:
        return NotYet(match[1], detail)
    return Failed(match[1], detail)
