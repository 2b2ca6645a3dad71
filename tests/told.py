"""A reactor of the tests."""

from typing import Any

from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.internet.task import Clock


class Told(Clock):
    """A reactor whose time passes when it is told to."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_reactor, name)
