"""News from the operators to everybody, sent bit by bit through the assistants.

A row says how far they came. It moves in the transaction that puts the messages of a bit into the outbox:
whatever is killed in between, nobody is left out and nobody is told twice.
"""

from collections import Counter
from typing import Final

import msgspec

from awt.api.caller import NODES, OPERATORS, Caller
from awt.api.registry import Methods, Nothing, Params
from awt.db import news, outbox, services
from awt.db.news import News, Readers
from awt.db.tx import Tx
from awt.errors import Refused, bad_field
from awt.model.messages import Answer, spamer
from awt.model.names import TEXT_MAX, clean_text
from awt.model.status import BASE, LANGS
from awt.model.times import DAY, SECOND, iso, iso_or_none

methods = Methods()

LATEST: Final = 20
"""News that are listed."""
FRESH: Final = 7 * DAY
"""How long news wait for an assistant that is away."""
WINDOW: Final = 500
"""Ids of users that are looked at together."""
BEHIND: Final = 10
"""Seconds' worth of messages that may wait for the assistants; then news wait, too."""


class NewsText(Params, frozen=True):
    """News: ``texts`` by language (``en``, ``ru``), and to whom they go.

    Whoever reads a language without a text gets the first that there is. Readers are the users of
    ``service``, through its assistant; ``ims`` and ``langs`` narrow them down, empty lists mean all.
    """

    texts: dict[str, str]
    service: str = BASE
    ims: list[str] = msgspec.field(default_factory=list)
    langs: list[str] = msgspec.field(default_factory=list)


class Edition(msgspec.Struct, frozen=True):
    """What the readers of a language get, and how many they are."""

    lang: str
    text: str
    readers: int


class NewsPreview(msgspec.Struct, frozen=True):
    """What would be sent: ``by_im`` counts readers by the IM where each was active last.

    ``about``: there are too many accounts to count, the numbers are estimates.
    """

    total: int
    by_im: dict[str, int]
    editions: list[Edition]
    about: bool = False


class NewsLine(msgspec.Struct, frozen=True):
    """News and how far they came. ``state`` is sending, sent or stopped."""

    id: int
    texts: dict[str, str]
    service: str
    state: str
    planned: dict[str, int]
    sent: dict[str, int]
    created_at: str
    ended_at: str | None


class NewsList(msgspec.Struct, frozen=True):
    """News, the newest first."""

    news: list[NewsLine]


class NewsId(Params, frozen=True):
    """News of the list."""

    id: int


class NewsSent(msgspec.Struct, frozen=True):
    """How many readers had their turn."""

    sent: int


@methods.method(callers=OPERATORS, params=NewsText, result=NewsPreview, read_only=True)
def preview_news(tx: Tx, _caller: Caller, params: NewsText) -> NewsPreview:
    """Show what news would be sent, to how many on which IM. Errors: those of ``SendNews``."""
    return _preview(tx, params)[0]


@methods.method(callers=OPERATORS, params=NewsText, result=NewsLine, repeatable=True)
def send_news(tx: Tx, _caller: Caller, params: NewsText) -> NewsLine:
    """Send news to everybody who has an account now, each where he was active last.

    They leave at ``limits.news_per_second``. Errors: ``bad_request`` (``texts``, ``ims``, ``langs``),
    ``unknown_service``, ``no_readers``.
    """
    preview, readers = _preview(tx, params)
    if not preview.total and not preview.about:
        raise Refused("no_readers")
    return _line(
        news.create(
            tx,
            texts=_texts(params),
            service=params.service,
            ims=readers.ims,
            langs=readers.langs,
            planned=preview.by_im,
        )
    )


@methods.method(callers=OPERATORS, result=NewsList, read_only=True)
def list_news(tx: Tx, _caller: Caller, _params: Nothing) -> NewsList:
    """List the latest news, and how far they came."""
    return NewsList([_line(found) for found in news.latest(tx, limit=LATEST)])


