"""One-time links, sessions and API keys: what a token opens, how often and until when."""

import pytest

from awt.db import chat, keys, links, sessions, users
from awt.db.links import Link, hash_token
from awt.db.tx import Tx
from awt.model.status import ACTIVE
from awt.model.times import DAY, HOUR, MINUTE
from awt.testing.talk import World
from tests.db.races import Meeting, together

CHAT = "0" * 32


@pytest.fixture
def ann(world: World) -> int:
    """An account."""
    return world.run(users.create, status=ACTIVE).id


def link(world: World, user_id: int, purpose: str = "login", *, address: str = "ann@x.org") -> str:
    _, token = world.run(
        links.create,
        user_id=user_id,
        purpose=purpose,
        kind="jabber",
        address=address,
        expires_at=world.now + HOUR,
    )
    return token


def found(world: World, token: str) -> Link:
    row = world.run(links.by_token, token)
    assert row
    return row


def test_a_link_is_used_once(world: World, ann: int) -> None:
    row = found(world, link(world, ann))
    assert world.run(links.use, row)
    assert not world.run(links.use, row)


def test_of_two_who_use_a_link_at_once_one_has_it(world: World, ann: int) -> None:
    token = link(world, ann)
    meeting = Meeting(world, 2)

    def use(tx: Tx) -> bool:
        row = links.by_token(tx, token)
        assert row
        assert row.used_at is None
        meeting()
        return links.use(tx, row)

    if world._database.is_sqlite:  # the second one reads what the first one has done
        assert world.run(use)
        return
    assert sorted(together(world, use, use)) == [False, True]


def test_a_link_ends_with_its_time(world: World, ann: int) -> None:
    row = found(world, link(world, ann))
    world.now = row.expires_at
    assert not world.run(links.use, row)
    world.now -= 1
    assert world.run(links.use, row)


def test_tokens_are_stored_hashed_and_differ_by_any_byte(world: World, ann: int) -> None:
    token = link(world, ann)
    assert world.run(links.by_token, token)
    for other in (token + " ", token.swapcase(), token[:-1], "", hash_token(token)):
        assert world.run(links.by_token, other) is None


def test_a_cancelled_link_cannot_be_used_and_others_can(world: World, ann: int) -> None:
    bob = world.run(users.create, status=ACTIVE).id
    mine = [found(world, link(world, ann, purpose)) for purpose in ("login", "login", "password")]
    other = found(world, link(world, bob))
    world.run(links.cancel, ann, "login")
    assert [world.run(links.use, row) for row in (*mine, other)] == [False, False, True, True]


def test_cancelling_all_links_of_an_account_leaves_none(world: World, ann: int) -> None:
    rows = [
        found(world, link(world, ann, purpose)) for purpose in ("login", "password", "activate")
    ]
    world.run(links.cancel, ann)
    assert not any(world.run(links.use, row) for row in rows)


def test_links_of_an_address_are_cancelled_whosever_they_are(world: World, ann: int) -> None:
    bob = world.run(users.create, status=ACTIVE).id
    rows = [
        found(world, link(world, ann, "activate")),
        found(world, link(world, bob, "activate")),
        found(world, link(world, bob, "activate", address="bob@x.org")),
        found(world, link(world, bob, "login")),
    ]
    world.run(links.cancel_for_address, "activate", "jabber", "ann@x.org")
    assert [world.run(links.use, row) for row in rows] == [False, False, True, True]


def test_links_are_counted_by_address_and_purpose(world: World, ann: int) -> None:
    start = world.now
    for _ in range(3):
        link(world, ann, "activate")
        world.wait(10)
    link(world, ann, "login")
    link(world, ann, "activate", address="ann@x.org ")

    def since(at: int) -> tuple[int, int | None]:
        return world.run(links.sent_since, "activate", "jabber", "ann@x.org", at)

    assert since(start - 1) == (3, start)
    assert since(start) == (2, start + 10_000)
    assert since(world.now) == (0, None)


