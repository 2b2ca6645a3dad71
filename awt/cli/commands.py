"""What each command does. A coroutine function of its options and the reactor, which tells an `Outcome`."""

import json
import secrets
from argparse import Namespace
from importlib import import_module
from typing import Any

from attrs import field, frozen

from awt import config
from awt.cli import doctor as examination
from awt.cli import show
from awt.cli.access import Methods, Remote, opened, sqlite_file
from awt.config import Config
from awt.db import migrate as migration
from awt.errors import ConfigError
from awt.gc.collector import collect as collect_garbage


@frozen(kw_only=True)
class Outcome:
    """What came of a command: the result, in lines as well; problems; the exit status."""

    result: Any
    lines: list[str]
    problems: list[str] = field(factory=list)
    status: int = 0


def _config(args: Namespace, reactor: Any) -> Config:
    return config.load(path=args.config, reactor=reactor)


async def migrate(args: Namespace, reactor: Any) -> Outcome:
    """Bring the database to the newest schema; make the file of SQLite where there is none."""
    found = _config(args, reactor)
    file = sqlite_file(found)
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError([f"data_dir: {file.parent}: {error.strerror}"]) from None
    before, after = migration.migrate(found.database_url)
    line = f"The schema is {after}" + (", as before." if before == after else ".")
    return Outcome(result={"before": before, "after": after}, lines=[line])


async def collect(args: Namespace, reactor: Any) -> Outcome:
    """Run one pass of the garbage collector."""
    async with opened(_config(args, reactor), reactor) as installation:
        gone = await collect_garbage(installation.database)
    return Outcome(result=gone, lines=show.counts(gone))


async def doctor(args: Namespace, reactor: Any) -> Outcome:
    """Examine an installation."""
    findings = await examination.examine(_config(args, reactor), reactor, handshake=args.handshake)
    return Outcome(
        result=[{"name": found.name, "good": found.good, "text": found.text} for found in findings],
        lines=[f"{found.name}: {found.text}" for found in findings if found.good],
        problems=[f"{found.name}: {found.text}" for found in findings if not found.good],
        status=max(found.status for found in findings),
    )


async def broker(args: Namespace, reactor: Any) -> Outcome:
    """Tell RabbitMQ what it has to know of this node."""
    found = _config(args, reactor)
    if not found.amqp.url:
        raise ConfigError(["amqp.url: is empty, so this node has no broker"])
    made = import_module("awt.amqp.definitions")  # not where there is no broker
    document = made.definitions(found, salt=secrets.token_bytes(made.SALT))
    return Outcome(result=document, lines=json.dumps(document, indent=2).splitlines())


async def call(args: Namespace, reactor: Any) -> Outcome:
    """Call a method with parameters of the command line."""
    result = await _call(args, reactor, dict(args.values))
    return Outcome(result=result, lines=show.readable(result))


async def operate(args: Namespace, reactor: Any) -> Outcome:
    """Call the method of a command."""
    named = (field.partition(":") for field in args.fields)
    given = {name: getattr(args, dest or name) for name, _, dest in named}
    values = {name: value for name, value in given.items() if value is not None}
    result = await _call(args, reactor, values | args.fixed)
    return Outcome(result=result, lines=args.show(result))


async def _call(args: Namespace, reactor: Any, values: dict[str, Any]) -> Any:
    if args.url is not None:
        key = args.key_given if args.key_given is not None else args.key_known
        remote = Remote(url=args.url, key=key, reactor=reactor)
        return await _ask(remote, args, values)
    async with opened(_config(args, reactor), reactor) as installation:
        return await _ask(installation, args, values)


async def _ask(methods: Methods, args: Namespace, values: dict[str, Any]) -> Any:
    return await methods.call(args.method, values, idempotency_key=args.idempotency_key)
