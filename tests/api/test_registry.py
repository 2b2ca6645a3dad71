"""Every method of the registry, as every kind of caller, with good and evil parameters."""

import ast
import inspect
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

import awt
from awt.api.caller import Caller, Who
from awt.api.registry import Method, all_methods, parse
from awt.db import users
from awt.errors import Refused
from awt.methods import every_method
from awt.model.status import LANGS
from awt.testing.databases import Databases
from awt.text.catalog import Catalog
from tests.api.house import House

METHODS = every_method()
TEXTS = Catalog()
EVIL: dict[type, tuple[Any, ...]] = {
    str: ("", " ", "\0", "x" * 5000, "é\u202e", "'; DROP TABLE user; --", "%_\\", "\ud800", "ёж@х"),
    int: (-1, 0, 2**31, 2**63, 2**70, -(2**70)),
    bool: (True, False),
    list: ([], [None], [[]], ["x"] * 100, [{}], [{"kind": "jabber", "address": "\ud800"}]),
    dict: ({}, {"en": "\0"}, {"en": "\ud800"}, {"\ud800": "x"}, {"x" * 5000: "x"}, {"en": None}),
}
WRONG: dict[type, Any] = {str: 1, int: "1", bool: "yes", list: {}, dict: []}


def kinds(field: msgspec.structs.FieldInfo) -> set[Any]:
    """Return the plain types that a field takes."""

    def flat(kind: Any) -> set[Any]:
        origin = typing.get_origin(kind)
        if origin in {typing.Union, types.UnionType}:
            return set().union(*(flat(part) for part in typing.get_args(kind)))
        if origin is Literal:
            return {str}
        if origin is typing.Annotated:
            return flat(typing.get_args(kind)[0])
        return {origin or kind}

    return flat(field.type) - {type(None)}


def plausible(method: Method) -> dict[str, Any]:
    """Return parameters of the right types."""
    values: dict[type, Any] = {str: "webtest", int: 1, bool: False, list: [], dict: {}}
    return {
        field.encode_name: values[kind]
        for field in msgspec.structs.fields(method.params)
        for kind in kinds(field)
        if field.required
    }


class Registry:
    url: str
    addCleanup: Any

    def setUp(self) -> None:
        self.house = House(self.url)
        self.addCleanup(self.house.close)

    async def refusal(self, method: Method, caller: Caller, values: Any) -> Refused | None:
        """Return why a call was refused, None when it was not; anything else is a failure."""
        try:
            result = await self.house.api.call(method.name, caller, values)
        except Refused as refused:
            return refused
        except Exception as error:
            error.add_note(f"{method.name} as {caller.who} with {str(values)[:200]}")
            raise
        msgspec.json.encode(result)
        return None

    async def test_methods_are_for_those_that_they_are_declared_for(self) -> None:
        for method in METHODS:
            for who in Who:
                caller = await self.house.somebody(who)
                refused = await self.refusal(method, caller, plausible(method))
                code = refused.code if refused else None
                if who in method.callers:
                    assert code not in {"forbidden", "unauthenticated"}, (method.name, who)
                else:
                    expected = "unauthenticated" if who is Who.VISITOR else "forbidden"
                    assert code == expected, (method.name, who)

    async def test_a_key_that_may_only_look_calls_what_writes_nothing(self) -> None:
        for method in METHODS:
            if Who.USER not in method.callers:
                continue
            user = await self.house.somebody()
            key = Caller(who=Who.USER, user_id=user.user_id, read_only=True)
            refused = await self.refusal(method, key, plausible(method))
            is_forbidden = refused is not None and refused.code == "forbidden"
            assert is_forbidden != method.read_only, method.name

    async def test_evil_parameters_are_refused_by_name_or_harmless(self) -> None:
        for method in METHODS:
            who = min(method.callers)
            good = plausible(method)
            for field in msgspec.structs.fields(method.params):
                caller = await self.house.somebody(who)
                for kind in kinds(field):
                    for value in EVIL[kind]:
                        values = good | {field.encode_name: value}
                        refused = await self.refusal(method, caller, values)
                        if refused is not None:
                            assert refused.code != "bad_request" or refused.fields

    async def test_nobody_stands_for_a_method_that_is_not_there(self) -> None:
        for who in Who:
            for name in ("Nothing", "getaccount", "", "x" * 500, "__init__"):
                with pytest.raises(Refused) as caught:
                    await self.house.call(name, await self.house.somebody(who))
                assert caught.value.code == "unknown_method"
                assert caught.value.status == 404

    async def test_a_call_that_is_repeated_under_its_key_happens_once(self) -> None:
        caller = await self.house.somebody()
        run = ("RunTest", caller, {"url": "example.org"})
        first = await self.house.call(*run, idempotency_key="k")
        assert await self.house.call(*run, idempotency_key="k") == first
        assert (await self.house.call(*run, idempotency_key="l")).id != first.id
        with pytest.raises(Refused) as caught:
            await self.house.call("RunTest", caller, {"url": "a.org"}, idempotency_key="k")
        assert caught.value.code == "idempotency_mismatch"
        other = await self.house.somebody()
        again = await self.house.call("RunTest", other, {"url": "example.org"}, idempotency_key="k")
        assert again.id != first.id

    async def test_twins_of_one_key_get_one_result(self) -> None:
        caller = await self.house.somebody()
        calls = [
            Deferred.fromCoroutine(
                self.house.call("RunTest", caller, {"url": "a.org"}, idempotency_key="k")
            )
            for _ in range(6)
        ]
        results = await gatherResults(calls)
        assert len({result.id for result in results}) == 1
        assert {result.balance for result in results} == {199}

    async def test_a_message_has_its_effect_once_though_it_comes_at_once_and_again(self) -> None:
        caller = await self.house.somebody()
        run = ("RunTest", caller, {"url": "a.org"})
        calls = [Deferred.fromCoroutine(self.house.call(*run, message_id="m1")) for _ in range(6)]
        results = await gatherResults(calls)
        assert [result is None for result in results].count(False) == 1
        assert await self.house.call(*run, message_id="m1") is None
        found = await self.house.database.read(users.by_id, caller.user)
        assert found
        assert found.points == 199

    async def test_what_was_refused_may_be_asked_again_under_the_same_key(self) -> None:
        caller = await self.house.somebody(points=0)
        run = ("RunTest", caller, {"url": "a.org"})
        with pytest.raises(Refused):
            await self.house.call(*run, idempotency_key="k")
        operator = await self.house.somebody(Who.OPERATOR)
        found = await self.house.database.read(users.by_id, caller.user)
        assert found
        await self.house.call("Adjust", operator, {"user": found.hash, "amount": 5})
        assert (await self.house.call(*run, idempotency_key="k")).balance == 4

    async def test_a_key_is_refused_where_it_would_have_to_keep_a_secret(self) -> None:
        for method in METHODS:
            secret = any(word in str(method.result) for word in ("SignedIn", "NewKey"))
            assert not (secret and method.repeatable), method.name
        caller = await self.house.somebody()
        for key in ("", "x" * 201):
            with pytest.raises(Refused) as caught:
                await self.house.call("RunTest", caller, {"url": "a.org"}, idempotency_key=key)
            assert caught.value.fields == {"Idempotency-Key": "value"}


