"""Forms: their token, their errors, and what people type into them."""

import re
from collections.abc import Callable

import pytest

from awt.testing.site import Browser, RunningNode

PASSWORD = "correct horse battery"
MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;{{7*7}}"
FORMS = {
    "/login": "/login",
    "/register": "/register",
    "/faq": "/lang",
}
MEMBER_FORMS = {
    "/settings/login": {"login": "changed"},
    "/settings/password": {"new": PASSWORD, "again": PASSWORD},
    "/settings/preferences": {"lang": "ru", "timezone": "Europe/Moscow"},
    "/settings/sessions/end": {"session": "1"},
    "/settings/sessions/end_others": {},
    "/settings/delete": {"confirm": "yes"},
    "/services/add": {"short_name": "webtest"},
    "/services/resend": {"short_name": "base"},
    "/services/delete": {"short_name": "webtest"},
    "/logout": {},
    "/lang": {"lang": "ru"},
}


@pytest.mark.parametrize("action", MEMBER_FORMS)
def test_no_form_is_taken_without_its_token(member: Browser, action: str) -> None:
    before = member.call("GetAccount").json()
    for token in ({}, *({"csrf": csrf} for csrf in ("", "-", "0" * 64, "é", "x" * 10_000))):
        answer = member.post(action, MEMBER_FORMS[action] | token)
        assert answer.status == 403
        assert "form_expired" in answer.text
    assert member.call("GetAccount").json() == before


@pytest.mark.parametrize("csrf", ["", "-"])
@pytest.mark.parametrize("page", FORMS)
def test_no_form_is_taken_from_a_browser_without_a_cookie(
    visitor: Browser, page: str, csrf: str
) -> None:
    fields = visitor.get(page).form(FORMS[page])
    visitor.cookies.clear()
    assert visitor.post(FORMS[page], fields).status == 403
    visitor.cookies.clear()
    assert visitor.post(FORMS[page], {**fields, "csrf": csrf, "lang": "ru"}).status == 403


def test_the_form_on_an_error_page_works_at_once(visitor: Browser) -> None:
    refused = visitor.post("/lang", {"lang": "ru"})
    assert refused.status == 403
    assert visitor.submit(refused, "/lang", lang="ru").status == 303
    missing = visitor.get("/no/such/page")
    assert missing.status == 404
    assert 'lang="ru"' in missing.text
    assert visitor.submit(missing, "/lang", lang="en").status == 303


def test_the_token_of_somebody_else_is_worth_nothing(
    member: Browser, someone: Callable[..., Browser]
) -> None:
    foreign = someone().get("/faq").form("/lang")["csrf"]
    assert member.post("/settings/login", {"csrf": foreign, "login": "taken-over"}).status == 403


def test_wrong_password_and_unknown_login_look_the_same(someone: Callable[..., Browser]) -> None:
    someone().join("known-here", PASSWORD)
    shown = set()
    for login in ("known-here", "unknown-here"):
        answer = someone().sign_in(login, "not the password")
        page = re.sub(r"[0-9a-f]{64}", "-", answer.text).replace(login, "-")
        shown.add((answer.status, page))
    assert len(shown) == 1
    assert shown.pop()[0] == 409


def test_too_many_failures_stop_a_network_and_not_the_owner(
    someone: Callable[..., Browser],
) -> None:
    owner, guesser = someone(), someone()
    owner.join("guessed-at", PASSWORD)
    for _ in range(10):
        assert guesser.sign_in("guessed-at", "a wrong guess").status == 409
    stopped = guesser.sign_in("guessed-at", PASSWORD)
    assert stopped.status == 429
    assert int(stopped.headers["Retry-After"]) > 0
    assert "minutes" in stopped.text
    assert someone().sign_in("guessed-at", PASSWORD).status == 303


def test_an_account_that_is_not_activated_cannot_sign_in(someone: Callable[..., Browser]) -> None:
    browser = someone()
    browser.submit("/register", "/register", login="not-yet", password=PASSWORD)
    answer = browser.sign_in("not-yet", PASSWORD)
    assert answer.status == 409
    assert "not activated" in answer.text


def test_errors_of_a_form_stand_at_their_fields_and_keep_what_was_typed(
    visitor: Browser,
) -> None:
    answer = visitor.submit("/register", "/register", login="A B", password="short")
    assert answer.status == 400
    assert 'value="a b"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "short" not in re.findall(r'value="([^"]*)"', answer.text)


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ("24 hours", "is deleted")), ("ru", ("24 часа", "удаляется"))]
)
def test_the_form_warns_that_an_account_is_deleted_if_it_is_not_activated(
    someone: Callable[..., Browser], lang: str, words: tuple[str, ...]
) -> None:
    page = someone(language=lang).get("/register").text
    assert all(word in page for word in words)


def test_the_form_asks_for_no_address_where_nothing_is_carried(visitor: Browser) -> None:
    assert not {"jabber", "skype"} & visitor.get("/register").form("/register").keys()


def test_registering_says_when_a_login_is_taken(member: Browser, visitor: Browser) -> None:
    member.submit("/settings", "/settings/login", login="first-come")
    answer = visitor.submit("/register", "/register", login="first-come", password=PASSWORD)
    assert answer.status == 409
    assert "Somebody has" in answer.text


