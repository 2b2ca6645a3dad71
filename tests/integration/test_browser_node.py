"""A node with browsers, in a process of its own: what it does, what may happen to it, what it leaves."""

import http.client
import io
import os
import re
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

import pytest
from attrs import asdict, frozen
from PIL import Image

from awt.calls import KEPT
from awt.db.migrate import migrate
from awt.executor.proxy import MAX_BYTES
from awt.testing.mariadb import MariaDB
from awt.testing.process import PATIENCE, ServerError, below, until
from awt.testing.proxy_node import ProxyNode
from awt.testing.scale import SCALE
from awt.testing.site import Browser, Event, RunningNode
from awt.testing.suite import ClientNode, Suite
from awt.testing.website import Website
from awt.testing.xmpp_user import XmppUser
from tests.integration.test_executor_node import introduce, task

TYPE: Final = "gc_1280x800"
MEBIBYTE: Final = 2**20
SHOP: Final = b"""<!doctype html><meta charset=utf-8><title>The shop</title><h1>Welcome</h1>
    <form action=/found><input name=user><p id=note>old</p><button>Sign in</button></form>"""
LAST: Final = b"""<!doctype html><title>Wait</title><h1>Last</h1>
    <script>fetch("/gate").then(() => { document.title = "Done" })</script>"""
TEN: Final = """open {url}/shop
title the SHOP
exists //h1
enter //input[@name='user'] bob
modify //p[@id='note'] new
click //button[.='Sign in']
url user=bob
var_title HERE
var_regexp HERE [a-z]+$
open {url}/last?{{HERE}}
"""
"""Ten actions: seven with a picture after them, a click with one before as well."""
SHOTS: Final = [2, 8, 11, 14, 16, 17, 29]
"""The numbers of their pictures."""
BONUS: Final = 100_000
"""Points that everybody has."""
AWAY: Final = 0 if SCALE == 1 else 60
"""Seconds for which a server is away, beyond those that it takes to notice."""


@pytest.fixture(scope="module")
def reachable() -> Iterator[Path]:
    """A folder that other users can get to, as who runs the browsers has to."""
    with TemporaryDirectory(prefix="awt-") as folder:
        path = Path(folder)
        path.chmod(0o711)
        yield path


@pytest.fixture(scope="module")
def far() -> Iterator[ProxyNode]:
    """The host that tests of the region ``us`` go through."""
    with ProxyNode() as running:
        yield running


@pytest.fixture(scope="module")
def server(mariadb: MariaDB, far: ProxyNode) -> Iterator[RunningNode]:
    """A node that runs no tests itself, and whose screenshots are all that it writes into files."""
    url = mariadb.database()
    migrate(url)
    with RunningNode(
        PARTS="w1,web,scheduler",
        DATABASE_URL=url,
        LIMITS_ACTION_SECONDS="60",
        LIMITS_CALLS_PER_MINUTE="1000000",
        MONEY_SIGN_UP_BONUS=str(BONUS),
        PROXIES_US=far.address,
    ) as node:
        yield node


@pytest.fixture(scope="module")
def node(server: RunningNode, far: ProxyNode, reachable: Path) -> Iterator[ClientNode]:
    """The node with the browsers."""
    token, data = introduce(server, "b1-1"), reachable / "b1-1"
    with executor(server.url, token, data, PROXIES_US=far.address) as running:
        yield running
        assert "Traceback" not in running.log


@pytest.fixture
def ann(server: RunningNode, node: ClientNode) -> Iterator[Browser]:
    for each in (server, node):
        if not each.running:  # a test before this one failed
            each.restart()
    with server.browser() as browser:
        browser.join()
        until(lambda: asks(browser), seconds=60, what="a node that asks", every=0.1)
        yield browser


@pytest.fixture
def shop() -> Iterator[Website]:
    with Website(SHOP, pages={"/last": LAST}) as website:
        yield website


def executor(url: str, token: str, data: Path, **settings: str) -> ClientNode:
    return ClientNode(
        SERVICE="webtest",
        SERVER_URL=url,
        SERVER_TOKEN=token,
        DATA_DIR=str(data),
        EXECUTOR_SLOTS="2",
        **settings,
    )


def run(ann: Browser, text: str, *, type_: str = TYPE) -> int:
    answer = ann.call("RunTest", {"text": text, "type": type_})
    assert answer.status == 200, answer.text
    return int(answer.json()["id"])


def asks(ann: Browser) -> bool:
    """Tell whether the node has asked for tasks."""
    living = ann.call("ListTypes").json()["living"]
    return TYPE in living and "ff" not in living  # without any node, every type is said to live


