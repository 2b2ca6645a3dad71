"""Signals, counters and background work inside one process; w1 at the queue of what people said."""

from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import TestCase

from awt.api.remote import RemoteNames
from awt.background import Periodic, Tasks
from awt.calls import PATIENCE
from awt.errors import Refused, Unavailable
from awt.local import LocalCache, LocalSignals, SystemChance, clock
from awt.model.messages import Answer, Hear, Message
from awt.ports import PutBack, Undeliverable
from awt.workers.w1 import Worker


class TestSignals:
    def test_everybody_who_listens_hears_until_he_stops(self) -> None:
        signals = LocalSignals()
        heard: list[object] = []
        ends = [signals.listen("a", heard.append) for _ in range(2)]
        signals.tell("a", 1)
        signals.tell("b", 2)
        ends[0]()
        ends[0]()
        signals.tell("a", 3)
        ends[1]()
        signals.tell("a", 4)
        assert heard == [1, 1, 3]
        assert not signals._listeners

    def test_who_stops_while_it_is_told_stops_nobody_else(self) -> None:
        signals = LocalSignals()
        heard: list[str] = []

        def once(value: str) -> None:
            heard.append("once " + value)
            end()

        end = signals.listen("a", once)
        signals.listen("a", heard.append)
        signals.tell("a", "x")
        signals.tell("a", "y")
        assert heard == ["once x", "x", "y"]


class TestCache:
    def test_the_oldest_are_forgotten_when_there_are_too_many(self) -> None:
        cache = LocalCache(most=2)
        for key in "abc":
            cache.set(key, key, seconds=10)
        assert [cache.get(key) for key in "abc"] == [None, "b", "c"]
        cache.delete("b")
        assert cache.get("b") is None


def test_secrets_are_long_and_never_the_same() -> None:
    chance = SystemChance()
    for make, size in ((chance.token, 43), (chance.hex, 32), (chance.uuid, 36)):
        made = {make() for _ in range(100)}
        assert len(made) == 100
        assert {len(value) for value in made} == {size}
    assert clock() > 1_700_000_000_000


class Background(TestCase):
    timeout = 60

    async def test_failures_are_logged_and_go_no_further(self) -> None:
        async def fail() -> None:
            raise ZeroDivisionError

        tasks = Tasks()
        tasks.spawn(fail(), "failing")
        await tasks.finish()
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1

    async def test_what_passes_by_itself_is_one_line_of_the_log(self) -> None:
        async def fail() -> None:
            raise Unavailable("the database is away")

        with capturedLogs() as logged:
            tasks = Tasks()
            tasks.spawn(fail(), "failing")
            await tasks.finish()
        assert [formatEvent(event) for event in logged] == ["failing failed: the database is away"]

    async def test_what_was_begun_meanwhile_is_waited_for_too(self) -> None:
        tasks = Tasks()
        first: Deferred[None] = Deferred()
        done = []

        async def second() -> None:
            done.append(2)

        async def begin() -> None:
            await first
            tasks.spawn(second(), "second")

        tasks.spawn(begin(), "first")
        finished = Deferred.fromCoroutine(tasks.finish())
        assert not finished.called
        first.callback(None)
        await finished
        assert done == [2]

    async def test_cancelling_ends_everything_in_silence(self) -> None:
        tasks = Tasks()
        ended = []

        async def wait() -> None:
            try:
                await Deferred()
            finally:
                ended.append(1)

        for _ in range(3):
            tasks.spawn(wait(), "waiting")
        await tasks.cancel()
        assert ended == [1, 1, 1]

    async def test_who_waits_for_the_end_of_all_may_be_told_to_wait_no_more(self) -> None:
        tasks = Tasks()
        works: Deferred[None] = Deferred()

        async def work() -> None:
            await works

        tasks.spawn(work(), "working")
        waiting = Deferred.fromCoroutine(tasks.finish())
        waiting.cancel()
        self.failureResultOf(waiting, CancelledError)
        waiting = Deferred.fromCoroutine(tasks.finish())
        self.assertNoResult(waiting)
        works.callback(None)
        await waiting

    async def test_a_periodic_call_goes_on_after_an_error_and_never_overlaps(self) -> None:
        time = Clock()
        calls: list[Deferred[None]] = []

        async def work() -> None:
            calls.append(Deferred())
            await calls[-1]

        periodic = Periodic(work, seconds=5, name="work", reactor=time)
        periodic.start(now=False)
        time.advance(4.9)
        assert not calls
        time.advance(0.1)
        assert len(calls) == 1
        time.pump([5, 5, 5])
        assert len(calls) == 1
        calls[0].errback(ZeroDivisionError())
        time.advance(5)
        assert len(calls) == 2
        stopped = Deferred.fromCoroutine(periodic.stop())
        assert not stopped.called
        calls[1].callback(None)
        await stopped
        time.advance(50)
        assert len(calls) == 2
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1


class FakeApi:
    """Remembers what it is asked for."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls: list[tuple[str, Any, dict[str, Any]]] = []
        self.error = error

        self.works: set[str] = set()

    async def call(self, name: str, values: Any, **more: Any) -> Any:
        self.calls.append((name, values, more))
        if name in self.works:
            return RemoteNames(services=[])
        if self.error is not None:
            raise self.error
        return None


HEAR = Hear(
    service="base", im="jabber", address="a@x.org", text="hi", message_id="m", received_at=1
)


class W1(TestCase):
    def setUp(self) -> None:
        self.time = Clock()

    def worker(self, error: Exception | None = None) -> tuple[Worker, FakeApi]:
        api: Any = FakeApi(error)
        nobody: Any = None
        return Worker(calls=api, bus=nobody, client=nobody, reactor=self.time), api

    def message(self, body: Any) -> Message:
        return Message(id="i1", queue="api", body=body, created_at=1, trace="t1")

    async def test_what_was_said_has_its_effect_under_the_id_of_its_message(self) -> None:
        worker, api = self.worker()
        await worker.handle(self.message(HEAR))
        [(name, values, more)] = api.calls
        assert (name, values["text"], values["message_id"]) == ("Hear", "hi", "m")
        assert more == {"trace": "t1", "message_id": "i1"}

    async def test_a_refusal_is_an_answer_and_a_failure_is_for_later(self) -> None:
        worker, _ = self.worker(Refused("unknown_service"))
        await worker.handle(self.message(HEAR))
        worker, api = self.worker(Unavailable("a bug"))
        api.works = {"ListRemotes"}
        with pytest.raises(Unavailable):
            await worker.handle(self.message(HEAR))

    async def test_a_server_that_is_away_is_no_fault_of_a_message(self) -> None:
        worker, api = self.worker(Unavailable("database"))
        first = Deferred.fromCoroutine(worker.handle(self.message(HEAR)))
        self.time.advance(60)
        assert not first.called
        api.error = None
        self.time.advance(60)
        await first
        api.error = Unavailable("database")
        second = Deferred.fromCoroutine(worker.handle(self.message(HEAR)))
        self.time.advance(PATIENCE)
        with pytest.raises(PutBack):
            await second
        third = Deferred.fromCoroutine(worker.handle(self.message(HEAR)))
        worker._calls.stop()
        with pytest.raises(PutBack):
            await third

    async def test_nothing_else_is_accepted(self) -> None:
        worker, api = self.worker()
        with pytest.raises(Undeliverable):
            await worker.handle(self.message(Answer(address="a@x.org", text="hi")))
        assert not api.calls