@methods.method(callers=OPERATORS, params=NewsId, result=NewsLine)
def stop_news(tx: Tx, _caller: Caller, params: NewsId) -> NewsLine:
    """Stop news that are on their way; what was sent cannot be taken back.

    Errors: ``unknown_news``, ``news_over``.
    """
    found = news.by_id(tx, params.id, hold=True)
    if found is None:
        raise Refused("unknown_news")
    if found.state != news.SENDING:
        raise Refused("news_over")
    news.end(tx, found.id, news.STOPPED)
    stopped = news.by_id(tx, found.id)
    assert stopped is not None
    return _line(stopped)


@methods.method(callers=NODES, result=NewsSent)
def continue_news(tx: Tx, _caller: Caller, _params: Nothing) -> NewsSent:
    """Send the next bit of the news that are on their way."""
    return NewsSent(sum(_continue(tx, found) for found in news.due(tx)))


def _continue(tx: Tx, found: News) -> int:
    """Send news to a second's worth of readers; return how many they were."""
    pace = tx.settings.limits.news_per_second
    service = services.by_name(tx, found.service)
    queues = [spamer(found.service, im) for im in found.ims]
    next_at = tx.now + SECOND
    if service is None or outbox.waiting(tx, queues, most=BEHIND * pace) >= BEHIND * pace:
        news.move(tx, found, after=found.after, sent=found.sent, next_at=next_at)
        return 0
    among = Readers(service_id=service.id, ims=found.ims, langs=found.langs)
    after, told, sent = found.after, 0, Counter(found.sent)
    while after < found.upto and told < pace:
        upto = min(found.upto, after + WINDOW)
        for reader in news.readers(tx, among, after=after, upto=upto):
            if told == pace:
                upto = after
                break
            outbox.send(
                tx,
                spamer(found.service, reader.kind),
                Answer(address=reader.address, text=_text_for(found.texts, reader.lang)),
                message_id=f"news-{found.id}-{reader.user_id}",
                expires_at=tx.now + FRESH,
            )
            sent[reader.kind] += 1
            told += 1
            after = reader.user_id
        after = max(after, upto)
    news.move(tx, found, after=after, sent=dict(sent), next_at=next_at)
    return told


def _preview(tx: Tx, params: NewsText) -> tuple[NewsPreview, Readers]:
    texts = _texts(params)
    readers = _readers(tx, params)
    counted = news.count(tx, readers)
    by_im: Counter[str] = Counter()
    by_lang: Counter[str] = Counter()
    for (im, lang), number in counted.by_place.items():
        by_im[im] += number
        by_lang[lang] += number
    preview = NewsPreview(
        total=by_im.total(),
        by_im=dict(by_im),
        editions=[Edition(lang, _text_for(texts, lang), by_lang[lang]) for lang in readers.langs],
        about=counted.about,
    )
    return preview, readers


def _readers(tx: Tx, params: NewsText) -> Readers:
    service = services.by_name(tx, params.service)
    if service is None or not service.enabled:
        raise Refused("unknown_service", service=params.service[:32])
    carried = tx.settings.ims
    if not set(params.ims) <= set(carried):
        raise bad_field("ims", "value")
    if not set(params.langs) <= set(LANGS):
        raise bad_field("langs", "lang")
    return Readers(
        service_id=service.id,
        ims=tuple(im for im in carried if im in params.ims or not params.ims),
        langs=tuple(lang for lang in LANGS if lang in params.langs or not params.langs),
    )


def _texts(params: NewsText) -> dict[str, str]:
    """Return the texts as they are sent, the languages in their order."""
    if not set(params.texts) <= set(LANGS):
        raise bad_field("texts", "lang")
    texts = {lang: clean_text(params.texts.get(lang, "")).strip() for lang in LANGS}
    texts = {lang: text for lang, text in texts.items() if text}
    if not texts:
        raise bad_field("texts", "empty")
    if any(len(text) > TEXT_MAX for text in texts.values()):
        raise bad_field("texts", "long", most=TEXT_MAX)
    return texts


def _text_for(texts: dict[str, str], lang: str) -> str:
    return texts.get(lang) or next(iter(texts.values()))


def _line(found: News) -> NewsLine:
    return NewsLine(
        id=found.id,
        texts=found.texts,
        service=found.service,
        state=found.state,
        planned=found.planned,
        sent=found.sent,
        created_at=iso(found.created_at),
        ended_at=iso_or_none(found.ended_at),
    )