def spent(ann: Browser) -> int:
    return BONUS - int(ann.call("GetAccount").json()["points"])


def reasons(found: dict[str, Any]) -> list[str]:
    return [result["reason"] or result["status"] for result in found["results"]]


def shots(found: dict[str, Any]) -> list[int]:
    return [shot["number"] for shot in found["shots"]]


def waits(
    ann: Browser, number: int, condition: Callable[[dict[str, Any]], bool], what: str
) -> None:
    try:
        until(lambda: condition(task(ann, number)), seconds=PATIENCE, what=what, every=0.05)
    except ServerError as error:
        error.add_note(f"run {number}: {task(ann, number)}")
        raise


def over(ann: Browser, number: int) -> dict[str, Any]:
    waits(ann, number, lambda t: t["finished_at"] is not None, f"the end of run {number}")
    return task(ann, number)


@contextmanager
def small_files(node: RunningNode, most: int) -> Iterator[None]:
    """Let a node, and what it starts, write no file beyond so many bytes."""
    _, hard = resource.prlimit(node.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (hard, hard))


def task_of(started: Event) -> int:
    """Return the run that an answer speaks of."""
    return int(re.findall(r"/tasks/(\d+)", started.text)[0])


def save(ann: Browser, text: str) -> str:
    """Save a test in the chat; return its number."""
    return str(re.findall(r"Test (\d+)", ann.ask(f"#new Shop\n{text}").text)[0])


def browser_of(node: ClientNode) -> int:
    """Return the process id of a node's browser, the one that started the others."""
    return below(node.pid)[0]


def test_a_test_of_ten_actions_is_run_from_a_chat_and_from_the_site(
    suite: Suite, shop: Website, reachable: Path
) -> None:
    token = suite.awt("node", "add", "b2-1", "--types", TYPE).split()[-1]
    bot = suite.bot("webtest")
    with (
        executor(suite.server.url, token, reachable / "b2-1") as node,
        XmppUser("shopper@localhost", port=suite.xmpp_port) as user,
        suite.server.browser() as browser,
    ):
        user.say(bot, "hello")
        browser.click(user.expect(bot, "http").link)
        until(lambda: asks(browser), seconds=60, what="a node that asks", every=0.1)
        user.say(bot, "#new Shop\n" + TEN.format(url=shop.url))
        test = re.findall(r"Test (\d+)", user.expect(bot, "is saved: 10 steps").body)[0]
        user.say(bot, f"#run {test} {TYPE}")
        started = user.expect(bot, "/tasks/").body
        card = user.expect(bot, "Works: Shop", seconds=60).body
        assert "All 10 steps passed" in card
        assert f"{len(SHOTS)}" in card
        assert "Cost: 11 points" in card

        number = int(re.findall(r"/tasks/(\d+)", started)[0])
        from_chat = task(browser, number)
        page = browser.get("/tests").form(f"/tests/{test}/run")
        again = browser.post(f"/tests/{test}/run", page | {"type": TYPE})
        from_site = over(browser, int(again.location.rpartition("/")[2]))
        for found in (from_chat, from_site):
            assert reasons(found) == ["succeeded"] * 10
            assert shots(found) == SHOTS
            assert found["node"] == "b2-1"
        assert browser.call("GetAccount").json()["points"] == 200 - 2 * 11

        report = browser.get(again.location)
        assert report.text.count("<img") >= len(SHOTS)
        for shot in from_site["shots"]:
            with Image.open(io.BytesIO(browser.get(shot["url"]).body)) as image:
                assert image.size == (1280, 800)
        with suite.server.browser() as stranger:
            assert stranger.get(from_site["shots"][0]["url"]).status != http.client.OK

        user.say(bot, f"#shot {number} 6")
        link = re.findall(r"https?://\S+", user.expect(bot, "/shared/").body)[0]
        with suite.server.browser() as stranger:
            assert stranger.get(link).headers["Content-Type"] == "image/jpeg"
        node.terminate()  # whoever is killed is waited for, with what only he can run


