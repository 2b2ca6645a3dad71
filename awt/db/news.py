"""News: who reads them and where, and how far they came.

A reader gets them where he was active last, among the clients that he authorised for the assistant; of two
at the same time, where he was confirmed first.
"""

from collections import Counter
from typing import Any, Final

import msgspec
from attrs import frozen
from sqlalchemy import Select, func, insert, or_, select, update

from awt.db.schema import news, user, user_im, user_service, user_service_im
from awt.db.tx import Tx
from awt.model.status import ACTIVE, CONFIRMED, NEW
from awt.model.times import DAY

SENDING: Final = "sending"
SENT: Final = "sent"
STOPPED: Final = "stopped"
COUNTED: Final = 100_000
"""Accounts that are looked at to count readers: 1.2 s of MariaDB, of the 10 s that a statement has."""
PARTS: Final = 20
"""From how many places these are where there are more."""


@frozen(kw_only=True)
class Readers:
    """Whom news are for: users of a service, on some IMs, of some languages."""

    service_id: int
    ims: tuple[str, ...]
    langs: tuple[str, ...]


@frozen(kw_only=True)
class Reader:
    """Somebody who gets news, and where."""

    user_id: int
    lang: str
    kind: str
    address: str


@frozen(kw_only=True)
class News:
    """News. ``texts`` by language; ``planned`` and ``sent`` count readers by IM."""

    id: int
    texts: dict[str, str]
    service: str
    ims: tuple[str, ...]
    langs: tuple[str, ...]
    state: str
    after: int
    upto: int
    next_at: int
    planned: dict[str, int]
    sent: dict[str, int]
    created_at: int
    ended_at: int | None


_COLUMNS = [news.c[name] for name in News.__annotations__]
_PLACE = func.row_number().over(
    partition_by=user.c.id,
    order_by=(
        func.coalesce(user_im.c.last_active, 0).desc(),
        user_im.c.confirmed_at,
        user_im.c.id,
    ),
)


def _places(readers: Readers, after: int, upto: int) -> Select[Any]:
    """Return the query of the readers among the users with ids in ``(after, upto]``, one row each.

    MariaDB goes from account to account: left to itself it may look at every pair of two of them. So does
    SQLite, which would look at all addresses of an IM, were its kind not part of an expression.
    """
    places = (
        select(
            user.c.id.label("user_id"),
            user.c.lang,
            user_im.c.kind,
            user_im.c.address,
            _PLACE.label("place"),
        )
        .join(user_service, user_service.c.user_id == user.c.id)
        .join(user_im, user_im.c.user_id == user.c.id)
        .join(
            user_service_im,
            (user_service_im.c.user_id == user.c.id)
            & (user_service_im.c.service_id == user_service.c.service_id)
            & (user_service_im.c.kind == user_im.c.kind),
        )
        .where(
            user.c.id > after,
            user.c.id <= upto,
            user.c.status == ACTIVE,
            user.c.lang.in_(readers.langs),
            user_service.c.service_id == readers.service_id,
            user_service.c.status.in_([NEW, ACTIVE]),
            user_service_im.c.state == ACTIVE,
            user_im.c.state == CONFIRMED,
            (user_im.c.kind + "").in_(readers.ims),
        )
        .with_hint(user_service, "FORCE INDEX (PRIMARY)", "mysql")
        .with_hint(user_im, "FORCE INDEX (uq_user_im_user_id_kind_address)", "mysql")
        .with_hint(user_service_im, "FORCE INDEX (PRIMARY)", "mysql")
        .subquery()
    )
    return select(places).where(places.c.place == 1).order_by(places.c.user_id)


def newest_user(tx: Tx) -> int:
    """Return the greatest id of an account, 0 where there is none."""
    found: int | None = tx.conn.execute(select(func.max(user.c.id))).scalar()
    return found or 0


@frozen(kw_only=True)
class Counted:
    """How many readers there are, by IM and language; ``about``: as far as a part of them tells."""

    by_place: dict[tuple[str, str], int]
    about: bool


def count(tx: Tx, readers: Readers, *, most: int = COUNTED) -> Counted:
    """Count readers. Of more than ``most`` accounts so many are looked at, in parts from all over."""
    newest = newest_user(tx)
    accounts = _accounts(tx, [(0, newest)])
    about = accounts > most
    looked_at, among = _parts(tx, newest, most) if about else ([(0, newest)], accounts)
    found: Counter[tuple[str, str]] = Counter()
    for after, upto in looked_at:
        places = _places(readers, after, upto).subquery()
        found += {
            (kind, lang): number
            for kind, lang, number in tx.conn.execute(
                select(places.c.kind, places.c.lang, func.count()).group_by(
                    places.c.kind, places.c.lang
                )
            )
        }
    times = accounts / max(1, among)
    by_place = {place: round(number * times) for place, number in found.items()}
    return Counted(by_place=by_place, about=about)


