"""``#menu``: what the user has, and what to do next."""

from awt.api.catalogue import menu
from awt.api.registry import Nothing
from awt.chat.talk import Command, Reply, Talk


def _run(talk: Talk, _rest: str) -> Reply:
    found = menu(talk.tx, talk.caller, Nothing())
    lines = [talk.t("menu-head", name=talk.account.name, balance=talk.account.points)]
    lines += [talk.t("menu-line", title=s.title, name=s.short_name) for s in found.services]
    next_ones = ("services", "balance", "loginlink", "help")
    return Reply("\n".join(lines), tuple(talk.choice(name) for name in next_ones))


MENU = Command(name="menu", run=_run)
