"""Services, tests, their price, closing an account, and dead letters."""

from collections.abc import Callable
from typing import Any

import pytest

from awt.api.account import delete_account
from awt.api.caller import Caller, Who
from awt.api.catalogue import ServiceName, add_service, delete_service, resend_service
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
from awt.api.letters import LetterId, drop_dead, list_dead, replay_dead, show_dead
from awt.api.registry import Nothing
from awt.api.runs import RunTest, TaskId, TaskPage, get_task, list_tasks, run_test
from awt.db import ledger, links, outbox, services, sessions, tasks, users
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.actions import ActionResult
from awt.model.messages import LINK, Answer, Delete, Hear
from awt.model.status import ACTIVE, DELETED
from awt.testing.talk import DEMO_PRICE, World

ANN = "ann@example.org"
NODE = Caller(who=Who.NODE, node="c1")
OTHER_NODE = Caller(who=Who.NODE, node="c2")
OPERATOR = Caller(who=Who.OPERATOR)
GOOD = ActionResult(status="succeeded")
BAD = ActionResult(status="failed", reason="text_missing")
SKIPPED = ActionResult(status="skipped")


def refusal(work: Callable[..., Any], *args: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        work(*args)
    return caught.value


@pytest.fixture
def ann(world: World) -> Caller:
    """An account with 200 points, signed in on the site."""
    world.member("jabber", ANN)
    user = world.user("jabber", ANN)
    assert user
    [session] = world.run(sessions.of_user, user.id)
    return Caller(who=Who.USER, user_id=user.id, session_id=session.id)


def chat_of(caller: Caller) -> Caller:
    return Caller(who=Who.CHAT, user_id=caller.user_id, service="base", im="jabber", address=ANN)


def points(world: World, caller: Caller) -> int:
    user = world.run(users.by_id, caller.user)
    assert user
    entries = world.run(ledger.of_user, caller.user, limit=1000)
    assert sum(entry.amount for entry in entries) == user.points
    assert entries[0].balance_after == user.points
    return user.points


def queued(world: World, kind: type, since: int = 0) -> list[tuple[str, str]]:
    return [
        (m.queue, getattr(m.body, "address", ""))
        for m in world.messages[since:]
        if isinstance(m.body, kind)
    ]


def add(world: World, caller: Caller, name: str) -> Any:
    return world.run(add_service, caller, ServiceName(short_name=name))


def test_a_free_service_is_added_once_and_greets_every_confirmed_chat(
    world: World, ann: Caller
) -> None:
    since = len(world.messages)
    found = add(world, ann, "webtest")
    assert (found.price, found.balance) == (0, 200)
    greeted = {m.queue for m in world.messages[since:]}
    assert greeted == {"user_op.webtest.jabber", "user_op.webtest.webchat"}
    assert refusal(add, world, ann, "webtest").code == "service_added"
    assert refusal(add, world, ann, "base").code == "service_added"
    assert refusal(add, world, ann, "nothing").code == "unknown_service"


def test_a_paid_service_takes_its_price_once_and_after_a_removal_again(
    world: World, ann: Caller
) -> None:
    assert add(world, ann, "demo").balance == 200 - DEMO_PRICE
    assert refusal(add, world, ann, "demo").code == "service_added"
    world.run(resend_service, ann, ServiceName(short_name="demo"))
    assert points(world, ann) == 200 - DEMO_PRICE
    world.run(delete_service, ann, ServiceName(short_name="demo"))
    assert points(world, ann) == 200 - DEMO_PRICE
    assert add(world, ann, "demo").balance == 200 - 2 * DEMO_PRICE
    assert points(world, ann) == 200 - 2 * DEMO_PRICE


def test_a_paid_service_is_bought_on_the_site_and_with_enough_points(
    world: World, ann: Caller
) -> None:
    refused = refusal(add, world, chat_of(ann), "demo")
    assert (refused.code, refused.values["price"]) == ("paid_on_site", DEMO_PRICE)
    world.run(ledger.move, ann.user, -151, "ADJUSTMENT")
    refused = refusal(add, world, ann, "demo")
    assert (refused.code, refused.status) == ("not_enough_points", 402)
    assert refused.values == {"price": DEMO_PRICE, "balance": 49}
    assert points(world, ann) == 49
    world.run(ledger.move, ann.user, 1, "ADJUSTMENT")
    assert add(world, ann, "demo").balance == 0


def test_a_removed_service_says_good_bye_and_the_base_stays(world: World, ann: Caller) -> None:
    add(world, ann, "webtest")
    since = len(world.messages)
    world.run(delete_service, ann, ServiceName(short_name="webtest"))
    assert ("user_op.webtest.jabber", ANN) in queued(world, Delete, since)
    webtest = world.run(services.by_name, "webtest")
    assert webtest
    assert world.run(services.status, ann.user, webtest.id) == DELETED
    for name, code in (("webtest", "no_service"), ("base", "base_service")):
        for method in (delete_service, resend_service):
            if (name, method) != ("base", resend_service):
                values = ServiceName(short_name=name)
                assert refusal(world.run, method, ann, values).code == code


def test_authorisation_is_asked_for_again_once_a_minute(world: World, ann: Caller) -> None:
    again = (world.run, resend_service, ann, ServiceName(short_name="base"))
    world.run(resend_service, ann, ServiceName(short_name="base"))
    refused = refusal(*again)
    assert (refused.code, refused.retry_after) == ("too_many", 60)
    world.wait(60)
    world.run(resend_service, ann, ServiceName(short_name="base"))


def start(world: World, caller: Caller, text: str | None = "hello") -> int:
    number: int = world.run(run_test, caller, RunTest(url="example.org", text=text)).id
    return number


def claim(world: World, node: Caller = NODE) -> list[tuple[int, int]]:
    found = world.run(claim_tasks, node, ClaimTasks(types=["http"], free_slots=10))
    return [(task.id, task.attempt) for task in found.tasks]


def finish(
    world: World, task: int, attempt: int, *results: ActionResult, node: Caller = NODE
) -> None:
    world.run(finish_task, node, FinishTask(task=task, attempt=attempt, results=list(results)))


def status(world: World, task: int) -> str:
    found = world.run(tasks.by_id, task)
    assert found
    return found.status


@pytest.mark.parametrize(
    ("results", "price", "ends"),
    [
        ((GOOD, GOOD), 3, tasks.SUCCEEDED),
        ((GOOD, BAD), 3, tasks.FAILED),
        ((BAD, SKIPPED), 2, tasks.FAILED),
        ((SKIPPED, SKIPPED), 1, tasks.FAILED),
    ],
)
def test_a_start_costs_one_and_each_action_with_a_result_one(
    world: World, ann: Caller, results: tuple[ActionResult, ...], price: int, ends: str
) -> None:
    number = start(world, ann)
    assert points(world, ann) == 199
    assert claim(world) == [(number, 1)]
    finish(world, number, 1, *results)
    assert points(world, ann) == 200 - price
    assert status(world, number) == ends
    finish(world, number, 1, *results)
    assert points(world, ann) == 200 - price


def test_without_a_point_nothing_starts(world: World, ann: Caller) -> None:
    world.run(ledger.move, ann.user, -200, "ADJUSTMENT")
    refused = refusal(start, world, ann)
    assert (refused.code, refused.values) == ("not_enough_points", {"price": 1, "balance": 0})
    assert claim(world) == []


def test_many_tests_at_once_do_not_overdraw_the_points(world: World, ann: Caller) -> None:
    for _ in range(67):  # 200 points: a start is paid, two actions of each are kept back
        start(world, ann)
    assert refusal(start, world, ann).code == "not_enough_points"
    while claimed := claim(world):
        for task, attempt in claimed:
            finish(world, task, attempt, GOOD, GOOD)
    assert points(world, ann) >= -1


def test_the_card_goes_to_the_chat_that_asked_in_the_transaction_of_the_charge(
    world: World, ann: Caller
) -> None:
    number = start(world, chat_of(ann))
    claim(world)
    since = len(world.messages)
    finish(world, number, 1, GOOD, GOOD)
    assert queued(world, Answer, since) == [("user_op.base.jabber", ANN)]
    finish(world, number, 1, GOOD, GOOD)
    assert len(world.messages) == since + 1


def test_a_node_that_lost_the_lease_changes_nothing(world: World, ann: Caller) -> None:
    number = start(world, ann)
    assert claim(world) == [(number, 1)]
    world.wait(31)
    assert world.run(recover_tasks, OTHER_NODE, RecoverTasks()).again == 1
    assert world.run(heartbeat, NODE, Heartbeat(task=number, attempt=1)).cancelled
    assert claim(world, OTHER_NODE) == [(number, 2)]
    for node, attempt in ((NODE, 1), (NODE, 2), (OTHER_NODE, 1)):
        finish(world, number, attempt, BAD, SKIPPED, node=node)
        assert status(world, number) == tasks.STARTING
    assert points(world, ann) == 199
    finish(world, number, 2, GOOD, GOOD, node=OTHER_NODE)
    assert status(world, number) == tasks.SUCCEEDED
    assert points(world, ann) == 197


def test_a_lease_that_is_renewed_is_kept_until_the_deadline(world: World, ann: Caller) -> None:
    number = start(world, ann)
    claim(world)
    for _ in range(10):
        world.wait(29)
        assert not world.run(heartbeat, NODE, Heartbeat(task=number, attempt=1)).cancelled
        assert world.run(recover_tasks, NODE, RecoverTasks()).again == 0
    assert status(world, number) == tasks.RUNNING


def test_after_three_nodes_were_lost_a_task_fails_and_costs_nothing(
    world: World, ann: Caller
) -> None:
    number = start(world, chat_of(ann))
    since = 0
    for attempt in (1, 2, 3):
        assert claim(world) == [(number, attempt)]
        world.wait(31)
        since = len(world.messages)
        found = world.run(recover_tasks, NODE, RecoverTasks())
        assert (found.again, found.failed) == ((1, 0) if attempt < 3 else (0, 1))
    assert status(world, number) == tasks.FAILED
    assert points(world, ann) == 200
    assert queued(world, Answer, since) == [("user_op.base.jabber", ANN)]
    assert claim(world) == []
    world.run(recover_tasks, NODE, RecoverTasks())
    assert points(world, ann) == 200


def test_a_node_that_restarts_hands_back_what_it_had_and_only_that(
    world: World, ann: Caller
) -> None:
    mine = start(world, ann)
    claim(world)
    other = start(world, ann)
    claim(world, OTHER_NODE)
    assert world.run(recover_tasks, NODE, RecoverTasks(restarted=True)).again == 1
    assert (status(world, mine), status(world, other)) == (tasks.INITIAL, tasks.STARTING)


def test_a_result_that_does_not_fit_its_actions_is_refused(world: World, ann: Caller) -> None:
    number = start(world, ann)
    claim(world)
    for results in ((), (GOOD,), (GOOD, GOOD, GOOD)):
        assert refusal(finish, world, number, 1, *results).fields == {"results": "count"}
    assert points(world, ann) == 199


@pytest.mark.parametrize(
    ("url", "text", "field"),
    [
        ("", None, {"url": "url_empty"}),
        ("ftp://example.org", None, {"url": "url_scheme"}),
        ("http://user:pass@example.org", None, {"url": "url_userinfo"}),
        ("http://exa mple.org", None, {"url": "url_characters"}),
        ("http://example.org:99999", None, {"url": "url_port"}),
        ("http://" + "x" * 3000, None, {"url": "url_too_long"}),
        ("http://-", None, {"url": "url_host"}),
        ("example.org", "x" * 5000, {"text": "text_too_long"}),
    ],
)
def test_what_cannot_be_checked_is_refused_and_costs_nothing(
    world: World, ann: Caller, url: str, text: str | None, field: dict[str, str]
) -> None:
    assert refusal(world.run, run_test, ann, RunTest(url=url, text=text)).fields == field
    assert points(world, ann) == 200


def test_tasks_are_their_owners_alone(world: World, ann: Caller) -> None:
    number = start(world, ann)
    world.member("jabber", "bob@example.org")
    bob = world.user("jabber", "bob@example.org")
    assert bob
    stranger = Caller(who=Who.USER, user_id=bob.id)
    assert refusal(world.run, get_task, stranger, TaskId(id=number)).code == "unknown_task"
    assert world.run(list_tasks, stranger, TaskPage()).tasks == []
    assert [task.id for task in world.run(list_tasks, ann, TaskPage()).tasks] == [number]
    assert world.run(get_task, ann, TaskId(id=number)).status == tasks.INITIAL


def test_closing_an_account_leaves_nothing_that_opens_it(world: World, ann: Caller) -> None:
    add(world, ann, "webtest")
    waiting = start(world, ann)
    running = start(world, ann)
    world.run(tasks.hand_back, waiting)
    world.chat("jabber", ANN).say("#loginlink")
    link = next(m.secret for m in reversed(world.messages) if m.secret)
    since = len(world.messages)
    for _ in range(2):
        world.run(delete_account, ann, Nothing())
    user = world.run(users.by_id, ann.user)
    assert user
    assert (user.status, user.password, user.points) == (DELETED, None, 0)
    assert user.purge_after == world.now + 42 * 86_400_000
    assert points(world, ann) == 0
    assert world.run(sessions.of_user, ann.user) == []
    assert refusal(world.click, link).code == "link_not_active"
    assert {status(world, waiting), status(world, running)} == {tasks.CANCELLED}
    assert claim(world) == []
    told = [queue for queue, address in queued(world, Delete, since) if address == ANN]
    assert sorted(told) == ["user_op.base.jabber", "user_op.webtest.jabber"]
    assert world.user("jabber", ANN)


def test_a_running_test_of_a_closed_account_ends_without_a_charge(
    world: World, ann: Caller
) -> None:
    number = start(world, ann)
    claim(world)
    world.run(delete_account, ann, Nothing())
    assert world.run(heartbeat, NODE, Heartbeat(task=number, attempt=1)).cancelled
    finish(world, number, 1, GOOD, GOOD)
    assert points(world, ann) == 0
    assert status(world, number) == tasks.CANCELLED


def test_a_key_cannot_close_the_account(world: World, ann: Caller) -> None:
    key = Caller(who=Who.USER, user_id=ann.user_id)
    assert refusal(world.run, delete_account, key, Nothing()).code == "forbidden"


def bury(world: World, message_id: str) -> None:
    world.run(outbox.bury, message_id, attempt=5, error="Unavailable")


def test_dead_letters_are_listed_shown_and_dropped_without_their_secret(world: World) -> None:
    world.chat("jabber", ANN).say("hello")
    [message] = [m for m in world.messages if m.secret]
    assert message.secret
    bury(world, message.id)
    [line] = world.run(list_dead, OPERATOR, Nothing()).letters
    assert (line.id, line.kind, line.queue) == (message.id, "add", "user_op.base.jabber")
    assert (line.attempt, line.error) == (5, "Unavailable")
    shown = world.run(show_dead, OPERATOR, LetterId(id=message.id))
    assert LINK in shown.body
    assert message.secret not in shown.body
    assert message.secret.rpartition("=")[2] not in str(shown)
    world.run(drop_dead, OPERATOR, LetterId(id=message.id))
    assert world.run(list_dead, OPERATOR, Nothing()).letters == []
    for method in (drop_dead, show_dead, replay_dead):
        refused = refusal(world.run, method, OPERATOR, LetterId(id=message.id))
        assert refused.code == "unknown_letter"


def test_a_replayed_letter_carries_a_new_link_that_works(world: World) -> None:
    world.chat("jabber", ANN).say("hello")
    [message] = [m for m in world.messages if m.secret]
    bury(world, message.id)
    world.wait(100)
    world.run(replay_dead, OPERATOR, LetterId(id=message.id))
    again = world.messages[-1]
    assert again.id == message.id
    assert again.secret
    assert again.secret != message.secret
    assert again.expires_at == message.expires_at
    assert world.run(list_dead, OPERATOR, Nothing()).letters == []
    [stored] = world.run(outbox.ready, "user_op.base.jabber", 10)
    assert stored.message == again
    assert world.click(again.secret).account.status == ACTIVE


def test_a_link_that_has_no_purpose_any_more_is_not_issued_again(world: World) -> None:
    chat = world.chat("jabber", ANN)
    chat.say("hello")
    [message] = [m for m in world.messages if m.secret]
    bury(world, message.id)
    assert message.secret
    world.click(message.secret)
    refused = refusal(world.run, replay_dead, OPERATOR, LetterId(id=message.id))
    assert refused.code == "link_not_active"
    assert len(world.run(list_dead, OPERATOR, Nothing()).letters) == 1


def test_a_letter_without_a_link_is_replayed_as_it_was(world: World) -> None:
    body = Hear(
        service="base", im="jabber", address=ANN, text="hi", message_id="m", received_at=world.now
    )
    sent = world.run(outbox.send, "api", body)
    bury(world, sent)
    world.run(replay_dead, OPERATOR, LetterId(id=sent))
    assert (world.messages[-1].body, world.messages[-1].attempt) == (body, 0)


def test_a_letter_that_cannot_be_read_is_listed_and_not_replayed(world: World) -> None:
    sent = world.run(outbox.send, "api", Answer(address=ANN, text="hi"))

    def damage(tx: Tx) -> None:
        table = outbox._READY.get_final_froms()[0]
        tx.conn.execute(table.update().values(body="{"))  # type: ignore[attr-defined]

    world.run(damage)
    bury(world, sent)
    assert [line.kind for line in world.run(list_dead, OPERATOR, Nothing()).letters] == ["?"]
    assert refusal(world.run, replay_dead, OPERATOR, LetterId(id=sent)).code == "letter_broken"


def test_links_are_cancelled_by_a_replay_of_a_newer_one(world: World, ann: Caller) -> None:
    chat = world.chat("jabber", ANN)
    chat.say("#loginlink")
    message = next(m for m in reversed(world.messages) if m.secret)
    bury(world, message.id)
    world.run(replay_dead, OPERATOR, LetterId(id=message.id))
    new = world.messages[-1].secret
    assert message.secret
    assert new
    assert refusal(world.click, message.secret).code == "link_not_active"
    world.click(new)
    assert world.run(links.sent_since, "login", "jabber", ANN, 0)[0] == 2
