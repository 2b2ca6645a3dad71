"""What transports ask: who may be connected, and whom an assistant writes to."""

from typing import Annotated, Final

import msgspec

from awt.api.caller import NODES, Caller
from awt.api.registry import Done, Methods, Params
from awt.db import leases, services
from awt.db.tx import Tx
from awt.errors import Refused, bad_field
from awt.model.status import KINDS
from awt.model.times import SECOND

methods = Methods()

LEASE: Final = 10 * SECOND
"""How long a lease lasts that is not renewed: what stands by is connected within 15 s."""
PAGE: Final = 500
"""Contacts that one call returns, at most."""


class LeaseName(Params, frozen=True):
    """A service on a transport (the kind of its IM). ``instance``: when the process started, in ms."""

    service: str
    transport: str
    instance: int


class Leased(msgspec.Struct, frozen=True):
    """Whether the caller has the lease, for how many seconds it is whose."""

    held: bool
    seconds: float
    holder: str


class ContactsOf(Params, frozen=True):
    """The assistant of a service on an IM; ``after`` is ``next`` of the page before."""

    service: str
    im: str
    after: int = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE)] = PAGE


class Contact(msgspec.Struct, frozen=True):
    """Somebody on the assistant's list; ``authorised`` is false while he was only asked."""

    address: str
    authorised: bool


class Contacts(msgspec.Struct, frozen=True):
    """A page of contacts. ``next`` is null after the last one."""

    contacts: list[Contact]
    next: int | None


@methods.method(callers=NODES, params=LeaseName, result=Leased)
def take_lease(tx: Tx, caller: Caller, params: LeaseName) -> Leased:
    """Take or renew the right to be connected to an IM network for a service.

    Errors: ``unknown_service``, ``bad_request``, ``forbidden``.
    """
    caller.has_to_speak_for(params.service, params.transport)
    _known(tx, params.service, params.transport, "transport")
    node = caller.node or ""
    found = leases.take(
        tx,
        params.service,
        params.transport,
        holder=node,
        instance=params.instance,
        milliseconds=LEASE,
    )
    return Leased(
        held=(found.holder, found.instance) == (node, params.instance),
        seconds=(found.expires_at - tx.now) / SECOND,
        holder=found.holder,
    )


@methods.method(callers=NODES, params=LeaseName)
def release_lease(tx: Tx, caller: Caller, params: LeaseName) -> Done:
    """Give a lease back, so that another node connects at once."""
    leases.release(
        tx, params.service, params.transport, holder=caller.node or "", instance=params.instance
    )
    return Done()


@methods.method(callers=NODES, params=ContactsOf, result=Contacts, read_only=True)
def list_contacts(tx: Tx, caller: Caller, params: ContactsOf) -> Contacts:
    """List whom the assistant of a service writes to on an IM: the network keeps no such list for it.

    Errors: ``unknown_service``, ``bad_request``, ``forbidden``.
    """
    caller.has_to_speak_for(params.service, params.im)
    service = _known(tx, params.service, params.im, "im")
    rows = services.contacts(tx, service, params.im, after=params.after, limit=params.limit)
    return Contacts(
        contacts=[Contact(address, authorised) for _, address, authorised in rows],
        next=rows[-1][0] if len(rows) == params.limit else None,
    )


def _known(tx: Tx, short_name: str, kind: str, name: str) -> int:
    """Return the id of an enabled service, for a kind of IM that there is."""
    if kind not in KINDS:
        raise bad_field(name, "value")
    found = services.by_name(tx, short_name)
    if found is None or not found.enabled:
        raise Refused("unknown_service", service=short_name[:32])
    return found.id
