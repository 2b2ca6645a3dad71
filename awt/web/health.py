"""What monitoring asks: does the process live, does it serve, how much of what."""

import math

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from twisted.internet.threads import deferToThreadPool
from twisted.web.http import Request

from awt.db import outbox
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
        self._works = Gauge(
            "awt_works", "Whether what the node needs works.", ["what"], registry=self.registry
        )
        self._pending = Gauge(
            "awt_database_transactions",
            "Transactions that run or wait for a connection.",
            registry=self.registry,
        )

    async def healthz(self, request: Request, _visit: Visit, _trace: str) -> bytes:
        """Say that the process lives."""
        return json_answer(request, {"process": "ok"})

    async def readyz(self, request: Request, _visit: Visit, _trace: str) -> bytes:
        """Say whether database, bus and cache work; 503 when one does not."""
        state, _ = await self._look()
        # Without memcached a node is no less safe, and still serves: only who looks shall know.
        good = state["database"] == state["bus"] == "ok"
        return json_answer(request, state, status=200 if good else 503)

    async def _look(self) -> tuple[dict[str, str], dict[str, int] | None]:
        """Return how database, bus and cache are, and what is in the outbox, if that is known."""
        counts: dict[str, int] | None = None
        resources = self._site.resources
        state = {"database": "ok", "bus": "ok" if resources.bus.ready else "away"}
        try:
            counts = await self._site.database.read(outbox.counts)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            state["database"] = type(error).__name__
            if not resources.config.amqp.url:  # then the queues are in the database
                state["bus"] = state["database"]
        state["cache"] = "away" if await self._away() else "ok"
        return state, counts

    async def _away(self) -> list[str]:
        resources = self._site.resources
        return await deferToThreadPool(
            resources.reactor, resources.reactor.getThreadPool(), resources.env.cache.away
        )

    async def metrics(self, request: Request, _visit: Visit, _trace: str) -> bytes:
        """Say how much of what, in the text format of Prometheus."""
        state, counts = await self._look()
        for what, how in state.items():
            self._works.labels(what).set(how == "ok")
        self._pending.set(self._site.database.pending)
        for name in (outbox.READY, outbox.DEAD):
            self._outbox.labels(name).set(counts.get(name, 0) if counts is not None else math.nan)
        request.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        return generate_latest(self.registry)
