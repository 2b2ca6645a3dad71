"""``#news TEXT``: tell everybody, after a look at who gets what.

A line that begins with a language (``en:``, ``ru:``) begins the text of that language; a text without such
lines is for all.
"""

import re
from typing import Final

from awt.api.news import NewsText, preview_news, send_news
from awt.chat.talk import Command, Reply, Talk
from awt.model.status import LANGS

_BEGINS: Final = re.compile(rf"^({'|'.join(LANGS)}):[ \t]*", re.MULTILINE | re.IGNORECASE)


def _params(talk: Talk, rest: str) -> NewsText:
    before, *parts = _BEGINS.split(rest)
    texts = {lang.lower(): text.strip() for lang, text in zip(parts[::2], parts[1::2], strict=True)}
    if before.strip():
        texts.setdefault(talk.lang, before.strip())
    return NewsText(texts=texts)


def _run(talk: Talk, rest: str) -> Reply:
    if not rest:
        return Reply(talk.t("news-what"), (talk.choice("help"),))
    sent = send_news(talk.tx, talk.administrator, _params(talk, rest))
    count = sum(sent.planned.values())
    return Reply(talk.t("news-done", count=count), (talk.choice("queues"),))


def _confirm(talk: Talk, rest: str) -> str:
    if not rest:
        return ""
    shown = preview_news(talk.tx, talk.administrator, _params(talk, rest))
    lines = []
    for edition in shown.editions:
        lines += [talk.t("news-edition", lang=edition.lang, count=edition.readers), edition.text]
    by_im = ", ".join(f"{im} {count}" for im, count in shown.by_im.items())
    if shown.about:
        lines += ["", talk.t("news-about")]
    return "\n".join([*lines, "", talk.t("news-confirm", count=shown.total, ims=by_im or "-")])


NEWS = Command(name="news", run=_run, confirm=_confirm, for_admins=True)
