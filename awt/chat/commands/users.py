"""``#users [BEGINS]``: find accounts; where one fits alone, what there is to know of it."""

from typing import Final

from awt.api.operating import UserName
from awt.api.people import FindUsers, PersonLine, find_users, show_user
from awt.chat.talk import Command, Reply, Talk
from awt.model.messages import Choice
from awt.model.status import ACTIVE, BLOCKED, DELETED, NEW

MOST: Final = 10
"""Accounts in one answer."""
STATES: Final = {NEW: "new", ACTIVE: "active", BLOCKED: "blocked", DELETED: "closed"}
"""What the site calls the states of an account."""


def _run(talk: Talk, rest: str) -> Reply:
    params = FindUsers(begins=rest, limit=MOST)
    found = find_users(talk.tx, talk.administrator, params).users
    if not found:
        return Reply(talk.t("users-none"), (talk.choice("users"),))
    if len(found) == 1:
        return _one(talk, found[0])
    lines = [talk.t("users-head", count=len(found)), *(_line(talk, person) for person in found)]
    if len(found) == MOST:
        lines.append(talk.t("users-more"))
    return Reply("\n".join(lines), (talk.choice("queues"), talk.choice("nodes")))


def _line(talk: Talk, person: PersonLine) -> str:
    return talk.t(
        "users-line",
        name=_name(person),
        status=talk.t(f"site-account-{STATES[person.status]}").lower(),
        points=person.points,
        addresses=", ".join(address.partition(":")[2] for address in person.addresses) or "-",
    )


def _one(talk: Talk, line: PersonLine) -> Reply:
    person = show_user(talk.tx, talk.administrator, UserName(user=line.hash))
    lines = [
        _line(talk, line),
        talk.t("users-created", time=talk.moment(person.created_at)),
        talk.t("users-seen", time=talk.moment(person.seen_at)),
        talk.t("users-services", services=", ".join(s.title for s in person.services) or "-"),
        f"{talk.tx.settings.site_url}/admin/users/{person.hash}",
    ]
    block = Choice(f"#block {_name(line)}", f"#block {line.hash}")
    open_ = person.status in {NEW, ACTIVE} and person.hash != talk.account.hash
    return Reply("\n".join(lines), (*((block,) if open_ else ()), talk.choice("users")))


def _name(person: PersonLine) -> str:
    return person.login or person.hash[:8]


USERS = Command(name="users", run=_run, for_admins=True)
