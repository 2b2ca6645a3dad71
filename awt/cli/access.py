"""Two ways to call a method: in this process as the operator, or over HTTP with a key."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote, urlsplit

import msgspec
from attrs import frozen

from awt.api import words
from awt.api.caller import Caller, Who
from awt.api.passwords import Passwords
from awt.api.registry import Api, Toolbox
from awt.config import Config
from awt.db.engine import Database
from awt.db.migrate import require_newest
from awt.errors import ConfigError, Refused, Unavailable
from awt.fetch import fetch
from awt.local import LocalCache, LocalSignals, SystemChance, clock
from awt.methods import every_method
from awt.ports import Env
from awt.shots import Shots
from awt.text.catalog import Catalog

SECONDS: Final = 30.0
"""How long a call over HTTP may take in all."""
LANG: Final = "en"
"""The language of the command line."""


class Rejected(Exception):
    """A method refused. ``fields`` says of each bad parameter what is wrong."""

    def __init__(self, code: str, message: str, fields: Mapping[str, str]) -> None:
        super().__init__(code)
        said = [f"{name}: {what}" for name, what in fields.items()] or [message]
        self.problems = [f"{code}: {' '.join(text.split())}" for text in said]


class Methods(Protocol):
    """The methods of an installation."""

    async def call(
        self, name: str, values: Mapping[str, Any], *, idempotency_key: str | None
    ) -> Any:
        """Return the result of a method as plain JSON values. Raises `Rejected`, `Unavailable`."""


@frozen(kw_only=True)
class Opened:
    """An installation in this process."""

    database: Database
    api: Api
    texts: Catalog
    shots: Shots

    async def call(
        self, name: str, values: Mapping[str, Any], *, idempotency_key: str | None
    ) -> Any:
        """Call a method as the operator."""
        caller = Caller(who=Who.OPERATOR, lang=LANG)
        try:
            result = await self.api.call(name, caller, values, idempotency_key=idempotency_key)
        except Refused as refused:
            said = words.as_json(self.texts, LANG, refused)["error"]
            raise Rejected(said["code"], said["message"], said["fields"]) from None
        return msgspec.json.decode(msgspec.json.encode(result))


def sqlite_file(config: Config) -> Path | None:
    """Return the file of a SQLite database, None for another one."""
    name = config.database_url.removeprefix("sqlite:///")
    return Path(name.partition("?")[0]) if name != config.database_url else None


@asynccontextmanager
async def opened(config: Config, reactor: Any) -> AsyncIterator[Opened]:
    """Open an installation beside its nodes, for as long as the block lasts.

    Raises `ConfigError` where its database has not the schema of this version, and `Unavailable`.
    """
    file = sqlite_file(config)
    if file is not None and not file.exists():
        raise ConfigError([f"database.url: there is no {file} yet; run `awt migrate` first"])
    require_newest(config.database_url)
    texts = Catalog()
    env = Env(
        settings=config.settings(),
        texts=texts,
        cache=LocalCache(),
        chance=SystemChance(),
        clock=clock,
    )
    database = Database(url=config.database_url, reactor=reactor, env=env, signals=LocalSignals())
    passwords = Passwords(reactor=reactor, rounds=config.security.bcrypt_rounds)
    shots = Shots(directory=config.shots_directory, reactor=reactor)
    toolbox = Toolbox(database=database, passwords=passwords, shots=shots, reactor=reactor)
    database.start()
    passwords.start()
    try:
        yield Opened(
            database=database,
            api=Api(database=database, toolbox=toolbox, methods=every_method()),
            texts=texts,
            shots=shots,
        )
    finally:
        passwords.stop()
        database.stop()


class _Error(msgspec.Struct, frozen=True):
    code: str
    message: str
    fields: dict[str, str] = {}


class _Answer(msgspec.Struct, frozen=True):
    error: _Error


class Remote:
    """The methods of a site, over HTTP. ``url`` is its address, ``key`` an API key, or None."""

    def __init__(self, *, url: str, key: str | None, reactor: Any) -> None:
        self._url = _origin(url)
        self._key = key
        self._reactor = reactor

    async def call(
        self, name: str, values: Mapping[str, Any], *, idempotency_key: str | None
    ) -> Any:
        """Call a method as the account that the key belongs to."""
        headers = {"Content-Type": "application/json", "Accept-Language": LANG}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        status, body = await fetch(
            "POST",
            f"{self._url}/api/{quote(name, safe='')}",
            headers=headers,
            body=json.dumps(values).encode(),
            seconds=SECONDS,
            reactor=self._reactor,
        )
        try:
            if status == 200:  # noqa: PLR2004 - HTTP's OK
                return msgspec.json.decode(body)
            said = msgspec.json.decode(body, type=_Answer).error
        except msgspec.DecodeError:
            what = f"{self._url}: answers {status} without a word of awt"
            if status >= 500:  # noqa: PLR2004 - the server's side
                raise Unavailable(what) from None
            raise ConfigError([f"--url: {what}"]) from None
        if said.code == "unavailable":
            raise Unavailable(f"{self._url}: {said.message}")
        raise Rejected(said.code, said.message, said.fields)


def _origin(url: str) -> str:
    try:
        parsed = urlsplit(url)
        good = parsed.scheme in {"http", "https"} and parsed.hostname and parsed.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii():
        raise ConfigError(["--url: has to be http(s)://host[:port]"])
    return url.rstrip("/")
