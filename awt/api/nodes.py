"""Nodes: added by operators, asked for what they may say."""

import re
from typing import Final

import msgspec

from awt.api.caller import NODES, OPERATORS, Caller, Who, no_key
from awt.api.registry import Methods, Params
from awt.db import leases, nodes
from awt.db.nodes import Node
from awt.db.tx import Tx
from awt.errors import Refused, bad_field
from awt.model.status import KINDS
from awt.model.times import iso

methods = Methods()

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
MOST: Final = 10
"""Most services, IMs or types that a node is limited to; one with more is limited to none."""


class AddNode(Params, frozen=True):
    """A node. ``amqp_user`` is its user at the broker, its name by default; empty lists mean all."""

    name: str
    amqp_user: str | None = None
    services: list[str] = msgspec.field(default_factory=list)
    ims: list[str] = msgspec.field(default_factory=list)
    types: list[str] = msgspec.field(default_factory=list)


class NodeName(Params, frozen=True):
    """A node."""

    name: str


class NodeLine(msgspec.Struct, frozen=True):
    """A node in one line: what it may speak for and run; empty lists mean all."""

    name: str
    amqp_user: str
    services: list[str]
    ims: list[str]
    types: list[str]
    created_at: str


class NodeToken(msgspec.Struct, frozen=True):
    """A node with its token, which is shown once."""

    node: NodeLine
    token: str


class Connected(msgspec.Struct, frozen=True):
    """Who is, or was until ``expires_at``, connected to an IM for a service."""

    service: str
    im: str
    holder: str
    since: str
    expires_at: str
    live: bool


class NodeList(msgspec.Struct, frozen=True):
    """All nodes, by name, and the connections that they hold."""

    nodes: list[NodeLine]
    connections: list[Connected]


class ThisNode(msgspec.Struct, frozen=True):
    """The node that asks, and the time at which it was answered."""

    node: NodeLine
    now: str


class MaySpeak(Params, frozen=True):
    """A user of the broker, and the assistant that he says something to."""

    amqp_user: str
    service: str
    im: str


class Spoken(msgspec.Struct, frozen=True):
    """Whether it may be said."""

    may: bool


@methods.method(callers=OPERATORS, params=AddNode, result=NodeToken)
def add_node(tx: Tx, caller: Caller, params: AddNode) -> NodeToken:
    """Add a node, and make the token that it shows. A key may not do so.

    Errors: ``bad_request``, ``node_taken``, ``forbidden``.
    """
    no_key(caller)
    user = params.name if params.amqp_user is None else params.amqp_user
    for field, name in (("name", params.name), ("amqp_user", user)):
        if not _NAME.fullmatch(name):
            raise bad_field(field, "characters")
    for field, words in (("services", params.services), ("types", params.types)):
        if len(words) > MOST or not all(map(_WORD.fullmatch, words)):
            raise bad_field(field, "value")
    if not set(params.ims) <= set(KINDS):
        raise bad_field("ims", "value")
    if nodes.by_name(tx, params.name) or nodes.by_amqp_user(tx, user):
        raise Refused("node_taken", node=params.name)
    token = nodes.create(
        tx,
        params.name,
        amqp_user=user,
        services=tuple(params.services),
        ims=tuple(params.ims),
        types=tuple(params.types),
    )
    return NodeToken(_line(_known(tx, params.name)), token)


@methods.method(callers=OPERATORS, params=NodeName, result=NodeToken)
def renew_node(tx: Tx, caller: Caller, params: NodeName) -> NodeToken:
    """Give a node a new token; the old one is worth nothing from now on. A key may not do so.

    Errors: ``unknown_node``, ``forbidden``.
    """
    no_key(caller)
    known = _known(tx, params.name)
    return NodeToken(_line(known), nodes.renew(tx, known.name))


@methods.method(callers=OPERATORS, result=NodeList, read_only=True)
def list_nodes(tx: Tx, _caller: Caller, _params: object) -> NodeList:
    """List the nodes, and who is connected to which IM."""
    return NodeList(
        nodes=[_line(node) for node in nodes.every(tx)],
        connections=[
            Connected(
                service=service,
                im=im,
                holder=held.holder,
                since=iso(held.instance),
                expires_at=iso(held.expires_at),
                live=held.expires_at > tx.now,
            )
            for service, im, held in leases.every(tx)
        ],
    )


@methods.method(callers=NODES, result=ThisNode, read_only=True)
def get_node(tx: Tx, caller: Caller, _params: object) -> ThisNode:
    """Show the node that asks: what it may speak for and run.

    Errors: ``unknown_node``.
    """
    return ThisNode(_line(_known(tx, caller.node or "")), iso(tx.now))


@methods.method(callers=NODES, params=MaySpeak, result=Spoken, read_only=True)
def may_speak(tx: Tx, _caller: Caller, params: MaySpeak) -> Spoken:
    """Tell whether a user of the broker speaks for an assistant."""
    node = nodes.by_amqp_user(tx, params.amqp_user)
    return Spoken(node is not None and caller_of(node).speaks_for(params.service, params.im))


def caller_of(node: Node) -> Caller:
    """Return who a node is to the methods."""
    return Caller(
        who=Who.NODE,
        node=node.name,
        services=node.services,
        ims=node.ims,
        types=node.types,
    )


def _known(tx: Tx, name: str) -> Node:
    found = nodes.by_name(tx, name)
    if found is None:
        raise Refused("unknown_node", node=name[:80])
    return found


def _line(node: Node) -> NodeLine:
    return NodeLine(
        name=node.name,
        amqp_user=node.amqp_user,
        services=list(node.services),
        ims=list(node.ims),
        types=list(node.types),
        created_at=iso(node.created_at),
    )
