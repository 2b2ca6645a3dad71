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


def people(result: Any) -> list[str]:
    """Show accounts, one a line: id, name, state, points, addresses."""
    return [_person(person) for person in result["users"]] or ["no account fits"]


def _person(person: Any) -> str:
    name = plain(person["login"] or f"#{person['hash'][:8]}")
    addresses = ", ".join(map(plain, person["addresses"])) or "no confirmed address"
    points = f"{person['points']} points"
    return f"{person['id']}  {name}  {person['status']}  {points}  {addresses}"


def report(result: Any) -> list[str]:
    """Show accounts without income, one a line: id, name, tests, when each was used last, addresses."""
    found = [_reported(line) for line in result["accounts"]]
    return [*found, f"{result['total']} in all"] if found else ["no account to report"]


def _reported(line: Any) -> str:
    name = plain(line["login"] or f"#{line['hash'][:8]}")
    addresses = ", ".join(map(plain, line["addresses"])) or "no confirmed address"
    return f"{line['id']}  {name}  {line['tests']} tests  {plain(line['seen_at'])}  {addresses}"


def queues(result: Any) -> list[str]:
    """Show queues, one a line: name, what waits, what is dead."""
    found = [
        f"{plain(queue['queue'])}  {queue['ready']} waiting  {queue['dead']} dead"
        for queue in result["queues"]
    ]
    return found or ["nothing waits, and nothing is dead"]


def garbage(result: Any) -> list[str]:
    """Show what would be collected, one kind a line, leaving out the zeros."""
    found = [
        f"{line['kind']}: {line['now']} now, {line['day']} within a day"
        for line in result["lines"]
        if line["day"]
    ]
    return found or ["nothing to collect within a day"]


def deeds(result: Any) -> list[str]:
    """Show what operators did, one thing a line: id, time, who, by which way, what."""
    return [_deed(deed) for deed in result["deeds"]] or ["nothing yet"]


def _deed(deed: Any) -> str:
    given = ", ".join(f"{name}={_scalar(value)}" for name, value in deed["params"].items())
    names = ("time", "who", "way", "method")
    return "  ".join((str(deed["id"]), *(plain(deed[name]) for name in names), given))


def services(result: Any) -> list[str]:
    """Show the catalogue, one service a line."""
    return [_service(service) for service in result["services"]]


def _service(service: Any) -> str:
    price = f"{service['price']} points" if service["price"] else "free"
    state = "enabled" if service["enabled"] else "disabled"
    place = plain(service["url"]) if service["url"] else "built in"
    return "  ".join((service["short_name"], plain(service["title"]), price, state, place))


def edition(result: Any) -> list[str]:
    """Show what news would be sent to how many, by language and by IM."""
    found = []
    for one in result["editions"]:
        found += [f"{one['lang']}, {one['readers']} readers:", f"  {plain(one['text'])}"]
    found += [f"{im}: {count}" for im, count in result["by_im"].items()]
    estimated = ", all estimated: there are too many accounts to count" if result["about"] else ""
    return [*found, f"{result['total']} in all{estimated}"]


def news(result: Any) -> list[str]:
    """Show news, one a line."""
    return [line for one in result["news"] for line in news_line(one)] or ["no news yet"]


def news_line(one: Any) -> list[str]:
    """Show news in one line: id, time, state, how many of how many had them, the text."""
    sent, planned = (sum(one[name].values()) for name in ("sent", "planned"))
    text = plain(next(iter(one["texts"].values())))
    return [f"{one['id']}  {one['created_at']}  {one['state']}  {sent} of {planned}  {text}"]


def counts(result: Any) -> list[str]:
    """Show how many of each kind there were, leaving out the zeros."""
    return [f"{kind}: {count}" for kind, count in result.items() if count] or ["nothing to collect"]
