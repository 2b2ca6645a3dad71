"""What the parts of a node are made of; a part takes from it just what it uses."""

from typing import Any, Protocol

from attrs import frozen

from awt.api.registry import Api
from awt.config import Config
from awt.db.engine import Database
from awt.ports import Bus, Env, NodeApi, Signals
from awt.shots import Shots


class Part(Protocol):
    """A part of a node, switched on by its role and configuration."""

    async def start(self) -> None:
        """Begin; done when it works."""

    async def stop(self) -> None:
        """Take nothing more, finish or hand back what is in hand."""


@frozen(kw_only=True)
class Resources:
    """The resources of any node: started before its parts, stopped after them."""

    config: Config
    reactor: Any
    env: Env
    signals: Signals
    bus: Bus
    calls: NodeApi


@frozen(kw_only=True)
class ServerResources(Resources):
    """Those of a node with a database."""

    database: Database
    api: Api
    shots: Shots
