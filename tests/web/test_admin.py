"""The pages of administrators: what they show and do, and that nobody else gets in."""

import re
from collections.abc import Callable

import lxml.html
import pytest

from awt.testing.site import Answer, Browser, RunningNode
from tests.web.test_pages import check

PAGES = (
    "/admin",
    "/admin/users",
    "/admin/report",
    "/admin/services",
    "/admin/news",
    "/admin/queues",
    "/admin/nodes",
    "/admin/garbage",
    "/admin/audit",
)
FORMS = (
    "/admin/users/points",
    "/admin/users/block",
    "/admin/users/unblock",
    "/admin/report/block",
    "/admin/services/put",
    "/admin/news/preview",
    "/admin/news/send",
    "/admin/news/stop",
    "/admin/queues/replay",
    "/admin/queues/drop",
    "/admin/nodes/add",
    "/admin/nodes/renew",
)
Someone = Callable[..., Browser]
Sql = Callable[[str], None]


@pytest.fixture
def admin(someone: Someone, sql: Sql) -> Callable[..., Browser]:
    """Make somebody an administrator, by a login name."""

    def make(login: str, **options: str) -> Browser:
        browser = someone(**options)
        browser.join(login)
        sql(f"UPDATE user SET is_admin = 1 WHERE login = '{login}'")
        return browser

    return make


def hash_of(browser: Browser) -> str:
    return str(browser.call("GetAccount").json()["hash"])


def main(page: Answer) -> str:
    """Return what the page says to whoever reads it."""
    return " ".join(lxml.html.document_fromstring(page.text).xpath("string(//main)").split())


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_every_page_is_there_in_both_languages(admin: Callable[..., Browser], lang: str) -> None:
    chief = admin(f"chief-{lang}", language=lang)
    for path in (*PAGES, f"/admin/users/{hash_of(chief)}"):
        page = chief.get(path)
        assert page.status == 200, path
        tree = check(page, lang)
        assert tree.xpath("//meta[@name='robots']/@content") == ["noindex"]
        assert tree.xpath("//nav//a[@href='/admin'][@aria-current]")


def test_visitors_sign_in_first_and_users_are_refused(visitor: Browser, member: Browser) -> None:
    for path in (*PAGES, "/admin/users/x", "/admin/queues/x"):
        assert visitor.get(path).location == "/login"
        assert member.get(path).status == 403, path
    csrf = member.get("/settings").form("/settings/login")["csrf"]
    for path in FORMS:
        assert member.post(path, {"csrf": csrf}).status == 403, path
        assert visitor.post(path, {}).status == 403, path
    assert "/admin" not in member.get("/dashboard").text


def test_a_form_of_another_site_changes_nothing(admin: Callable[..., Browser]) -> None:
    chief = admin("forged")
    for path in FORMS:
        assert chief.post(path, {"user": "forged", "confirm": "yes"}).status == 403, path


def test_an_account_is_found_credited_blocked_and_opened_again(
    admin: Callable[..., Browser], someone: Someone
) -> None:
    chief, ann = admin("chief-users"), someone()
    ann.join("ann-found")
    found = chief.get("/admin/users?begins=ann-f")
    assert "ann-found" in main(found)
    assert "chief-users" not in main(found)
    path = f"/admin/users/{hash_of(ann)}"
    assert path in found.text

    page = chief.get(path)
    form = page.form("/admin/users/points") | {"amount": "25", "reason": "for <b>patience</b>"}
    for _ in range(2):  # the second press of the button
        assert chief.post("/admin/users/points", form).location == path
    assert "225" in main(chief.get(path))
    assert "&lt;b&gt;patience" in chief.get(path).text
    for wrong in ({"amount": "much"}, {"amount": "0"}, {"reason": " "}, {"amount": "-9999"}):
        answer = chief.submit(
            page, "/admin/users/points", **({"amount": "1", "reason": "x"} | wrong)
        )
        assert answer.status in {400, 409}, wrong
        assert "225" in main(answer)

    blocked = chief.submit(page, "/admin/users/block", confirm="yes")
    assert "is blocked" in main(chief.follow(blocked))
    assert ann.get("/dashboard").location == "/login"
    assert chief.submit(page, "/admin/users/block").status == 409  # the box was not ticked
    opened = chief.follow(chief.submit(path, "/admin/users/unblock"))
    assert "open again" in main(opened)
    deeds = main(chief.get("/admin/audit"))
    assert "UnblockUser" in deeds
    assert "patience" in deeds
    assert "chief-users" in deeds


