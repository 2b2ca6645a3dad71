"""``#whoami``: the account as it is known."""

from awt.api.account import get_account
from awt.api.registry import Nothing
from awt.chat.talk import Command, Reply, Talk


def _run(talk: Talk, _rest: str) -> Reply:
    account = get_account(talk.tx, talk.caller, Nothing())
    lines = [
        talk.t("whoami-name", name=talk.account.name),
        talk.t("whoami-balance", balance=account.points),
        talk.t("whoami-place", lang=account.lang, timezone=account.timezone),
    ]
    lines += [
        talk.t("whoami-im", kind=im.kind, address=im.address, state=im.state)
        for im in account.ims
        if im.kind != "webchat"
    ]
    if any(im.kind == "webchat" for im in account.ims):
        lines.append(talk.t("whoami-webchat"))
    return Reply("\n".join(lines), (talk.choice("menu"), talk.choice("loginlink")))


WHOAMI = Command(name="whoami", run=_run)
