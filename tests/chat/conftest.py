"""A world for each test, and somebody on each network to speak in it."""

from collections.abc import Callable, Iterator

import pytest

from awt.model.status import BASE
from awt.testing.talk import Conversation, World

ADDRESSES = {"jabber": "ann@example.org", "skype": "live:ann.lee", "webchat": "a1" * 16}


@pytest.fixture(scope="session")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(f"sqlite:///{tmp_path_factory.mktemp('chat')}/awt.db") as world:
        yield world


@pytest.fixture
def world(_world: World) -> World:
    """An installation that nobody has used."""
    _world.empty()
    return _world


@pytest.fixture(params=sorted(ADDRESSES))
def im(request: pytest.FixtureRequest) -> str:
    """Each kind of IM in turn."""
    return str(request.param)


@pytest.fixture
def chat(world: World, im: str) -> Callable[..., Conversation]:
    """Return chats of Ann, on the IM of this run; by default with the base assistant."""

    def make(service: str = BASE, *, lang: str = "") -> Conversation:
        return world.chat(im, ADDRESSES[im], service=service, lang=lang)

    return make


@pytest.fixture
def member(world: World, im: str) -> Callable[..., Conversation]:
    """Return chats of Ann, who has an active account."""
    joined: list[str] = []

    def make(service: str = BASE, *, lang: str = "") -> Conversation:
        join = world.chat if joined else world.member
        joined.append(im)
        return join(im, ADDRESSES[im], service=service, lang=lang)

    return make
