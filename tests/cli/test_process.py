"""The command as a process, alone and beside a running node."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from awt.db.migrate import newest
from awt.testing.ports import free_port
from awt.testing.site import RunningNode

SECONDS = 60
AWT = [sys.executable, "-c", "from awt.cli.main import main; main()"]


def awt(*argv: str, environ: Mapping[str, str], status: int = 0) -> str:
    """Run the command; return what it printed, on stderr where it did not succeed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWT_")}
    done = subprocess.run(
        [*AWT, *argv],
        env=clean | dict(environ),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == status, (done.stdout, done.stderr)
    assert not (done.stderr if status == 0 else done.stdout)
    return done.stdout if status == 0 else done.stderr


@pytest.fixture(scope="module")
def node() -> Iterator[RunningNode]:
    with RunningNode() as running:
        yield running


@pytest.fixture
def beside(node: RunningNode) -> dict[str, str]:
    """The environment of an operator of the running node."""
    return {name: value for name, value in node.environment().items() if name.startswith("AWT_")}


def test_an_installation_with_mariadb_is_set_up_by_commands(
    mariadb_url: str, tmp_path: Path
) -> None:
    environ = {"AWT_DATA_DIR": str(tmp_path), "AWT_DATABASE_URL": mariadb_url}
    said = awt("admin", "create", "chief", environ=environ, status=2)
    assert said == "awt: database.url: the database has no schema yet; run `awt migrate` first\n"
    assert awt("migrate", environ=environ) == f"The schema is {newest()}.\n"
    link = awt("admin", "create", "chief", environ=environ).split()[-1]
    assert link.startswith("http://127.0.0.1:8080/temporary_login?")
    down = environ | {"AWT_DATABASE_URL": f"mysql://u:p@127.0.0.1:{free_port()}/awt"}
    assert awt("gc", environ=down, status=3).startswith("awt: database: (2003, ")


def test_a_node_goes_on_while_it_is_operated(node: RunningNode, beside: dict[str, str]) -> None:
    with node.browser() as ann:
        ann.join("ann")
        ann.ask("#balance")
        found = json.loads(awt("admin", "credit", "ann", "1234", "--json", environ=beside))
        assert "+1234 " in ann.ask("#balance").text
        awt("admin", "block", "ann", environ=beside)
        assert ann.get("/dashboard").status == 303
        unblocked = json.loads(
            awt("admin", "unblock", found["account"]["hash"], "--json", environ=beside)
        )
    with node.browser() as again:
        assert again.click(unblocked["link"]).status in {200, 303}
        assert again.get("/dashboard").status == 200


def test_what_the_command_replays_is_delivered_by_the_node_soon(
    node: RunningNode, beside: dict[str, str]
) -> None:
    with node.browser() as visitor:
        greeting = visitor.ask("hello").text
        bury(node, "letter", "from the dead")
        with visitor.events() as events:
            events.until(greeting)
            assert awt("dead", "replay", "letter", environ=beside) == "done\n"
            assert events.next().text == "from the dead"
            assert events.quiet() == []


def bury(node: RunningNode, message_id: str, text: str) -> None:
    """Put a dead letter, for the chat that was written to last, into the database of a node."""
    connection = sqlite3.connect(node.database)
    with connection:
        query = "SELECT address FROM chat_message ORDER BY id DESC LIMIT 1"
        [(address,)] = connection.execute(query).fetchall()
        body = json.dumps({"kind": "answer", "address": address, "text": text})
        connection.execute(
            "INSERT INTO outbox (message_id, queue, body, trace, state, attempt, created_at, next_at)"
            " VALUES (?, 'user_op.base.webchat', ?, '', 'dead', 5, 1, 1)",
            (message_id, body),
        )
    connection.close()


def test_a_site_is_operated_from_elsewhere_with_a_key(
    node: RunningNode, beside: dict[str, str]
) -> None:
    link = awt("admin", "create", "chief", environ=beside).split()[-1]
    with node.browser() as chief:
        chief.click(link)
        key = chief.call("CreateKey", {"name": "awt"}).json()["key"]
    elsewhere = {"AWT_KEY": key}
    at = ("--url", node.url)
    assert awt("dead", "list", *at, environ=elsewhere) == "no dead letters\n"
    said = awt("dead", "list", *at, environ={}, status=1)
    assert said == "awt: unauthenticated: Please sign in first.\n"
    said = awt("admin", "create", "deputy", *at, environ=elsewhere, status=1)
    assert said == "awt: forbidden: This is not allowed here.\n"


def test_the_doctor_knows_a_node_that_runs_from_a_stranger_on_its_port(
    node: RunningNode, beside: dict[str, str]
) -> None:
    assert f"web.listen: a node listens at {node.url} and is ready\n" in awt(
        "doctor", environ=beside
    )
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = f"tcp:{stranger.getsockname()[1]}:interface=127.0.0.1"
        thread = threading.Thread(target=hang_up, args=(stranger,))
        thread.start()
        done = subprocess.run(
            [*AWT, "doctor"],
            env=os.environ | beside | {"AWT_WEB_LISTEN": taken},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        thread.join()
    assert done.returncode == 2
    assert done.stderr == (
        f"awt: web.listen: cannot listen on {taken}: Address already in use"
        " (set AWT_WEB_LISTEN): stop what listens there\n"
    )


def hang_up(server: socket.socket) -> None:
    """Take a connection and end it."""
    connection, _ = server.accept()
    connection.close()


def test_whoever_stops_reading_gets_no_traceback(beside: dict[str, str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [*AWT, "call", "ListServices"],
            env=os.environ | beside,
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=SECONDS,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_whoever_interrupts_a_command_is_told_so() -> None:
    # What a shell starts in the background does not hear of SIGINT, nor does what that starts.
    hears = ["env", "--default-signal=INT", *AWT]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with subprocess.Popen(
            [*hears, "call", "ListServices", "--url", url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running:
            connection, _ = silent.accept()
            with connection:
                running.send_signal(signal.SIGINT)
                out, err = running.communicate(timeout=SECONDS)
    assert (running.returncode, out, err) == (130, b"", b"awt: interrupted\n")
