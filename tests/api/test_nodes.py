"""Nodes without a database: added by operators, and limited to what they speak for."""

from typing import Any

import pytest

from awt.api import nodes, runs, transports
from awt.api.caller import LOCAL_NODE, Caller, Who
from awt.api.nodes import AddNode, MaySpeak, NodeName, NodeToken, caller_of
from awt.api.registry import Nothing
from awt.api.runs import ClaimTasks
from awt.api.transports import ContactsOf, LeaseName
from awt.chat.gate import Hear, ImEvent
from awt.db import nodes as rows
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.times import iso
from awt.testing.talk import World

OPERATOR = Caller(who=Who.OPERATOR)
KEY = Caller(who=Who.ADMIN, user_id=1)


def add(world: World, name: str = "c1", **limits: Any) -> NodeToken:
    made: NodeToken = world.run(nodes.add_node, OPERATOR, AddNode(name=name, **limits))
    return made


def caller(world: World, token: str) -> Caller:
    def find(tx: Tx) -> Caller:
        found = rows.by_token(tx, token)
        assert found is not None
        return caller_of(found)

    return world.run(find)


def code(world: World, *call: Any) -> str:
    with pytest.raises(Refused) as caught:
        world.run(*call)
    return caught.value.code


def test_a_node_is_known_by_its_newest_token_alone(world: World) -> None:
    first = add(world)
    second = world.run(nodes.renew_node, OPERATOR, NodeName(name="c1"))
    assert first.token != second.token
    assert caller(world, second.token).node == "c1"
    with pytest.raises(AssertionError):
        caller(world, first.token)
    assert [n.name for n in world.run(nodes.list_nodes, OPERATOR, Nothing()).nodes] == ["c1"]


def test_a_name_and_a_user_of_the_broker_are_one_nodes(world: World) -> None:
    add(world)
    assert code(world, nodes.add_node, OPERATOR, AddNode(name="c1")) == "node_taken"
    other = AddNode(name="c2", amqp_user="c1")
    assert code(world, nodes.add_node, OPERATOR, other) == "node_taken"
    assert code(world, nodes.renew_node, OPERATOR, NodeName(name="c9")) == "unknown_node"


def test_a_key_adds_no_nodes(world: World) -> None:
    assert code(world, nodes.add_node, KEY, AddNode(name="c1")) == "forbidden"
    assert code(world, nodes.renew_node, KEY, NodeName(name="c1")) == "forbidden"


def test_a_node_learns_what_it_may_speak_for(world: World) -> None:
    made = add(world, services=["base"], ims=["jabber"], types=["http"])
    said = world.run(nodes.get_node, caller(world, made.token), None)
    assert said.node == made.node
    assert said.now == iso(world.now)
    assert code(world, nodes.get_node, LOCAL_NODE, None) == "unknown_node"


def test_a_node_is_refused_what_it_does_not_speak_for(world: World) -> None:
    made = add(world, services=["base"], ims=["jabber"], types=["firefox"])
    node = caller(world, made.token)
    for service, im in (("webtest", "jabber"), ("base", "skype")):
        hear = Hear(
            service=service, im=im, address="a@x.org", text="hi", message_id="m", received_at=1
        )
        event = ImEvent(service=service, im=im, address="a@x.org", event="removed", event_id="e")
        lease = LeaseName(service=service, transport=im, instance=1)
        assert code(world, world.gate.hear, node, hear) == "forbidden"
        assert code(world, world.gate.im_event, node, event) == "forbidden"
        assert code(world, transports.take_lease, node, lease) == "forbidden"
        contacts = ContactsOf(service=service, im=im)
        assert code(world, transports.list_contacts, node, contacts) == "forbidden"
        said = MaySpeak(amqp_user="c1", service=service, im=im)
        assert not world.run(nodes.may_speak, node, said).may
    claim = ClaimTasks(types=["http"], free_slots=1)
    assert code(world, runs.claim_tasks, node, claim) == "forbidden"
    assert world.run(
        nodes.may_speak, node, MaySpeak(amqp_user="c1", service="base", im="jabber")
    ).may
    assert not world.run(
        nodes.may_speak, node, MaySpeak(amqp_user="nobody", service="base", im="jabber")
    ).may
