"""The HTTP API as programs see it: keys, repeated calls, the description."""

import re
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from awt.testing.site import Browser, RunningNode


def key_of(browser: Browser, *, read_only: bool = False) -> str:
    answer = browser.call("CreateKey", {"name": "program", "read_only": read_only})
    assert answer.status == 200
    return f"Bearer {answer.json()['key']}"


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status, answer.json()["error"]["code"]


def test_a_key_speaks_for_its_account(member: Browser, visitor: Browser) -> None:
    bearer = key_of(member)
    assert visitor.call("GetAccount", authorization=bearer).json()["status"] == "AC"
    done = visitor.call("UpdateAccount", {"timezone": "Europe/Riga"}, authorization=bearer)
    assert done.json()["timezone"] == "Europe/Riga"
    assert not visitor.cookies


def test_a_key_that_may_only_look_changes_nothing(member: Browser, visitor: Browser) -> None:
    bearer = key_of(member, read_only=True)
    assert visitor.call("ListTasks", authorization=bearer).status == 200
    for method, params in (
        ("UpdateAccount", {"lang": "ru"}),
        ("RunTest", {"url": "https://example.com/"}),
        ("AddService", {"short_name": "webtest"}),
        ("DeleteAccount", {}),
        ("RevokeKey", {"id": 1}),
    ):
        assert code_of(visitor.call(method, params, authorization=bearer)) == (403, "forbidden")


def test_a_key_cannot_make_keys_or_take_over_the_account(member: Browser, visitor: Browser) -> None:
    bearer = key_of(member)
    for method, params in (
        ("CreateKey", {"name": "more"}),
        ("ChangePassword", {"new": "correct horse battery"}),
        ("DeleteAccount", {}),
    ):
        assert code_of(visitor.call(method, params, authorization=bearer)) == (403, "forbidden")


def test_a_key_that_was_revoked_is_useless(member: Browser, visitor: Browser) -> None:
    bearer = key_of(member)
    [key] = member.call("ListKeys").json()["keys"]
    assert "key" not in key
    assert member.call("RevokeKey", {"id": key["id"]}).status == 200
    answer = visitor.call("GetAccount", authorization=bearer)
    assert code_of(answer) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x", "bearer \u00fc", "Bearer a b c"]
)
def test_what_is_no_key_is_refused_even_beside_a_good_cookie(member: Browser, header: str) -> None:
    answer = member.call("GetAccount", authorization=header)
    assert code_of(answer) == (401, "unauthenticated")


def test_another_scheme_of_authorization_is_not_ours(member: Browser) -> None:
    assert member.call("GetAccount", authorization="Basic YTpi").status == 200


def test_a_call_that_is_repeated_has_its_effect_once(member: Browser) -> None:
    request = {"idempotency_key": "once-please"}
    first = member.call("RunTest", {"url": f"{member.url}/faq"}, **request)
    assert first.status == 200
    assert member.call("RunTest", {"url": f"{member.url}/faq"}, **request).json() == first.json()
    assert len(member.call("ListTasks").json()["tasks"]) == 1
    other = member.call("RunTest", {"url": f"{member.url}/terms"}, **request)
    assert code_of(other) == (409, "idempotency_mismatch")


def test_the_same_idempotency_key_of_somebody_else_is_another(
    member: Browser, someone: Callable[..., Browser]
) -> None:
    other = someone()
    other.join()
    for browser in (member, other):
        answer = browser.call("RunTest", {"url": f"{member.url}/faq"}, idempotency_key="same")
        assert answer.status == 200
        assert len(browser.call("ListTasks").json()["tasks"]) == 1


def test_a_secret_is_never_kept_for_a_repeated_call(member: Browser, node: RunningNode) -> None:
    keys = [
        member.call("CreateKey", {"name": "k"}, idempotency_key="again").json()["key"]
        for _ in range(2)
    ]
    assert keys[0] != keys[1]
    with sqlite3.connect(node.database) as connection:
        kept = connection.execute("SELECT result FROM idempotency").fetchall()
    connection.close()
    assert not any(key in result for key in keys for (result,) in kept)


