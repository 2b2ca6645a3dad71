"""The links of messages: GET changes nothing, POST uses them up, all that are dead look the same."""

import re
import urllib.parse
from collections.abc import Callable

import pytest

from awt.testing.site import Answer, Browser

PASSWORD = "correct horse battery"
PAGES = {"activate": "/activate", "login": "/temporary_login", "password": "/forgot_password"}


def link_of(browser: Browser, purpose: str) -> str:
    """Return a fresh link; whoever gets one for a login or password has an account."""
    if purpose == "activate":
        return browser.ask("hi").link
    browser.join()
    return browser.ask({"login": "#loginlink", "password": "#forgot"}[purpose]).link


def fields_of(link: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))


def post(browser: Browser, path: str, fields: dict[str, str]) -> Answer:
    """Post a link's fields with the token of another form, as a program would."""
    csrf = browser.get("/faq").form("/lang")["csrf"]
    return browser.post(path, {"csrf": csrf, **fields})


def same(answer: Answer) -> tuple[int, str]:
    """Return what a page shows, without the token of its forms."""
    return answer.status, re.sub(r"[0-9a-f]{64}", "-", answer.text)


@pytest.mark.parametrize("purpose", PAGES)
def test_looking_at_a_link_changes_nothing(
    visitor: Browser, someone: Callable[..., Browser], purpose: str
) -> None:
    link = link_of(visitor, purpose)
    other = someone()
    for _ in range(3):
        page = other.get(link)
        assert page.status == 200
        assert page.form(PAGES[purpose])
    assert other.request("HEAD", link).status == 200
    assert other.call("GetAccount").status == 401
    assert other.click(link).status == 303


@pytest.mark.parametrize("purpose", PAGES)
def test_using_a_link_signs_in_and_leads_on(
    visitor: Browser, someone: Callable[..., Browser], purpose: str
) -> None:
    other = someone()
    answer = other.click(link_of(visitor, purpose))
    assert answer.status == 303
    assert answer.location == ("/new_password" if purpose == "password" else "/dashboard")
    assert other.follow(answer).status == 200
    assert other.call("GetAccount").status == 200


@pytest.mark.parametrize("purpose", PAGES)
def test_every_dead_link_gives_the_same_page(
    visitor: Browser,
    someone: Callable[..., Browser],
    sql: Callable[[str], None],
    purpose: str,
) -> None:
    path = PAGES[purpose]
    used, expired = link_of(visitor, purpose), link_of(someone(), purpose)
    user = fields_of(used)["user_hash"]
    other_fields = fields_of(expired)
    someone().click(used)
    sql(
        "UPDATE temporary_link SET expires_at = 1 WHERE user_id IN"
        f" (SELECT id FROM user WHERE hash = '{other_fields['user_hash']}')"
    )
    alive = link_of(someone(), purpose)
    swapped = {**fields_of(alive), "user_hash": user}
    dead: list[dict[str, str]] = [
        fields_of(used),
        other_fields,
        swapped,
        {**fields_of(alive), "salt": "A" * 43},
        {"user_hash": "0" * 32, "salt": fields_of(alive)["salt"]},
        {"user_hash": "", "salt": ""},
        {"user_hash": "é\x00'\"<b>", "salt": "\udc80".encode("utf-8", "replace").decode()},
        {"user_hash": "x" * 5000, "salt": "y" * 5000},
        {},
    ]
    reader = someone()
    reader.get("/faq")
    shown = set()
    for fields in dead:
        shown.add(same(reader.get(f"{path}?{urllib.parse.urlencode(fields)}")))
        shown.add(same(post(reader, path, fields)))
        shown.add(same(reader.post(path, fields)))
    assert len(shown) == 1
    [(status, text)] = shown
    assert status == 410
    assert "not active" in text
    assert someone().click(alive).status == 303


@pytest.mark.parametrize("purpose", PAGES)
def test_a_link_for_one_thing_does_nothing_else(
    visitor: Browser, someone: Callable[..., Browser], purpose: str
) -> None:
    link = link_of(visitor, purpose)
    for path in set(PAGES.values()) - {PAGES[purpose]}:
        assert post(someone(), path, fields_of(link)).status == 410
    assert someone().click(link).status == 303


def test_a_form_that_is_sent_twice_signs_in_once(visitor: Browser) -> None:
    link = visitor.ask("hi").link
    fields = visitor.get(link).form("/activate")
    assert visitor.post("/activate", fields).status == 303
    assert visitor.post("/activate", fields).status == 410


def test_a_live_link_is_not_used_up_by_a_form_of_another_site(
    visitor: Browser, someone: Callable[..., Browser]
) -> None:
    link = visitor.ask("hi").link
    for csrf in ({}, {"csrf": "-"}, {"csrf": "0" * 64}):
        answer = someone().post("/activate", fields_of(link) | csrf)
        assert answer.status == 403
    assert visitor.click(link).status == 303


def test_the_page_names_the_account_and_nothing_that_a_stranger_typed(
    visitor: Browser, someone: Callable[..., Browser]
) -> None:
    visitor.submit("/register", "/register", login="typed-by-me", password=PASSWORD)
    with visitor.events() as events:
        link = events.next().link
    assert "typed-by-me" in visitor.get(link).text
    assert "typed-by-me" not in someone().get(link).text


def test_login_and_password_of_the_registration_stay_in_the_same_browser_only(
    someone: Callable[..., Browser],
) -> None:
    for number, same_browser in enumerate((True, False)):
        browser, clicker = someone(), someone()
        login = f"registered-{number}"
        answer = browser.submit("/register", "/register", login=login, password=PASSWORD)
        assert answer.location == "/registered"
        assert browser.follow(answer).status == 200
        with browser.events() as events:
            link = events.next().link
        (browser if same_browser else clicker).click(link)
        signed_in = someone().sign_in(login, PASSWORD)
        assert signed_in.status == (303 if same_browser else 409)


def test_a_newer_login_link_cancels_the_older_one(
    member: Browser, someone: Callable[..., Browser]
) -> None:
    older = member.ask("#loginlink").link
    newer = member.ask("#loginlink").link
    assert someone().get(older).status == 410
    assert someone().click(newer).status == 303


def test_a_password_link_ends_other_sessions_and_lets_one_set_a_password_once(
    member: Browser, someone: Callable[..., Browser]
) -> None:
    link = member.ask("#forgot").link
    other = someone()
    page = other.follow(other.click(link))
    assert member.call("GetAccount").status == 401
    wrong = other.submit(page, "/new_password", new=PASSWORD, again="something else")
    assert wrong.status == 400
    assert "differ" in wrong.text
    assert other.submit(page, "/new_password", new="short", again="short").status == 400
    done = other.submit(page, "/new_password", new=PASSWORD, again=PASSWORD)
    assert done.location == "/dashboard"
    assert other.get("/new_password").location == "/settings#password"


def test_no_search_engine_is_led_to_a_link(visitor: Browser) -> None:
    text = visitor.get("/robots.txt").text
    assert all(f"Disallow: {path}\n" in text for path in PAGES.values())
    assert 'content="noindex"' in visitor.get(visitor.ask("hi").link).text
