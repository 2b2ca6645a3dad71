"""An event stream whose reader, history and news come in every order."""

import re
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from awt.background import Tasks
from awt.db import chat, sessions
from awt.db.chat import Line
from awt.errors import Unavailable
from awt.local import LocalSignals
from awt.web.chat import COMMENT, Stream

ADDRESS = "a" * 32


def line(number: int) -> Line:
    return Line(
        id=number,
        message_id=f"m{number}",
        service="base",
        reply_to=None,
        sender=chat.ASSISTANT,
        text=str(number),
        choices=(),
        created_at=0,
    )


class Reader:
    """The request of a reader, as far as a stream uses it."""

    def __init__(self) -> None:
        self.written = b""
        self.finished = False
        self._disconnected = False
        self.producer: Any = None
        self._gone: Deferred[None] = Deferred()

    def write(self, data: bytes) -> None:
        assert not self.finished
        self.written += data

    def registerProducer(self, producer: Any, streaming: bool) -> None:  # noqa: FBT001
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def notifyFinish(self) -> Deferred[None]:
        return self._gone

    def finish(self) -> None:
        self.finished = True

    def hang_up(self) -> None:
        self._disconnected = True
        self._gone.callback(None)

    @property
    def seen(self) -> list[int]:
        return [int(number) for number in re.findall(rb"id: m(\d+)\n", self.written)]


