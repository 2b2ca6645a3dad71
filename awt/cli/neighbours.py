"""What the doctor asks the programs that a node works with: database, memcached, broker, IMs, server."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
from pymemcache.client.base import Client

from awt.amqp import examination as amqp
from awt.amqp.link import Address
from awt.api.nodes import ThisNode
from awt.cli.access import Rejected, Remote, sqlite_file
from awt.cli.finding import DOWN, WRONG, Finding
from awt.config import Config
from awt.db import examination as db
from awt.db.migrate import newest, require_newest
from awt.errors import ConfigError, Unavailable
from awt.executor import examination as forward
from awt.executor.engines.lost import NoStart, NoWay
from awt.executor.examination import Said
from awt.executor.part import at_endpoint
from awt.executor.upstream import Upstream, parse
from awt.first import place_of, port_problems
from awt.model.messages import API, spamer, user_op
from awt.shared import Server
from awt.skype.account import Account, Away, Broken, Denied, Impossible
from awt.xmpp import examination as xmpp

CLOCKS: Final = 5.0
"""Seconds by which clocks may differ: links, leases and delays are shorter by no more than that."""
LEAST_MEMCACHED: Final = (1, 6)
TRANSPORTS: Final = {"xmpp": "jabber", "skype": "skype"}
"""Part -> kind of IM that it carries."""


def database(config: Config) -> list[Finding]:
    """Look whether the database is reached, has the schema, and is as transactions need it."""
    name = "database"
    file = sqlite_file(config)
    if file is not None and not file.exists():
        if config.role == "all":
            return [Finding(name, f"{file}, made at the start")]
        return [Finding(name, f"there is no {file} yet; run `awt migrate`", WRONG)]
    found = []
    what = "reached"
    try:
        if file is None:
            seen = db.look(config.database_url, connections=config.database.connections)
            what = f"reached, {seen.what}"
            found = [Finding(name, problem, WRONG) for problem in seen.problems]
            found += _clock("the database", seen.ahead)
        require_newest(config.database_url)
    except ConfigError as error:
        return [*found, Finding(name, error.problems[0], WRONG)]
    except Unavailable as error:
        reason = str(error).removeprefix("database: ")
        return [Finding(name, f"{reason}; start it, or put database.url right", DOWN)]
    return found or [Finding(name, f"{what}, schema {newest()}")]


def memcached(config: Config) -> Iterator[Finding]:
    """Look at each memcached."""
    name = "memcached"
    if not config.memcached.servers:
        yield Finding(
            name,
            "none: this node counts alone, so several server nodes need memcached.servers",
        )
    for address in config.memcached.servers:
        server = Server(address, now=time.monotonic)
        said = server.ask(Client.version, at_once=True)
        server.close()
        if said is None:
            yield Finding(
                name,
                f"{address} does not answer, and this node counts alone:"
                " start it, or put memcached.servers right",
                DOWN,
            )
            continue
        version = said.decode(errors="replace")
        if tuple(int(n) for n in version.split(".")[:2] if n.isdecimal()) < LEAST_MEMCACHED:
            yield Finding(name, f"{address} is of {version}: take 1.6 or newer", WRONG)
        else:
            yield Finding(name, f"{address} answers, version {version}")


async def broker(config: Config, reactor: Any) -> list[Finding]:
    """Look whether the broker lets this node in and do what it has to."""
    name = "amqp"
    address = Address.parse(config.amqp_url, ca_file=config.amqp.ca_file)
    where = f"{address.host}:{address.port}/{address.vhost}"
    queues = [API] if "w1" in config.parts_to_run else []
    if config.service:
        for im in _ims(config):
            queues += [user_op(config.service, im), spamer(config.service, im)]
    try:
        seen = await amqp.look(address, queues=queues, owner=config.has_database, reactor=reactor)
    except ConfigError as error:
        return [Finding(name, f"{where}: {error.problems[0]}", WRONG)]
    except Unavailable as error:
        return [Finding(name, f"{where}: {error}; start it, or put amqp.url right", DOWN)]
    if seen.problems:
        return [Finding(name, f"{where}: {problem}", WRONG) for problem in seen.problems]
    return [Finding(name, f"{where} lets {address.user} in, RabbitMQ {seen.version}")]


async def component(config: Config, reactor: Any, *, handshake: bool) -> Finding:
    """Look whether the XMPP server knows the component, and takes its secret when that is asked for."""
    name = "xmpp"
    service = config.service or "base"
    own = config.xmpp.of(service)
    domain = f"{service}.{own.domain}"
    try:
        if handshake:
            await xmpp.authenticate(
                endpoint=own.component, domain=domain, secret=own.password, reactor=reactor
            )
            return Finding(name, f"{own.component} takes {domain} with its secret")
        await xmpp.greet(endpoint=own.component, domain=domain, reactor=reactor)
    except ConfigError as error:
        return Finding(name, error.problems[0], WRONG)
    except Unavailable as error:
        return Finding(name, f"{error}; start it, or put xmpp.component right", DOWN)
    return Finding(
        name, f"{own.component} knows {domain}; whether it takes the secret, --handshake tells"
    )


def skype(config: Config) -> Finding:
    """Look whether the server that speaks Skype's HTTP API takes the account; listen to nothing."""
    name = "skype"
    own = config.skype.of(config.service or "base")
    account = Account(base_url=own.base_url, user=own.user, password=own.secret)
    try:
        account.introduce()
    except Denied as problem:
        cure = "put skype.user and skype.password right"
        return Finding(name, f"{own.base_url} {problem}: {cure}", WRONG)
    except Impossible as problem:
        return Finding(name, f"{own.base_url} {problem}: put skype.base_url right", WRONG)
    except (Away, Broken) as problem:
        cure = "start it, or put skype.base_url right"
        return Finding(name, f"{own.base_url} {problem}; {cure}", DOWN)
    return Finding(name, f"{own.base_url} takes {own.user} with its password")


