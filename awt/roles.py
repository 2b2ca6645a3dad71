"""Which parts a role runs, and where each part is. A part that is not named is never imported."""

from typing import Final

PARTS: Final = {
    "web": "awt.web.part",
    "xmpp": "awt.xmpp.part",
    "skype": "awt.skype.part",
    "w1": "awt.workers.w1",
    "executor": "awt.executor.part",
    "scheduler": "awt.schedule.part",
    "gc": "awt.gc.part",
    "proxy": "awt.executor.proxy_host",
}
"""Part -> module with ``make(resources)``, which returns the part."""

ROLES: Final = {
    "all": ("scheduler", "w1", "web", "xmpp", "skype", "executor", "gc"),
    "server": ("scheduler", "w1", "web", "gc"),
    "client": ("xmpp", "skype", "executor"),
    "proxy": ("proxy",),
}
"""Role -> its parts, in the order of their start; they stop in the opposite one. The scheduler says first that
the server is back, before anybody is answered that nobody runs his tests. ``xmpp`` runs where the
configuration says which server it connects to, ``executor`` of a client where it carries `TESTS`."""
TESTS: Final = "webtest"
"""The service whose client node runs tests."""
WITH_DATABASE: Final = frozenset({"web", "gc"})
"""Parts that a client cannot run."""
WITHOUT_DATABASE: Final = frozenset({"client", "proxy"})
"""Roles whose nodes have no database."""
