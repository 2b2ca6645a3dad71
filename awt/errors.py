"""The three ways in which something goes wrong, and nothing else.

``Refused`` is the user's side: it carries a stable code, is shown in the user's language and is never
retried. ``Unavailable`` is ours and passing: it is retried with back-off. ``ConfigError`` ends a start,
with all problems at once. Only a room at the edge turns one of them into a status, a stanza or an ack.
"""

from typing import Final

STATUS: Final = {
    "bad_request": 400,
    "unauthenticated": 401,
    "not_enough_points": 402,
    "forbidden": 403,
    "form_expired": 403,
    "wrong_verb": 405,
    "too_large": 413,
    "too_many": 429,
    "link_not_active": 410,
    "internal": 500,
    "remote_failed": 502,
    "unavailable": 503,
}
"""HTTP status of an error code; ``unknown_*`` is 404 and every other code is a conflict, 409."""


def status_of(code: str) -> int:
    """Return the HTTP status that belongs to an error code."""
    if code.startswith("unknown_"):
        return 404
    return STATUS.get(code, 409)


class Refused(Exception):
    """The caller asked for something that he cannot have.

    ``code`` is stable and names the message ``error-<code>`` of the catalogue, ``args`` fill it.
    ``fields`` maps the name of a bad parameter to the code of what is wrong with it, which names the
    message ``error-field-<code>``. ``retry_after`` (seconds) goes with ``too_many``. ``keep`` says that
    what the method wrote so far is committed all the same (a counted failure must stay counted).
    """

    def __init__(
        self,
        code: str,
        *,
        fields: dict[str, str] | None = None,
        retry_after: int | None = None,
        keep: bool = False,
        **values: str | int,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields or {}
        self.retry_after = retry_after
        self.keep = keep
        self.values = values

    @property
    def status(self) -> int:
        """The HTTP status of this refusal."""
        return status_of(self.code)

    def __str__(self) -> str:
        """Say the code and the fields, for logs."""
        return f"{self.code} {self.fields}" if self.fields else self.code


def bad_field(name: str, problem: str, **values: str | int) -> Refused:
    """Return the refusal of one bad parameter: ``name`` is the parameter, ``problem`` a stable code."""
    return Refused("bad_request", fields={name: problem}, retry_after=None, keep=False, **values)


class Unavailable(Exception):
    """Something of ours is down for a while: a database, a broker, a network."""


class ConfigError(Exception):
    """The configuration cannot be used. ``problems`` are whole sentences, one a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