@pytest.mark.parametrize("key", ["x" * 201, "x" * 5000])
def test_an_idempotency_key_has_a_length(member: Browser, key: str) -> None:
    answer = member.call("RunTest", {"url": "https://example.com/"}, idempotency_key=key)
    assert code_of(answer) == (400, "bad_request")
    assert "Idempotency-Key" in answer.json()["error"]["fields"]


def test_a_refusal_is_in_the_language_of_the_account(member: Browser) -> None:
    member.call("UpdateAccount", {"lang": "ru"})
    refused = member.call("AddService", {"short_name": "nosuch"})
    assert re.search("[а-я]", refused.json()["error"]["message"])


def test_signing_in_by_the_api_puts_the_secret_into_the_cookie_alone(
    member: Browser, visitor: Browser
) -> None:
    password = "correct horse battery"
    member.submit("/settings", "/settings/login", login="api-user")
    member.submit("/settings", "/settings/password", new=password, again=password)
    answer = visitor.call("Login", {"login": "api-user", "password": password})
    assert answer.status == 200
    assert "session" not in answer.json()
    assert visitor.cookies["awt_session"] not in answer.text
    assert visitor.call("GetAccount").json()["login"] == "api-user"
    assert visitor.call("Logout").status == 200
    assert visitor.call("GetAccount").status == 401


def test_a_program_without_a_cookie_registers_in_the_chat_that_it_is_given(
    visitor: Browser,
) -> None:
    answer = visitor.call("CreateAccount", {"login": "by-program"})
    assert answer.json()["status"] == "NW"
    with visitor.events() as events:
        link = events.next().link
    assert visitor.click(link).status == 303
    assert visitor.call("GetAccount").json()["login"] == "by-program"


def test_the_description_describes_what_can_be_called(visitor: Browser) -> None:
    answer = visitor.get("/api/openapi.json")
    document = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert document["openapi"] == "3.1.0"
    schemas = document["components"]["schemas"]
    for reference in re.findall(r'"\$ref": ?"([^"]+)"', answer.text):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference
    names = [each["post"]["operationId"] for each in document["paths"].values()]
    assert len(names) == len(set(names)) > 20
    assert not {"Hear", "ImEvent", "ClaimTasks", "FinishTask"} & set(names)
    for path, each in document["paths"].items():
        operation = each["post"]
        assert operation["summary"], path
        status = visitor.send_json(path, {}).status
        assert status != 404, path
        if "security" in operation:
            assert status == 401, path
        ok = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert ok, path


def test_results_are_what_the_description_says(member: Browser) -> None:
    document = member.get("/api/openapi.json").json()
    schemas = document["components"]["schemas"]
    for method in ("GetAccount", "ListServices", "ListTasks", "ListKeys", "ListSessions"):
        operation = document["paths"][f"/api/{method}"]["post"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        result = member.call(method).json()
        matches(result, schema, schemas, method)


def matches(value: Any, schema: dict[str, Any], schemas: dict[str, Any], where: str) -> None:
    """Check a value against the part of JSON Schema that the document uses."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        kinds = [each.get("type") for each in schema["anyOf"]]
        if value is None:
            assert "null" in kinds, where
            return
        schema = next(each for each in schema["anyOf"] if each.get("type") != "null")
        matches(value, schema, schemas, where)
        return
    types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    if schema.get("type") in types:
        assert isinstance(value, types[schema["type"]]), (where, value, schema)
    if isinstance(value, dict):
        assert set(schema.get("required", ())) <= set(value), where
        assert set(value) <= set(schema.get("properties", value)), where
        for name, each in value.items():
            matches(each, schema.get("properties", {}).get(name, {}), schemas, f"{where}.{name}")
    if isinstance(value, list):
        for each in value:
            matches(each, schema.get("items", {}), schemas, f"{where}[]")


def test_the_readable_page_has_every_method_of_the_description(visitor: Browser) -> None:
    page, document = visitor.get("/api/").text, visitor.get("/api/openapi.json").json()
    for each in document["paths"].values():
        assert f'<h2 id="{each["post"]["operationId"]}"' in page
        schema = each["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        for name in re.findall(r"schemas/(\w+)", str(schema)):
            assert f'<h3 id="type-{name}"' in page
