"""What operators look at: queues, garbage, and what they did themselves; on both engines."""

import msgspec
import pytest

from awt.api import letters, news, nodes, operating, overview
from awt.api.account import Page
from awt.api.caller import Caller, Who
from awt.api.letters import LetterId
from awt.api.nodes import AddNode
from awt.api.operating import Adjust, MakeAdmin, UserName
from awt.api.overview import DeedView, QueueLine
from awt.api.registry import Nothing
from awt.api.transports import LeaseName, take_lease
from awt.db import garbage, outbox
from awt.errors import Refused
from awt.methods import every_method
from awt.model.times import DAY
from awt.testing.talk import World

OPERATOR = Caller(who=Who.OPERATOR)


def deeds(world: World, **values: int) -> list[DeedView]:
    found: list[DeedView] = world.run(overview.list_audit, OPERATOR, Page(**values)).deeds
    return found


def test_queues_tell_what_waits_since_when_and_what_is_dead(world: World) -> None:
    assert world.run(overview.list_queues, OPERATOR, Nothing()).queues == []
    world.chat("jabber", "ann@example.org").say("hello")
    world.wait(60)
    world.chat("jabber", "bob@example.org").say("hello")
    [line] = world.run(overview.list_queues, OPERATOR, Nothing()).queues
    assert line == QueueLine("user_op.base.jabber", 2, 0, line.oldest_at)
    first, second = world.messages
    world.run(outbox.bury, first.id, attempt=5, error="no such address")
    world.run(outbox.mark_done, [second.id])
    [line] = world.run(overview.list_queues, OPERATOR, Nothing()).queues
    assert line == QueueLine("user_op.base.jabber", 0, 1, None)
    world.run(letters.drop_dead, OPERATOR, LetterId(id=first.id))
    assert world.run(overview.list_queues, OPERATOR, Nothing()).queues == []


def test_the_preview_counts_garbage_and_takes_none(world: World) -> None:
    world.chat("jabber", "ann@example.org").say("hello")

    def lines() -> dict[str, tuple[int, int]]:
        shown = world.run(overview.preview_garbage, OPERATOR, Nothing())
        assert shown.every == world.settings.purge.interval_seconds
        return {line.kind: (line.now, line.day) for line in shown.lines}

    assert set(lines()) == {*garbage.OF_USERS, *garbage.BY_DATE}
    assert lines()["accounts"] == (0, 0)
    world.wait(0.001)
    assert lines()["accounts"] == (0, 1)
    world.wait(DAY / 1000)
    assert lines()["accounts"] == (1, 1)
    assert lines()["accounts"] == (1, 1)
    assert len(world.run(garbage.accounts)) == 1


def test_the_audit_log_says_who_did_what_and_by_which_way(world: World) -> None:
    world.member("jabber", "ann@example.org")
    world.run(operating.make_admin, OPERATOR, MakeAdmin(login="chief"))
    user = world.user("jabber", "ann@example.org")
    assert user is not None
    here = Caller(who=Who.ADMIN, user_id=user.id, session_id=1)
    program = Caller(who=Who.ADMIN, user_id=user.id)
    chat = Caller(who=Who.ADMIN, user_id=user.id, im="jabber", address="ann@example.org")
    for caller in (here, program, chat):
        world.wait(1)
        params = Adjust(user="chief", amount=5, reason="thanks")
        world.run(operating.adjust, caller, params)
    last, *_, first = deeds(world)
    assert (first.who, first.way, first.method) == ("operator", "command", "MakeAdmin")
    assert msgspec.json.decode(first.params) == {"login": "chief"}
    assert [deed.way for deed in deeds(world)] == ["jabber", "key", "site", "command"]
    assert (last.who, last.method) == (user.name, "Adjust")
    assert msgspec.json.decode(last.params) == {"user": "chief", "amount": 5, "reason": "thanks"}
    assert [deed.way for deed in deeds(world, limit=2)] == ["jabber", "key"]
    assert [deed.way for deed in deeds(world, limit=2, before=deeds(world)[1].id)] == [
        "site",
        "command",
    ]


def test_what_was_refused_or_only_looked_at_is_not_in_the_log(world: World) -> None:
    with pytest.raises(Refused):
        world.run(operating.block_user, OPERATOR, UserName(user="nobody"))
    world.run(news.list_news, OPERATOR, Nothing())
    assert deeds(world) == []


def test_every_change_that_only_operators_may_make_is_noted() -> None:
    noted = {
        method.name
        for method in every_method()
        if method.callers <= {Who.ADMIN, Who.OPERATOR} and hasattr(method.run, "__wrapped__")
    }
    assert noted == {
        method.name
        for method in every_method()
        if method.callers <= {Who.ADMIN, Who.OPERATOR} and not method.read_only
    }


def test_connections_are_listed_with_the_nodes(world: World) -> None:
    world.run(nodes.add_node, OPERATOR, AddNode(name="c1"))
    holder = Caller(who=Who.NODE, node="c1")
    params = LeaseName(service="base", transport="jabber", instance=world.now)
    world.run(take_lease, holder, params)
    [held] = world.run(nodes.list_nodes, OPERATOR, Nothing()).connections
    assert (held.service, held.im, held.holder, held.live) == ("base", "jabber", "c1", True)
    world.wait(3600)
    [held] = world.run(nodes.list_nodes, OPERATOR, Nothing()).connections
    assert not held.live
