"""The pages of invites and addresses."""

import re
from collections.abc import Callable

import lxml.html
import pytest

from awt.testing.site import Browser

Someone = Callable[..., Browser]


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_whoever_comes_by_a_link_is_told_what_it_earns_and_keeps_its_inviter(
    someone: Someone, member: Browser, lang: str
) -> None:
    link = re.search(r"<code class=\"break\">([^<]+)</code>", member.get("/invites").text)
    assert link
    visitor = someone(language=lang)
    page = visitor.get(link.group(1))
    assert page.status == 200
    tree = lxml.html.document_fromstring(page.text)
    [href] = tree.xpath("//a[starts-with(@href, '/register')]/@href[contains(., 'invited_by')]")
    assert link.group(1).partition("invited_by=")[2] in href
    assert "100" in page.text
    form = visitor.get(href).form("/register")
    assert form["invited_by"] == href.partition("invited_by=")[2]


def test_an_account_of_the_chat_alone_is_told_what_it_lacks(member: Browser) -> None:
    page = member.get("/invites")
    assert "no network but this site" in page.text or 'href="/settings#ims"' in page.text
    answer = member.post("/invites", {"csrf": page.form("/logout")["csrf"], "kind": "jabber"})
    assert answer.status == 400


@pytest.mark.parametrize("action", ["resend", "revoke"])
@pytest.mark.parametrize("row", ["", "0", "1", "x", "9" * 30, "-1", "<b>"])
def test_an_invite_of_nobody_is_refused_in_words(member: Browser, action: str, row: str) -> None:
    csrf = member.get("/invites").form("/logout")["csrf"]
    answer = member.post(f"/invites/{action}", {"csrf": csrf, "id": row})
    assert answer.status == 404
    assert "no such invite" in answer.text


@pytest.mark.parametrize("path", ["/invites", "/invites/resend", "/settings/ims/add"])
def test_forms_need_their_token_and_an_account(
    member: Browser, visitor: Browser, path: str
) -> None:
    assert member.post(path, {"id": "1"}).status == 403
    csrf = visitor.get("/faq").form("/lang")["csrf"]
    assert visitor.post(path, {"csrf": csrf}).location == "/login"


@pytest.mark.parametrize(
    "address", ["<script>alert(1)</script>@x.org", "x" * 5000, "\u202e@x.org", "{{ 7 * 7 }}@x.org"]
)
def test_what_is_typed_is_never_markup(member: Browser, address: str) -> None:
    for path, action in (("/invites", "/invites"), ("/settings", "/settings/ims/add")):
        csrf = member.get(path).form("/logout")["csrf"]
        answer = member.post(action, {"csrf": csrf, "kind": "jabber", "address": address})
        assert answer.status == 400
        assert "<script>alert" not in answer.text
        assert "49@x.org" not in answer.text


def test_a_wrong_code_is_said_on_the_settings(member: Browser) -> None:
    csrf = member.get("/settings").form("/logout")["csrf"]
    answer = member.post("/settings/ims/confirm", {"csrf": csrf, "code": "AAAA-AAAA"})
    assert answer.status == 409
    assert "This code is wrong" in answer.text


def test_a_second_click_on_add_shows_the_services_again(member: Browser) -> None:
    page = member.get("/services")
    fields = page.form("/services/add")
    first = member.post("/services/add", fields)
    second = member.post("/services/add", fields)
    assert (first.status, second.status) == (303, 303)
    assert first.location == second.location
