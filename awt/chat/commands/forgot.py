"""``#forgot``: a link that sets a new password, once."""

from awt.api.registry import Nothing
from awt.api.signing import forgot_password
from awt.chat.talk import Command, Talk


def _run(talk: Talk, _rest: str) -> None:
    forgot_password(talk.tx, talk.caller, Nothing())


FORGOT = Command(name="forgot", aliases=("forgotpass",), run=_run)
