"""The history of the web chat."""

from typing import Any, Final

import msgspec
from attrs import frozen
from sqlalchemy import bindparam, exists, insert, select
from sqlalchemy.exc import IntegrityError

from awt.db.prepared import Prepared
from awt.db.schema import chat_message
from awt.db.tx import Tx
from awt.model.messages import LINK, Choice
from awt.model.times import DAY

USER: Final = "user"
ASSISTANT: Final = "assistant"


@frozen(kw_only=True)
class Line:
    """A line of the chat; its text has the link in it, or says that there was one."""

    id: int
    message_id: str
    service: str
    reply_to: str | None
    sender: str
    text: str
    choices: tuple[Choice, ...]
    created_at: int
    image: str | None = None
    corrects: str | None = None


_CHOICES = msgspec.json.Decoder(tuple[Choice, ...])


def _line(*, text: str, secret: str | None, choices: str | None, **values: Any) -> Line:
    return Line(
        text=_with_secret(text, secret),
        choices=_CHOICES.decode(choices) if choices else (),
        **values,
    )


_COLUMNS = [chat_message.c[name] for name in (*Line.__annotations__, "secret")]
_INSERT = Prepared(insert(chat_message))
_AFTER = Prepared(
    select(*_COLUMNS)
    .where(chat_message.c.address == bindparam("a"), chat_message.c.id > bindparam("after"))
    .order_by(chat_message.c.id)
    .limit(bindparam("n")),
    _line,
)
_NEWER = chat_message.alias("newer")
_LAST = Prepared(
    select(*_COLUMNS)
    .where(
        chat_message.c.address == bindparam("a"),
        chat_message.c.corrects.is_(None)
        | ~exists().where(
            _NEWER.c.address == chat_message.c.address,
            _NEWER.c.id > chat_message.c.id,
            _NEWER.c.corrects == chat_message.c.corrects,
        ),
    )
    .order_by(chat_message.c.id.desc())
    .limit(bindparam("n")),
    _line,
)


def topic(address: str) -> str:
    """Return the topic that is told, with the `Line`, when a line is added to a chat."""
    return f"chat:{address}"


def add(
    tx: Tx,
    address: str,
    *,
    message_id: str,
    service: str,
    sender: str,
    text: str,
    reply_to: str | None = None,
    choices: tuple[Choice, ...] = (),
    image: str | None = None,
    corrects: str | None = None,
    secret: str | None = None,
    link_id: int | None = None,
) -> bool:
    """Add a line; False when it is there already (a delivery came twice)."""
    values = {
        "address": address,
        "service": service,
        "message_id": message_id,
        "reply_to": reply_to,
        "sender": sender,
        "text": text,
        "choices": msgspec.json.encode(choices).decode() if choices else None,
        "image": image,
        "corrects": corrects,
        "secret": secret,
        "link_id": link_id,
        "created_at": tx.now,
        "purge_after": tx.now + tx.settings.purge.purge_days * DAY,
    }
    try:
        with tx.savepoint():
            row = _INSERT.insert(tx, **values)
    except IntegrityError:
        return False
    tx.tell(
        topic(address),
        Line(
            id=row,
            message_id=message_id,
            service=service,
            reply_to=reply_to,
            sender=sender,
            text=_with_secret(text, secret),
            choices=choices,
            image=image,
            corrects=corrects,
            created_at=tx.now,
        ),
    )
    return True


def row_of(tx: Tx, address: str, message_id: str) -> int | None:
    """Return the row of a line of a chat, None when it has no such line (any more)."""
    return tx.conn.execute(
        select(chat_message.c.id).where(
            chat_message.c.message_id == message_id, chat_message.c.address == address
        )
    ).scalar()


def after(tx: Tx, address: str, last: int | None, *, limit: int) -> list[Line]:
    """Return the lines after an id, or the last ``limit`` lines, the oldest first.

    Of the last lines that correct the same message only the newest counts: the others are nowhere seen.
    """
    if last is None:
        return _LAST.all(tx, a=address, n=limit)[::-1]
    return _AFTER.all(tx, a=address, after=last, n=limit)


def _with_secret(text: str, secret: str | None) -> str:
    return text.replace(LINK, secret or "\u2026")
