"""Browsers that crash, hang, and are left alone."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from awt.executor.engines import Engine
from awt.executor.engines.cdp.engine import CdpEngine
from awt.model.actions import ActionResult, Exists, Open
from awt.testing.process import below
from awt.testing.scale import SCALE
from tests.contract.engines import SECONDS, EngineCase, Impatient, reactor

CHECKOUT = Path(__file__).parents[2]

WORKER = """
import sys
from pathlib import Path
from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from awt.executor.engines.cdp.engine import CdpEngine
from awt.model.actions import Open
engine = CdpEngine(reactor=reactor, directory=Path(sys.argv[1]))
def said(result):
    print(engine._warm.pid, flush=True)
ensureDeferred(engine.run([Open("http://nowhere.invalid/")], action_seconds=30, on_result=said))
reactor.run()
"""


def living(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def of_folder(folder: Path) -> list[int]:
    """Return the processes whose command line names a folder."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                words = (each / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in words and living(int(each.name)):
                found.append(int(each.name))
    return found


def zygotes(pid: int) -> list[int]:
    """Return the processes below a browser that all others are made from, the last first."""
    return [
        each
        for each in reversed(below(pid))
        if b"--type=zygote" in Path(f"/proc/{each}/cmdline").read_bytes()
    ]


class ChromiumTests(EngineCase):
    def make(self, **options: Any) -> Engine:
        return CdpEngine(**{"reactor": reactor, "directory": self.folder / "browser"} | options)

    @pytest.fixture(autouse=True)
    def _folder(self, browsers: Path) -> None:
        self.folder = browsers

    @property
    def warm(self) -> Any:
        engine: Any = self.engine
        return engine._warm

    async def broken_by(self, how: str) -> tuple[str, str]:
        """Break the browser in the middle of a test; return the reason and that of the next test."""
        impatient = Impatient()
        if how == "SIGSTOP":  # what hangs is given up soon, while all else has its time
            self.engine = self.started(reactor=impatient)

        def strike(_: object) -> None:
            if how == "page":
                (session,) = self.warm._sessions
                _ = self.warm.call("Page.crash", session=session).addErrback(lambda _: None)
            else:
                os.kill(self.warm.pid, getattr(signal, how))

        def done(result: ActionResult) -> None:
            impatient.hurried = True
            if result.status == "succeeded":
                reactor.callLater(0, strike, result)

        results = await self.engine.run(
            [Open(self.base), Exists("//nothing")], action_seconds=SECONDS, on_result=done
        )
        impatient.hurried = False
        return results[-1].reason, (await self.passes(Open(self.base)))[0].reason

    async def test_a_page_that_crashes_is_said_so_and_the_next_test_passes(self) -> None:
        self.assertEqual(await self.broken_by("page"), ("page_crashed", ""))

    async def test_a_browser_that_can_make_no_page_any_more_is_replaced(self) -> None:
        await self.passes(Open(self.base))
        for zygote in zygotes(self.warm.pid):  # what makes the processes of pages
            os.kill(zygote, signal.SIGKILL)
        self.assertEqual((await self.fails(Open(self.base))).reason, "page_crashed")
        await self.passes(Open(self.base))

    async def test_a_browser_that_crashes_is_said_so_and_the_next_one_passes(self) -> None:
        self.assertEqual(await self.broken_by("SIGKILL"), ("browser_lost", ""))

    async def test_a_browser_that_hangs_is_ended_and_the_next_one_passes(self) -> None:
        self.assertEqual(await self.broken_by("SIGSTOP"), ("timeout", ""))

    async def test_a_browser_that_is_not_there_is_a_failure_of_the_test(self) -> None:
        self.engine = self.started(browser=str(self.folder / "none"))
        results = await self.run_all(Open(self.base), Exists("//h1"))
        self.assertEqual([r.reason for r in results], ["browser_lost", ""])
        self.flushLoggedErrors()

    async def test_what_a_browser_leaves_behind_is_not_waited_for(self) -> None:
        script = self.folder / "script"
        script.write_text(f"#!/bin/sh\nsleep {SECONDS} & echo $! >{self.folder}/left; exit 1\n")
        script.chmod(0o755)
        (self.folder / "left").touch()
        (self.folder / "left").chmod(0o666)
        self.engine = self.started(browser=str(script))
        results = await self.engine.run([Open(self.base)], action_seconds=SECONDS)
        self.assertEqual([r.reason for r in results], ["browser_lost"])
        left = int((self.folder / "left").read_text())
        self.assertTrue(living(left))
        os.kill(left, signal.SIGKILL)
        self.flushLoggedErrors()

    async def test_many_tests_leave_no_process_folder_or_context(self) -> None:
        self.engine = self.started(recycle=8)
        folder = self.folder / "browser"
        for _ in range(20 * SCALE):
            await self.passes(Open(self.base), Exists("//h1"))
            self.assertEqual(len(list(folder.iterdir())), 1)
            self.assertEqual((self.warm._sessions, self.warm._contexts), ({}, {}))
        await self.engine.close()
        self.assertEqual(of_folder(folder), [])
        self.assertFalse(folder.exists())

    async def test_what_a_browser_of_an_earlier_life_writes_in_the_end_hinders_nobody(self) -> None:
        folder = self.folder / "browser"
        late = folder / "1"
        late.mkdir(parents=True)
        (late / "Preferences").touch()
        await self.passes(Open(self.base))
        self.assertEqual(len(list(folder.iterdir())), 1)

    async def test_no_test_suffers_from_browsers_that_are_replaced_beside_it(self) -> None:
        self.engine = self.started(recycle=2)

        async def stream() -> None:
            for _ in range(4 * SCALE):
                await self.passes(Open(self.base), Exists("//h1"))

        await gatherResults([Deferred.fromCoroutine(stream()) for _ in range(3)])
        await self.engine.close()
        self.assertEqual(of_folder(self.folder / "browser"), [])

    async def test_a_test_that_is_cancelled_while_its_browser_starts_leaves_none(self) -> None:
        folder = self.folder / "browser"
        running = Deferred.fromCoroutine(self.engine.run([Open(self.base)], action_seconds=SECONDS))
        while not of_folder(folder):
            await wait(0.005)
        running.cancel()
        with self.assertRaises(CancelledError):
            await running
        self.assertEqual(of_folder(folder), [])
        self.assertEqual(list(folder.iterdir()), [])
        await self.passes(Open(self.base))

    async def test_a_page_cannot_come_between_an_engine_and_its_elements(self) -> None:
        await self.passes(Open(f"{self.base}/tamper"), Exists("//h1"), Exists("css:h1"))

    async def test_no_browser_runs_as_root(self) -> None:
        await self.passes(Open(self.base))
        self.assertNotEqual(owner(self.warm.pid), 0)

    async def test_a_worker_that_is_killed_leaves_no_browser(self) -> None:
        worker = Worker()
        arguments = [sys.executable, "-c", WORKER, str(self.folder / "worker")]
        reactor.spawnProcess(worker, sys.executable, arguments, env=os.environ, path=str(CHECKOUT))
        pid = int(await worker.said)
        self.assertTrue(living(pid))
        worker.transport.signalProcess("KILL")
        await worker.ended
        while living(pid):  # it ends by itself; trial's deadline is ours
            await wait(0.05)


async def wait(seconds: float) -> None:
    passed: Deferred[None] = Deferred()
    reactor.callLater(seconds, passed.callback, None)
    await passed


class Worker(ProcessProtocol):
    """Waits for the first line and for the end."""

    transport: Any

    def __init__(self) -> None:
        self.said: Deferred[bytes] = Deferred()
        self.ended: Deferred[None] = Deferred()

    def outReceived(self, data: bytes) -> None:
        if not self.said.called:
            self.said.callback(data)

    def processEnded(self, reason: Failure) -> None:
        self.ended.callback(None)
