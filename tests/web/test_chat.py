"""The web chat as a program sees it from outside."""

import re
from collections.abc import Callable

import pytest

from awt.testing.process import ServerError
from awt.testing.site import Browser, Event, RunningNode


def test_a_post_is_answered_by_an_id_that_the_answers_reply_to(visitor: Browser) -> None:
    answer = visitor.send_json("/chat/messages", {"service": "base", "text": "hi"})
    assert answer.status == 202
    assert list(answer.json()) == ["id"]
    with visitor.events() as events:
        own = events.next()
        assert (own.id, own.sender, own.text) == (answer.json()["id"], "user", "hi")
        reply = events.next()
    assert (reply.sender, reply.reply_to, reply.service) == ("assistant", own.id, "base")
    assert reply.link.startswith(visitor.url)


def test_an_event_has_the_fields_that_are_promised(member: Browser) -> None:
    event = member.ask("#menu")
    names = {"id", "reply_to", "service", "from", "text", "time", "choices", "image"}
    assert set(event.data) == names
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event.data["time"])
    assert event.choices
    assert all(set(choice) == {"label", "send"} for choice in event.choices)
    assert member.ask(event.choices[0]["send"]).text


def test_a_visitor_without_a_cookie_is_given_one_by_the_first_post(visitor: Browser) -> None:
    assert not visitor.cookies
    visitor.say("hi")
    assert visitor.cookies["awt_session"]


def test_a_visitor_without_a_cookie_is_given_one_by_the_stream(visitor: Browser) -> None:
    with visitor.events() as events:
        message_id = visitor.say("hi")
        assert events.answers(message_id).link


