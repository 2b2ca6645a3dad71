"""News to many, through a node that is killed on the way, while people go on asking."""

import sqlite3
import sys
import time
from collections.abc import Iterator

import pytest

from awt.testing.scale import SCALE
from awt.testing.site import Browser, RunningNode

READERS = 200 * SCALE
PACE = 100
TEXT = "We are back."
PATIENCE = 60 + 3 * READERS / PACE
"""Seconds within which everybody has to have been told; the one deadline."""


@pytest.fixture
def node() -> Iterator[RunningNode]:
    with RunningNode(
        LIMITS_NEWS_PER_SECOND=str(PACE),
        LIMITS_MESSAGES_PER_MINUTE="1000000",
        LIMITS_CHAT_MESSAGES_PER_DAY="1000000",
        LIMITS_CALLS_PER_MINUTE="1000000",
    ) as running:
        yield running


def crowd(node: RunningNode) -> None:
    """Let there be readers, each with a chat on the site; every third has another account's id between."""
    with sqlite3.connect(node.database, timeout=30) as connection:
        base = connection.execute("SELECT id FROM service WHERE short_name = 'base'").fetchone()[0]
        for number in range(1000, 1000 + READERS + READERS // 3):
            status = "AC" if (number - 1000) % 4 != 3 else "NW"
            connection.execute(
                "INSERT INTO user (id, hash, status, points, lang, timezone, time, undeletable,"
                " is_admin, created_at, login_failures)"
                " VALUES (?, ?, ?, 0, 'en', 'UTC', 9e12, 0, 0, 0, 0)",
                (number, f"h{number}", status),
            )
            connection.execute(
                "INSERT INTO user_im (user_id, kind, address, state, last_active,"
                " confirmed_address) VALUES (?, 'webchat', ?, 'confirmed', 1, ?)",
                (number, f"{number:032}", f"webchat:{number:032}"),
            )
            connection.execute("INSERT INTO user_service VALUES (?, ?, 'AC', 0)", (number, base))
            connection.execute(
                "INSERT INTO user_service_im VALUES (?, ?, 'webchat', 'AC')", (number, base)
            )
    connection.close()


def told(node: RunningNode) -> list[int]:
    """Return how often each reader was told."""
    with sqlite3.connect(node.database, timeout=30) as connection:
        rows = connection.execute(
            "SELECT COUNT(*) FROM chat_message WHERE text = ? AND sender = 'assistant'"
            " AND address LIKE '0000%' GROUP BY address",
            (TEXT,),
        ).fetchall()
    connection.close()
    return [count for (count,) in rows]


def admin(node: RunningNode) -> Browser:
    browser = node.browser()
    browser.join("chief")
    with sqlite3.connect(node.database, timeout=30) as connection:
        connection.execute("UPDATE user SET is_admin = 1 WHERE login = 'chief'")
    connection.close()
    return browser


def sending(browser: Browser) -> bool:
    """Tell whether the news are still on their way."""
    [line] = browser.call("ListNews").json()["news"]
    return bool(line["state"] == "sending")


def test_news_reach_everybody_once_through_kills_while_commands_are_answered(
    node: RunningNode, capsys: pytest.CaptureFixture[str]
) -> None:
    chief = admin(node)
    crowd(node)
    params = {"texts": {"en": TEXT}, "ims": ["webchat"]}
    seen = chief.call("PreviewNews", params).json()
    assert seen["by_im"] == {"webchat": READERS + 1}
    assert chief.call("SendNews", params).status == 200

    kills = [READERS // 4, READERS // 2]
    waits: list[float] = []
    until = time.monotonic() + PATIENCE
    # Where the machine is busy the last are told before the second kill, which then comes after them.
    while (kills or len(told(node)) < READERS or sending(chief)) and time.monotonic() < until:
        before = time.monotonic()
        assert "200" in chief.ask("#balance").text
        waits.append(time.monotonic() - before)
        if kills and len(told(node)) > kills[0]:
            kills.pop(0)
            node.kill()
            node.start()
    counts = told(node)
    waits.sort()
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(counts)} readers, {len(waits)} commands answered meanwhile,"
            f" half of them in {waits[len(waits) // 2]:.2f} s, all in {waits[-1]:.2f} s\n"
        )
    assert kills == []
    assert (len(counts), set(counts)) == (READERS, {1})
    [line] = chief.call("ListNews").json()["news"]
    assert (line["state"], line["sent"]) == ("sent", {"webchat": READERS + 1})
    assert len(waits) >= READERS / PACE  # the commands did not wait for the news to be over
    assert "Traceback" not in node.log
