"""The monthly report: accounts with tests that nobody uses and that never brought anything.

The collector leaves accounts with tests alone. Whether one of these is to be closed, an administrator
decides; at the beginning of a month each of them is told that there are some.
"""

from typing import Final

import msgspec

from awt.api.account import Page, page_size
from awt.api.caller import NODES, OPERATORS, Caller
from awt.api.outgoing import tell
from awt.api.registry import Methods, Nothing
from awt.db import keys, report, users
from awt.db.report import Idle
from awt.db.tx import Tx
from awt.model.times import iso

methods = Methods()

MONTH: Final = len("2026-11")


class ReportLine(msgspec.Struct, frozen=True):
    """An account with tests, without income. ``addresses``: the confirmed ones, as ``kind:address``."""

    id: int
    hash: str
    login: str | None
    tests: int
    points: int
    email: str | None
    created_at: str
    seen_at: str
    addresses: list[str]


class Report(msgspec.Struct, frozen=True):
    """The accounts, the newest first; ``total`` counts all, ``since`` is when they were used last at best."""

    total: int
    since: str
    accounts: list[ReportLine]


class ReportSent(msgspec.Struct, frozen=True):
    """How many administrators were told."""

    told: int


@methods.method(callers=OPERATORS, params=Page, result=Report, read_only=True)
def show_report(tx: Tx, _caller: Caller, params: Page) -> Report:
    """List accounts with tests that nobody has used for the purge period and that never paid.

    Errors: ``bad_request`` (``limit``).
    """
    since = _since(tx)
    found = report.idle(tx, seen_before=since, before=params.before, limit=page_size(params))
    return Report(
        total=report.count(tx, seen_before=since),
        since=iso(since),
        accounts=[_line(tx, idle) for idle in found],
    )


@methods.method(callers=NODES, result=ReportSent)
def send_report(tx: Tx, _caller: Caller, _params: Nothing) -> ReportSent:
    """Tell every administrator, once a month (UTC), how many such accounts there are, if any."""
    key = f"report:{iso(tx.now)[:MONTH]}"
    if keys.recall(tx, key) is not None:
        return ReportSent(told=0)
    count = report.count(tx, seen_before=_since(tx))
    admins = users.admins(tx) if count else []
    for admin in admins:
        url = f"{tx.settings.site_url}/admin/report"
        tell(tx, admin, tx.texts(admin.lang, "chat-report", count=count, url=url))
    sent = ReportSent(told=len(admins))
    keys.remember(tx, key, "SendReport", "{}", msgspec.json.encode(sent).decode())
    return sent


def _since(tx: Tx) -> int:
    return tx.now - tx.settings.purge.unused


def _line(tx: Tx, idle: Idle) -> ReportLine:
    user = idle.user
    return ReportLine(
        id=user.id,
        hash=user.hash,
        login=user.login,
        tests=idle.tests,
        points=user.points,
        email=user.email,
        created_at=iso(user.created_at),
        seen_at=iso(user.time),
        addresses=[f"{im.kind}:{im.address}" for im in users.confirmed_ims(tx, user.id)],
    )
