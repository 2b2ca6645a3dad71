"""People invite, come, move and leave in any order: points add up, and a bonus is given once for ever."""

from contextlib import suppress
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from awt.api.catalogue import ServiceName, add_service, delete_service
from awt.api.ims import Code, ImName, add_im, confirm_im, remove_im
from awt.api.invites import (
    OF_ADDRESS,
    InviteId,
    InviteUser,
    invite_user,
    resend_invite,
    revoke_invite,
)
from awt.api.registration import CreateAccount, ImAddress, create_account
from awt.db import invites, memory
from awt.db.links import hash_token
from awt.db.schema import invite, ledger, service, temporary_link, user, user_im, user_service_im
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.address import normalise
from awt.model.messages import Invite
from awt.model.status import ACTIVE, BASE
from awt.model.times import DAY
from awt.testing.databases import Databases
from awt.testing.scale import SCALE
from awt.testing.talk import DEMO_PRICE, World
from tests.api.machines import People, Person, numbers, people
from tests.api.test_machine import check

ADDRESSES = (
    ("jabber", "ann@example.org"),
    ("jabber", "Bob@Example.org/phone"),
    ("jabber", "анна@example.org"),
    ("skype", "live:eve"),
    ("webchat", "a" * 32),
)
BROWSERS = ("b" * 32, "c" * 32)


class Society(People):
    """What people who invite one another do, and what the clock and the operator do to them."""

    everybody: ClassVar[tuple[Person, ...]] = ADDRESSES

    def __init__(self) -> None:
        super().__init__()
        self.known: set[Person] = set()
        """Addresses that were ever confirmed for an account."""
        self.stopped: set[Person] = set()
        for person in ADDRESSES[:2]:
            self.join(person)

    def teardown(self) -> None:
        self.everything_adds_up()

    def heard(self, method: Any, *args: Any) -> None:
        """Call a method that writes to strangers: not to those who are none, or want no messages."""
        read = len(self.world.messages)
        self.attempt(method, *args)
        for message in self.world.messages[read:]:
            if isinstance(message.body, Invite):
                person = (message.queue.rpartition(".")[2], message.body.address)
                assert person not in self.known | self.stopped

    @rule(person=people, text=st.sampled_from(("hello", "#menu", "#loginlink", "stop", "#points")))
    def write(self, person: Person, text: str) -> None:
        self.world.chat(*person).say(text)
        if text == "stop" and (not (found := self.world.user(*person)) or found.status == ACTIVE):
            self.stopped.add(_normal(person))

    @rule(
        person=people,
        event=st.sampled_from(("subscribe", "authorised", "refused", "removed", "unreachable")),
    )
    def do(self, person: Person, event: str) -> None:
        self.world.chat(*person).event(event)

    @rule(person=people, inviter=people, browser=st.sampled_from(BROWSERS))
    def register(self, person: Person, inviter: Person, browser: str) -> None:
        found = self.world.user(*inviter)
        kind, address = person
        params = CreateAccount(
            addresses=[ImAddress(kind=kind, address=address)],
            invited_by=found.hash if found else "0" * 32,
        )
        self.attempt(create_account, self.world.browser(browser), params)

    @rule(number=numbers, browser=st.none() | st.sampled_from(BROWSERS))
    def click(self, number: int, browser: str | None) -> None:
        """Use one of the links that were sent; what a bonus is given for is compared with a model."""
        links = [m.secret for m in self.world.messages if m.secret and "/activate?" in m.secret]
        if not links:
            return
        link = links[-1 - number % len(links)]
        before = self.world.run(_bonuses)
        person = self.world.run(_address_of, link)
        with suppress(Refused):
            self.world.click(link, caller=self.world.browser(browser))
            assert person is not None
            given = [row for row in self.world.run(_bonuses) if row not in before]
            kinds = [kind for kind, _, _ in given]
            if person in self.known:
                assert given == [], "an address that had an account gets nothing again"
            elif person[0] == "webchat":
                assert kinds == ["SIGN_UP_BONUS"]
            else:
                assert kinds.count("SIGN_UP_BONUS") == 1
                assert kinds.count("INVITE_BONUS") <= 2
                assert len({owner for _, owner, _ in given}) == max(1, len(kinds) - 1)
                self.known.add(person)

    @rule(person=people)
    def join(self, person: Person) -> None:
        """Write, and click what comes."""
        self.world.wait(61)
        self.write(person, "hello")
        self.click(0, None)

    @rule(person=people, other=people, accept=st.sampled_from(("authorised", "subscribe", "write")))
    def bring(self, person: Person, other: Person, accept: str) -> None:
        """Invite somebody, who comes."""
        self.invite(person, other)
        if accept == "write":
            self.join(other)
        else:
            self.world.wait(61)
            self.do(other, accept)
            self.click(0, None)

    @rule(person=people, other=people)
    def move(self, person: Person, other: Person) -> None:
        """Take one more address, or another in its place."""
        self.world.wait(61)
        self.add(person, other)
        self.confirm(person, 0)

    @rule(person=people)
    def vanish(self, person: Person) -> None:
        """Close the account, and be forgotten as far as anybody is."""
        self.close(person)
        self.world.wait(4_000_000)
        self.collect()

    @rule(person=people, other=people)
    def come_again(self, person: Person, other: Person) -> None:
        """Vanish, be invited all the same, and register through the inviter's link."""
        self.join(other)
        self.vanish(other)
        self.invite(person, other)
        self.world.wait(61)
        self.register(other, person, BROWSERS[0])
        self.click(0, BROWSERS[0])

    @rule(person=people, other=people)
    def insist(self, person: Person, other: Person) -> None:
        """Invite somebody who has just said that he does not want it."""
        self.write(other, "stop")
        self.invite(person, other)

    @rule(person=people, other=people)
    def invite_and_go(self, person: Person, other: Person) -> None:
        """Close the account while an invite is on its way."""
        self.invite(person, other)
        self.close(person)

    @rule(person=people, other=people)
    def invite(self, person: Person, other: Person) -> None:
        if caller := self.caller(person):
            kind, address = other
            self.heard(invite_user, caller, InviteUser(kind=kind, address=address))

    @rule(person=people, number=numbers)
    def send_again(self, person: Person, number: int) -> None:
        if caller := self.caller(person):
            self.heard(resend_invite, caller, InviteId(id=number))

    @rule(person=people, number=numbers)
    def revoke(self, person: Person, number: int) -> None:
        if caller := self.caller(person):
            self.attempt(revoke_invite, caller, InviteId(id=number))

    @rule(person=people, other=people)
    def add(self, person: Person, other: Person) -> None:
        if caller := self.caller(person):
            self.attempt(add_im, caller, ImName(kind=other[0], address=other[1]))

    @rule(person=people, number=numbers)
    def confirm(self, person: Person, number: int) -> None:
        codes = [m.secret for m in self.world.messages if m.secret and "/" not in m.secret]
        if (caller := self.caller(person)) and codes:
            code = codes[-1 - number % len(codes)]
            added = self.attempt(confirm_im, caller, Code(code=code.lower()))
            if added is not None:
                self.known.add((added.kind, added.address))

    @rule(person=people, other=people)
    def remove(self, person: Person, other: Person) -> None:
        if caller := self.caller(person):
            self.attempt(remove_im, caller, ImName(kind=other[0], address=other[1]))

    @rule(person=people)
    def buy(self, person: Person) -> None:
        if caller := self.caller(person):
            found = self.world.user(*person)
            assert found is not None
            bought = self.attempt(add_service, caller, ServiceName(short_name="demo"))
            assert bought is None or bought.balance == found.points - DEMO_PRICE

    @rule(person=people)
    def give_back(self, person: Person) -> None:
        if caller := self.caller(person):
            self.attempt(delete_service, caller, ServiceName(short_name="demo"))

    @invariant()
    def everything_adds_up(self) -> None:
        self.world.run(check)
        self.world.run(_check_invites, self.known)


