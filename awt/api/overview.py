"""What an operator looks at: queues, what the garbage collector would take, what operators did."""

import msgspec

from awt.api.account import Page, page_size
from awt.api.caller import OPERATORS, Caller
from awt.api.registry import Methods, Nothing
from awt.db import audit, garbage, outbox
from awt.db.tx import Tx
from awt.model.times import DAY, iso, iso_or_none

methods = Methods()


class QueueLine(msgspec.Struct, frozen=True):
    """A queue: messages that wait, since when, and dead letters."""

    queue: str
    ready: int
    dead: int
    oldest_at: str | None


class Queues(msgspec.Struct, frozen=True):
    """The queues that hold something, by name."""

    queues: list[QueueLine]


class GarbageLine(msgspec.Struct, frozen=True):
    """How many rows of a kind go at the next pass, and within a day from now."""

    kind: str
    now: int
    day: int


class GarbagePreview(msgspec.Struct, frozen=True):
    """What the collector takes next, and how often it comes."""

    every: int
    lines: list[GarbageLine]


class DeedView(msgspec.Struct, frozen=True):
    """What an operator did. ``way``: site, key, command, or the kind of the chat."""

    id: int
    time: str
    who: str
    way: str
    method: str
    params: msgspec.Raw


class Deeds(msgspec.Struct, frozen=True):
    """What operators did, the newest first."""

    deeds: list[DeedView]


@methods.method(callers=OPERATORS, result=Queues, read_only=True)
def list_queues(tx: Tx, _caller: Caller, _params: Nothing) -> Queues:
    """List the queues whose messages wait here: not delivered in process, not yet at the broker."""
    return Queues(
        [
            QueueLine(state.queue, state.ready, state.dead, iso_or_none(state.oldest_at))
            for state in outbox.queues(tx)
        ]
    )


@methods.method(callers=OPERATORS, result=GarbagePreview, read_only=True)
def preview_garbage(tx: Tx, _caller: Caller, _params: Nothing) -> GarbagePreview:
    """Count what the garbage collector would take now, and within a day. Nothing is deleted."""
    return GarbagePreview(
        every=tx.settings.purge.interval_seconds,
        lines=[
            GarbageLine(
                kind,
                now=garbage.due(tx, kind, at=tx.now),
                day=garbage.due(tx, kind, at=tx.now + DAY),
            )
            for kind in (*garbage.OF_USERS, *garbage.BY_DATE)
        ],
    )


@methods.method(callers=OPERATORS, params=Page, result=Deeds, read_only=True)
def list_audit(tx: Tx, _caller: Caller, params: Page) -> Deeds:
    """List what operators did: who, when, by which way. Errors: ``bad_request`` (``limit``)."""
    found = audit.latest(tx, limit=page_size(params), before=params.before)
    return Deeds(
        [
            DeedView(
                id=deed.id,
                time=iso(deed.time),
                who=deed.who,
                way=deed.way,
                method=deed.method,
                params=msgspec.Raw(deed.params.encode()),
            )
            for deed in found
        ]
    )
