"""A node that runs nothing and says what a test wants of a run."""

import http.client
from typing import Any

from awt.testing.process import ServerError
from awt.testing.site import Answer, RunningNode


class ActingNode:
    """Introduced to a server under a name that is new there; of the types of tasks it ``runs`` one."""

    def __init__(self, server: RunningNode, name: str, *, runs: str) -> None:
        token = server.awt("node", "add", name, "--types", runs).split()[-1]
        self._type = runs
        self._headers = {"Authorization": f"Bearer {token}"}
        self._browser = server.browser()
        self.claim()

    def call(self, name: str, **values: Any) -> Any:
        """Call a method as this node; return its result."""
        return _good(self._browser.call(name, values, **self._headers)).json()

    def claim(self) -> list[int]:
        """Take what waits; return the numbers of the tasks."""
        found = self.call("ClaimTasks", types=[self._type], free_slots=9)
        return [each["id"] for each in found["tasks"]]

    def shoot(self, task: int, number: int, jpeg: bytes) -> None:
        """Upload a screenshot."""
        path = f"/api/tasks/{task}/shots/{number}?attempt=1"
        _good(self._browser.request("PUT", path, body=jpeg, headers=self._headers))

    def beat(self, task: int, *results: dict[str, Any]) -> None:
        """Say what has come of a task so far."""
        self.call("Heartbeat", task=task, attempt=1, results=results)

    def finish(self, task: int, *results: dict[str, Any]) -> None:
        """Say what came of it."""
        self.call("FinishTask", task=task, attempt=1, results=results)


def _good(answer: Answer) -> Answer:
    if answer.status != http.client.OK:
        raise ServerError(answer.text)
    return answer