def test_an_account_of_the_report_is_blocked_there(
    admin: Callable[..., Browser], someone: Someone, sql: Sql
) -> None:
    def forget(login: str) -> None:
        """Let it be long ago that somebody was here."""
        sql(f"UPDATE user SET time = 1 WHERE login = '{login}'")
        who = f"SELECT id FROM user WHERE login = '{login}'"
        sql(f"UPDATE session SET seen_at = 1 WHERE user_id = ({who})")

    chief, ann, bob = admin("chief-report"), someone(), someone()
    for browser, login in ((ann, "ann-idle"), (bob, "bob-idle")):
        browser.join(login)
        browser.call("SaveTest", {"name": "page", "text": "open https://example.org/"})
        forget(login)
    page = chief.get("/admin/report")
    assert "2 accounts" in main(page)
    assert "ann-idle" in main(page)
    form = page.form("/admin/report/block") | {"user": hash_of(ann), "confirm": "yes"}
    assert chief.post("/admin/report/block", form | {"confirm": ""}).status == 409
    forget("ann-idle")
    said = main(chief.follow(chief.post("/admin/report/block", form)))
    assert "is blocked" in said
    assert "ann-idle" not in said
    assert "bob-idle" in said
    assert "BlockUser" in main(chief.get("/admin/audit"))


def test_nobody_blocks_himself(admin: Callable[..., Browser]) -> None:
    chief = admin("chief-self")
    path = f"/admin/users/{hash_of(chief)}"
    with pytest.raises(LookupError):
        chief.get(path).form("/admin/users/block")
    csrf = chief.get(path).form("/admin/users/points")["csrf"]
    fields = {"csrf": csrf, "user": "chief-self", "confirm": "yes"}
    assert chief.post("/admin/users/block", fields).status == 409
    assert chief.get("/admin/users/nobody").status == 404


def test_a_service_is_added_changed_and_disabled(admin: Callable[..., Browser]) -> None:
    chief = admin("chief-shop")
    page = chief.get("/admin/services")
    csrf = page.form("/admin/services/put")["csrf"]
    fields = {
        "csrf": csrf,
        "short_name": "shop",
        "title": "Shop <&>",
        "description": "Sells.",
        "price": "7",
        "url": "https://shop.example/hook",
        "enabled": "yes",
    }
    assert chief.post("/admin/services/put", fields | {"url": "gopher://x"}).status == 400
    bad = chief.post("/admin/services/put", fields | {"price": "many"})
    assert (bad.status, "whole number" in main(bad)) == (400, True)
    assert chief.post("/admin/services/put", fields).location == "/admin/services"
    shown = main(chief.get("/admin/services"))
    assert "Shop <&>" in shown
    assert "https://shop.example/hook" in shown
    assert "Shop <&>" in main(chief.get("/services"))
    del fields["enabled"]
    chief.post("/admin/services/put", fields | {"url": "", "price": ""})
    assert "Shop <&>" not in main(chief.get("/services"))
    assert "shop.example" not in main(chief.get("/admin/services"))
    base = {"csrf": csrf, "short_name": "base", "title": "Assistant", "description": ""}
    assert chief.post("/admin/services/put", base).status == 303


