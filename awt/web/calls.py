"""The HTTP API: ``POST /api/<Method>``, and what describes it."""

from typing import Any, Final

import msgspec
from twisted.web.http import Request

from awt.api.caller import Who
from awt.api.claims import ClaimTasks, PutShot
from awt.api.registry import Params
from awt.calls import MESSAGE_ID, TRACE
from awt.db.tx import Tx
from awt.errors import Refused, bad_field
from awt.model.address import network_factor
from awt.web.answers import json_answer, set_cookie
from awt.web.longpoll import Waiting
from awt.web.site import Site, parse_json
from awt.web.visit import Guest, Visit, enter, guest_of, header

ATTEMPT: Final = 4
"""Most digits of the number of an attempt."""
NEEDS_CHAT = frozenset({"CreateAccount"})
"""Methods that take the caller's web chat where he names no address: he is given one."""


class Calls:
    """Calls methods for programs."""

    def __init__(self, site: Site, waiting: Waiting) -> None:
        self._site = site
        self._waiting = waiting

    async def call(self, request: Request, visit: Visit, trace: str, name: str) -> bytes:
        """Call a method with the JSON object of the body; the result is the body of the answer."""
        site = self._site
        guest = await site.database.read(_known, visit)
        method = site.api.find(name, guest.caller)
        params = parse_json(request, method.params)
        if guest.caller.who is Who.NODE:
            return await self._call_of_node(request, guest, name, params, trace)
        token = None
        if guest.session is None and visit.key is None and name in NEEDS_CHAT:
            guest, token = await site.database.write(enter, visit)
        key = header(request, "idempotency-key") or None
        result = await site.api.call(name, guest.caller, params, trace=trace, idempotency_key=key)
        return self._answer(request, result, token)

    async def _call_of_node(
        self, request: Request, guest: Guest, name: str, params: Params, trace: str
    ) -> bytes:
        """Call a method for a node, which says what the call belongs to."""
        known = header(request, TRACE)[:64] or trace
        message_id = header(request, MESSAGE_ID)[:64] or None

        async def once() -> Any:
            return await self._site.api.call(
                name, guest.caller, params, trace=known, message_id=message_id
            )

        if isinstance(params, ClaimTasks) and params.wait_seconds:
            result = await self._waiting.claim(request, guest.caller.node or "", params, once)
        else:
            result = await once()
        return json_answer(request, result)

    async def put_shot(
        self, request: Request, visit: Visit, trace: str, task: int, number: int
    ) -> bytes:
        """Keep a screenshot that a node sends, as it is, in the body."""
        guest = await self._site.database.read(_known, visit)
        _ = self._site.api.find("PutShot", guest.caller)
        attempt = ((request.args or {}).get(b"attempt") or [b""])[0]
        if not attempt.isdigit() or len(attempt) > ATTEMPT:
            raise bad_field("attempt", "value")
        jpeg = request.content.read() if request.content else b""
        shot = PutShot(task=task, attempt=int(attempt), number=number, jpeg=jpeg)
        return json_answer(
            request, await self._site.api.call("PutShot", guest.caller, shot, trace=trace)
        )

    def _answer(self, request: Request, result: Any, token: str | None) -> bytes:
        """Answer with a result; a new session's secret goes into the cookie and nowhere else."""
        session = getattr(result, "session", None)
        if session is not None:
            token = session
            result = {k: v for k, v in msgspec.structs.asdict(result).items() if k != "session"}
        if token is not None:
            set_cookie(request, token, secure=self._site.secure)
        return json_answer(request, result)


def _known(tx: Tx, visit: Visit) -> Guest:
    guest = guest_of(tx, visit)
    if guest.caller.who is Who.NODE:
        return guest
    most = tx.settings.limits.calls_per_minute * network_factor(visit.network)
    if tx.cache.increment(f"calls:{visit.network}", seconds=60) > most:
        raise Refused("too_many", retry_after=60)
    return guest
