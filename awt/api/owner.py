"""The account that calls a method."""

from awt.api.caller import Caller
from awt.db import users
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused


def owner(tx: Tx, caller: Caller) -> User:
    """Return the account that calls."""
    found = users.by_id(tx, caller.user)
    assert found is not None
    return found


def active_owner(tx: Tx, caller: Caller) -> User:
    """Return the account that calls, its row held until the end of the transaction.

    It may have been closed since the caller was looked up: ``account_closed``.
    """
    found = users.locked(tx, caller.user)
    if not users.is_active(found):
        raise Refused("account_closed", support=tx.settings.contact)
    assert found is not None
    return found


def in_person(caller: Caller) -> None:
    """Refuse (``forbidden``) a program with a key what only its owner may do."""
    if caller.session_id is None and caller.address is None:
        raise Refused("forbidden")