def test_settings_show_what_is_wrong(member: Browser) -> None:
    for action, fields in (
        ("/settings/login", {"login": "no spaces please"}),
        ("/settings/password", {"new": "short", "again": "short"}),
        ("/settings/password", {"new": PASSWORD, "again": "differs"}),
        ("/settings/preferences", {"lang": "xx", "timezone": "Mars/Olympus"}),
    ):
        answer = member.submit("/settings", action, **fields)
        assert answer.status == 400, action
        assert 'role="alert"' in answer.text
        assert "field-error" in answer.text, action


@pytest.mark.parametrize("session", ["", "0", "-1", "x", "²", "9" * 30, "9" * 18, "1e3"])
def test_a_session_that_is_none_cannot_be_ended(member: Browser, session: str) -> None:
    csrf = member.get("/settings").form("/lang")["csrf"]
    answer = member.post("/settings/sessions/end", {"csrf": csrf, "session": session})
    assert answer.status == 404


def test_a_service_is_bought_only_with_a_confirmation(member: Browser) -> None:
    csrf = member.get("/services").form("/lang")["csrf"]
    fields = {"csrf": csrf, "short_name": "demo"}
    assert member.post("/services/add", fields).status == 409
    assert member.call("GetAccount").json()["points"] == 200
    assert member.post("/services/add", {**fields, "confirm": "yes"}).status == 303
    assert member.call("GetAccount").json()["points"] == 150
    assert "Paid sample" in member.get("/dashboard").text
    assert member.post("/services/delete", fields).status == 303
    assert member.post("/services/add", {**fields, "short_name": "nosuch"}).status == 404


def test_the_administrator_is_told_that_his_account_stays(
    node: RunningNode, someone: Callable[..., Browser]
) -> None:
    browser = someone()
    link = re.search(r"http\S+/temporary_login\S+", node.log)
    assert link
    assert browser.click(link.group()).status == 303
    assert browser.call("GetAccount").json()["login"] == "admin"


@pytest.mark.parametrize("page", ["/login", "/register"])
def test_nothing_that_is_typed_becomes_markup(visitor: Browser, page: str) -> None:
    answer = visitor.submit(page, page, login=MARKUP, password=MARKUP * 9)
    assert "<script>alert" not in answer.text
    assert "onerror=alert(2)>" not in answer.text.replace("&gt;", "")
    assert "49" not in re.findall(r'value="([^"]*)"', answer.text)


def test_what_a_browser_says_of_itself_is_shown_as_text(someone: Callable[..., Browser]) -> None:
    browser = someone(**{"User-Agent": MARKUP})
    browser.join()
    page = browser.get("/settings")
    assert "<script>alert" not in page.text
    assert "&lt;script" in page.text


def test_what_an_inviter_link_says_is_kept_as_text(visitor: Browser) -> None:
    query = "?invited_by=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    assert "<script>alert" not in visitor.get(f"/faq{query}").text
    assert 'href="/register?invited_by=abc"' in visitor.get("/faq?invited_by=abc").text
    page = visitor.get(f"/register{query}")
    assert "<script>alert" not in page.text
    assert page.form("/register")["invited_by"] == '"><script>alert(1)</script>'
    assert visitor.submit(page, "/register").status == 303


@pytest.mark.parametrize(
    ("back", "location"),
    [
        ("/faq", "/faq"),
        ("/faq?invited_by=a", "/faq?invited_by=a"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/\t/evil.example", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_language_form_leads_back_to_this_site_only(
    visitor: Browser, back: str, location: str
) -> None:
    answer = visitor.submit("/faq", "/lang", lang="ru", back=back)
    assert (answer.status, answer.location) == (303, location)
    assert "x" not in visitor.cookies


def test_a_language_is_kept_by_the_browser_and_then_by_the_account(member: Browser) -> None:
    member.submit("/faq", "/lang", lang="ru")
    assert member.call("GetAccount").json()["lang"] == "ru"
    assert 'lang="ru"' in member.get("/dashboard").text
    member.sign_out()
    assert '<html lang="ru">' in member.get("/").text
    assert member.submit("/faq", "/lang", lang="xx").status == 400


def test_keys_are_made_listed_used_and_revoked(
    member: Browser, someone: Callable[..., Browser]
) -> None:
    assert "You have no keys" in member.get("/settings").text
    made = member.submit("/settings", "/settings/keys/make", name="laptop <1>", read_only="yes")
    assert made.status == 200
    key = made.text.partition('<code class="break">')[2].partition("<")[0]
    program = someone(Authorization=f"Bearer {key}")
    assert program.call("GetAccount").status == 200
    assert program.call("UpdateAccount", {"lang": "ru"}).status == 403
    page = member.get("/settings")
    assert key not in page.text
    assert "laptop &lt;1&gt;" in page.text
    assert "May only look" in page.text
    revoked = member.follow(member.submit(page, "/settings/keys/revoke"))
    assert "revoked" in revoked.text
    assert program.call("GetAccount").status == 401
    assert member.submit(page, "/settings/keys/revoke").status == 404
    fields = page.form("/settings/keys/revoke") | {"key": "x"}
    assert member.post("/settings/keys/revoke", fields).status == 404
    assert member.submit(page, "/settings/keys/make", name=" ").status == 400
