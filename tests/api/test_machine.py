"""Whatever happens in whatever order: the ledger adds up, and nobody gets what is not his."""

from contextlib import suppress
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from awt.api.account import delete_account
from awt.api.caller import Caller, Who
from awt.api.catalogue import ServiceName, add_service, delete_service
from awt.api.operating import Adjust, UserName, adjust, block_user, unblock_user
from awt.api.registration import CreateAccount, create_account
from awt.api.registry import Nothing
from awt.api.runs import (
    ClaimTasks,
    FinishTask,
    Heartbeat,
    RecoverTasks,
    RunTest,
    claim_tasks,
    finish_task,
    heartbeat,
    recover_tasks,
    run_test,
)
from awt.db import garbage
from awt.db.schema import ledger, session, task, temporary_link, user, user_im
from awt.db.tx import Tx
from awt.errors import Refused
from awt.gc.collector import collect_accounts
from awt.model.actions import ActionResult
from awt.model.status import ACTIVE, BLOCKED, DELETED, NEW
from awt.testing.databases import Databases
from awt.testing.scale import SCALE
from awt.testing.talk import World

ADDRESSES = ("ann@example.org", "bob@example.org", "eve@example.org")
BROWSERS = ("a" * 32, "b" * 32)
OPERATOR = Caller(who=Who.OPERATOR)

people = st.sampled_from(ADDRESSES)
nodes = st.sampled_from(("c1", "c2"))
numbers = st.integers(0, 10)


class Installation(RuleBasedStateMachine):
    """What people, nodes, operators and the clock do to an installation."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.world.empty()
        self.claimed: list[tuple[str, int, int, int]] = []
        self.steps = 0
        self.world.member("jabber", ADDRESSES[0])
        self.world.chat("jabber", ADDRESSES[1]).say("hello")

    def teardown(self) -> None:
        self.world.run(check)

    def attempt(self, method: Any, *args: Any) -> Any:
        """Call a method; a refusal is as good as any answer."""
        try:
            return self.world.run(method, *args)
        except Refused:
            return None

    def caller(self, address: str, *, who: Who = Who.USER) -> Caller | None:
        """Return an active account as a caller, as the edges would."""
        found = self.world.user("jabber", address)
        if found is None or found.status != ACTIVE:
            return None
        if who is Who.CHAT:
            return Caller(who=who, user_id=found.id, service="base", im="jabber", address=address)
        return Caller(who=who, user_id=found.id, session_id=0)

    @rule(address=people, text=st.sampled_from(("hello", "#menu", "#loginlink", "#forgot")))
    def write(self, address: str, text: str) -> None:
        self.world.chat("jabber", address).say(text)

    @rule(first=people, second=people, browser=st.sampled_from(BROWSERS))
    def register(self, first: str, second: str, browser: str) -> None:
        params = CreateAccount(jabber=first, skype=second.partition("@")[0], password=None)
        self.attempt(create_account, self.world.browser(browser), params, "hash")

    @rule(number=numbers, browser=st.sampled_from(BROWSERS))
    def click(self, number: int, browser: str) -> None:
        links = [m.secret for m in self.world.messages if m.secret]
        if links:
            with suppress(Refused):
                link = links[-1 - number % len(links)]
                self.world.click(link, caller=self.world.browser(browser))

    @rule(address=people, name=st.sampled_from(("webtest", "demo")), who=st.sampled_from(list(Who)))
    def add(self, address: str, name: str, who: Who) -> None:
        who = who if who is Who.CHAT else Who.USER
        if caller := self.caller(address, who=who):
            self.attempt(add_service, caller, ServiceName(short_name=name))

    @rule(address=people, name=st.sampled_from(("webtest", "demo", "base")))
    def remove(self, address: str, name: str) -> None:
        if caller := self.caller(address):
            self.attempt(delete_service, caller, ServiceName(short_name=name))

    @rule(address=people)
    def start(self, address: str) -> None:
        if caller := self.caller(address, who=Who.CHAT):
            self.attempt(run_test, caller, RunTest(url="example.org", text="hello"))

    @rule(node=nodes, address=people, good=st.booleans())
    def run_through(self, node: str, address: str, good: bool) -> None:  # noqa: FBT001 - drawn
        self.start(address)
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

    @rule(address=people, amount=st.integers(-300, 300).filter(bool))
    def adjust(self, address: str, amount: int) -> None:
        self.attempt(adjust, OPERATOR, Adjust(user=address, amount=amount))

    @rule(address=people)
    def close(self, address: str) -> None:
        if caller := self.caller(address):
            self.attempt(delete_account, caller, Nothing())

    @rule(address=people)
    def block(self, address: str) -> None:
        self.attempt(block_user, OPERATOR, UserName(user=address))

    @rule(address=people)
    def unblock(self, address: str) -> None:
        self.attempt(unblock_user, OPERATOR, UserName(user=address))

    @rule(seconds=st.sampled_from((1, 20, 31, 61, 61, 3600, 90_000, 4_000_000)))
    def wait(self, seconds: int) -> None:
        self.world.wait(seconds)

    @rule()
    def collect(self) -> None:
        self.world.run(collect_accounts)
        for kind in garbage.BY_DATE:
            self.world.run(garbage.collect, kind)

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
