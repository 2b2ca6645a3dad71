"""Whatever happens in whatever order: the ledger adds up, and nobody gets what is not his."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from awt.api.caller import Caller, Who
from awt.api.catalogue import ServiceName, add_service, delete_service
from awt.api.claims import (
    ClaimTasks,
    FinishTask,
    Heartbeat,
    RecoverTasks,
    claim_tasks,
    finish_task,
    heartbeat,
    recover_tasks,
)
from awt.api.operating import Adjust, adjust
from awt.api.registration import CreateAccount, create_account
from awt.api.runs import RunTest, run_test
from awt.db.schema import ledger, session, task, temporary_link, user, user_im
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.actions import ActionResult
from awt.model.status import ACTIVE, BLOCKED, DELETED, NEW
from awt.testing.databases import Databases
from awt.testing.scale import SCALE
from awt.testing.talk import World
from tests.api.machines import OPERATOR, People, Person, numbers, people

ADDRESSES = ("ann@example.org", "bob@example.org", "eve@example.org")
BROWSERS = ("a" * 32, "b" * 32)

nodes = st.sampled_from(("c1", "c2"))


class Installation(People):
    """What people, nodes, operators and the clock do to an installation."""

    everybody = tuple(("jabber", address) for address in ADDRESSES)

    def __init__(self) -> None:
        super().__init__()
        self.claimed: list[tuple[str, int, int, int]] = []
        self.steps = 0
        self.world.member("jabber", ADDRESSES[0])
        self.world.chat("jabber", ADDRESSES[1]).say("hello")

    def teardown(self) -> None:
        self.world.run(check)

    @rule(person=people, text=st.sampled_from(("hello", "#menu", "#loginlink", "#forgot")))
    def write(self, person: Person, text: str) -> None:
        self.world.chat(*person).say(text)

    @rule(first=people, second=people, browser=st.sampled_from(BROWSERS))
    def register(self, first: Person, second: Person, browser: str) -> None:
        params = CreateAccount(jabber=first[1], skype=second[1].partition("@")[0], password=None)
        self.attempt(create_account, self.world.browser(browser), params, "hash")

    @rule(number=numbers, browser=st.sampled_from(BROWSERS))
    def click(self, number: int, browser: str) -> None:
        links = [m.secret for m in self.world.messages if m.secret]
        if links:
            with suppress(Refused):
                link = links[-1 - number % len(links)]
                self.world.click(link, caller=self.world.browser(browser))

    @rule(person=people, name=st.sampled_from(("webtest", "demo")), who=st.sampled_from(list(Who)))
    def add(self, person: Person, name: str, who: Who) -> None:
        who = who if who is Who.CHAT else Who.USER
        if caller := self.caller(person, who=who):
            self.attempt(add_service, caller, ServiceName(short_name=name))

    @rule(person=people, name=st.sampled_from(("webtest", "demo", "base")))
    def remove(self, person: Person, name: str) -> None:
        if caller := self.caller(person):
            self.attempt(delete_service, caller, ServiceName(short_name=name))

    @rule(person=people)
    def start(self, person: Person) -> None:
        if caller := self.caller(person, who=Who.CHAT):
            self.attempt(run_test, caller, RunTest(url="example.org", text="hello"))

    @rule(node=nodes, person=people, good=st.booleans())
    def run_through(self, node: str, person: Person, good: bool) -> None:  # noqa: FBT001 - drawn
        self.start(person)
        self.claim(node)
        self.finish(0, good)

    @rule(node=nodes)
    def claim(self, node: str) -> None:
        caller = Caller(who=Who.NODE, node=node)
        found = self.world.run(claim_tasks, caller, ClaimTasks(types=["http"], free_slots=2))
        self.claimed += [(node, t.id, t.attempt, len(t.actions)) for t in found.tasks]

    @rule(number=numbers, good=st.booleans())
    def finish(self, number: int, good: bool) -> None:  # noqa: FBT001 - drawn
        if self.claimed:
            node, number_, attempt, count = self.claimed[-1 - number % len(self.claimed)]
            results = [ActionResult(status="succeeded" if good else "failed")] * count
            params = FinishTask(task=number_, attempt=attempt, results=results)
            self.world.run(finish_task, Caller(who=Who.NODE, node=node), params)

    @rule(number=numbers)
    def beat(self, number: int) -> None:
        if self.claimed:
            node, number_, attempt, _ = self.claimed[-1 - number % len(self.claimed)]
            params = Heartbeat(task=number_, attempt=attempt)
            self.world.run(heartbeat, Caller(who=Who.NODE, node=node), params)

    @rule(node=nodes, restarted=st.booleans())
    def recover(self, node: str, restarted: bool) -> None:  # noqa: FBT001 - drawn
        params = RecoverTasks(restarted=restarted)
        self.world.run(recover_tasks, Caller(who=Who.NODE, node=node), params)

    @rule(person=people, amount=st.integers(-300, 300).filter(bool))
    def adjust(self, person: Person, amount: int) -> None:
        self.attempt(adjust, OPERATOR, Adjust(user=person[1], amount=amount))

    @invariant()
    def everything_adds_up(self) -> None:
        self.steps += 1
        if self.steps % 5 == 0:
            self.world.run(check)


def check(tx: Tx) -> None:
    """Assert what holds whatever happened."""
    accounts = {row.id: row for row in tx.conn.execute(select(user))}
    _check_accounts(tx, accounts)
    _check_ways_in(tx, accounts)
    _check_ledger(tx)


def _check_accounts(tx: Tx, accounts: dict[int, Any]) -> None:
    total = select(ledger.c.user_id, func.sum(ledger.c.amount)).group_by(ledger.c.user_id)
    sums = {row[0]: row[1] for row in tx.conn.execute(total)}
    for number, account in accounts.items():
        assert account.points == sums.get(number, 0)
        if account.status in {DELETED, BLOCKED}:
            assert account.password is None
        else:
            assert (account.purge_after is None) == (account.status == ACTIVE)
    for row in tx.conn.execute(select(user_im)):
        confirmed = row.state == "confirmed"
        assert row.confirmed_address == (f"{row.kind}:{row.address}" if confirmed else None)
        assert not confirmed or accounts[row.user_id].status != NEW


def _check_ways_in(tx: Tx, accounts: dict[int, Any]) -> None:
    live = select(session.c.user_id).where(
        session.c.user_id.is_not(None), session.c.ended_at.is_(None)
    )
    for row in tx.conn.execute(live):
        assert accounts[row.user_id].status == ACTIVE
    for row in tx.conn.execute(select(temporary_link).where(temporary_link.c.used_at.is_(None))):
        allowed = {NEW, ACTIVE} if row.purpose == "activate" else {ACTIVE}
        assert accounts[row.user_id].status in allowed


def _check_ledger(tx: Tx) -> None:
    charges: dict[tuple[str, int], list[int]] = {}
    last: dict[int, int] = {}
    for row in tx.conn.execute(select(ledger).order_by(ledger.c.id)):
        assert row.balance_after == last.get(row.user_id, 0) + row.amount
        last[row.user_id] = row.balance_after
        if row.ref_id is not None:
            charges.setdefault((row.type, row.ref_id), []).append(row.amount)
    for (kind, _), amounts in charges.items():
        if kind == "TASK_START":
            assert amounts in ([-1], [-1, 1])
        else:
            assert (kind, len(amounts)) == ("TASK_FINISH", 1)
            assert -2 <= amounts[0] <= 0
    for row in tx.conn.execute(select(task).where(task.c.lease_until.is_not(None))):
        assert row.status in {"starting", "running"}


@pytest.mark.parametrize(("engine", "examples"), [("sqlite", 25), ("mariadb", 5)])
def test_nothing_that_happens_breaks_the_rules(
    databases: Databases, engine: str, examples: int
) -> None:
    with getattr(databases, engine)() as url, World(url) as world:
        machine = type("Installation", (Installation,), {"world": world})
        run_state_machine_as_test(
            machine,
            settings=settings(max_examples=examples * SCALE, stateful_step_count=30),
        )