def test_the_stream_says_what_it_is_and_is_not_kept_by_anybody(visitor: Browser) -> None:
    answer = visitor.request("HEAD", "/chat/events")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("value", "status", "code"),
    [
        ({"service": "nosuch", "text": "hi"}, 404, "unknown_service"),
        ({"service": "base", "text": ""}, 400, "bad_request"),
        ({"service": "base", "text": " \n\t "}, 400, "bad_request"),
        ({"service": "base", "text": "\x00\x01"}, 400, "bad_request"),
        ({"service": "base", "text": "x" * 4097}, 413, "too_large"),
        ({"service": "base", "text": "\U0001f600" * 4097}, 413, "too_large"),
        ({"service": "base"}, 400, "bad_request"),
        ({"text": "hi"}, 400, "bad_request"),
        ({"service": "base", "text": "hi", "more": 1}, 400, "bad_request"),
        ({"service": 1, "text": "hi"}, 400, "bad_request"),
        ({"service": "base", "text": ["hi"]}, 400, "bad_request"),
        (["base", "hi"], 400, "bad_request"),
        (None, 400, "bad_request"),
        (b"", 400, "bad_request"),
        (b"{", 400, "bad_request"),
    ],
)
def test_what_is_no_message_is_refused_by_name(
    visitor: Browser, value: object, status: int, code: str
) -> None:
    answer = visitor.send_json("/chat/messages", value)
    assert (answer.status, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["message"]


def test_the_longest_message_is_taken(member: Browser) -> None:
    for letter in ("x", "я", "\U0001f600"):
        assert member.ask(letter * 4096).text


def test_control_characters_are_left_out_and_line_breaks_kept(member: Browser) -> None:
    message_id = member.say("a\x00b\r\nc\x1b[31m")
    with member.events() as events:
        own = events.until("ab\nc[31m")[-1]
    assert (own.id, own.text) == (message_id, "ab\nc[31m")


def test_a_stream_without_a_last_event_begins_with_the_last_50(member: Browser) -> None:
    said = [member.say(f"#whoami {number}") for number in range(30)]
    shown: list[Event] = []
    with member.events() as events:
        while not shown or shown[-1].reply_to != said[-1]:
            shown.append(events.next())
    texts = [event.text for event in shown if event.sender == "user"]
    assert texts[-1] == "#whoami 29"
    with member.events() as again:
        assert len([again.next() for _ in range(50)]) == 50
        assert not again.quiet()


def test_a_stream_that_comes_back_misses_nothing_and_doubles_nothing(member: Browser) -> None:
    seen = []
    with member.events() as events:
        seen.append(events.next())
        last = events.last_id
    said = [member.say(f"#whoami {number}") for number in range(5)]
    for _ in range(3):
        with member.events(last_id=last) as events:
            seen.append(events.next())
            last = events.last_id
    with member.events(last_id=last) as events:
        while len([e for e in seen if e.reply_to in said]) < 5:
            seen.append(events.next())
        assert not events.quiet()
    ids = [event.id for event in seen]
    assert len(ids) == len(set(ids))
    assert set(said) <= set(ids)
    assert {event.reply_to for event in seen} >= set(said)


def test_a_last_event_that_is_not_there_any_more_gives_the_last_lines(member: Browser) -> None:
    with member.events(last_id="nonsense") as events:
        assert events.next().id


def test_a_last_event_of_somebody_else_gives_only_ones_own_lines(
    member: Browser, visitor: Browser
) -> None:
    with member.events() as events:
        theirs = [events.next(), *events.quiet()]
    mine = visitor.say("hi")
    with visitor.events(last_id=theirs[0].id) as events:
        found = [events.next(), *events.quiet()]
    assert found[0].id == mine
    assert not {e.id for e in found} & {e.id for e in theirs}


def test_every_open_stream_hears_everything(member: Browser) -> None:
    with member.events() as one, member.events() as two:
        one.quiet()
        two.quiet()
        message_id = member.say("#whoami")
        assert one.answers(message_id) == two.answers(message_id)


def test_a_chat_has_a_limited_number_of_streams(member: Browser) -> None:
    streams = [member.events() for _ in range(12)]
    try:
        with pytest.raises(ServerError, match="429"):
            member.events()
    finally:
        for stream in streams:
            stream.close()
    with member.events() as events:
        assert events.next().id


def test_messages_are_limited_a_minute_with_the_time_to_wait(visitor: Browser) -> None:
    for _ in range(60):
        visitor.say("hi")
    answer = visitor.send_json("/chat/messages", {"service": "base", "text": "hi"})
    assert (answer.status, answer.json()["error"]["code"]) == (429, "too_many")
    assert answer.headers["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"Sec-Fetch-Site": "same-origin"}, 202),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "{own}"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, 202),
        ({"Origin": "{own}"}, 202),
        ({"Origin": "https://{host}"}, 202),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://[broken"}, 403),
        ({"Origin": "{own}.evil.example"}, 403),
        ({"Origin": "https://evil.example", "X-CSRF-Token": "{csrf}"}, 202),
        ({"Origin": "https://evil.example", "X-CSRF-Token": "-"}, 403),
        ({"Origin": "https://evil.example", "X-CSRF-Token": ""}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/chat/messages", "/api/GetAccount"])
def test_other_sites_cannot_speak_for_a_visitor(
    member: Browser, path: str, headers: dict[str, str], status: int
) -> None:
    csrf = re.search(r'name="csrf-token" content="(\w+)"', member.get("/faq").text)
    assert csrf
    known = {"own": member.url, "host": member.url.partition("//")[2], "csrf": csrf[1]}
    sent = {name: value.format(**known) for name, value in headers.items()}
    body = {"service": "base", "text": "hi"} if path.startswith("/chat") else {}
    answer = member.send_json(path, body, **sent)
    assert answer.status == (status if status == 403 or path.startswith("/chat") else 200)
    if status == 403:
        assert answer.json()["error"]["code"] == "forbidden"


def test_answers_are_in_the_language_of_the_browser(visitor: Browser) -> None:
    refused = visitor.send_json(
        "/chat/messages", {"service": "base", "text": ""}, accept_language="ru"
    )
    assert re.search("[а-я]", refused.json()["error"]["message"])
    message_id = visitor.send_json(
        "/chat/messages", {"service": "base", "text": "hi"}, accept_language="ru"
    ).json()["id"]
    with visitor.events() as events:
        assert re.search("[а-я]", events.answers(message_id).text)


def test_a_link_that_was_used_is_gone_from_the_history(visitor: Browser) -> None:
    link = visitor.ask("hi").link
    visitor.click(link)
    with visitor.events() as events:
        texts = [event.text for event in events.until("Your account is active")]
    assert texts[0] == "hi"
    assert "salt=" not in " ".join(texts)


def test_a_network_has_a_limited_number_of_streams(
    someone: Callable[..., Browser], node: RunningNode
) -> None:
    crowd = {"X-Forwarded-For": "10.254.1.1"}
    streams = [node.browser(headers=crowd).events() for _ in range(200)]
    try:
        assert node.browser(headers=crowd).get("/chat/events").status == 429
        with someone().events():
            pass
    finally:
        for stream in streams:
            stream.close()
    with node.browser(headers=crowd).events():
        pass


def test_a_last_event_that_is_no_text_is_one_that_is_not_known(visitor: Browser) -> None:
    message_id = visitor.say("still here")
    with visitor.events(last_id="\xff") as events:
        assert events.next().id == message_id