def test_a_node_that_is_killed_in_any_state_ends_in_one_result_and_one_price(
    ann: Browser, node: ClientNode, server: RunningNode, shop: Website
) -> None:
    text = TEN.format(url=shop.url)

    with shop.hold("/shop"):  # it has the task and has done nothing
        node.freeze()
        claimed = run(ann, text)
        waits(ann, claimed, lambda t: t["status"] == "starting", "a claim that nobody hears")
        node.kill()
        node.start()
        shop.fetched(1, path="/shop")  # before the first action has ended
        node.restart()
    found = over(ann, claimed)
    assert (found["attempt"], reasons(found), shots(found)) == (3, ["succeeded"] * 10, SHOTS)

    with shop.hold("/found"):  # in the middle
        middle = run(ann, text)
        waits(ann, middle, lambda t: len(t["results"]) == 6, "the middle")
        node.restart()
    found = over(ann, middle)
    assert (found["attempt"], reasons(found), shots(found)) == (2, ["succeeded"] * 10, SHOTS)

    with shop.hold("/found"):  # with pictures that nobody takes
        uploading = run(ann, text)
        waits(ann, uploading, lambda t: len(t["results"]) == 6, "the middle")
        server.freeze()
    shop.fetched(3, path="/gate")
    node.kill()
    server.thaw()
    node.start()
    found = over(ann, uploading)
    assert (found["attempt"], reasons(found), shots(found)) == (2, ["succeeded"] * 10, SHOTS)

    with shop.hold("/gate"):  # with a result that nobody takes
        finishing = run(ann, text + "title Done\n")
        waits(ann, finishing, lambda t: len(t["shots"]) == len(SHOTS), "all pictures")
        server.freeze()
    node.kill()
    server.thaw()
    node.start()
    found = over(ann, finishing)
    assert (reasons(found), shots(found)) == (["succeeded"] * 11, SHOTS)

    assert spent(ann) == 3 * 11 + 12


def test_what_ran_while_the_server_was_away_arrives_when_it_is_back(
    ann: Browser, node: ClientNode, server: RunningNode, shop: Website
) -> None:
    test = save(ann, f"{TEN.format(url=shop.url)}title Done")
    with shop.hold("/found"):
        said = ann.say(f"#run {test} {TYPE}")
        with ann.events() as events:
            started = events.answers(said)
        shop.fetched(1, path="/found")
        server.kill()
    shop.fetched(1, path="/gate")
    unheard = f"no heartbeat of task {task_of(started)}"
    until(lambda: unheard in node.log, seconds=60, what="a node that waits", every=0.05)
    time.sleep(AWAY)
    server.start()
    with ann.events() as events:
        _started, card = events.answers(said), events.answers(said, seconds=60)
        assert not [each for each in events.quiet() if each.reply_to == said]
    assert "Works: Shop" in card.text
    found = task(ann, task_of(started))
    assert (found["attempt"], reasons(found), shots(found)) == (1, ["succeeded"] * 11, SHOTS)
    assert spent(ann) == 12


def test_a_disk_that_is_full_is_said_and_costs_what_was_done(
    ann: Browser, node: ClientNode, server: RunningNode, shop: Website
) -> None:
    text = TEN.format(url=shop.url)
    test = save(ann, text)
    with small_files(server, 4096):  # where the screenshots are kept
        said = ann.say(f"#run {test} {TYPE}")
        with ann.events() as events:
            started, card = events.answers(said), events.answers(said, seconds=60)
    found = task(ann, task_of(started))
    assert reasons(found) == ["succeeded"] * 10
    assert found["shots"] == []
    assert list((server.data / "shots").rglob("*.part")) == [], "no half of a picture is left"
    assert f"{len(SHOTS)} screenshots could not be kept" in card.text
    assert "could not be kept" in ann.get(f"/tasks/{found['id']}").text
    assert spent(ann) == 11

    os.kill(browser_of(node), signal.SIGKILL)
    with small_files(node, 0):  # where the browsers have their profiles
        found = over(ann, run(ann, text))
    assert reasons(found) == ["browser_lost"] + ["skipped"] * 9
    assert spent(ann) == 11 + 2
    found = over(ann, run(ann, text))
    assert (reasons(found), shots(found)) == (["succeeded"] * 10, SHOTS)


def test_a_browser_that_is_killed_fails_what_it_ran_and_no_more(
    ann: Browser, node: ClientNode, shop: Website
) -> None:
    with shop.hold("/found"):
        number = run(ann, TEN.format(url=shop.url))
        waits(ann, number, lambda t: len(t["results"]) == 6, "the middle")
        os.kill(browser_of(node), signal.SIGKILL)
        found = over(ann, number)
    assert reasons(found) == ["succeeded"] * 6 + ["browser_lost"] + ["skipped"] * 3
    assert found["attempt"] == 1, "it may have bought something: it is not run again"
    assert spent(ann) == 8
    assert over(ann, run(ann, TEN.format(url=shop.url)))["status"] == "succeeded"


