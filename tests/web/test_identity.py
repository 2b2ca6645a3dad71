"""Who a browser is: a stranger, an account, and never somebody it was."""

import secrets
from collections.abc import Callable

import pytest

from awt.testing.process import PATIENCE, ServerError
from awt.testing.site import Browser
from awt.web.visit import stranger_address

PASSWORD = "correct horse battery"


def whoami(browser: Browser) -> str:
    return browser.ask("#whoami").text


def is_nobody(browser: Browser, login: str) -> bool:
    """Tell whether a browser is a stranger to an account, wherever one could tell."""
    called = browser.call("GetAccount")
    page = browser.get("/dashboard")
    with browser.events() as events:
        history = " ".join(event.text for event in events.quiet())
    said = browser.ask("hello there").text
    return (
        called.status == 401
        and page.location == "/login"
        and login not in history + said + page.text
        and "activate?" in said
    )


def test_who_is_signed_in_speaks_as_the_account(member: Browser) -> None:
    member.submit("/settings", "/settings/login", login="speaker")
    assert "speaker" in whoami(member)
    assert member.call("GetAccount").json()["login"] == "speaker"


def test_activation_in_the_same_browser_keeps_the_conversation(visitor: Browser) -> None:
    visitor.click(visitor.ask("remember me").link)
    with visitor.events() as events:
        texts = [event.text for event in [*events.until("remember me"), *events.quiet()]]
    assert texts.count("remember me") == 1
    assert "You are" in whoami(visitor)


def test_activation_in_another_browser_keeps_the_conversation_too(
    visitor: Browser, someone: Callable[..., Browser]
) -> None:
    other = someone()
    other.click(visitor.ask("remember me").link)
    with other.events() as events:
        assert events.until("remember me")
    assert is_nobody(visitor, "remember me")


def test_who_signed_out_is_a_new_stranger(member: Browser) -> None:
    member.submit("/settings", "/settings/login", login="leaver")
    before = member.cookies["awt_session"]
    assert member.sign_out().location == "/"
    assert member.cookies["awt_session"] != before
    assert is_nobody(member, "leaver")


def test_signing_in_gives_a_new_cookie_and_the_old_conversation(
    someone: Callable[..., Browser],
) -> None:
    first, second = someone(), someone()
    first.join("returner", PASSWORD)
    first.ask("#balance")
    second.say("I am a stranger here")
    before = second.cookies["awt_session"]
    assert second.sign_in("returner", PASSWORD).location == "/dashboard"
    assert second.cookies["awt_session"] != before
    with second.events() as events:
        texts = [event.text for event in [*events.until("#balance"), *events.quiet()]]
    assert "I am a stranger here" not in texts


def test_a_cookie_stolen_before_the_activation_is_dead_after_it(visitor: Browser) -> None:
    link = visitor.ask("hi").link
    thief = visitor.copy()
    with thief.events() as events:
        events.quiet()
        visitor.click(link)
        assert events.ended.wait(PATIENCE)
        assert events.named == ["ended"]
    visitor.submit("/settings", "/settings/login", login="victim-1")
    assert is_nobody(thief, "victim-1")


def test_a_cookie_stolen_before_a_password_change_is_dead_after_it(member: Browser) -> None:
    member.submit("/settings", "/settings/login", login="victim-2")
    thief = member.copy()
    with thief.events() as events:
        events.quiet()
        answer = member.submit("/settings", "/settings/password", new=PASSWORD, again=PASSWORD)
        assert answer.status == 303
        assert events.ended.wait(PATIENCE)
    assert is_nobody(thief, "victim-2")
    assert "victim-2" in whoami(member)


def test_a_cookie_stolen_before_a_sign_out_is_dead_after_it(member: Browser) -> None:
    member.submit("/settings", "/settings/login", login="victim-3")
    thief = member.copy()
    with thief.events() as events:
        events.quiet()
        member.sign_out()
        assert events.ended.wait(PATIENCE)
    assert is_nobody(thief, "victim-3")


def test_a_dead_cookie_hears_nothing_that_is_said_later(member: Browser) -> None:
    thief = member.copy()
    member.submit("/settings", "/settings/password", new=PASSWORD, again=PASSWORD)
    with thief.events() as events:
        member.ask("#balance")
        assert not events.quiet()


def test_other_sessions_can_be_ended_one_by_one_and_all_at_once(
    someone: Callable[..., Browser],
) -> None:
    first, second, third = someone(), someone(), someone()
    first.join("many-browsers", PASSWORD)
    second.sign_in("many-browsers", PASSWORD)
    third.sign_in("many-browsers", PASSWORD)
    page = first.get("/settings")
    assert first.submit(page, "/settings/sessions/end").status == 303
    alive = [b.call("GetAccount").status for b in (first, second, third)]
    assert sorted(alive) == [200, 200, 401]
    assert alive[0] == 200
    assert first.submit("/settings", "/settings/sessions/end_others").status == 303
    assert [b.call("GetAccount").status for b in (first, second, third)] == [200, 401, 401]


def test_who_deletes_his_account_is_a_stranger_everywhere(someone: Callable[..., Browser]) -> None:
    first, second = someone(), someone()
    first.join("goner", PASSWORD)
    second.sign_in("goner", PASSWORD)
    untouched = first.submit("/settings", "/settings/delete", confirm="no")
    assert untouched.status == 409
    gone = first.submit("/settings", "/settings/delete", confirm="yes")
    assert gone.location == "/"
    assert "closed" in first.follow(gone).text
    assert first.call("GetAccount").status == second.call("GetAccount").status == 401
    assert second.sign_in("goner", PASSWORD).status != 303


def test_a_made_up_cookie_is_a_stranger(visitor: Browser) -> None:
    for cookie in ("A" * 43, "short", "ü" * 43, "'; DROP TABLE session; --", "A" * 5000):
        headers = {"Cookie": f"awt_session={cookie}".encode().decode("latin-1")}
        answer = visitor.request("POST", "/api/GetAccount", body=b"{}", headers=headers)
        assert answer.status == 401


def test_two_strangers_hear_nothing_of_each_other(
    visitor: Browser, someone: Callable[..., Browser]
) -> None:
    other = someone()
    with other.events() as events:
        visitor.ask("hi")
        assert not events.quiet()
    with pytest.raises(ServerError), other.events() as events:
        events.next(seconds=0.2)


def test_a_key_has_methods_and_no_chat(member: Browser, visitor: Browser) -> None:
    key = member.call("CreateKey", {"name": "program"}).json()["key"]
    bearer = f"Bearer {key}"
    answer = visitor.send_json(
        "/chat/messages", {"service": "base", "text": "hi"}, authorization=bearer
    )
    assert answer.status == 403
    assert visitor.get("/chat/events", authorization=bearer).status == 403
    assert visitor.get("/dashboard", authorization=bearer).location == "/login"


def test_nobody_goes_on_hearing_a_chat_that_he_gave_away(
    someone: Callable[..., Browser],
) -> None:
    """Whoever is registered with a chat that somebody else still reads has it to himself."""
    spy, helper, victim = someone(), someone(), someone()
    token = spy.cookies["awt_session"] = secrets.token_urlsafe(32)
    chat = {"kind": "webchat", "address": stranger_address(token)}
    with spy.events() as events:  # no row of a session stands behind this cookie
        assert helper.call("CreateAccount", {"addresses": [chat]}).status == 200
        assert victim.click(events.next().link).status == 303
        assert victim.ask("#loginlink").link
        assert not any("temporary_login" in event.text for event in events.quiet())
        assert events.ended.wait(PATIENCE)
    assert is_nobody(spy, "loginlink")
