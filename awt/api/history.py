"""The history of an account: what its owner, or somebody with his password, changed in it."""

from typing import Final

from awt.api.caller import Caller
from awt.api.registry import way_of
from awt.db import history
from awt.db.tx import Tx

EVENTS: Final = (
    "signed_in",
    "password",
    "login",
    "language",
    "timezone",
    "key",
    "address",
    "service",
    "test",
    "test_deleted",
    "test_restored",
)
"""What can happen. Of a key, an address, a service or a test, ``old`` is what went and ``new`` what came."""


def note(
    tx: Tx,
    caller: Caller,
    event: str,
    *,
    user_id: int | None = None,
    old: str | None = None,
    new: str | None = None,
) -> None:
    """Note what somebody changed in his account (or that of ``user_id``); nothing where nothing is new."""
    assert event in EVENTS
    if old is not None and old == new:
        return
    history.add(
        tx,
        caller.user if user_id is None else user_id,
        event,
        old=old or "",
        new=new or "",
        way=way_of(caller),
        network=caller.network,
    )