def test_a_test_of_a_region_comes_from_the_host_there_and_fails_when_that_is_killed(
    ann: Browser, node: ClientNode, far: ProxyNode
) -> None:
    theirs: dict[str, bool] = {}
    """Whether the host asked for a page."""

    def asked(path: str, port: int) -> None:
        theirs[path] = far.has_connection(port)

    steps = "proxy us\nopen {url}/there\ntitle the shop\nproxy default\nopen {url}/here\n"
    with Website(SHOP, asked=asked) as shop:
        test = save(ann, steps.format(url=shop.url))
        found = over(ann, task_of(ann.ask(f"#run {test} {TYPE}")))
        assert (reasons(found), found["node"]) == (["succeeded"] * 5, "b1-1")
        assert (theirs["/there"], theirs["/here"]) == (True, False)
        assert spent(ann) == 6

        far.kill()
        theirs.clear()
        said = ann.say(f"#run {test} {TYPE}")
        with ann.events() as events:
            started, card = events.answers(said), events.answers(said, seconds=60)
    found = over(ann, task_of(started))
    assert reasons(found) == ["succeeded", "proxy"] + ["skipped"] * 3
    place = f"127.0.0.1:{far.proxy_port}"
    assert f"The proxy did not connect: {place}" in card.text
    assert far.password not in card.text + ann.get(f"/tasks/{found['id']}").text
    assert theirs == {}, "nobody asked for it in another way"
    assert spent(ann) == 6 + 3


def test_a_page_of_hundreds_of_megabytes_does_no_harm(ann: Browser, node: ClientNode) -> None:
    size = 8 * MEBIBYTE * SCALE
    page = b"<!doctype html><title>Huge</title><!--" + b"x" * size + b"-->"
    want = "succeeded" if size < MAX_BYTES else "too_large"
    with Website(page) as website:
        found = over(ann, run(ann, f"open {website.url}/\n"))
        assert reasons(found) == [want]
        plain = over(ann, run(ann, f"open {website.url}/\n", type_="http"))
        assert (reasons(plain), plain["results"][0]["data"]["truncated"]) == (["succeeded"], 1)
    assert spent(ann) == 4
    peak = re.findall(r"VmHWM:\s+([0-9]+) kB", Path(f"/proc/{node.pid}/status").read_text())
    assert int(peak[0]) < 300 * 1024


@frozen(kw_only=True)
class Traces:
    """What a node has of processes, open files, folders of browsers, and memory in MiB."""

    processes: int
    files: int
    folders: int
    memory: int
    browser_memory: int

    @classmethod
    def of(cls, node: ClientNode) -> Self:
        """Look at a node that runs nothing at the moment."""
        profiles = node.data / "browser"
        children = below(node.pid)
        return cls(
            processes=len(children),
            files=len(list(Path(f"/proc/{node.pid}/fd").iterdir())),
            folders=len(list(profiles.iterdir())),
            memory=memory(node.pid),
            browser_memory=sum(map(memory, children)),
        )


def memory(pid: int) -> int:
    """Return the memory of a process, its share of what it shares with others, in MiB; 0 of none."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(re.findall(r"^Pss: +([0-9]+) kB", rollup, re.MULTILINE)[0]) // 1024


def test_many_tests_in_a_row_leave_nothing(
    ann: Browser, node: ClientNode, shop: Website, record_property: Callable[[str, object], None]
) -> None:
    text = TEN.format(url=shop.url)

    def traces_of(number: int) -> Traces:
        for _ in range(number):
            run(ann, text)
        until(lambda: done(ann) == number, seconds=30 * number, what="all", every=0.5)
        return Traces.of(node)

    def done(ann: Browser) -> int:
        hours = ann.call("Stats", {"days": 1}).json()["hours"]
        return int(sum(hour["finished"] for hour in hours)) - before

    before = 0
    first = traces_of(4)
    before = 4
    last = traces_of(20 * SCALE)

    def gone() -> bool:
        nonlocal last
        last = Traces.of(node)
        # A browser keeps a process for the next page.
        return last.processes <= first.processes + 2 and last.files <= first.files + KEPT

    until(gone, seconds=PATIENCE, what="the end of what pages needed", every=0.5)
    record_property("traces", [asdict(first), asdict(last)])
    latest = ann.call("ListTasks", {"limit": 100}).json()["tasks"]
    assert [reasons(each) for each in latest if each["status"] != "succeeded"] == []
    assert spent(ann) == (4 + 20 * SCALE) * 11
    assert last.folders == first.folders == 1
    assert last.memory <= first.memory + 32
    assert last.browser_memory <= first.browser_memory + 150
