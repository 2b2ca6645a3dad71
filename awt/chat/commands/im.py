"""``#im``: the addresses of the account; add one, enter its code, remove one."""

from awt.api.account import get_account
from awt.api.ims import Code, ImName, add_im, confirm_im, remove_im
from awt.api.registry import Nothing
from awt.chat.talk import Command, Reply, Talk
from awt.model.address import guess
from awt.model.speech import first_word


def _run(talk: Talk, rest: str) -> Reply:
    word, what = first_word(rest)
    does = _WORDS.get(word.lower())
    if does is None or not what:
        return _show(talk)
    return does(talk, what)


def _show(talk: Talk) -> Reply:
    ims = get_account(talk.tx, talk.caller, Nothing()).ims
    lines = [talk.t("im-head")]
    lines += [
        talk.t("whoami-im", kind=im.kind, address=im.address, state=im.state)
        for im in ims
        if im.kind != "webchat"
    ]
    if any(im.kind == "webchat" for im in ims):
        lines.append(talk.t("whoami-webchat"))
    return Reply("\n".join([*lines, talk.t("im-how")]), (talk.choice("menu"),))


def _add(talk: Talk, what: str) -> Reply:
    kind, address = guess(what)
    asked = add_im(talk.tx, talk.caller, ImName(kind=kind, address=address))
    text = talk.t("im-asked", address=asked.address)
    if asked.replaces is not None:
        text += "\n" + talk.t("im-replaces", address=asked.replaces)
    return Reply(text, (talk.choice("im"),))


def _code(talk: Talk, what: str) -> Reply:
    added = confirm_im(talk.tx, talk.caller, Code(code=what))
    return Reply(talk.t("im-done", address=added.address), (talk.choice("im"), talk.choice("menu")))


def _remove(talk: Talk, what: str) -> Reply:
    kind, address = guess(what)
    remove_im(talk.tx, talk.caller, ImName(kind=kind, address=address))
    return Reply(talk.t("im-removed", address=address), (talk.choice("im"),))


def _confirm(talk: Talk, rest: str) -> str:
    word, what = first_word(rest)
    if _WORDS.get(word.lower()) is not _remove or not what:
        return ""
    return talk.t("im-confirm", address=guess(what)[1])


_WORDS = {"add": _add, "code": _code, "del": _remove, "delete": _remove}

IM = Command(name="im", run=_run, confirm=_confirm)
