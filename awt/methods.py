"""All methods of the API, with the gate's."""

from awt.api import (
    account,
    catalogue,
    claims,
    ims,
    invites,
    letters,
    news,
    nodes,
    operating,
    overview,
    people,
    registration,
    remote,
    report,
    runs,
    signing,
    tests,
    transports,
)
from awt.api.registry import Method, all_methods
from awt.chat.gate import Gate


def every_method() -> list[Method]:
    """Return the whole registry; `awt.chat.gate` is registered here, for it stands above the API."""
    modules = (
        registration,
        signing,
        account,
        catalogue,
        ims,
        invites,
        tests,
        runs,
        claims,
        letters,
        operating,
        people,
        overview,
        report,
        news,
        nodes,
        transports,
        remote,
    )
    return all_methods([*(module.methods for module in modules), Gate().methods])
