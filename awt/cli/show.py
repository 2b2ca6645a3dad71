"""Results for people: one line for each thing, nothing that a terminal would obey."""

from collections.abc import Callable
from typing import Any

Show = Callable[[Any], list[str]]
"""Turns a result, in plain JSON values, into lines."""


def plain(text: str) -> str:
    """Return a text with what cannot be printed written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def readable(result: Any) -> list[str]:
    """Show any result: keys and values, indented."""
    return _lines(result) if result not in ({}, [], None) else ["done"]


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        found = []
        for key, inner in value.items():
            if isinstance(inner, dict | list) and inner:
                found += [f"{plain(key)}:", *(f"  {line}" for line in _lines(inner))]
            else:
                found.append(f"{plain(key)}: {_scalar(inner)}")
        return found
    if isinstance(value, list):
        found = []
        for inner in value:
            first, *others = _lines(inner) or ["-"]
            found += [f"- {first}", *(f"  {line}" for line in others)]
        return found
    return [_scalar(value)]


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return plain(value)
    if value is None or value in ({}, []):
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)


def letters(result: Any) -> list[str]:
    """Show dead letters, one a line: id, time, queue, kind, what went wrong."""
    names = ("id", "created_at", "queue", "kind", "error")
    found = ["  ".join(plain(letter[name]) for name in names) for letter in result["letters"]]
    return found or ["no dead letters"]


def appointed(result: Any) -> list[str]:
    """Show a new administrator; the last word is the link."""
    name = result["account"]["login"]
    if result["link"] is None:
        return [f"{name} is an administrator."]
    return [f"{name} is an administrator. The link works once, within a day:", result["link"]]


def secret(result: Any) -> list[str]:
    """Show the secret of a service, which is the last word."""
    return [f"{plain(result['service'])}: its secret, shown once:", result["secret"]]


def nodes(result: Any) -> list[str]:
    """Show nodes, one a line: name, broker user, what each speaks for and runs."""
    return [_node(node) for node in result["nodes"]] or ["no nodes"]


def introduced(result: Any) -> list[str]:
    """Show a node with its token, which is the last word."""
    return [_node(result["node"]), "Its token, shown once:", result["token"]]


def _node(node: Any) -> str:
    limits = (
        f"{name}: {', '.join(map(plain, node[field])) or 'all'}"
        for name, field in (("services", "services"), ("IMs", "ims"), ("tests", "types"))
    )
    return "  ".join((plain(node["name"]), f"broker user {plain(node['amqp_user'])}", *limits))


def counts(result: Any) -> list[str]:
    """Show how many of each kind there were, leaving out the zeros."""
    return [f"{kind}: {count}" for kind, count in result.items() if count] or ["nothing to collect"]
