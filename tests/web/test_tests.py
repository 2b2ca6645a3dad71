"""Pages of tests and runs: whose they are, their forms, what they show of strangers' words."""

import http.client
import json
import threading
from collections.abc import Callable

import pytest

from awt.testing.process import PATIENCE
from awt.testing.site import Answer, Browser, RunningNode
from awt.testing.website import Website

NAME = '"><script>alert(1)</script>'


def made(browser: Browser, text: str = "open a.example\n") -> int:
    return int(browser.call("SaveTest", {"name": NAME, "text": text}).json()["id"])


def send(browser: Browser, path: str, **fields: str) -> Answer:
    csrf = browser.get("/settings").form("/lang")["csrf"]
    return browser.post(path, {"csrf": csrf, **fields})


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_pages_say_everything_in_both_languages(
    someone: Callable[..., Browser], lang: str
) -> None:
    browser = someone(language=lang)
    browser.join()
    send(browser, "/lang", lang=lang, back="/")
    test = made(browser)
    browser.call("SaveGroup", {"name": NAME, "members": [{"test": test, "type": "http"}]})
    browser.call("DeleteTest", {"id": made(browser)})
    task = browser.call("RunTest", {"test": test, "type": "http"}).json()["id"]
    for path in ("/tests", "/tests/new", f"/tests/{test}", f"/tasks/{task}"):
        page = browser.get(path)
        assert page.status == http.client.OK, path
        assert "<script>alert" not in page.text
        assert "site-" not in page.text.replace("website-", "").partition("<main")[2]
        assert f'lang="{lang}"' in page.text


def test_a_test_is_made_changed_copied_deleted_and_restored_by_forms(member: Browser) -> None:
    answer = send(member, "/tests/new", name="Shop", text="open a.example\r\ntext x\r\n", do="save")
    assert answer.status == http.client.SEE_OTHER
    path = answer.location
    assert "text x" in member.get(path).text
    wrong = send(member, path, name="Shop", text="open a.example\nclick //a[\n", do="save")
    assert wrong.status == http.client.BAD_REQUEST
    assert "Line 2, column 10" in wrong.text
    assert "click //a[" in wrong.text, "what was typed is not lost"
    assert "text x" in member.get(path).text
    copy = send(member, f"{path}/copy").location
    assert "Shop (copy)" in member.get(copy).text
    assert send(member, f"{path}/delete").location == "/tests"
    number = path.rpartition("/")[2]
    assert f'action="/tests/{number}/restore"' in member.get("/tests").text
    assert send(member, f"{path}/restore").location == "/tests"
    assert f'href="{path}"' in member.get("/tests").text


def test_what_is_exported_is_imported_again(member: Browser) -> None:
    test = made(member, 'open a.example\nenter //input "  b  "\n')
    exported = member.get(f"/tests/{test}/export")
    assert exported.headers["Content-Type"] == "application/json"
    assert "attachment" in exported.headers["Content-Disposition"]
    one = exported.json()
    many = json.dumps([one, one | {"name": "Second"}])
    assert send(member, "/tests/import", json=many).status == http.client.SEE_OTHER
    found = member.call("ListTests").json()["tests"]
    assert [each["name"] for each in found] == ["Second", NAME, NAME]
    assert found[0]["actions"] == one["actions"]
    for bad in ("{", "[]x", '{"name": "x"}', '{"name": "x", "actions": [{"type": "fly"}]}'):
        assert send(member, "/tests/import", json=bad).status == http.client.BAD_REQUEST
    pasted = send(
        member, f"/tests/{test}", name="P", text=json.dumps(one["actions"][:1]), do="save"
    )
    assert pasted.status == http.client.SEE_OTHER
    assert len(member.call("GetTest", {"id": test}).json()["actions"]) == 1