async def server(config: Config, reactor: Any) -> list[Finding]:
    """Look whether the server node knows this one, and lets it speak for what it is to carry."""
    name = "server"
    remote = Remote(url=config.server.url, key=config.server.secret, reactor=reactor)
    try:
        before = time.time()
        said = await remote.call("GetNode", {}, idempotency_key=None)
        known = msgspec.convert(said, ThisNode)
    except Rejected as error:
        what = f"{config.server.url} does not know the token ({error.problems[0]})"
        return [Finding(name, f"{what}: `awt node token NAME` there gives a new one", WRONG)]
    except (ConfigError, msgspec.ValidationError):
        what = f"{config.server.url} is no server node of this version"
        return [Finding(name, f"{what}: put server.url right, or update it", WRONG)]
    except Unavailable as error:
        return [Finding(name, f"{error}; start it, or put server.url right", DOWN)]
    ahead = datetime.fromisoformat(known.now).timestamp() - (before + time.time()) / 2
    found = [Finding(name, problem, WRONG) for problem in _rights(config, known)]
    found += _clock("the server node", ahead)
    node = known.node
    carries = ", ".join([*node.services, *node.ims, *node.types]) or "everything"
    return found or [
        Finding(name, f"{config.server.url} knows this node as {node.name}: {carries}")
    ]


def _rights(config: Config, known: ThisNode) -> Iterator[str]:
    """Say what the node is to carry and may not."""
    node, parts = known.node, config.parts_to_run
    cure = f"`awt node add` one for it instead of {node.name}"
    if node.services and config.service not in node.services:
        yield f"{node.name} may not speak for {config.service}: {cure}"
    for im in _ims(config):
        if node.ims and im not in node.ims:
            yield f"{node.name} may not speak on {im}: {cure}"
    if "executor" in parts and node.types and "http" not in node.types:
        yield f"{node.name} may not run tests of type http: {cure}"
    user = Address.parse(config.amqp_url).user
    if user != node.amqp_user:
        yield (
            f"{node.name} has the user {node.amqp_user} at the broker, and amqp.url says {user}:"
            " what it says would not be believed"
        )


