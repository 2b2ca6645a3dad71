"""Several addresses of one account: confirmed from both ends, moved, removed; on both engines."""

from typing import Any

import pytest

from awt.api.account import get_account
from awt.api.account_view import ImView
from awt.api.caller import Caller, Who
from awt.api.catalogue import ServiceName, add_service
from awt.api.ims import Code, ImAdded, ImName, add_im, confirm_im, remove_im
from awt.api.letters import LetterId, replay_dead
from awt.api.registry import Nothing
from awt.db import outbox, services, users
from awt.errors import Refused
from awt.model.messages import Add, Delete, Message, Reauth
from awt.testing.talk import World
from tests.db.races import at_once

ANN, PHONE, BOB = "ann@example.org", "ann@phone.example", "bob@example.org"
SKYPE = "live:ann"


def member(world: World, address: str = ANN) -> Caller:
    """Return somebody with an active account, signed in on the site."""
    world.member("jabber", address)
    found = world.user("jabber", address)
    assert found is not None
    return Caller(who=Who.USER, user_id=found.id, session_id=0)


def refused(world: World, method: Any, *args: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        world.run(method, *args)
    return caught.value


def ask(world: World, caller: Caller, address: str = SKYPE, kind: str = "skype") -> str:
    """Ask for an address and return the code that went there."""
    world.run(add_im, caller, ImName(kind=kind, address=address))
    message = world.messages[-1]
    assert isinstance(message.body, Add)
    assert (message.queue, message.body.address) == (f"user_op.base.{kind}", address)
    assert message.secret
    assert message.secret not in message.body.text
    return message.secret


def confirm(world: World, caller: Caller, code: str) -> ImAdded:
    found: ImAdded = world.run(confirm_im, caller, Code(code=code))
    return found


def ims(world: World, caller: Caller) -> dict[str, str]:
    found: list[ImView] = world.run(get_account, caller, Nothing()).ims
    return {im.address: im.state for im in found if im.kind != "webchat"}


def since(world: World, count: int) -> list[tuple[str, str]]:
    """Return the kinds of messages that went out, with their queues."""
    return [(type(m.body).__name__, m.queue) for m in world.messages[count:]]


def test_an_address_is_asked_for_at_one_end_and_confirmed_at_the_other(world: World) -> None:
    ann = member(world)
    world.run(add_service, ann, ServiceName(short_name="webtest"))
    code = ask(world, ann)
    assert ims(world, ann) == {ANN: "confirmed", SKYPE: "asked"}
    assert world.user("skype", SKYPE) is None, "an asked address reserves nothing"
    count = len(world.messages)
    confirm(world, ann, code.lower().replace("-", " "))
    assert ims(world, ann) == {ANN: "confirmed", SKYPE: "confirmed"}
    assert since(world, count) == [
        ("Reauth", "user_op.base.skype"),
        ("Add", "user_op.webtest.skype"),
    ]
    found = world.user("skype", SKYPE)
    assert found
    assert found.id == ann.user_id
    assert isinstance(world.messages[count].body, Reauth)


def test_the_code_is_good_once_for_its_account_and_for_a_while(world: World) -> None:
    ann, bob = member(world), member(world, BOB)
    code = ask(world, ann)
    assert refused(world, confirm_im, bob, Code(code=code)).code == "wrong_code"
    confirm(world, ann, code)
    assert refused(world, confirm_im, ann, Code(code=code)).code == "wrong_code"
    late = ask(world, bob, "live:bob")
    world.wait(world.settings.limits.im_code_seconds + 1)
    assert refused(world, confirm_im, bob, Code(code=late)).code == "wrong_code"


def test_a_code_is_not_guessed(world: World) -> None:
    ann = member(world)
    code = ask(world, ann)
    for number in range(10):
        guess = Code(code=f"AAAA-AAA{number % 8 + 2}")
        assert refused(world, confirm_im, ann, guess).code == "wrong_code"
    assert refused(world, confirm_im, ann, Code(code=code)).code == "too_many"


def test_one_address_of_a_kind_takes_the_place_of_the_other(world: World) -> None:
    ann = member(world)
    world.run(add_service, ann, ServiceName(short_name="webtest"))
    asked = world.run(add_im, ann, ImName(kind="jabber", address=PHONE))
    assert asked.replaces == ANN
    code = str(world.messages[-1].secret)
    count = len(world.messages)
    confirm(world, ann, code)
    assert ims(world, ann) == {PHONE: "confirmed"}
    gone = [m.body.address for m in world.messages[count:] if isinstance(m.body, Delete)]
    assert gone == [ANN, ANN]
    assert world.user("jabber", ANN) is None


def test_an_address_that_was_let_go_may_be_anybodys_but_brings_no_gift(world: World) -> None:
    ann = member(world)
    ask(world, ann)
    confirm(world, ann, str(world.messages[-1].secret))
    world.run(remove_im, ann, ImName(kind="skype", address="LIVE:Ann"))
    eve = world.chat("skype", SKYPE)
    world.click(eve.link("hello"))
    found = world.user("skype", SKYPE)
    assert found
    assert (found.id != ann.user_id, found.points) == (True, 0)


def test_an_address_of_somebody_else_is_refused(world: World) -> None:
    ann = member(world)
    member(world, BOB)
    asked = ImName(kind="jabber", address=BOB.upper())
    assert refused(world, add_im, ann, asked).code == "address_taken"
    mine = ImName(kind="jabber", address=ANN)
    assert refused(world, add_im, ann, mine).code == "im_added"


def test_an_address_that_became_somebodys_meanwhile_stays_his(world: World) -> None:
    ann = member(world)
    code = ask(world, ann, BOB, "jabber")
    member(world, BOB)
    assert refused(world, confirm_im, ann, Code(code=code)).code == "address_taken"
    assert ims(world, ann)[ANN] == "confirmed"


def test_confirming_ends_what_strangers_started_with_the_address(world: World) -> None:
    ann = member(world)
    link = world.chat("skype", SKYPE).link("hello")
    confirm(world, ann, ask(world, ann))
    with pytest.raises(Refused, match="link_not_active"):
        world.click(link)


def test_an_address_that_said_stop_is_not_written_to(world: World) -> None:
    ann = member(world)
    world.chat("skype", SKYPE).say("stop")
    asked = ImName(kind="skype", address=SKYPE)
    assert refused(world, add_im, ann, asked).code == "address_stopped"


def test_codes_are_limited_for_an_address_and_for_an_account(world: World) -> None:
    ann = member(world)
    ask(world, ann)
    again = ImName(kind="skype", address=SKYPE)
    assert refused(world, add_im, ann, again).code == "too_many"
    for number in range(4):
        ask(world, ann, f"live:ann{number}")
    many = ImName(kind="skype", address="live:ann9")
    assert refused(world, add_im, ann, many).code == "too_many"


def test_the_last_address_stays_unless_there_is_a_password(world: World) -> None:
    ann = member(world)
    mine = ImName(kind="jabber", address=ANN)
    assert refused(world, remove_im, ann, mine).code == "last_im"
    world.run(users.change, ann.user, login="ann", password="x")
    world.run(remove_im, ann, mine)
    assert ims(world, ann) == {}
    assert refused(world, remove_im, ann, mine).code == "unknown_im"


def test_removing_an_asked_address_makes_its_code_worthless(world: World) -> None:
    ann = member(world)
    code = ask(world, ann)
    world.run(remove_im, ann, ImName(kind="skype", address=SKYPE))
    assert refused(world, confirm_im, ann, Code(code=code)).code == "wrong_code"
    assert ims(world, ann) == {ANN: "confirmed"}


def test_all_assistants_leave_a_removed_address_and_its_authorisations_are_forgotten(
    world: World,
) -> None:
    ann = member(world)
    world.run(add_service, ann, ServiceName(short_name="webtest"))
    confirm(world, ann, ask(world, ann))
    count = len(world.messages)
    world.run(remove_im, ann, ImName(kind="skype", address=SKYPE))
    assert since(world, count) == [
        ("Delete", "user_op.base.skype"),
        ("Delete", "user_op.webtest.skype"),
    ]
    states = world.run(services.im_states, ann.user)
    assert "skype" not in {kind for _, kind in states}


@pytest.mark.parametrize("method", [add_im, remove_im])
def test_a_key_changes_no_address(world: World, method: Any) -> None:
    key = Caller(who=Who.USER, user_id=member(world).user_id)
    asked = ImName(kind="skype", address=SKYPE)
    assert refused(world, method, key, asked).code == "forbidden"
    assert refused(world, confirm_im, key, Code(code="AAAA-AAAA")).code == "forbidden"


def test_a_dead_code_is_not_issued_again(world: World) -> None:
    ann = member(world)
    ask(world, ann)
    message: Message = world.messages[-1]
    world.run(outbox.bury, message.id, attempt=1, error="broken")
    operator = Caller(who=Who.OPERATOR)
    assert refused(world, replay_dead, operator, LetterId(id=message.id)).code == "link_not_active"


def test_two_accounts_that_confirm_one_address_at_once_do_not_both_get_it(world: World) -> None:
    ann, bob = member(world), member(world, BOB)
    mine = ask(world, ann)
    world.wait(61)
    his = ask(world, bob)
    results = at_once(lambda: confirm(world, ann, mine), lambda: confirm(world, bob, his))
    codes = sorted(getattr(result, "code", "") for result in results)
    assert codes == ["", "address_taken"]
