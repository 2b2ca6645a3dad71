"""What one network and one chat may ask of the site."""

from collections.abc import Iterator

import pytest

from awt.testing.process import ServerError
from awt.testing.site import Browser, RunningNode
from awt.testing.website import Website

PAGES = 12
MESSAGES = 4


@pytest.fixture(scope="module")
def strict() -> Iterator[RunningNode]:
    """A node with small limits."""
    with RunningNode(
        WEB_BEHIND_PROXY="true",
        LIMITS_PAGES_PER_MINUTE=str(PAGES),
        LIMITS_CHAT_MESSAGES_PER_DAY=str(MESSAGES),
    ) as running:
        yield running


def somebody(node: RunningNode, address: str) -> Browser:
    return node.browser(headers={"X-Forwarded-For": address})


def test_pages_are_limited_for_a_network_and_nobody_else(strict: RunningNode) -> None:
    me = somebody(strict, "10.1.1.7")
    assert [me.get("/faq").status for _ in range(PAGES)] == [200] * PAGES
    refused = somebody(strict, "10.1.1.8").get("/faq")
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "60"
    assert "Too often" in refused.text
    style = refused.text.partition('stylesheet" href="')[2].partition('"')[0]
    assert me.get(style).status == 200
    assert me.call("ListServices").status == 200
    assert somebody(strict, "10.1.2.7").get("/faq").status == 200


def test_a_chat_takes_so_many_messages_a_day(strict: RunningNode) -> None:
    me = somebody(strict, "10.2.1.7")
    for number in range(MESSAGES):
        me.say(f"hello {number}")
    with pytest.raises(ServerError, match="429"):
        me.say("one more")
    somebody(strict, "10.2.1.8").say("another chat of the network")


def test_the_chats_of_a_network_take_ten_times_as_many(strict: RunningNode) -> None:
    for _ in range(10):
        chat = somebody(strict, "10.3.1.7")
        for number in range(MESSAGES):
            chat.say(f"hello {number}")
    chat = somebody(strict, "10.3.1.8")
    with pytest.raises(ServerError, match="429"):
        chat.say("hello")


def test_a_check_does_not_fill_the_log_with_what_its_connections_do(strict: RunningNode) -> None:
    me = somebody(strict, "10.4.1.7")
    me.join()
    with Website() as website:
        message_id = me.say(f"#check {website.url}/", service="webtest")
        with me.events() as events:
            events.answers(message_id)
            events.answers(message_id)
        assert website.paths
    assert "part web works" in strict.log
    assert "HTTP11ClientFactory" not in strict.log
