"""What the machines of this folder share: people with accounts, an operator, a clock and the collector."""

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from awt.api.account import delete_account
from awt.api.caller import Caller, Who
from awt.api.operating import UserName, block_user, unblock_user
from awt.api.registry import Nothing
from awt.db import garbage
from awt.errors import Refused
from awt.gc.collector import collect_accounts
from awt.model.status import ACTIVE
from awt.testing.talk import World

OPERATOR = Caller(who=Who.OPERATOR)
Person = tuple[str, str]
"""The kind and the address of somebody on an IM."""

people = st.runner().flatmap(lambda machine: st.sampled_from(machine.everybody))
numbers = st.integers(0, 10)


class People(RuleBasedStateMachine):
    """An installation with ``everybody``, who close their accounts; the operator, the clock, the collector."""

    world: ClassVar[World]
    everybody: ClassVar[tuple[Person, ...]]

    def __init__(self) -> None:
        super().__init__()
        self.world.empty()

    def attempt(self, method: Any, *args: Any) -> Any:
        """Call a method; a refusal is as good as any answer, None stands for it."""
        try:
            return self.world.run(method, *args)
        except Refused:
            return None

    def caller(self, person: Person, *, who: Who = Who.USER) -> Caller | None:
        """Return an active account as a caller, as the edges would."""
        found = self.world.user(*person)
        if found is None or found.status != ACTIVE:
            return None
        if who is Who.CHAT:
            im, address = person
            return Caller(who=who, user_id=found.id, service="base", im=im, address=address)
        return Caller(who=who, user_id=found.id, session_id=0)

    @rule(person=people)
    def close(self, person: Person) -> None:
        if caller := self.caller(person):
            self.attempt(delete_account, caller, Nothing())

    @rule(person=people)
    def block(self, person: Person) -> None:
        self.attempt(block_user, OPERATOR, UserName(user=person[1]))

    @rule(person=people)
    def unblock(self, person: Person) -> None:
        self.attempt(unblock_user, OPERATOR, UserName(user=person[1]))

    @rule(seconds=st.sampled_from((1, 20, 31, 61, 61, 3601, 90_000, 4_000_000)))
    def wait(self, seconds: int) -> None:
        self.world.wait(seconds)

    @rule()
    def collect(self) -> None:
        self.world.run(collect_accounts)
        for kind in garbage.BY_DATE:
            self.world.run(garbage.collect, kind)
