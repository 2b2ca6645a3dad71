"""The description of the HTTP API (OpenAPI 3.1), made of the registry."""

import inspect
from typing import Any

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
