"""``#lang [en|ru]``: the language of the chat and the site."""

from awt.api.account import UpdateAccount, update_account
from awt.chat.talk import Command, Reply, Talk
from awt.model.messages import Choice
from awt.model.status import LANGS


def _run(talk: Talk, rest: str) -> Reply:
    if not rest:
        choices = tuple(Choice(talk.tx.texts(lang, "lang-name"), f"#lang {lang}") for lang in LANGS)
        return Reply(talk.t("lang-which", lang=talk.t("lang-name")), choices)
    update_account(talk.tx, talk.caller, UpdateAccount(lang=rest.lower()[:8]))
    talk.lang = rest.lower()
    return Reply(talk.t("lang-done"), (talk.choice("help"), talk.choice("menu")))


LANG = Command(name="lang", run=_run)
