"""``#loginlink``: a link that signs in on the site, once."""

from awt.api.registry import Nothing
from awt.api.signing import login_link
from awt.chat.talk import Command, Talk


def _run(talk: Talk, _rest: str) -> None:
    login_link(talk.tx, talk.caller, Nothing())


LOGINLINK = Command(name="loginlink", aliases=("login",), run=_run)
