"""``#nodes``: nodes without a database, and who is connected to which network."""

from awt.api.nodes import list_nodes
from awt.api.registry import Nothing
from awt.chat.talk import Command, Reply, Talk


def _run(talk: Talk, _rest: str) -> Reply:
    found = list_nodes(talk.tx, talk.administrator, Nothing())
    lines = [
        talk.t("nodes-line", name=node.name, services=", ".join(node.services) or "*")
        for node in found.nodes
    ]
    lines += [
        talk.t(
            "nodes-connected" if held.live else "nodes-gone",
            service=held.service,
            im=held.im,
            holder=held.holder,
        )
        for held in found.connections
    ]
    next_ones = (talk.choice("users"), talk.choice("queues"))
    return Reply("\n".join(lines) or talk.t("nodes-none"), next_ones)


NODES = Command(name="nodes", run=_run, for_admins=True)
