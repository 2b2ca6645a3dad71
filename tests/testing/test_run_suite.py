"""The suite for trying out, as somebody meets it on his terminal."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from awt.testing.process import PATIENCE, ServerError, until
from awt.testing.site import Browser
from awt.testing.xmpp_user import XmppUser

START_SECONDS = 300.0
"""How long a start may take on a busy machine."""


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="awt-suite-") as name:
        yield Path(name)


class Terminal:
    """What is typed, and what it prints."""

    def __init__(self, directory: Path) -> None:
        self.printed: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "awt.testing.run_suite", f"--directory={directory}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.printed.extend(self.process.stdout)

    @property
    def text(self) -> str:
        return "".join(self.printed)

    def wait_for(self, text: str) -> None:
        def there() -> bool:
            return text in self.text or self.process.poll() is not None

        until(there, seconds=START_SECONDS, what=text)
        assert text in self.text, self.text

    def found(self, pattern: str) -> list[Any]:
        return re.findall(pattern, self.text, re.MULTILINE)

    def press_ctrl_c(self) -> int:
        for _ in range(2):  # make hands it on, besides the terminal
            self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> int:
        status = self.process.wait(START_SECONDS)
        self._reader.join()
        return status

    def close(self) -> None:
        self.process.kill()
        self.end()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def suite(directory: Path) -> Iterator[Terminal]:
    terminal = Terminal(directory)
    try:
        terminal.wait_for("Ctrl-C stops")
        yield terminal
    finally:
        terminal.close()


def processes(directory: Path) -> dict[int, str]:
    """Return the processes that name the directory in their command or work in it, by their ids."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            where = str((entry / "cwd").readlink())
        except OSError:  # it has ended meanwhile
            continue
        if command and (str(directory) in command or where.startswith(str(directory))):
            found[int(entry.name)] = command
    return found


def test_a_stranger_is_answered_after_a_look_at_what_was_printed_and_nothing_stays_after_ctrl_c(
    suite: Terminal, directory: Path
) -> None:
    [site] = suite.found(r"works, 7 processes: (http://\S+)/$")
    [port] = suite.found(r"server 127\.0\.0\.1, port (\d+)$")
    [jid, password], [other, _] = suite.found(r"^  (\w+@localhost), password (\w+)$")
    base, webtest = suite.found(r"^  (assistant@\S+)$")
    [certificate] = suite.found(r"with the certificate (\S+)$")
    wrong = XmppUser(other, port=int(port), password="guessed")
    with pytest.raises(ServerError, match="cannot sign in"):
        wrong.connect(seconds=1)
    user = XmppUser(jid, port=int(port), password=password, authority=Path(certificate))
    with Browser(site) as browser, user as ann:
        ann.say(base, "hello")
        assert browser.click(ann.expect(base, "http").link).status == 303
        ann.say(webtest, f"#check {site}/")
        assert site in ann.expect(webtest, "200", seconds=PATIENCE).body
    [(logs, names)] = suite.found(r"^Logs: (\S+)/NAME/log, NAME being (.+)$")
    for name in names.split(", "):
        assert Path(logs, name, "log").exists()
    assert len(processes(directory)) > 7
    assert suite.press_ctrl_c() == 0
    # What a server has started ends with it, a moment later.
    until(lambda: not processes(directory), seconds=PATIENCE, what="the end of all processes")


def test_the_next_start_goes_on_and_what_is_killed_is_started_again(
    suite: Terminal, directory: Path
) -> None:
    [port] = suite.found(r"port (\d+)$")
    [jid, password], _ = suite.found(r"^  (\w+@localhost), password (\w+)$")
    base, _ = suite.found(r"^  (assistant@\S+)$")
    [node] = [
        number
        for number, command in processes(directory).items()
        if "--service=base" in command and "setpriv" not in command
    ]
    with XmppUser(jid, port=int(port), password=password) as ann:
        ann.say(base, "#whoami")
        assert "http" not in ann.expect(base).body  # a member since the first start
        os.kill(node, signal.SIGKILL)
        suite.wait_for("base ended and starts again")
        ann.skip()  # what the killed node had said: it may be there later than its answer
        ann.expect_presence(base, "", seconds=PATIENCE)
        ann.say(base, "#balance")
        ann.expect(base, seconds=PATIENCE)
        second = Terminal(directory)
        assert second.end() == 3
        assert f"{directory}: another suite runs here" in second.text
        second.close()
    assert suite.press_ctrl_c() == 0


def test_a_port_that_is_taken_is_one_line(directory: Path) -> None:
    with ExitStack() as stack:
        noted = directory / "ports.json"
        [port] = re.findall(r'"xmpp": (\d+)', noted.read_text())
        stack.enter_context(socket.create_server(("127.0.0.1", int(port))))
        terminal = Terminal(directory)
        stack.callback(terminal.close)
        assert terminal.end() == 3
        assert terminal.text == (
            f"awt: port {port} of xmpp is taken: see who listens there, or change {noted}\n"
        )
