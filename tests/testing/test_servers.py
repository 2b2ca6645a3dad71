"""Private servers start, die, freeze and come back, and nobody leaves one behind."""

import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pymysql
import pytest
from twisted.trial.unittest import TestCase

from awt.testing.chromium import Chromium
from awt.testing.mariadb import MariaDB
from awt.testing.memcached import Memcached
from awt.testing.ports import free_port
from awt.testing.process import PATIENCE, Server, ServerError, program, until
from awt.testing.prosody import Prosody
from awt.testing.xmpp_user import XmppUser


def ask(server: Memcached, command: bytes, *, seconds: float = PATIENCE) -> bytes:
    """Send one command to memcached and return its answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        connection.sendall(command)
        return connection.recv(1000)


def value(server: MariaDB, url: str, statement: str) -> object:
    """Run one statement and return the first value of its first row."""
    with server.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        connection.commit()
        row = cursor.fetchone()
        return row and row[0]


class Silent(Server):
    """A server that runs and never gets ready."""

    start_seconds = 0.2

    def begin(self) -> None:
        """Start it, so that it has said its word before its time begins."""
        super().begin()
        until(lambda: bool(self.log), seconds=PATIENCE, what="a word")

    def command(self) -> list[str]:
        return ["sh", "-c", "echo I am lost; exec sleep 60"]

    def ready(self) -> bool:
        return False


class Broken(Silent):
    """A server that ends at once."""

    start_seconds = PATIENCE

    def command(self) -> list[str]:
        return ["sh", "-c", "echo my disk is full; exit 3"]


@pytest.mark.parametrize(
    ("kind", "reason"), [(Silent, "not within 0.2 s"), (Broken, "it ended with 3")]
)
def test_a_server_that_does_not_start_is_a_failure_with_its_log(
    kind: type[Silent], reason: str
) -> None:
    server = kind()
    with pytest.raises(ServerError, match=f"(?s){reason}.*(I am lost|my disk is full)"), server:
        pytest.fail("it started")
    assert not server.directory.exists()
    assert not server.running


def test_a_missing_program_names_its_package() -> None:
    with pytest.raises(ServerError, match="apt-get install chocolate"):
        program("no-such-program", package="chocolate")


def test_free_ports_are_free_and_differ() -> None:
    ports = [free_port() for _ in range(20)]
    assert len(set(ports)) == 20
    with socket.create_server(("127.0.0.1", ports[0])) as server:
        assert server.getsockname()[1] == ports[0]


def test_no_process_is_given_a_port_that_another_one_has_been_given() -> None:
    script = (
        "import random, sys\nrandom.seed(1)\nfrom awt.testing.ports import free_port\n"
        "print(free_port(), flush=True)\nsys.stdin.read()"
    )
    with ExitStack() as stack:
        given = []
        for _ in range(2):
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
            )
            assert process.stdout is not None
            given.append(int(process.stdout.readline()))
    assert given[0] != given[1]


def test_databases_of_mariadb_are_empty_apart_and_utf8mb4(mariadb: MariaDB) -> None:
    first, second = mariadb.database(), mariadb.database()
    value(mariadb, first, "CREATE TABLE t (x TEXT)")
    value(mariadb, first, "INSERT INTO t VALUES ('\N{CAT FACE}')")
    assert value(mariadb, first, "SELECT x FROM t") == "\N{CAT FACE}"
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = database()"
    assert value(mariadb, second, tables) == 0
    assert value(mariadb, second, "SELECT @@character_set_database") == "utf8mb4"
    with mariadb.connect(first):  # a connection that somebody forgot does not hold it up
        mariadb.drop(first)
    mariadb.drop(second)
    with pytest.raises(pymysql.OperationalError, match="Unknown database"):
        mariadb.connect(first)


def test_what_mariadb_has_committed_survives_a_kill() -> None:
    with MariaDB() as server:
        url = server.database()
        value(server, url, "CREATE TABLE t (x INT)")
        value(server, url, "INSERT INTO t VALUES (1)")
        server.kill()
        with pytest.raises(pymysql.OperationalError):
            server.connect(url)
        server.start()
        assert value(server, url, "SELECT count(*) FROM t") == 1
        assert server.terminate() == 0
        assert not server.running
    assert not server.directory.exists()


def test_a_frozen_mariadb_does_not_answer_until_it_thaws() -> None:
    with MariaDB() as server:
        url = server.database()
        with pymysql.connect(
            unix_socket=str(server.directory / "s"), user="root", read_timeout=1
        ) as connection:
            server.freeze()
            with pytest.raises(pymysql.OperationalError, match="timed out"):
                connection.ping(reconnect=False)
            assert server.running
        server.thaw()
        assert value(server, url, "SELECT 1") == 1


def test_memcached_freezes_thaws_and_restarts_empty() -> None:
    with Memcached() as server:
        assert ask(server, b"set k 0 0 1\r\nv\r\n") == b"STORED\r\n"
        server.freeze()
        with pytest.raises(TimeoutError):
            ask(server, b"get k\r\n", seconds=0.2)
        server.thaw()
        assert ask(server, b"get k\r\n").startswith(b"VALUE k")
        server.restart()
        assert ask(server, b"get k\r\n") == b"END\r\n"
    with pytest.raises(ConnectionRefusedError):
        ask(server, b"version\r\n")


def test_prosody_keeps_what_users_have_through_a_kill_and_freezes() -> None:
    with Prosody() as server:
        ann = XmppUser("ann@localhost", port=server.port)
        bob = XmppUser("bob@localhost", port=server.port)
        ann.connect()
        ann.say("bob@localhost", "are you there?")
        assert ann.ping("localhost")
        server.restart()
        bob.connect()
        assert bob.expect("ann@localhost").body == "are you there?"
        server.freeze()
        assert not bob.ping("localhost", seconds=0.3)
        server.thaw()
        assert bob.ping("localhost")
        ann.vanish()
        bob.disconnect()
        server.kill()
        server.forget()
        server.start()
        with XmppUser("bob@localhost", port=server.port) as other:
            other.catch_up()
            assert not [stanza for stanza in other.inbox if stanza.body]
    assert not server.directory.exists()


PAGE = (
    "data:text/html,<meta charset=utf-8><title>Hello</title><body><script>"
    "document.title = [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches,"
    "navigator.language].join(); console.error('boo')</script>"
)


def test_chromium_is_a_desktop_or_a_phone_light_or_dark(chromium: Chromium, tmp_path: Path) -> None:
    for phone, dark in ((False, False), (True, True), (False, False)):
        chromium.look(phone=phone, dark=dark)
        chromium.driver.get(PAGE + '<meta name=viewport content="width=device-width">')
        width = chromium.driver.execute_script("return innerWidth")
        assert width == (390 if phone else 1280)
        assert chromium.driver.title.split(",")[1:] == [str(dark).lower(), "en"]
        chromium.screenshot(tmp_path / "shots" / "one.png", whole=phone)
        assert (tmp_path / "shots" / "one.png").read_bytes().startswith(b"\x89PNG")
    assert len(chromium.console()) == 3
    assert chromium.console() == []


def test_chromium_asks_for_its_language() -> None:
    with Chromium(language="ru") as browser:
        browser.driver.get(PAGE)
        assert browser.driver.title.endswith(",ru")
    assert not browser.directory.exists()
    with pytest.raises(ServerError, match="not running"):
        browser.driver.get(PAGE)


SCRIPT = """
import sys
from awt.testing.chromium import Chromium
from awt.testing.mariadb import MariaDB
from awt.testing.memcached import Memcached
from awt.testing.prosody import Prosody
from awt.testing.rabbitmq import RabbitMQ
server = {kind}().start()
print(server.directory, flush=True)
sys.stdin.read()
"""


def processes_of(directory: str) -> list[int]:
    """Return the ids of all processes whose command line names a directory, zombies not counted."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            if directory.encode() in command or str((entry / "cwd").readlink()) == directory:
                found.append(int(entry.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


@pytest.mark.parametrize("kind", ["MariaDB", "Memcached", "RabbitMQ", "Prosody", "Chromium"])
def test_no_server_outlives_a_test_process_that_is_killed(
    kind: str, request: pytest.FixtureRequest
) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(kind=kind)],
        cwd=request.config.rootpath,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent, parent.stdin:
        directory = parent.stdout.readline().strip()
        assert processes_of(directory)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    until(lambda: not processes_of(directory), seconds=PATIENCE, what="the end of the servers")
    subprocess.run(["rm", "-r", directory], check=True)


class FixturesInTrial(TestCase):
    """How an asynchronous test gets a server: a fixture that sets an attribute."""

    @pytest.fixture(autouse=True)
    def _servers(self, mariadb: MariaDB, mariadb_url: str) -> None:
        self.mariadb = mariadb
        self.url = mariadb_url

    async def test_an_asynchronous_test_gets_a_database(self) -> None:
        self.assertEqual(value(self.mariadb, self.url, "SELECT 1"), 1)
