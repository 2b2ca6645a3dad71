"""Private server processes that a test may kill, freeze and start again."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from weakref import WeakSet

LEASH: Final = ("setpriv", "--pdeathsig", "KILL", "--")
"""Makes the kernel kill a command when the thread that started it ends."""

PATIENCE: Final = 60.0
"""Seconds that what has to come may take, on a machine that does much else, before it counts as lost."""

_LOG_TAIL: Final = 3000
_LOG_END: Final = 1000
"""Characters of a log: where one server did not start, and of each where a test failed."""


class ServerError(Exception):
    """A private server did not start or did not stop; the message ends with its log."""


def program(name: str, *, package: str) -> str:
    """Return the path of a program; a ServerError names the Debian package that lacks."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin")
    if found is None:
        message = f"{name} is not installed: apt-get install {package}"
        raise ServerError(message)
    return found


def user() -> str:
    """Return the name of the user that runs this process, whatever the environment says."""
    return pwd.getpwuid(os.getuid()).pw_name


def until(
    condition: Callable[[], bool], *, seconds: float, what: str, every: float = 0.005
) -> None:
    """Wait until ``condition()`` is true, looking ``every`` few seconds; a ServerError after ``seconds``.

    For processes of the outside world only. It blocks the thread, so never call it in a reactor.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            message = f"{what}: not within {seconds} s"
            raise ServerError(message)
        time.sleep(every)


_SERVERS: WeakSet["Server"] = WeakSet()


def logs() -> Iterator[tuple[str, str]]:
    """Yield what each server that is there wrote last, with its name: a failed test shows it."""
    for server in list(_SERVERS):
        if log := server.log:
            yield type(server).__name__, log[-_LOG_END:]


def below(pid: int) -> list[int]:
    """Return the processes that a process has started, and then those that they have."""
    parents: dict[int, list[int]] = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                stat = (each / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if stat[0] not in "ZX":
                parents.setdefault(int(stat[1]), []).append(int(each.name))
    found, turn = list[int](), [pid]
    while turn:
        found += (children := [child for each in turn for child in parents.get(each, [])])
        turn = children
    return found


class Server(ABC):
    """One private process with a directory of its own; a context manager that starts and stops it.

    The kernel kills the process when the thread that started it ends, even by SIGKILL, so start it
    in a thread that outlives it (the main one). ``stop`` ends it and removes the directory, but for
    one that was given as ``directory``: then it is asked to end, and the next one goes on from there.
    """

    start_seconds: float = 60
    """How long a start may take, on a machine that does much else."""

    def __init__(self, *, directory: Path | None = None) -> None:
        self._is_kept = directory is not None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="awt-"))
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.directory / "log").unlink(missing_ok=True)
        self._process: subprocess.Popen[bytes] | None = None
        _SERVERS.add(self)

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Return the command line of a process that stays in the foreground."""

    @abstractmethod
    def ready(self) -> bool:
        """Tell whether the server answers; called again and again, must not block for long."""

    def environment(self) -> Mapping[str, str]:
        """Return the environment of the process."""
        return os.environ | {"HOME": str(self.directory)}

    @property
    def log(self) -> str:
        """All that the process has written to stdout and stderr."""
        path = self.directory / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def pid(self) -> int:
        """The process id; a ServerError while the server is down."""
        if self._process is None:
            message = f"{type(self).__name__} is not running"
            raise ServerError(message)
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there (frozen counts as there)."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start the process and wait until it is ready; a ServerError with its log if it fails."""
        self.begin()
        return self.wait()

    def begin(self) -> None:
        """Start the process; `wait` has to follow. Several that begin first start side by side."""
        if self._process is not None:
            message = f"{type(self).__name__} has been started already"
            raise ServerError(message)
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*LEASH, *self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env=self.environment(),
                start_new_session=True,  # Ctrl-C belongs to the test, which then stops the server
            )

    def wait(self) -> Self:
        """Return when the process that has begun is ready; a ServerError with its log if it fails."""
        try:
            until(self._started, seconds=self.start_seconds, what="the start")
        except ServerError as error:
            self._end(signal.SIGKILL)
            message = f"{type(self).__name__} did not start ({error}):\n{self.log[-_LOG_TAIL:]}"
            raise ServerError(message) from None
        return self

    def kill(self) -> None:
        """End the process as a power cut does (SIGKILL); its files stay for the next ``start``."""
        self._end(signal.SIGKILL)

    def terminate(self, *, seconds: float = 30) -> int:
        """Ask the process to end (SIGTERM), return its exit status; a ServerError if it stays."""
        return self._end(signal.SIGTERM, seconds=seconds)

    def freeze(self) -> None:
        """Stop the process without ending it: connections stay open, nothing answers any more."""
        os.kill(self.pid, signal.SIGSTOP)
        # Threads that run go on until they notice; it stands still when the last one does.
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        os.kill(self.pid, signal.SIGCONT)

    def restart(self) -> None:
        """Kill the process, if it is there, and start it again on the same port with the same files."""
        if self._process is not None:
            self.kill()
        self.start()

    def stop(self) -> None:
        """End the process, if it runs, and remove its directory unless that was given."""
        if self._is_kept and self.running:
            with suppress(ServerError):
                _ = self.terminate()
        if self._process is not None:
            self.kill()
        if not self._is_kept:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _started(self) -> bool:
        if not self.running:
            message = f"it ended with {self._process and self._process.returncode}"
            raise ServerError(message)
        return self.ready()

    def _end(self, how: signal.Signals, *, seconds: float = 30) -> int:
        if self._process is None:
            message = f"{type(self).__name__} is not running"
            raise ServerError(message)
        process = self._process
        process.send_signal(how)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            message = f"{type(self).__name__} did not end within {seconds} s of {how.name}"
            raise ServerError(message) from None
        self._process = None
        return status
