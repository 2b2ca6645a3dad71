"""Services that are other programs: what waits for them, what they are sent, what comes of it."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest

from awt.api import letters, operating, remote
from awt.api.caller import LOCAL_NODE, Caller, Who
from awt.api.letters import LetterId
from awt.api.operating import PutService
from awt.api.registry import Nothing
from awt.api.remote import MOST, STALE, RemoteAnswered, RemoteName, SignRemote
from awt.db import outbox
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.messages import Call, Message
from awt.model.remote import Offer
from awt.model.settings import Settings
from awt.model.status import BASE, KINDS
from awt.model.times import SECOND
from awt.testing.databases import Databases
from awt.testing.talk import Conversation, World

OPERATOR = Caller(who=Who.OPERATOR)
URL = "https://bots.example.com/capitals"
SETTINGS = Settings(
    site_url="https://awt.example", ims=KINDS, remote_hosts=("bots.example.com", "10.0.0.7:8000")
)


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def installation(databases: Databases, request: pytest.FixtureRequest) -> Iterator[World]:
    with (
        getattr(databases, request.param)() as url,
        World(url, settings=SETTINGS) as found,
    ):
        yield found


@pytest.fixture
def world(installation: World) -> World:
    """An installation with a service that is another program."""
    installation.empty()
    put(installation, "capitals", title="Capitals", url=URL)
    return installation


@pytest.fixture
def ann(world: World) -> Conversation:
    return world.member("jabber", "ann@example.org", service="capitals")


def put(world: World, name: str, **values: Any) -> operating.ServiceLine:
    line: operating.ServiceLine = world.run(
        operating.put_service, OPERATOR, PutService(short_name=name, **values)
    )
    return line


def secret(world: World) -> str:
    said = world.run(remote.renew_secret, OPERATOR, RemoteName(short_name="capitals"))
    return str(said.secret)


def sent(world: World) -> list[Message]:
    return [m for m in world.messages if m.queue == "remote.capitals"]


def texts(world: World) -> list[str]:
    return [m.body.text for m in sent(world) if isinstance(m.body, Call)]


def place(message: Message) -> dict[str, str]:
    call = message.body
    assert isinstance(call, Call)
    return {"service": call.service, "im": call.im, "address": call.address, "id": message.id}


def answered(world: World, message: Message, text: str | None, *choices: Offer) -> None:
    values = RemoteAnswered(**place(message), text=text, choices=list(choices))
    world.run(remote.remote_answered, LOCAL_NODE, values)


def signed(world: World, message: Message, body: str = "{}") -> remote.Signed:
    found: remote.Signed = world.run(
        remote.sign_remote, LOCAL_NODE, SignRemote(**place(message), body=body)
    )
    return found


def test_what_a_member_writes_is_sent_and_the_answer_comes_into_his_chat(
    world: World, ann: Conversation
) -> None:
    assert ann.say("hello there", message_id="said1") == []
    [message] = sent(world)
    assert isinstance(message.body, Call)
    assert message.body.text == "hello there"
    answered(world, message, "HELLO\u0007 THERE", Offer("Again", "hello"))
    [said] = ann.read()
    assert said.text == "HELLO THERE\n\n1. Again"
    assert said.reply_to == "said1"
    ann.say("1")
    assert texts(world) == ["hello there", "hello"]


def test_an_answer_has_its_effect_once(world: World, ann: Conversation) -> None:
    ann.say("a")
    [message] = sent(world)
    answered(world, message, "A")
    answered(world, message, "A")
    assert len(ann.read()) == 1
    assert signed(world, message) == remote.Signed(url=None)


def test_what_one_user_writes_is_sent_one_by_one_in_its_order(
    world: World, ann: Conversation
) -> None:
    bob = world.member("jabber", "bob@example.org", service="capitals")
    for text in ("a", "b", "c"):
        ann.say(text)
    bob.say("x")
    assert texts(world) == ["a", "x"]
    answered(world, sent(world)[1], "X")
    assert texts(world) == ["a", "x"]
    answered(world, sent(world)[0], None)
    assert texts(world) == ["a", "x", "b"]
    answered(world, sent(world)[2], "B")
    assert texts(world) == ["a", "x", "b", "c"]
    assert [said.text[:8] for said in ann.read()] == ["Capitals", "B"]


def test_who_writes_too_much_before_an_answer_is_asked_to_wait(
    world: World, ann: Conversation
) -> None:
    for number in range(MOST):
        assert ann.say(f"line {number}") == []
    assert "still at work" in ann.ask("one more").text
    assert len(sent(world)) == 1


def test_a_call_that_nobody_settles_holds_nobody_up_for_ever(
    world: World, ann: Conversation
) -> None:
    ann.say("lost")
    ann.say("next")
    world.wait(STALE / SECOND + 1)
    assert "does not answer" in ann.ask("last").text
    assert texts(world) == ["lost", "next"]
    answered(world, sent(world)[0], "too late")
    assert ann.read() == []


def test_a_call_among_the_dead_letters_holds_nobody_up(world: World, ann: Conversation) -> None:
    ann.say("lost")
    ann.say("next")
    [lost] = sent(world)
    world.run(outbox.bury, lost.id, attempt=5, error="ended its consumers 5 times")
    assert "does not answer" in ann.ask("last").text
    assert texts(world) == ["lost", "next"]
    world.run(letters.replay_dead, OPERATOR, LetterId(id=lost.id))
    assert signed(world, lost).url is None, "who was told that it failed gets no answer to it"
    answered(world, sent(world)[1], "NEXT")
    assert [said.text for said in ann.read()] == ["NEXT"]


def test_commands_of_the_account_stay_here_and_all_else_goes_to_the_service(
    world: World, ann: Conversation
) -> None:
    assert "200" in ann.ask("#balance").text
    for text in ("#check https://example.com", "https://example.com", "#nonsense", "yes", "7"):
        assert ann.say(text) == []
        answered(world, sent(world)[-1], "done")
        ann.read()
    assert texts(world) == [
        "#check https://example.com",
        "https://example.com",
        "#nonsense",
        "yes",
        "7",
    ]


def test_a_choice_is_never_a_command_and_answers_no_question_of_ours(
    world: World, ann: Conversation
) -> None:
    ann.say("a")
    assert "Close your account?" in ann.ask("#delaccount").text
    answered(world, sent(world)[0], "more?", Offer("Go on", "#delaccount"), Offer("Go on", "yes"))
    [said] = ann.read()
    assert said.sends == ["yes"]
    ann.say("1")
    user = world.user("jabber", "ann@example.org")
    assert user is not None
    assert user.status == "AC"
    assert texts(world) == ["a", "yes"]


def test_strangers_and_those_who_left_never_reach_a_service(
    world: World, ann: Conversation
) -> None:
    world.chat("jabber", "eve@example.org", service="capitals").say("hello")
    assert sent(world) == []
    ann.say("a")
    ann.say("#del capitals")
    ann.read()
    answered(world, sent(world)[0], "A")
    assert ann.read() == []
    assert "#add capitals" in ann.ask("b").text
    assert texts(world) == ["a"]


def test_a_user_has_one_pseudonym_in_all_chats_and_another_one_elsewhere(
    world: World, ann: Conversation
) -> None:
    put(world, "other", title="Other", url="https://bots.example.com/other")
    ann.say("a")
    secret(world)
    ann.say("b")
    answered(world, sent(world)[0], "A")
    other = world.chat("jabber", "ann@example.org", service="other")
    other.say("c")
    users = {m.queue: m.body.user for m in world.messages if isinstance(m.body, Call)}
    here = {m.body.user for m in sent(world) if isinstance(m.body, Call)}
    assert len(here) == 1
    assert users["remote.other"] not in here
    user = world.user("jabber", "ann@example.org")
    assert user is not None
    assert user.hash not in users.values()


def test_a_request_is_signed_with_the_newest_secret(world: World, ann: Conversation) -> None:
    ann.say("a")
    [message] = sent(world)
    with pytest.raises(Refused, match="no_secret"):
        signed(world, message)
    old, new = secret(world), secret(world)
    assert old != new
    found = signed(world, message, '{"x": "é"}')
    text = f'{found.timestamp}.{{"x": "é"}}'.encode()
    wanted = hmac.new(new.encode(), text, hashlib.sha256).hexdigest()
    assert (found.url, found.signature) == (URL, f"v1={wanted}")
    assert int(found.timestamp) == world.now // SECOND


def test_a_service_is_on_a_listed_host_or_built_in(world: World) -> None:
    for url in ("https://evil.example.com/", "http://10.0.0.7/"):
        with pytest.raises(Refused, match="host_not_listed"):
            put(world, "capitals", url=url)
    for url in ("ftp://bots.example.com", "nonsense"):
        with pytest.raises(Refused, match="bad_request"):
            put(world, "capitals", url=url)
    with pytest.raises(Refused, match="base_fixed"):
        put(world, BASE, url=URL)
    assert put(world, "capitals", url="http://10.0.0.7:8000/x").url == "http://10.0.0.7:8000/x"
    names = world.run(remote.list_remotes, LOCAL_NODE, Nothing())
    assert names.services == ["capitals"]
    assert put(world, "capitals", url="").url is None
    with pytest.raises(Refused, match="unknown_service"):
        secret(world)


def test_a_key_makes_no_secrets_and_a_node_speaks_for_its_own(
    world: World, ann: Conversation
) -> None:
    key = Caller(who=Who.ADMIN, user_id=1)
    with pytest.raises(Refused, match="forbidden"):
        world.run(remote.renew_secret, key, RemoteName(short_name="capitals"))
    ann.say("a")
    [message] = sent(world)
    node = Caller(who=Who.NODE, node="n", services=("base",))
    with pytest.raises(Refused, match="forbidden"):
        world.run(remote.sign_remote, node, SignRemote(**place(message), body="{}"))
    values = RemoteAnswered(**place(message), text="A", choices=[])
    with pytest.raises(Refused, match="forbidden"):
        world.run(remote.remote_answered, node, values)


def test_a_dialogue_that_nobody_has_is_looked_at_in_vain(world: World) -> None:
    values = {"service": "capitals", "im": "jabber", "address": "eve@example.org", "id": "1"}

    def look(tx: Tx) -> remote.Signed:
        found: remote.Signed = remote.sign_remote(tx, LOCAL_NODE, SignRemote(**values, body=""))
        return found

    assert world.run(look) == remote.Signed(url=None)