def _parts(tx: Tx, newest: int, most: int) -> tuple[list[tuple[int, int]], int]:
    """Return parts with about ``most`` accounts, wider where ids of few are still there, and how many."""
    ids = most
    while True:
        found = parts(newest, ids)
        accounts = _accounts(tx, found)
        if accounts >= most // 2 or ids * 2 >= newest:
            return found, accounts
        ids *= 2


def _accounts(tx: Tx, spans: list[tuple[int, int]]) -> int:
    among = or_(*(user.c.id.between(after + 1, upto) for after, upto in spans))
    return tx.conn.execute(select(func.count()).select_from(user).where(among)).scalar() or 0


def parts(newest: int, most: int) -> list[tuple[int, int]]:
    """Return what is looked at of the ids up to the newest, as ``(after, upto]``: ``most`` in all."""
    return [
        (newest * n // PARTS, newest * n // PARTS + most * (n + 1) // PARTS - most * n // PARTS)
        for n in range(PARTS)
    ]


def readers(tx: Tx, among: Readers, *, after: int, upto: int) -> list[Reader]:
    """Return the readers among the users with ids in ``(after, upto]``."""
    return [
        Reader(user_id=row.user_id, lang=row.lang, kind=row.kind, address=row.address)
        for row in tx.conn.execute(_places(among, after, upto))
    ]


def create(
    tx: Tx,
    *,
    texts: dict[str, str],
    service: str,
    ims: tuple[str, ...],
    langs: tuple[str, ...],
    planned: dict[str, int],
) -> News:
    """Put news on their way to everybody who has an account now."""
    key = tx.conn.execute(
        insert(news).values(
            texts=_json(texts),
            service=service,
            ims=",".join(ims),
            langs=",".join(langs),
            state=SENDING,
            after=0,
            upto=newest_user(tx),
            next_at=tx.now,
            planned=_json(planned),
            sent="{}",
            created_at=tx.now,
        )
    ).inserted_primary_key
    assert key is not None
    found = by_id(tx, key[0])
    assert found is not None
    return found


def by_id(tx: Tx, news_id: int, *, hold: bool = False) -> News | None:
    """Return news; ``hold`` locks them for this transaction."""
    query = select(*_COLUMNS).where(news.c.id == news_id)
    row = tx.conn.execute(query.with_for_update() if hold else query).first()
    return None if row is None else _made(**row._mapping)


def latest(tx: Tx, *, limit: int) -> list[News]:
    """Return news, the newest first."""
    rows = tx.conn.execute(select(*_COLUMNS).order_by(news.c.id.desc()).limit(limit))
    return [_made(**row._mapping) for row in rows]


def due(tx: Tx) -> list[News]:
    """Return the news that go on now, the oldest first, kept from other nodes."""
    rows = tx.conn.execute(
        select(*_COLUMNS)
        .where(news.c.state == SENDING, news.c.next_at <= tx.now)
        .order_by(news.c.id)
        .with_for_update(skip_locked=True)
    )
    return [_made(**row._mapping) for row in rows]


def move(tx: Tx, found: News, *, after: int, sent: dict[str, int], next_at: int) -> None:
    """Note how far news came; they are done with the last user."""
    values: dict[str, Any] = {"after": after, "sent": _json(sent), "next_at": next_at}
    tx.conn.execute(update(news).where(news.c.id == found.id).values(values))
    if after >= found.upto:
        end(tx, found.id, SENT)


def end(tx: Tx, news_id: int, state: str) -> None:
    """Note that news are ``sent`` or ``stopped``."""
    kept = tx.settings.purge.ledger_days * DAY
    tx.conn.execute(
        update(news)
        .where(news.c.id == news_id)
        .values(state=state, ended_at=tx.now, purge_after=tx.now + kept)
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _made(**values: Any) -> News:
    for name in ("texts", "planned", "sent"):
        values[name] = msgspec.json.decode(values[name])
    for name in ("ims", "langs"):
        values[name] = tuple(part for part in values[name].split(",") if part)
    return News(**values)
