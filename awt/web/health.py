"""What monitoring asks: does the process live, does it serve, how much of what."""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from twisted.internet.threads import deferToThreadPool
from twisted.web.http import Request

from awt.db import outbox
from awt.db.tx import Tx
from awt.web.answers import json_answer
from awt.web.site import Site
from awt.web.visit import Visit


class Health:
    """Answers ``/healthz``, ``/readyz`` and ``/metrics``."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "awt_http_requests", "Answered requests.", ["status"], registry=self.registry
        )
        self._outbox = Gauge(
            "awt_outbox_messages", "Messages by state.", ["state"], registry=self.registry
        )

    async def healthz(self, request: Request, _visit: Visit, _trace: str) -> bytes:
        """Say that the process lives."""
        return json_answer(request, {"process": "ok"})

    async def readyz(self, request: Request, _visit: Visit, _trace: str) -> bytes:
        """Say whether database, bus and cache work; 503 when one does not."""
        state: dict[str, Any] = {}
        try:
            await self._site.database.read(outbox.counts)
            state["database"] = "ok"
            state["bus"] = "ok" if self._site.resources.bus.ready else "away"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            state["database"] = state["bus"] = type(error).__name__
        good = all(value == "ok" for value in state.values())
        # Without it a node is no less safe, and still serves: only who looks shall know.
        away = await self._away()
        state["cache"] = "away" if away else "ok"
        return json_answer(request, state, status=200 if good else 503)

    async def _away(self) -> list[str]:
        resources = self._site.resources
        return await deferToThreadPool(
            resources.reactor, resources.reactor.getThreadPool(), resources.env.cache.away
        )

    async def metrics(self, request: Request, _visit: Visit, _trace: str) -> bytes:
        """Say how much of what, in the text format of Prometheus."""
        counts = await self._site.database.read(_counts)
        for state in (outbox.READY, outbox.DEAD):
            self._outbox.labels(state).set(counts.get(state, 0))
        request.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        return generate_latest(self.registry)


def _counts(tx: Tx) -> dict[str, int]:
    return outbox.counts(tx)
