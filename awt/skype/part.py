"""The part ``skype``: an assistant on the network for each service that has an account there."""

from awt.resources import Resources
from awt.skype.assistant import Assistant, Place
from awt.transport.carrying import Carrying


def make(resources: Resources) -> Carrying:
    """Return the part."""
    config, env = resources.config, resources.env
    instance = env.clock()

    def assistant(service: str, _title: str) -> Assistant | None:
        where = config.skype.of(service)
        if not where.is_carried:
            return None
        place = Place(
            service=service,
            base_url=where.base_url,
            user=where.user,
            password=where.secret,
            contacts_seconds=where.contacts_seconds,
        )
        return Assistant(
            place=place,
            instance=instance,
            call=resources.calls.call,
            bus=resources.bus,
            env=env,
            reactor=resources.reactor,
        )

    return Carrying(
        own=config.service, call=resources.calls.call, make=assistant, reactor=resources.reactor
    )