@pytest.mark.parametrize("end", ["used", "cancelled"])
def test_a_dead_link_is_taken_out_of_the_chat(world: World, ann: int, end: str) -> None:
    token = link(world, ann)
    row = found(world, token)
    world.run(
        chat.add,
        CHAT,
        message_id="m",
        service="base",
        sender=chat.ASSISTANT,
        text="Open \ue000!",
        secret="https://secret",
        link_id=row.id,
    )
    [line] = world.run(chat.after, CHAT, None, limit=10)
    assert line.text == "Open https://secret!"
    if end == "used":
        world.run(links.use, row)
    else:
        world.run(links.cancel, ann, "login")
    [line] = world.run(chat.after, CHAT, None, limit=10)
    assert line.text == "Open …!"


def session(world: World, user_id: int | None, token: str, *, address: str = CHAT) -> int:
    world.run(
        sessions.create,
        token=token,
        user_id=user_id,
        chat_address=address,
        network="192.0.2.0/24",
        agent="x" * 300,
    )
    row = world.run(sessions.by_token, token)
    assert row
    return row.id


def test_a_session_lives_30_days_after_it_was_last_seen(world: World, ann: int) -> None:
    session(world, ann, "t")

    def live() -> bool:
        return sessions.is_live(world.run(sessions.by_token, "t"), world.now)

    world.now += 29 * DAY
    row = world.run(sessions.by_token, "t")
    assert row
    assert live()
    assert sessions.is_stale(row, world.now)
    world.run(sessions.seen, row)
    world.now += 30 * DAY - 1
    assert live()
    world.now += 1
    assert not live()
    assert world.run(sessions.of_user, ann) == []
    assert not sessions.is_live(None, world.now)


def test_sessions_end_alone_or_all_but_one_and_say_so(world: World, ann: int) -> None:
    first, second, third = (session(world, ann, t) for t in "abc")
    other = session(world, None, "stranger")
    told: list[object] = []

    def end(tx: Tx) -> None:
        sessions.end(tx, first)
        sessions.end(tx, first)
        assert sessions.end_of_user(tx, ann, but=second) == 1
        told.extend(tx.told)

    world.run(end)
    assert told == [(sessions.ENDED, (first, CHAT)), (sessions.ENDED, (third, CHAT))]
    assert [s.id for s in world.run(sessions.of_user, ann)] == [second]
    world.run(sessions.end_of_chat, CHAT)
    for token in ("a", "b", "c", "stranger"):
        row = world.run(sessions.by_token, token)
        assert row
        assert not sessions.is_live(row, world.now)
        assert row.id in {first, second, third, other}


def test_an_ended_session_is_not_prolonged(world: World, ann: int) -> None:
    session(world, ann, "t")
    row = world.run(sessions.by_token, "t")
    assert row
    world.run(sessions.end, row.id)
    world.now += MINUTE
    world.run(sessions.seen, row)
    assert not sessions.is_live(world.run(sessions.by_token, "t"), world.now)


def test_a_key_is_shown_once_and_works_until_it_is_revoked(world: World, ann: int) -> None:
    bob = world.run(users.create, status=ACTIVE).id
    number, token = world.run(keys.create, ann, name="ci", read_only=True)
    row = world.run(keys.by_token, token)
    assert row
    assert (row.id, row.user_id, row.name, row.read_only) == (number, ann, "ci", True)
    assert world.run(keys.by_token, token.swapcase()) is None
    assert world.run(keys.revoke, bob, number) == 0
    assert world.run(keys.revoke, ann, number) == 1
    assert world.run(keys.by_token, token) is None


def test_the_use_of_a_key_is_noted_once_a_minute(world: World, ann: int) -> None:
    number, _ = world.run(keys.create, ann, name="ci", read_only=False)
    seen = []
    for _ in range(3):
        world.run(keys.seen, number)
        seen.append(world.run(keys.of_user, ann)[0].seen_at)
        world.wait(31)
    assert seen == [world.now - 93_000, world.now - 93_000, world.now - 31_000]