class History:
    """A database that answers when the test says so; whether a session lives, it knows at once."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, Deferred[Any]]] = []
        self.sessions: set[int | None] = {7, None}

    async def read(self, _function: Any, about: str | int | None, *after: Any) -> Any:
        if not isinstance(about, str):
            return about in self.sessions
        answer: Deferred[Any] = Deferred()
        self.asked.append((after, answer))
        return await answer

    def answer(self, *numbers: int, start: int = 0) -> tuple[Any, ...]:
        """Answer the oldest question; return what was asked."""
        after, answer = self.asked.pop(0)
        answer.callback(([line(number) for number in numbers], start))
        return tuple(after[:2])


class TheStream(TestCase):
    def setUp(self) -> None:
        self.reader, self.history, self.signals = Reader(), History(), LocalSignals()
        self.clock, self.tasks = Clock(), Tasks()
        self.ended: list[Stream] = []
        self.stream = self.open()

    def open(self, **options: Any) -> Stream:
        values: dict[str, Any] = {
            "request": self.reader,
            "address": ADDRESS,
            "session_id": 7,
            "last": None,
            "database": self.history,
            "signals": self.signals,
            "reactor": self.clock,
            "tasks": self.tasks,
            "on_end": self.ended.append,
        }
        return Stream(**values | options)

    def tell(self, number: int) -> None:
        self.signals.tell(chat.topic(ADDRESS), line(number))

    def test_it_writes_the_history_and_then_what_is_told(self) -> None:
        self.stream.start()
        self.history.answer(1, 2)
        self.tell(3)
        self.assertEqual(self.reader.seen, [1, 2, 3])

    def test_what_is_told_while_the_history_is_read_comes_after_it_and_once(self) -> None:
        self.stream.start()
        self.tell(2)
        self.tell(3)
        self.history.answer(1, 2)
        self.assertEqual(self.reader.seen, [1, 2, 3])

    def test_a_line_of_a_slower_twin_is_not_lost(self) -> None:
        self.stream.start()
        self.history.answer(1)
        self.tell(3)
        self.tell(2)
        self.tell(3)
        self.assertEqual(self.reader.seen, [1, 3, 2])

    def test_a_long_history_comes_in_parts(self) -> None:
        self.stream.start()
        self.history.answer(*range(1, 201))
        self.assertEqual(self.history.answer(201)[0], 200)
        self.tell(202)
        self.assertEqual(self.reader.seen, list(range(1, 203)))

    def test_a_slow_reader_gets_what_he_missed_from_the_history(self) -> None:
        self.stream.start()
        self.history.answer(1)
        self.stream.pauseProducing()
        self.tell(2)
        self.clock.advance(COMMENT)
        self.assertEqual(self.reader.seen, [1])
        self.assertNotIn(b": \n", self.reader.written)
        self.stream.resumeProducing()
        self.tell(3)
        self.assertEqual(self.history.answer(2, 3)[0], 1)
        self.assertEqual(self.reader.seen, [1, 2, 3])

    def test_a_reader_who_pauses_while_the_history_is_read_misses_nothing(self) -> None:
        self.stream.start()
        self.stream.pauseProducing()
        self.tell(2)
        self.stream.resumeProducing()
        self.history.answer(1)
        self.assertEqual(self.history.answer(2)[0], 1)
        self.tell(3)
        self.assertEqual(self.reader.seen, [1, 2, 3])

    def test_a_slower_twin_that_came_while_the_reader_was_slow_is_not_lost(self) -> None:
        self.stream.start()
        self.history.answer(1)
        self.tell(3)
        self.stream.pauseProducing()
        self.tell(2)
        self.stream.resumeProducing()
        self.assertEqual(self.history.answer(2, 3)[0], 1)
        self.tell(4)
        self.assertEqual(self.reader.seen, [1, 3, 2, 4])

    def test_a_slower_twin_that_came_while_the_history_was_read_is_not_lost(self) -> None:
        self.stream.start()
        self.tell(2)
        self.stream.pauseProducing()
        self.history.answer(1, 3)
        self.stream.resumeProducing()
        self.assertEqual(self.history.answer(2, 3)[0], 1)
        self.assertEqual(self.reader.seen, [1, 3, 2])

    def test_a_comment_keeps_a_quiet_stream_alive(self) -> None:
        self.stream.start()
        self.history.answer()
        self.clock.pump([COMMENT] * 3)
        self.assertEqual(self.reader.written.count(b": \n\n"), 3)

    def test_it_ends_soon_after_another_process_ended_its_session(self) -> None:
        self.stream.start()
        self.history.answer()
        self.history.sessions.clear()
        self.clock.advance(COMMENT)
        self.assertIn(b"event: ended\ndata: {}\n\n", self.reader.written)
        self.assertEqual(self.ended, [self.stream])

    def leaves_nothing(self) -> None:
        self.assertEqual(self.ended, [self.stream])
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.signals._listeners, {})
        self.tell(9)
        self.assertNotIn(9, self.reader.seen)

    def test_a_reader_who_hangs_up_leaves_nothing_behind(self) -> None:
        for hang_up_at in (0, 1):
            self.setUp()
            self.stream.start()
            if hang_up_at:
                self.history.answer(1)
            self.reader.hang_up()
            for _ in self.history.asked:
                self.history.answer(1)
            self.leaves_nothing()
            self.assertFalse(self.reader.finished)

    def test_an_end_closes_the_answer_and_lets_the_producer_go(self) -> None:
        self.stream.start()
        self.history.answer(1)
        self.stream.end()
        self.stream.end()
        self.leaves_nothing()
        self.assertTrue(self.reader.finished)
        self.assertIsNone(self.reader.producer)

    def test_the_end_of_its_session_is_said_and_ends_it(self) -> None:
        self.stream.start()
        self.history.answer(1)
        self.signals.tell(sessions.ENDED, (8, ADDRESS))
        self.assertEqual(self.ended, [])
        self.signals.tell(sessions.ENDED, (7, ADDRESS))
        self.assertIn(b"event: ended\n", self.reader.written)
        self.leaves_nothing()

    def test_a_stream_from_before_the_session_ends_with_the_chat(self) -> None:
        self.stream.end()
        self.ended.clear()
        self.reader = Reader()
        self.stream = self.open(session_id=None, request=self.reader)
        self.stream.start()
        self.history.answer()
        self.signals.tell(sessions.ENDED, (8, "b" * 32))
        self.assertEqual(self.ended, [])
        self.signals.tell(sessions.ENDED, (8, ADDRESS))
        self.leaves_nothing()

    def test_a_session_that_ended_before_the_history_was_read_ends_it(self) -> None:
        self.stream.start()
        self.history.asked.pop()[1].callback(None)
        self.assertIn(b"event: ended\n", self.reader.written)
        self.leaves_nothing()

    def fails_with(self, error: Exception) -> None:
        self.stream.start()
        self.history.asked.pop()[1].errback(error)
        self.leaves_nothing()
        self.assertTrue(self.reader.finished)

    def test_a_database_that_is_away_ends_it_without_a_noise(self) -> None:
        self.fails_with(Unavailable("database"))

    def test_a_failure_ends_it_and_is_logged(self) -> None:
        self.fails_with(ZeroDivisionError())
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
