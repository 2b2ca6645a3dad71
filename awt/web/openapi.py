"""The description of the HTTP API (OpenAPI 3.1), made of the registry."""

import inspect
import re
from typing import Any, Final

import msgspec

from awt import __version__
from awt.api.caller import Who
from awt.api.registry import Method
from awt.errors import STATUS


def describe(methods: list[Method], *, site_url: str) -> dict[str, Any]:
    """Return the OpenAPI document of the methods that somebody outside may call."""
    shown = [m for m in methods if m.callers - {Who.NODE, Who.CHAT, Who.OPERATOR}]
    types = [t for m in shown for t in (m.params, m.result)]
    schemas, components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    by_type = dict(zip(map(id, types), schemas, strict=True))
    components["Error"] = _ERROR
    return {
        "openapi": "3.1.0",
        "info": {"title": "awt", "version": __version__, "description": _ABOUT},
        "servers": [{"url": site_url}],
        "paths": {
            f"/api/{m.name}": {"post": _operation(m, by_type[id(m.params)], by_type[id(m.result)])}
            for m in shown
        },
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "awt_session"},
            },
        },
    }


def _operation(method: Method, params: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": method.name,
        "summary": method.summary,
        "description": inspect.getdoc(method.run) or "",
        "x-callers": sorted(method.callers),
        "x-read-only": method.read_only,
        "x-repeatable": method.repeatable,
        "requestBody": {"required": True, "content": {"application/json": {"schema": params}}},
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": result}}},
            "default": {
                "description": "Refused; `code` is stable.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if Who.VISITOR not in method.callers:
        operation["security"] = [{"key": []}, {"session": []}]
    return operation


def read(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document as lists that a page can show: ``methods`` and ``types``.

    A method has name, summary, description, callers, read_only, anyone, params and result; a type has
    name, description and fields; a field has name, type, required and default (as JSON). Texts are
    lists of (piece, whether it is code).
    """
    schemas = document["components"]["schemas"]
    operations = [path["post"] for path in document["paths"].values()]
    bodies = [op["requestBody"]["content"]["application/json"]["schema"] for op in operations]
    params = {name for body in bodies if (name := _name_of(body))}
    return {
        "methods": [
            {
                "name": op["operationId"],
                "summary": _spans(op["summary"]),
                "description": _spans(op["description"].partition("\n\n")[2]),
                "callers": op["x-callers"],
                "read_only": op["x-read-only"],
                "anyone": "security" not in op,
                "params": _fields(schemas[_name_of(body)]),
                "result": _type(op["responses"]["200"]["content"]["application/json"]["schema"]),
            }
            for op, body in zip(operations, bodies, strict=True)
        ],
        "types": [
            {
                "name": name,
                "description": _spans(schema.get("description", "")),
                "fields": _fields(schema),
            }
            for name, schema in sorted(schemas.items())
            if name not in params
        ],
    }


_CODE: Final = re.compile(r"``?([^`]+)``?")


def _spans(text: str) -> list[tuple[str, bool]]:
    """Return a docstring as pieces of text, each with whether it is code."""
    return [(piece, bool(at % 2)) for at, piece in enumerate(_CODE.split(text)) if piece]


def _name_of(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "type": _type(field),
            "required": name in required,
            "default": msgspec.json.encode(field["default"]).decode() if "default" in field else "",
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _type(schema: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return a type as words, each with whether it is the name of another type."""
    if "$ref" in schema:
        return [(_name_of(schema), True)]
    if "anyOf" in schema:
        parts = [_type(each) for each in schema["anyOf"]]
        return parts[0] + [word for part in parts[1:] for word in [(" | ", False), *part]]
    if schema.get("type") == "array":
        return [*_type(schema.get("items", {})), ("[]", False)]
    if "enum" in schema:
        return [(" | ".join(map(str, schema["enum"])), False)]
    return [(str(schema.get("type", "any")), False)]


_ABOUT = """One method, one path: POST a JSON object to /api/<Method>.

Programs use a key (`Authorization: Bearer`), browsers their session and the CSRF token. An
`Idempotency-Key` makes a repeated call return the first result."""

_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields"],
            "properties": {
                "code": {"type": "string", "examples": sorted(STATUS)},
                "message": {"type": "string"},
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        }
    },
}
