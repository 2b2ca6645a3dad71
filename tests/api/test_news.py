"""News: who gets them where, bit by bit, once; on both engines."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from awt.api import news
from awt.api.account import UpdateAccount, update_account
from awt.api.caller import LOCAL_NODE, Caller, Who
from awt.api.catalogue import ServiceName, add_service
from awt.api.news import NewsId, NewsLine, NewsPreview, NewsText
from awt.api.operating import UserName, block_user
from awt.api.registry import Nothing
from awt.db import news as rows
from awt.db import outbox, services, users
from awt.db.news import Readers
from awt.db.tx import Tx
from awt.errors import Refused
from awt.model.messages import Answer
from awt.model.settings import Limits, Settings
from awt.model.status import KINDS, LANGS
from awt.testing.databases import Databases
from awt.testing.talk import Conversation, World

OPERATOR = Caller(who=Who.OPERATOR)
BOTH = {"en": "Hello", "ru": "Привет"}
PACE = 3


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def _slow(databases: Databases, request: pytest.FixtureRequest) -> Iterator[World]:
    settings = Settings(ims=KINDS, limits=Limits(news_per_second=PACE))
    with getattr(databases, request.param)() as url, World(url, settings=settings) as world:
        yield world


@pytest.fixture
def slow(_slow: World) -> World:
    """An installation that sends to three readers a second."""
    _slow.empty()
    return _slow


def member(world: World, address: str, im: str = "jabber", **values: Any) -> Conversation:
    return world.member(im, address, **values)


def user_id(chat: Conversation) -> int:
    user = chat.world.user(chat.im, chat.address)
    assert user is not None
    return user.id


def preview(world: World, texts: dict[str, str] = BOTH, **values: Any) -> NewsPreview:
    params = NewsText(texts=texts, **values)
    found: NewsPreview = world.run(news.preview_news, OPERATOR, params)
    return found


def send(world: World, texts: dict[str, str] = BOTH, **values: Any) -> NewsLine:
    line: NewsLine = world.run(news.send_news, OPERATOR, NewsText(texts=texts, **values))
    return line


def turn(world: World) -> int:
    """Let a second pass and the scheduler come by; return how many were told."""
    world.wait(1)
    sent: int = world.run(news.continue_news, LOCAL_NODE, Nothing()).sent
    return sent


def told(world: World) -> list[tuple[str, str, str]]:
    """Return what went into the queues of news: queue, address, text."""
    return [
        (message.queue, message.body.address, message.body.text)
        for message in world.messages
        if message.queue.startswith("spamer.") and isinstance(message.body, Answer)
    ]


def listed(world: World) -> NewsLine:
    line: NewsLine
    [line] = world.run(news.list_news, OPERATOR, Nothing()).news
    return line


def test_news_go_where_each_reader_was_active_last(world: World) -> None:
    ann = member(world, "ann@example.org")
    world.run(users.confirm_im, user_id(ann), "skype", "live:ann")
    world.wait(100)
    ann.say("#menu")
    skype = world.chat("skype", "live:ann")
    assert preview(world).by_im == {"jabber": 1}
    world.wait(100)
    skype.say("#menu")
    assert preview(world).by_im == {"skype": 1}
    send(world)
    assert turn(world) == 1
    assert told(world) == [("spamer.base.skype", "live:ann", "Hello")]


def test_of_two_clients_active_at_the_same_time_the_one_confirmed_first_counts(
    world: World,
) -> None:
    ann = member(world, "ann@example.org")
    world.run(users.confirm_im, user_id(ann), "skype", "live:ann")
    world.wait(100)
    for chat in (world.chat("skype", "live:ann"), ann):
        chat.say("#menu")
    assert preview(world).by_im == {"jabber": 1}


def test_who_refused_the_assistant_or_never_authorised_it_gets_no_news(world: World) -> None:
    ann = member(world, "ann@example.org")
    world.run(users.confirm_im, user_id(ann), "skype", "live:ann")
    assert preview(world).by_im == {"jabber": 1}
    ann.event("removed")
    assert preview(world).by_im == {"webchat": 1}
    assert preview(world, ims=["jabber", "skype"]).total == 0
    with pytest.raises(Refused) as refused:
        send(world, ims=["jabber", "skype"])
    assert refused.value.code == "no_readers"


def test_only_active_accounts_get_news(world: World) -> None:
    member(world, "ann@example.org")
    member(world, "bob@example.org")
    world.chat("jabber", "new@example.org").say("hello")
    world.run(block_user, OPERATOR, UserName(user="bob@example.org"))
    assert preview(world).total == 1


def test_everybody_gets_his_language_and_else_the_first_that_there_is(world: World) -> None:
    member(world, "ann@example.org", lang="en")
    member(world, "vova@example.org", lang="ru")
    seen = preview(world)
    assert [(e.lang, e.text, e.readers) for e in seen.editions] == [
        ("en", "Hello", 1),
        ("ru", "Привет", 1),
    ]
    only = preview(world, {"ru": " Привет\u202e "})
    assert [(e.lang, e.text) for e in only.editions] == [("en", "Привет"), ("ru", "Привет")]
    send(world)
    turn(world)
    assert {(address, text) for _, address, text in told(world)} == {
        ("ann@example.org", "Hello"),
        ("vova@example.org", "Привет"),
    }


def test_readers_can_be_those_of_a_service_of_some_ims_or_languages(world: World) -> None:
    ann = member(world, "ann@example.org", lang="en")
    member(world, "vova@example.org", lang="ru")
    member(world, "live:bob", "skype")
    assert preview(world, langs=["ru"]).total == 1
    assert preview(world, ims=["skype"]).by_im == {"skype": 1}
    assert preview(world, service="webtest").total == 0
    caller = Caller(
        who=Who.CHAT,
        user_id=user_id(ann),
        service="webtest",
        im="jabber",
        address="ann@example.org",
    )
    world.run(add_service, caller, ServiceName(short_name="webtest"))
    send(world, service="webtest")
    turn(world)
    assert told(world) == [("spamer.webtest.jabber", "ann@example.org", "Hello")]


@pytest.mark.parametrize(
    ("values", "code", "fields"),
    [
        ({"texts": {}}, "bad_request", {"texts": "empty"}),
        ({"texts": {"en": " \u202e\n"}}, "bad_request", {"texts": "empty"}),
        ({"texts": {"de": "Hallo"}}, "bad_request", {"texts": "lang"}),
        ({"texts": {"en": "x" * 4097}}, "bad_request", {"texts": "long"}),
        ({"ims": ["fax"]}, "bad_request", {"ims": "value"}),
        ({"langs": ["de"]}, "bad_request", {"langs": "lang"}),
        ({"service": "nothing"}, "unknown_service", {}),
    ],
)
def test_news_are_checked(
    world: World, values: dict[str, Any], code: str, fields: dict[str, str]
) -> None:
    params = NewsText(**({"texts": BOTH} | values))
    for method in (news.preview_news, news.send_news):
        with pytest.raises(Refused) as refused:
            world.run(method, OPERATOR, params)
        assert (refused.value.code, refused.value.fields) == (code, fields)


def test_news_leave_at_their_pace_and_nobody_is_told_twice_or_left_out(slow: World) -> None:
    for number in range(8):
        member(slow, f"user{number}@example.org")
    line = send(slow)
    assert (line.state, line.planned, line.sent) == ("sending", {"jabber": 8}, {})
    assert turn(slow) == PACE
    assert slow.run(news.continue_news, LOCAL_NODE, Nothing()).sent == 0  # another node's turn
    assert listed(slow).sent == {"jabber": PACE}
    member(slow, "later@example.org")
    assert [turn(slow), turn(slow), turn(slow)] == [PACE, 2, 0]
    addresses = [address for _, address, _ in told(slow)]
    assert sorted(addresses) == [f"user{number}@example.org" for number in range(8)]
    ended = listed(slow)
    assert (ended.state, ended.sent) == ("sent", {"jabber": 8})
    assert ended.ended_at is not None


def test_what_a_crash_rolled_back_is_sent_by_the_next_turn_once(slow: World) -> None:
    for number in range(4):
        member(slow, f"user{number}@example.org")
    send(slow)

    def killed(tx: Any) -> None:
        assert news.continue_news(tx, LOCAL_NODE, Nothing()).sent == PACE
        raise RuntimeError

    slow.wait(1)
    with pytest.raises(RuntimeError):
        slow.run(killed)
    assert told(slow) == []
    assert [turn(slow), turn(slow)] == [PACE, 1]
    assert len({address for _, address, _ in told(slow)}) == 4


def test_news_wait_while_the_assistants_are_behind(slow: World) -> None:
    for number in range(PACE + 1):
        member(slow, f"user{number}@example.org")
    for _ in range(10):
        send(slow)
    assert turn(slow) == 10 * PACE
    assert turn(slow) == 0
    slow.run(outbox.mark_done, [m.id for m in slow.messages if m.queue.startswith("spamer.")])
    assert turn(slow) == 10


def test_news_can_be_stopped(slow: World) -> None:
    for number in range(PACE + 1):
        member(slow, f"user{number}@example.org")
    line = send(slow)
    turn(slow)
    stopped = slow.run(news.stop_news, OPERATOR, NewsId(id=line.id))
    assert (stopped.state, stopped.sent) == ("stopped", {"jabber": PACE})
    assert turn(slow) == 0
    for number, code in ((line.id, "news_over"), (line.id + 1, "unknown_news")):
        with pytest.raises(Refused) as refused:
            slow.run(news.stop_news, OPERATOR, NewsId(id=number))
        assert refused.value.code == code


def test_a_change_of_the_language_counts_until_the_news_leave(world: World) -> None:
    ann = member(world, "ann@example.org", lang="en")
    send(world)
    owner = Caller(who=Who.USER, user_id=user_id(ann))
    world.run(update_account, owner, UpdateAccount(lang="ru"))
    turn(world)
    assert [text for _, _, text in told(world)] == ["Привет"]


def test_news_expire_when_an_assistant_stays_away(world: World) -> None:
    member(world, "ann@example.org")
    send(world)
    turn(world)
    [message] = [m for m in world.messages if m.queue.startswith("spamer.")]
    assert message.expires_at == world.now + news.FRESH


@pytest.mark.parametrize("most", [7, 20, 99, 100])
@pytest.mark.parametrize("newest", [101, 119, 1000, 10**7 + 3])
def test_of_very_many_accounts_a_part_is_looked_at_from_all_over(newest: int, most: int) -> None:
    found = rows.parts(newest, most)
    looked = [number for after, upto in found for number in range(after + 1, upto + 1)]
    assert len(set(looked)) == len(looked) == most
    assert min(looked) > 0
    assert newest * 0.9 < max(looked) <= newest


def test_readers_are_counted_where_there_are_not_too_many_accounts(world: World) -> None:
    for number in range(5):
        member(world, f"ann{number}@example.org")
    among = Readers(service_id=world.run(services.base).id, ims=KINDS, langs=LANGS)
    exact = world.run(rows.count, among, most=5)
    assert (exact.by_place, exact.about) == ({("jabber", "en"): 5}, False)
    assert world.run(rows.count, among, most=4).about


def test_an_estimate_finds_the_readers_where_most_ids_are_gone(databases: Databases) -> None:
    with databases.sqlite() as url, World(url) as world:
        for number in range(30):
            member(world, f"ann{number}@example.org")
        world.run(_crowd, 1, first=10**7)
        among = Readers(service_id=world.run(services.base).id, ims=KINDS, langs=LANGS)
        found = world.run(rows.count, among, most=10)
    assert found.about
    assert found.by_place["jabber", "en"] == pytest.approx(30, abs=3)


def _crowd(tx: Tx, size: int, *, first: int = 1000) -> None:
    """Make many accounts; each tenth reads news in Jabber."""
    base = services.base(tx).id
    ids = f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
    account = "id, hash, status, points, lang, timezone, time, undeletable, is_admin, created_at"
    for table, row in (
        (f"user ({account}, login_failures)", "i, i, 'AC', 0, 'en', 'UTC', 1, 0, 0, 1, 0 FROM n"),
        ("user_im (user_id, kind, address, state)", "i, 'jabber', i, 'confirmed' FROM n"),
        ("user_service (user_id, service_id, status, created_at)", f"i, {base}, 'AC', 1 FROM n"),
        ("user_service_im (user_id, service_id, kind, state)", f"i, {base}, 'jabber', 'AC' FROM n"),
    ):
        few = "" if table.startswith("user (") else " WHERE i % 10 = 0"
        statement = f"{ids} INSERT INTO {table} SELECT {row}{few}"
        tx.conn.execute(text(statement), {"last": first + size - 1})


def _steps_of_some(tx: Tx, after: int) -> int:
    """Return what SQLite does to find the readers among 100 accounts, in thousands of its instructions."""
    among = Readers(service_id=services.base(tx).id, ims=("jabber",), langs=LANGS)
    steps: list[None] = []
    connection: Any = tx.conn.connection.driver_connection
    connection.set_progress_handler(lambda: steps.append(None), 1000)
    found = rows.readers(tx, among, after=after, upto=after + 100)
    connection.set_progress_handler(None, 0)
    assert len(found) == 10
    return len(steps)


def test_who_sends_to_very_many_is_told_that_the_numbers_are_estimates(
    databases: Databases,
) -> None:
    with databases.sqlite() as url, World(url) as world:
        chief = member(world, "chief@example.org")
        world.run(users.change, user_id(chief), is_admin=True)
        said = world.texts("en", "news-about")
        assert said not in chief.ask("#news Hello").text
        world.run(_crowd, rows.COUNTED * 12 // 10)
        found = preview(world)
        assert found.about
        assert found.total == pytest.approx(12_000, rel=0.05)
        assert said in chief.ask("#news Hello").text
        assert world.run(_steps_of_some, rows.COUNTED) < 20
        assert preview(world, ims=["skype"]).total == 0
        send(world, ims=["skype"])  # there may be some in the parts that nobody looked at
