"""Structured logs: one JSON object a line, for ``twistd --logger=awt.logs.json_lines``.

Every line has ``time``, ``level``, ``name`` and ``message``; fields that a room gave (``trace``, ``id``,
``part``) stand beside them, so that one chat message can be followed from its arrival to its answer.
"""

import sys
from typing import Any, Final

import msgspec
from twisted.logger import ILogObserver, LogEvent, formatEvent
from zope.interface import implementer

from awt.model.times import iso

FIELDS: Final = ("trace", "id", "part", "queue", "method", "code", "error", "status", "gone")


@implementer(ILogObserver)
class JsonLines:
    """Writes events as JSON lines."""

    def __init__(self, out: Any) -> None:
        self._out = out

    def __call__(self, event: LogEvent) -> None:
        """Write an event."""
        line: dict[str, Any] = {
            "time": iso(int(event.get("log_time", 0) * 1000)),
            "level": getattr(event.get("log_level"), "name", "info"),
            "name": event.get("log_namespace", ""),
            "message": formatEvent(event),
        }
        line.update({name: event[name] for name in FIELDS if event.get(name)})
        failure = event.get("log_failure")
        if failure is not None:
            line["traceback"] = failure.getTraceback()
        self._out.write(msgspec.json.encode(line, enc_hook=str).decode() + "\n")
        self._out.flush()


def json_lines() -> JsonLines:
    """Return the observer that writes to standard output."""
    return JsonLines(sys.stdout)