def test_a_group_is_made_of_ticked_tests_and_run(member: Browser) -> None:
    test = made(member)
    answer = send(member, "/groups", name="All", type="http", test=str(test))
    assert answer.status == http.client.SEE_OTHER
    [group] = member.call("ListGroups").json()["groups"]
    assert group["members"] == [{"test": test, "name": NAME, "type": "http"}]
    assert send(member, f"/groups/{group['id']}/run").status == http.client.SEE_OTHER
    assert len(member.call("ListTasks", {"test": test}).json()["tasks"]) == 1
    assert send(member, f"/groups/{group['id']}/delete").status == http.client.SEE_OTHER
    assert member.call("ListGroups").json()["groups"] == []


def test_everything_is_its_owners_alone(member: Browser, someone: Callable[..., Browser]) -> None:
    test = made(member)
    task = member.call("RunTest", {"test": test, "type": "http"}).json()["id"]
    other, visitor = someone(), someone()
    other.join()
    for path in (
        f"/tests/{test}",
        f"/tests/{test}/export",
        f"/tasks/{task}",
        f"/tasks/{task}/shots/1",
    ):
        assert other.get(path).status == http.client.NOT_FOUND, path
        assert visitor.get(path).location == "/login", path
    for path in (
        f"/tests/{test}",
        f"/tests/{test}/copy",
        f"/tests/{test}/delete",
        f"/tests/{test}/run",
    ):
        assert send(other, path, name="x", text="open b.example").status == http.client.NOT_FOUND
    for path in (f"/tasks/{task}/cancel", f"/tasks/{task}/share"):
        assert send(other, path, days="7").status == http.client.NOT_FOUND
    assert other.get(f"/tasks/{task}/events").status == http.client.NOT_FOUND
    assert visitor.get(f"/tasks/{task}/events").status == http.client.UNAUTHORIZED
    assert member.get(f"/tests/{test}").status == http.client.OK


def test_a_form_without_its_token_changes_nothing(member: Browser) -> None:
    test = made(member)
    for path in (f"/tests/{test}/delete", "/tests/new", "/groups", "/tests/import"):
        assert member.post(path, {"name": "x"}).status == http.client.FORBIDDEN
    assert len(member.call("ListTests").json()["tests"]) == 1


def test_a_shared_run_is_seen_by_whoever_has_the_link(
    member: Browser, visitor: Browser, node: RunningNode
) -> None:
    task = member.call("RunTest", {"url": "http://127.0.0.1:1/", "type": "http"}).json()["id"]
    shown = send(member, f"/tasks/{task}/share", days="7")
    assert shown.status == http.client.OK
    url = member.call("ShareTask", {"id": task}).json()["url"]
    page = visitor.get(url.removeprefix(node.url))
    assert page.status == http.client.OK
    assert "127.0.0.1:1" in page.text
    assert "/cancel" not in page.text.partition("<main")[2]
    assert visitor.get(url.removeprefix(node.url) + "/shots/1").status == http.client.NOT_FOUND
    assert visitor.get("/shared/nothing").status == http.client.NOT_FOUND
    assert visitor.call("CancelTask", {"id": task}).status == http.client.UNAUTHORIZED
    for days in ("0", "31", "x", "9" * 40):
        assert send(member, f"/tasks/{task}/share", days=days).status == http.client.BAD_REQUEST


def test_a_live_run_tells_its_page_and_ends_with_the_run(member: Browser) -> None:
    with Website() as website:
        with website.hold():
            task = member.call("RunTest", {"url": website.url, "type": "http"}).json()["id"]
            website.fetched(1)
            heard: list[str] = []
            reader = threading.Thread(
                target=lambda: heard.append(member.get(f"/tasks/{task}/events").text)
            )
            reader.start()
        reader.join(PATIENCE)
    assert not reader.is_alive(), "the stream ended with the run"
    states = [json.loads(line[6:]) for line in heard[0].splitlines() if line.startswith("data: ")]
    assert states[-1] == {"status": "succeeded", "done": 1, "shots": 0}
