"""The registry: finds a method, checks the caller and the parameters, runs it in one transaction.

A method is a plain function of ``(tx, caller, params)``. Work that waits (bcrypt) is its ``prepare``, an
asynchronous step before the transaction, whose result is its fourth argument. Only the registry opens
and commits. Who may call is declared a method; the default is nobody.
"""

import functools
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from attrs import field, frozen
from twisted.internet.interfaces import IReactorTime

from awt.api.caller import OPERATORS, SITE_USERS, Caller, Who
from awt.api.passwords import Passwords
from awt.db import audit, keys, outbox, users
from awt.db.engine import Database
from awt.db.links import hash_token
from awt.db.tx import Tx
from awt.errors import Refused, bad_field
from awt.shots import Shots


class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the parameters of a method."""


class Nothing(Params, frozen=True):
    """No parameters."""


class Done(msgspec.Struct, frozen=True):
    """Nothing to tell but that it is done."""


Run = Callable[..., Any]
Prepare = Callable[[Any, Caller, Any], Awaitable[Any]]


@frozen(kw_only=True)
class Method:
    """A method: its name and types, who may call it, and the function that does it."""

    name: str
    run: Run
    params: type[Params]
    result: Any
    callers: frozenset[Who] = frozenset()
    prepare: Prepare | None = None
    """``prepare(toolbox, caller, params)``: what has to wait, before the transaction."""
    read_only: bool = False
    """Writes nothing: may run beside the writer, and with a key that may only look."""
    repeatable: bool = False
    """Takes an ``Idempotency-Key``: its result holds no secret and is kept to be given again."""

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (self.run.__doc__ or "").strip().partition("\n")[0]


class Methods:
    """A table of methods that grows by decoration, one a group of methods."""

    def __init__(self) -> None:
        self._methods: list[Method] = []

    def __iter__(self) -> Any:
        """Go through the methods in the order of their declaration."""
        return iter(self._methods)

    def method(
        self,
        *,
        callers: frozenset[Who],
        params: type[Params] = Nothing,
        result: Any = Done,
        prepare: Prepare | None = None,
        read_only: bool = False,
        repeatable: bool = False,
        name: str | None = None,
    ) -> Callable[[Run], Run]:
        """Declare the decorated function to be a method, by default of its own name in CamelCase.

        What only operators may change is noted in the audit log, however the function is called.
        """

        def declare(run: Run) -> Run:
            own = name or "".join(part.capitalize() for part in run.__name__.split("_"))
            if not read_only and callers and callers <= OPERATORS:
                run = _noted(run, own)
            self._methods.append(
                Method(
                    name=own,
                    run=run,
                    params=params,
                    result=result,
                    callers=callers,
                    prepare=prepare,
                    read_only=read_only,
                    repeatable=repeatable,
                )
            )
            return run

        return declare


SECRETS: Final = frozenset({"key", "password", "secret", "token"})
"""Parameters that the audit log masks."""


def _noted(run: Run, name: str) -> Run:
    """Return a method that notes who did what, in the same transaction."""

    @functools.wraps(run)
    def noted(tx: Tx, caller: Caller, params: Params, *prepared: Any) -> Any:
        result = run(tx, caller, params, *prepared)
        given = {
            field: "***" if field in SECRETS else value
            for field, value in msgspec.to_builtins(params).items()
            if value is not None
        }
        user = None if caller.user_id is None else users.by_id(tx, caller.user_id)
        audit.note(
            tx,
            user_id=caller.user_id,
            who=caller.who.value if user is None else user.name,
            way=way_of(caller),
            method=name,
            params=msgspec.json.encode(given).decode(),
        )
        return result

    return noted


def way_of(caller: Caller) -> str:
    """Return by which way somebody called: ``site``, ``key``, the kind of a chat, or ``command``."""
    if caller.who is Who.OPERATOR:
        return "command"
    with_key = caller.session_id is None and caller.who in SITE_USERS
    return caller.im or ("key" if with_key else "site")


@frozen(kw_only=True)
class Toolbox:
    """What the ``prepare`` step of a method may use."""

    database: Database
    passwords: Passwords
    shots: Shots
    reactor: IReactorTime


KEY_MAX: Final = 200
"""Longest idempotency key, in characters."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_FIELD: Final = re.compile(r"`\$\.?([^`]*)`")
_NAMED: Final = re.compile(r"field `([^`]*)`")


def parse(params: type[Params], values: object) -> Any:
    """Return the parameters in a JSON object; raise `Refused` (``bad_request``) that names the field."""
    if not isinstance(values, Mapping):
        raise bad_field("$", "object")
    try:
        parsed = msgspec.convert(values, params, strict=True, str_keys=True)
    except msgspec.ValidationError as error:
        raise _named(str(error)) from None
    except UnicodeError:  # half a character where only certain texts are allowed
        parsed = None
    problems = dict(_unkept(values, ""))
    if problems:
        raise Refused("bad_request", fields=problems)
    return parsed


def _unkept(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Find what no database keeps: halves of characters, and whole numbers over 64 bits."""
    if isinstance(value, str) and not value.isascii() and _SURROGATE.search(value):
        yield path, "characters"
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        yield path, "value"
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _unkept(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from _unkept(part, f"{path}[{number}]")


def _named(text: str) -> Refused:
    """Turn what msgspec says into the field and a code."""
    at = _FIELD.search(text)
    path = at.group(1) if at else ""
    named = _NAMED.search(text)
    if named:
        name = f"{path}.{named.group(1)}" if path else named.group(1)
        return bad_field(name, "missing" if "missing required" in text else "unknown")
    return bad_field(path or "$", "type" if text.startswith("Expected `") else "value")


def _by_name(methods: Iterable[Method]) -> dict[str, Method]:
    return {method.name: method for method in methods}


@frozen(kw_only=True)
class Api:
    """Calls methods."""

    database: Database
    toolbox: Toolbox
    methods: dict[str, Method] = field(converter=_by_name)

    def find(self, name: str, caller: Caller) -> Method:
        """Return a method that the caller may call; raise `Refused` where there is none."""
        method = self.methods.get(name)
        if method is None:
            raise Refused("unknown_method", method=name[:80])
        if caller.who not in method.callers:
            if caller.who is Who.VISITOR:
                raise Refused("unauthenticated")
            raise Refused("forbidden")
        if caller.read_only and not method.read_only:
            raise Refused("forbidden")
        return method

    async def call(
        self,
        name: str,
        caller: Caller,
        values: Mapping[str, Any] | Params,
        *,
        trace: str = "",
        message_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Any:
        """Call a method in one transaction and return its result.

        ``message_id`` makes the effect happen once: a second call with it does nothing and returns
        None. ``idempotency_key`` does the same for callers outside, who get the first result again;
        methods that are not repeatable do without it. Raises `Refused` and `Unavailable`.
        """
        method = self.find(name, caller)
        params = values if isinstance(values, Params) else parse(method.params, values)
        if not method.repeatable:
            idempotency_key = None
        elif idempotency_key is not None and not 1 <= len(idempotency_key) <= KEY_MAX:
            raise bad_field("Idempotency-Key", "value")
        prepared = (
            () if method.prepare is None else (await method.prepare(self.toolbox, caller, params),)
        )
        if method.read_only:
            return await self.database.read(method.run, caller, params, *prepared)
        return await self.database.write(
            _run, method, caller, params, prepared, trace, message_id, idempotency_key
        )


def _run(  # noqa: PLR0917 - one call, just above
    tx: Tx,
    method: Method,
    caller: Caller,
    params: Params,
    prepared: tuple[Any, ...],
    trace: str,
    message_id: str | None,
    idempotency_key: str | None,
) -> Any:
    tx.trace = trace
    if message_id is not None and not outbox.consume_once(tx, message_id):
        return None
    if idempotency_key is None:
        return method.run(tx, caller, params, *prepared)
    key = f"{caller.who}:{caller.user_id}:{idempotency_key}"
    given = msgspec.json.encode(params).decode()
    recalled = keys.recall(tx, key)
    if recalled is not None:
        name, params_hash, result = recalled
        if (name, params_hash) != (method.name, hash_token(given)):
            raise Refused("idempotency_mismatch")
        return msgspec.json.decode(result, type=method.result)
    result = method.run(tx, caller, params, *prepared)
    keys.remember(tx, key, method.name, given, msgspec.json.encode(result).decode())
    return result


def all_methods(groups: Iterable[Iterable[Method]]) -> list[Method]:
    """Return the methods of several groups; a name must not come twice."""
    found = [method for group in groups for method in group]
    names = [method.name for method in found]
    assert len(names) == len(set(names)), names
    return found