class OnSqlite(Registry, TestCase):
    @pytest.fixture(autouse=True)
    def _database(self, databases: Databases) -> Iterator[None]:
        with databases.sqlite() as self.url:
            yield


class OnMariaDB(Registry, TestCase):
    @pytest.fixture(autouse=True)
    def _database(self, databases: Databases) -> Iterator[None]:
        with databases.mariadb() as self.url:
            yield


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
class TestParameters:
    def test_what_is_no_object_is_refused(self, method: Method) -> None:
        values: tuple[Any, ...] = (None, 1, "x", [], [{}], True, 1.5)
        for value in values:
            with pytest.raises(Refused) as caught:
                parse(method.params, value)
            assert caught.value.fields == {"$": "object"}

    def test_an_unknown_field_is_named(self, method: Method) -> None:
        with pytest.raises(Refused) as caught:
            parse(method.params, plausible(method) | {"colour": 1})
        assert caught.value.fields == {"colour": "unknown"}

    def test_a_name_that_is_no_text_is_refused(self, method: Method) -> None:
        with pytest.raises(Refused):
            parse(method.params, plausible(method) | {1: 1})

    def test_each_missing_field_is_named(self, method: Method) -> None:
        for name in plausible(method):
            values = plausible(method)
            del values[name]
            with pytest.raises(Refused) as caught:
                parse(method.params, values)
            assert caught.value.fields == {name: "missing"}

    def test_a_value_of_the_wrong_type_is_named(self, method: Method) -> None:
        for field in msgspec.structs.fields(method.params):
            for kind in kinds(field):
                with pytest.raises(Refused) as caught:
                    parse(method.params, plausible(method) | {field.encode_name: WRONG[kind]})
                [name] = caught.value.fields
                assert name.split(".")[0].split("[")[0] == field.encode_name
                assert set(caught.value.fields.values()) <= {"type", "value", "missing", "unknown"}

    def test_it_is_documented(self, method: Method) -> None:
        assert method.summary.endswith("."), method.name
        assert method.params.__doc__
        assert "Arguments:" not in method.params.__doc__
        result = method.result
        assert inspect.getdoc(result), result


def test_a_name_may_stand_for_one_method_only() -> None:
    with pytest.raises(AssertionError):
        all_methods([METHODS, METHODS[:1]])


def refusals() -> Iterator[tuple[str, str]]:
    """Return what the sources refuse: codes, and problems of fields."""
    for path in Path(awt.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", None)
            texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
            if name == "Refused" and texts:
                yield "error", str(texts[0])
            if name == "bad_field" and len(texts) > 1:
                yield "error-field", str(texts[1])


@pytest.mark.parametrize("lang", LANGS)
def test_every_refusal_can_be_said_in_every_language(lang: str) -> None:
    missing = {
        key
        for kind, code in refusals()
        if not TEXTS.has(lang, key := f"{kind}-{code.replace('_', '-')}")
    }
    assert not missing