def _ims(config: Config) -> list[str]:
    """Return the kinds of IM that the parts of a node carry."""
    return [im for part, im in TRANSPORTS.items() if part in config.parts_to_run]


def executor(config: Config) -> Finding:
    """Say what tests of users may reach from here."""
    networks = config.test.allow_private_addresses
    also = f", also in {', '.join(networks)}" if networks else ""
    return Finding("executor", f"{config.executor.slots} tests at once, on public addresses{also}")


async def webdriver(config: Config, reactor: Any) -> Finding:
    """Look whether the endpoint begins a session, and whether its browser comes through this node."""
    name = "webdriver"
    engine = at_endpoint(config, reactor)
    try:
        browser = await engine.look()
    except NoWay as problem:
        return Finding(name, f"{problem}: put webdriver.proxy_address right", WRONG)
    except NoStart as problem:
        cure = "start it, or put webdriver.url right"
        return Finding(name, f"{config.webdriver.url}: {problem}; {cure}", DOWN)
    finally:
        await engine.close()
    way = config.webdriver.announced
    how = f"goes to the network through {way}" if way else "reaches all that it can, unfiltered"
    return Finding(name, f"{config.webdriver.url} has {browser}, which {how}")


async def proxies(config: Config, reactor: Any) -> list[Finding]:
    """Look whether the proxies of regions let this node in, and keep it from their own network."""
    found = []
    for region, url in config.proxies.by_region.items():
        key = f"proxies.{region}"
        proxy = parse(url, trusted=True)
        try:
            said = await forward.look(proxy, reactor=reactor)
        except Unavailable as error:
            text = f"{proxy.name}: {error}; start it, or put {key} right"
            found.append(Finding(key, text, DOWN))
            continue
        found.append(_proxy(key, proxy.name, said))
    return found


def _proxy(key: str, name: str, said: Said) -> Finding:
    match said:
        case Said.CLOSED:
            return Finding(key, f"{name} lets this node in, and nobody to its own network")
        case Said.STRANGER:
            what = f"{name} does not know the name and password"
            return Finding(key, f"{what}: put {key} right, or proxy.users there", WRONG)
        case Said.OPEN:
            what = f"{name} lets tests go to its own network"
            return Finding(key, f"{what}: take a node of role proxy, or let it refuse that", WRONG)
        case Said.OTHER:
            return Finding(key, f"{name} is no forward proxy: put {key} right", WRONG)


async def own_proxy(config: Config, reactor: Any) -> Finding:
    """Look whether the proxy of this node could listen, or does."""
    key, listen = "proxy.listen", config.proxy.listen
    names = ", ".join(dict(config.proxy.passwords))
    problems = port_problems(config)
    if not problems:
        return Finding(key, f"{listen} is free, for {names}")
    host, port = place_of(listen) or ("", 0)
    here = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    stranger = Upstream(
        host=here.get(host, host),
        port=port,
        tls=listen.startswith("ssl:"),
        credentials="nobody:",
        trusted=True,
    )
    try:
        said = await forward.look(stranger, reactor=reactor, verify=False)
    except Unavailable:
        said = Said.OTHER
    if said is not Said.STRANGER:
        return Finding(key, f"{problems[0].partition(': ')[2]}: stop what listens there", WRONG)
    return Finding(key, f"a proxy listens on {listen}, for {names}")


def _clock(whose: str, ahead: float) -> list[Finding]:
    if abs(ahead) <= CLOCKS:
        return []
    differs = (
        f"the clock of {whose} is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} ours"
    )
    return [Finding("clock", f"{differs}: let both be set by NTP", WRONG)]