def test_news_are_shown_first_then_sent_once(
    admin: Callable[..., Browser], someone: Someone
) -> None:
    chief, ann = admin("chief-news"), someone(language="ru")
    ann.join("ann-news")
    nothing = chief.submit("/admin/news", "/admin/news/preview")
    assert (nothing.status, "nothing in it" in main(nothing)) == (400, True)
    texts = {"text-en": "New: <i>shops</i>\n\nand more", "text-ru": "Новое: магазины"}
    preview = chief.submit("/admin/news", "/admin/news/preview", **texts)
    assert preview.status == 200
    said = main(preview)
    assert "Новое: магазины" in said
    assert "New: <i>shops</i>" in said
    assert re.search(r"Chat on this site: \d+ readers", said)
    send = preview.form("/admin/news/send")
    assert send["text-en"].replace("\r\n", "\n").strip() == texts["text-en"]
    with ann.events() as events:
        for _ in range(2):  # the second press of the button
            assert chief.post("/admin/news/send", send).status == 303
        told = events.next()
        while not told.text.startswith("Новое"):
            told = events.next()
        assert (told.text, told.sender) == ("Новое: магазины", "assistant")
    assert chief.get("/admin/news").text.count("New: &lt;i&gt;shops") == 1
    stopped = chief.post("/admin/news/stop", {"csrf": send["csrf"], "id": "999999"})
    assert stopped.status == 404
    assert chief.post("/admin/news/stop", {"csrf": send["csrf"], "id": "x"}).status == 400


def test_dead_letters_are_read_replayed_and_dropped(
    node: RunningNode, admin: Callable[..., Browser], sql: Sql
) -> None:
    chief = admin("chief-dead")
    for name in ("lost-1", "lost-2"):
        sql(
            "INSERT INTO outbox (message_id, queue, body, trace, state, attempt, created_at, next_at,"
            f" error) VALUES ('{name}', 'user_op.base.webchat', '"
            '{"kind": "answer", "address": "a1", "text": "<script>hi</script> \\ue000"}'
            f"', 't', 'dead', 6, 1, 1, 'no <such> chat')"
        )
    assert "no <such> chat" in main(chief.get("/admin/queues"))
    letter = chief.get("/admin/queues/lost-1")
    assert "<script>hi</script> ***" in main(letter)
    assert chief.submit(letter, "/admin/queues/replay").location == "/admin/queues"
    assert chief.get("/admin/queues/lost-1").status == 404
    gone = chief.submit("/admin/queues/lost-2", "/admin/queues/drop")
    assert "dropped" in main(chief.follow(gone))
    assert chief.submit(letter, "/admin/queues/replay").status == 404


def test_a_node_is_added_and_gets_a_new_token(admin: Callable[..., Browser]) -> None:
    chief = admin("chief-nodes")
    made = chief.submit("/admin/nodes", "/admin/nodes/add", name="c7", services="base, webtest")
    first = lxml.html.document_fromstring(made.text).xpath("string(//code[@class='break'])")
    assert len(first) == 43
    assert "base, webtest" in main(made)
    assert chief.submit("/admin/nodes", "/admin/nodes/add", name="c7").status == 409
    assert chief.submit("/admin/nodes", "/admin/nodes/add", name="C 7").status == 400
    renewed = chief.submit("/admin/nodes", "/admin/nodes/renew", name="c7")
    second = lxml.html.document_fromstring(renewed.text).xpath("string(//code[@class='break'])")
    assert second not in {"", first}
    assert first not in chief.get("/admin/audit").text
    assert second not in chief.get("/admin/audit").text


@pytest.mark.parametrize("query", ["?before=x", "?before=-1", "?before=" + "9" * 30, "?status=XX"])
def test_queries_that_nobody_typed_do_no_harm(admin: Callable[..., Browser], query: str) -> None:
    chief = admin(f"chief-{abs(hash(query)) % 10**6}")
    for path in ("/admin/users", "/admin/audit"):
        assert chief.get(path + query).status == 200
