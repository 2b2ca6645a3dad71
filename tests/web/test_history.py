"""The page that shows what was changed in an account."""

import re
from collections.abc import Callable

import lxml.html
import pytest

from awt.testing.site import Browser

Someone = Callable[..., Browser]


def rows(page: str) -> list[tuple[str, str]]:
    """Return what the rows of a page say: what was changed, and how."""
    tree = lxml.html.document_fromstring(page)
    return [
        (" ".join(title.text_content().split()), " ".join(note.text_content().split()))
        for title, note in zip(
            tree.xpath("//main//p[@class='row-title']"),
            tree.xpath("//main//p[@class='row-note']"),
            strict=True,
        )
    ]


def test_the_history_shows_what_was_changed_by_which_way_and_from_where(
    someone: Someone, member: Browser
) -> None:
    member.submit("/settings", "/settings/login", login="history-page")
    member.submit("/settings", "/settings/keys/make", name="<b>laptop</b>")
    [key] = member.call("ListKeys").json()["keys"]
    csrf = member.get("/settings").form("/settings/delete")["csrf"]
    member.post("/settings/keys/revoke", {"csrf": csrf, "key": str(key["id"])})
    member.ask("#tz Europe/Berlin")
    page = member.get("/history")
    zone, revoked, made, login = rows(page.text)[:4]
    assert zone[0].startswith("Time zone: ")
    assert zone[0].endswith("Europe/Berlin")
    assert "Chat on this site" in zone[1]
    assert revoked[0] == "Key for programs: <b>laptop</b> removed"
    assert made[0] == "Key for programs: <b>laptop</b> added"
    assert login[0].startswith("Login: ")
    assert login[0].endswith("history-page")
    assert re.search(r" · on the site · network 10\.\d+\.\d+\.0/24$", login[1]), login
    assert 'href="/history"' in member.get("/settings").text

    other = someone(language="ru")
    other.join("history-other", "correct horse battery")
    other.submit("/settings", "/settings/login", login="history-third")
    page = other.get("/history")
    assert "history-page" not in page.text
    assert rows(page.text)[0][0] == "Логин: history-other → history-third"


def test_a_long_history_is_read_page_by_page(member: Browser, sql: Callable[[str], None]) -> None:
    sql(
        """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
        INSERT INTO history (user_id, time, event, old, new, way, network, purge_after)
        SELECT (SELECT max(id) FROM user), 1800000000000 + i, 'login', '', 'name-' || i, 'site', '',
        4000000000000 FROM n"""
    )
    found: list[str] = []
    path = "/history"
    while path:
        page = member.get(path)
        assert page.status == 200
        found += [title for title, _ in rows(page.text)]
        following = lxml.html.document_fromstring(page.text).xpath("//a[text()='Older ones']/@href")
        path = following[0] if following else ""
    names = [title.rpartition(": ")[2] for title in found if "name-" in title]
    assert names == [f"name-{i}" for i in range(120, 0, -1)]


@pytest.mark.parametrize("query", ["?before=x", "?before=-1", "?before=" + "9" * 30])
def test_queries_that_nobody_typed_do_no_harm(member: Browser, query: str) -> None:
    assert member.get("/history" + query).status == 200


def test_whoever_is_not_signed_in_is_sent_to_sign_in(visitor: Browser) -> None:
    answer = visitor.get("/history")
    assert "/login" in answer.location or "/login" in answer.url
