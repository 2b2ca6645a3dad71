"""The executor: claims tasks, runs them outside any transaction, says what came of them."""

import ipaddress
import random
import re
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from awt.api.claims import WAIT, Claimed, ClaimedTask
from awt.background import Periodic, Tasks
from awt.config import Config
from awt.db.tasks import CANCELLING, TOPIC
from awt.errors import Refused, Unavailable
from awt.executor.engines import DESKTOP, Engine, Viewport
from awt.executor.engines.installed import installed, types_of
from awt.executor.engines.webdriver import WebdriverEngine
from awt.executor.run import Run
from awt.model.task_types import lineage, serving
from awt.ports import NodeApi, Signals
from awt.resources import Resources

log = Logger()

LOOK: Final = 5.0
"""Seconds after which tasks are asked for even when nobody said that there are any."""
PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before the server is asked again that could not be, the last one again and again."""

_SIZE = re.compile(r"_([0-9]+)x([0-9]+)$")


class Executor:
    """Runs tasks in a number of slots.

    ``engines`` by the types that this node has itself; it runs what asks for less, too. ``instance`` is
    this process: a node is one at a time. ``afar``: the server is another process, which is asked by
    calls that wait until there is something to say; else ``signals`` tell.
    """

    def __init__(
        self,
        *,
        calls: NodeApi,
        signals: Signals,
        reactor: Any,
        engines: dict[str, Engine],
        slots: int,
        instance: str,
        afar: bool = False,
    ) -> None:
        self._calls = calls
        self._signals = signals
        self._reactor = reactor
        self._engines = engines
        self._slots = slots
        self._instance = instance
        self._wait = WAIT if afar else 0
        self._running: dict[tuple[int, int], Run] = {}
        """By task and attempt: a task whose lease was lost may be here twice for a moment."""
        self._tasks = Tasks()
        self._recovered = False
        self._said = ""
        self._asking: Deferred[Claimed] | None = None
        self._full = False
        self._looking = False
        self._again = False
        self._stopping = False
        self._deaf: list[Any] = []
        self._look = Periodic(self._look_again, seconds=LOOK, name="claiming", reactor=reactor)

    async def start(self) -> None:
        """Begin."""
        if self._wait:
            self._tasks.spawn(self._keep_asking(), "claiming tasks")
            return
        self._deaf = [self._signals.listen(topic, self._told) for topic in (TOPIC, CANCELLING)]
        self._look.start()

    async def stop(self) -> None:
        """Claim nothing more; what runs is abandoned, and handed back at once."""
        self._stopping = True
        for deaf in self._deaf:
            deaf()
        await self._look.stop()
        try:
            await self._tasks.cancel()
            for engine in dict.fromkeys(self._engines.values()):
                await engine.close()
        finally:  # also where the node does not wait so long: nothing runs that goes on by itself
            await self._hand_back()

    async def _hand_back(self) -> None:
        try:
            values = {"stopping": True, "instance": self._instance}
            await self._calls.call("RecoverTasks", values)
        except (Refused, Unavailable) as error:  # their leases end by themselves
            log.warn("tasks are not handed back: {error}", error=str(error))

    # --- When to ask

    def _told(self, _value: object) -> None:
        self._tasks.spawn(self._look_again(), "claiming tasks")

    async def _look_again(self) -> None:
        """Ask for tasks, one call at a time, until nobody wants it again."""
        self._again = True
        if self._looking:
            return
        self._looking = True
        try:
            while self._again and not self._stopping:
                self._again = False
                await self._ask_once()
        except (Refused, Unavailable) as error:
            self._say(error)
        finally:
            self._looking = False

    async def _keep_asking(self) -> None:
        """Ask a server that answers when there is something to say, again and again."""
        failures = 0
        while not self._stopping:
            try:
                await self._ask_once()
                failures = 0
            except CancelledError:  # the part stops
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the node has to go on
                if not isinstance(error, Refused | Unavailable):
                    log.failure("tasks cannot be asked for")
                self._say(error)
                pause = PAUSES[min(failures, len(PAUSES) - 1)]
                failures += 1
                await deferLater(self._reactor, pause * random.uniform(0.8, 1.2))  # noqa: S311

    def _free(self) -> None:
        """Ask again, for a slot is free: a call that had none to fill only waits for cancellations."""
        if not self._wait:
            self._told(None)
        elif self._full and self._asking is not None:
            self._again = True
            self._asking.cancel()

    def _say(self, error: Exception) -> None:
        """Log what is wrong, once until it changes."""
        problem = f"tasks cannot be asked for: {error}"
        if problem != self._said:
            self._said = problem
            log.error("{problem}", problem=problem)

    # --- Asking

    async def _ask_once(self) -> None:
        """Fill the free slots and end what is no longer ours; first give back what an earlier life had."""
        if not self._recovered:
            values = {"restarted": True, "instance": self._instance}
            await self._calls.call("RecoverTasks", values)
            self._recovered = True
        free = self._slots - len(self._running)
        if not free and not self._wait and not self._running:
            return
        self._full = not free
        self._asking = Deferred.fromCoroutine(
            self._calls.call(
                "ClaimTasks",
                {
                    "types": list(self._engines),
                    "free_slots": max(0, free),
                    "instance": self._instance,
                    "running": [
                        {"task": task, "attempt": n}
                        for (task, n), run in self._running.items()
                        if not run.cancelled  # the server knows, and would say so again and again
                    ],
                    "wait_seconds": self._wait,
                },
            )
        )
        try:
            claimed = await self._asking
        except CancelledError:
            if self._stopping or not self._again:
                raise
            self._again = False
            return
        except Refused as refused:
            if refused.code == "node_replaced":
                self._drop_all()
            raise
        finally:
            self._asking = None
        self._said = ""
        for held in claimed.cancelled:
            run = self._running.get((held.task, held.attempt))
            if run is not None:
                run.cancel()
        for task in claimed.tasks:
            self._start(task)

    def _drop_all(self) -> None:
        for run in list(self._running.values()):
            run.cancel()

    def _start(self, task: ClaimedTask) -> None:
        own = serving(task.type, self._engines)
        assert own is not None, task.type
        run = Run(
            task=task,
            engine=self._engines[own],
            viewport=viewport_of(own),
            calls=self._calls,
            reactor=self._reactor,
        )
        known = self._running.get((task.id, task.attempt))
        if known is not None:  # it was taken from us and given again: it runs once
            known.cancel()
        self._running[task.id, task.attempt] = run
        self._tasks.spawn(self._carry_out(run), f"task {task.id}")

    async def _carry_out(self, run: Run) -> None:
        try:
            await run.carry_out()
        finally:
            key = run.task.id, run.task.attempt
            if self._running.get(key) is run:  # and not one that has its place
                del self._running[key]
        self._free()


def viewport_of(name: str) -> Viewport:
    """Return the window that a type of task asks for."""
    size = _SIZE.search(name)
    if size is None:
        return DESKTOP
    mobile = "mobile" in lineage(name)
    return Viewport(width=int(size[1]), height=int(size[2]), mobile=mobile)


def make_engines(config: Config, reactor: Any) -> dict[str, Engine]:
    """Return the engines of this machine, by type of task."""
    found = installed(
        reactor=reactor,
        directory=Path(config.data_dir) / "browser",
        browser=config.executor.browser,
        browser_user=config.executor.browser_user,
        allow_private_addresses=config.test.allow_private_addresses,
        proxies=config.proxies.by_region,
        slots=config.executor.slots,
    )
    if config.webdriver.url:
        found |= dict.fromkeys(types_of(config.webdriver.browser), at_endpoint(config, reactor))
    return found


def at_endpoint(config: Config, reactor: Any) -> WebdriverEngine:
    """Return the engine of the endpoint that a node is configured for."""
    endpoint = config.webdriver
    return WebdriverEngine(
        reactor=reactor,
        url=endpoint.url,
        user=endpoint.user,
        password=endpoint.secret,
        capabilities=endpoint.capabilities,
        proxy_address=endpoint.announced,
        interface=endpoint.proxy_interface,
        allow_private_addresses=[
            ipaddress.ip_network(network) for network in config.test.allow_private_addresses
        ],
        proxies=config.proxies.by_region,
    )


def make(resources: Resources) -> Executor:
    """Return the part."""
    config = resources.config
    return Executor(
        calls=resources.calls,
        signals=resources.signals,
        reactor=resources.reactor,
        engines=make_engines(config, resources.reactor),
        slots=config.executor.slots,
        instance=random.SystemRandom().randbytes(8).hex(),
        afar=bool(config.server.url),
    )
