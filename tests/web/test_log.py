"""What the log of a node has of the links that were opened: no token, whatever happens."""

import sqlite3
from types import SimpleNamespace

import pytest

from awt.testing.site import RunningNode
from awt.web.request import shown_path
from tests.web.test_tests import send


def test_no_token_of_a_link_is_logged_although_its_page_fails() -> None:
    with RunningNode() as node, node.browser() as ann, node.browser() as friend:
        links = [ann.ask("hi").link]
        ann.click(links[0])
        links += [ann.ask(command).link for command in ("#loginlink", "#forgot")]
        links.append(ann.call("ListInvites").json()["link"])
        for link in links:
            friend.get(link)
        task = ann.call("RunTest", {"url": "http://127.0.0.1:1/", "type": "http"}).json()["id"]
        assert send(ann, f"/tasks/{task}/share", days="7").status == 200
        shared = ann.call("ShareTask", {"id": task}).json()["url"]
        assert friend.get(shared).status == 200
        with sqlite3.connect(node.database, timeout=30) as connection:
            connection.execute("UPDATE task SET actions = '{'")
        connection.close()
        assert friend.get(shared).status == 500
        tokens = [link.rpartition("=")[2] for link in links] + [shared.rpartition("/")[2]]
        log = node.log
    assert "/shared/*** failed" in log
    assert len(set(tokens)) == 5
    assert [token for token in tokens if token in log] == []


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (b"/shared/TOKEN", "/shared/***"),
        (b"/shared/TOKEN/shots/1", "/shared/***/shots/1"),
        (b"//shared//TOKEN/", "/shared/***/"),
        (b"/tests/1", "/tests/1"),
        (b"/sharedness/x", "/sharedness/x"),
    ],
)
def test_a_path_is_shown_without_the_token_in_it(path: bytes, shown: str) -> None:
    assert shown_path(SimpleNamespace(path=path)) == shown