def _normal(person: Person) -> Person:
    return person[0], normalise(*person)


def _bonuses(tx: Tx) -> list[tuple[str, int, int]]:
    rows = tx.conn.execute(
        select(ledger.c.type, ledger.c.user_id, ledger.c.id).where(ledger.c.type.like("%_BONUS"))
    )
    return [(row.type, row.user_id, row.id) for row in rows]


def _address_of(tx: Tx, link: str) -> Person | None:
    """Return where a link went, None when its row is gone."""
    token = hash_token(link.rpartition("salt=")[2])
    row = tx.conn.execute(
        select(temporary_link.c.kind, temporary_link.c.address).where(
            temporary_link.c.token_hash == token
        )
    ).first()
    return None if row is None else (row.kind, row.address)


def _check_invites(tx: Tx, known: set[Person]) -> None:
    accounts = {row.id: row for row in tx.conn.execute(select(user))}
    confirmed = [
        (row.kind, row.address)
        for row in tx.conn.execute(select(user_im).where(user_im.c.state == "confirmed"))
        if row.kind != "webchat"
    ]
    assert len(confirmed) == len(set(confirmed)), "an address belongs to one account"
    assert set(confirmed) <= known
    for person in known:
        assert memory.had_account(tx, *person)
    lately: dict[Person, int] = {}
    for row in tx.conn.execute(select(invite)):
        assert row.kind != "webchat"
        assert row.purge_after >= min(row.expires_at, row.created_at + DAY)
        assert row.inviter_id != row.user_id
        if row.status == invites.OPEN:
            assert accounts[row.inviter_id].status == ACTIVE or row.expires_at <= tx.now
        if row.created_at > tx.now - DAY:
            lately[row.kind, row.address] = lately.get((row.kind, row.address), 0) + 1
    assert all(count <= OF_ADDRESS for count in lately.values())
    base = tx.conn.execute(select(service.c.id).where(service.c.short_name == BASE)).scalar_one()
    for row in tx.conn.execute(select(user_service_im).where(user_service_im.c.service_id == base)):
        assert row.user_id in accounts


@pytest.mark.parametrize(("engine", "examples"), [("sqlite", 30), ("mariadb", 5)])
def test_people_come_by_invites_and_leave_as_they_like(
    databases: Databases, engine: str, examples: int
) -> None:
    with getattr(databases, engine)() as url, World(url) as world:
        machine = type("Society", (Society,), {"world": world})
        run_state_machine_as_test(
            machine,
            settings=settings(max_examples=examples * SCALE, stateful_step_count=25),
        )
