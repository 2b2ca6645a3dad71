"""The part ``xmpp``: an assistant on the network for each service that this node carries."""

from awt.resources import Resources
from awt.transport.carrying import Carrying
from awt.xmpp.assistant import Assistant, Place


def make(resources: Resources) -> Carrying:
    """Return the part."""
    config, env = resources.config, resources.env
    instance = env.clock()

    def assistant(service: str, title: str) -> Assistant:
        where = config.xmpp.of(service)
        place = Place(
            service=service,
            domain=f"{service}.{where.domain}",
            endpoint=where.component,
            secret=where.password,
        )
        return Assistant(
            place=place,
            title=title,
            site_url=env.settings.site_url,
            instance=instance,
            call=resources.calls.call,
            bus=resources.bus,
            clock=env.clock,
            chance=env.chance,
            reactor=resources.reactor,
        )

    return Carrying(
        own=config.service, call=resources.calls.call, make=assistant, reactor=resources.reactor
    )
