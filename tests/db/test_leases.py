"""Leases on connections, and whom assistants write to; on both engines."""

import pytest

from awt.api.caller import Caller, Who
from awt.api.transports import (
    LEASE,
    ContactsOf,
    LeaseName,
    list_contacts,
    release_lease,
    take_lease,
)
from awt.db import services, users
from awt.errors import Refused
from awt.model.status import ACTIVE, REJECTED
from awt.model.times import SECOND
from awt.testing.talk import World


def node(name: str) -> Caller:
    return Caller(who=Who.NODE, node=name)


def take(world: World, name: str, instance: int = 1, service: str = "base") -> bool:
    wanted = LeaseName(service=service, transport="jabber", instance=instance)
    return bool(world.run(take_lease, node(name), wanted).held)


def test_one_node_has_the_lease_until_it_is_over(world: World) -> None:
    assert take(world, "c1")
    assert not take(world, "c2")
    assert take(world, "c2", service="webtest")
    world.wait(LEASE / SECOND - 1)
    assert take(world, "c1")
    world.wait(LEASE / SECOND - 1)
    assert not take(world, "c2")
    world.wait(2)
    assert take(world, "c2")
    assert not take(world, "c1")


def test_a_lease_that_is_given_back_is_free_at_once(world: World) -> None:
    assert take(world, "c1")
    wanted = LeaseName(service="base", transport="jabber", instance=1)
    world.run(release_lease, node("c2"), wanted)
    assert not take(world, "c2")
    world.run(release_lease, node("c1"), wanted)
    assert take(world, "c2")


def test_of_two_processes_of_a_node_the_newer_has_the_lease(world: World) -> None:
    assert take(world, "c1", 1)
    assert take(world, "c1", 2)
    assert not take(world, "c1", 1)


def test_who_has_it_for_how_long_is_told(world: World) -> None:
    take(world, "c1")
    world.wait(4)
    wanted = LeaseName(service="base", transport="jabber", instance=1)
    found = world.run(take_lease, node("c2"), wanted)
    assert (found.held, found.holder, found.seconds) == (False, "c1", LEASE / SECOND - 4)


@pytest.mark.parametrize(
    ("service", "transport", "code"),
    [("nothing", "jabber", "unknown_service"), ("base", "pigeon", "bad_request")],
)
def test_a_lease_is_of_a_service_and_a_network(
    service: str, transport: str, code: str, world: World
) -> None:
    wanted = LeaseName(service=service, transport=transport, instance=1)
    with pytest.raises(Refused, match=code):
        world.run(take_lease, node("c1"), wanted)


def test_contacts_are_those_who_may_be_written_to_page_by_page(world: World) -> None:
    for name in ("ann", "bob", "cid", "dan", "eve"):
        world.member("jabber", f"{name}@example.org")
    world.member("webchat", "ab" * 16)
    world.chat("jabber", "new@example.org").say("hello")
    bob, cid = (world.user("jabber", f"{name}@example.org") for name in ("bob", "cid"))
    assert bob is not None
    assert cid is not None
    base = world.run(services.base).id
    world.run(services.set_im_state, bob.id, base, "jabber", REJECTED)
    world.run(users.change, cid.id, status="BL")
    pages = []
    after: int | None = 0
    while after is not None:
        wanted = ContactsOf(service="base", im="jabber", after=after, limit=2)
        page = world.run(list_contacts, node("c1"), wanted)
        pages.append([contact.address.partition("@")[0] for contact in page.contacts])
        assert all(contact.authorised for contact in page.contacts)
        after = page.next
    assert pages == [["ann", "dan"], ["eve"]]
    world.chat("jabber", "ann@example.org", service="webtest").say("#help")
    wanted = ContactsOf(service="webtest", im="jabber")
    assert [c.address for c in world.run(list_contacts, node("c1"), wanted).contacts] == [
        "ann@example.org"
    ]
    ann = world.user("jabber", "ann@example.org")
    assert ann is not None
    webtest = world.run(services.by_name, "webtest")
    assert webtest is not None
    assert world.run(services.status, ann.id, webtest.id) == ACTIVE
